"""`fhirpa policy facts` and `fhirpa policy explain`: what policies can ask, and what one asks."""

from pathlib import Path

import click

from fhirpa.policies.explain import explain_policy
from fhirpa.policies.load import RulesError, load_rules
from fhirpa.policies.vocabulary_table import fact_rows, field_rows, markdown
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import LineOfBusiness

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--markdown", "as_markdown", is_flag=True, help="As the tables of docs/policy-language.md.")
def facts(as_markdown: bool) -> None:
    """Name every fact that an expression of a policy may use."""
    if as_markdown:
        click.echo(markdown(), nl=False)
        return
    for name, kind, meaning in fact_rows():
        click.echo(f"{name:36} {kind:28} {meaning}")
    click.echo()
    for record, name, kind, meaning in field_rows():
        click.echo(f"{record + ': ' + name:36} {kind:28} {meaning}")


@click.command()
@click.argument("policy")
@click.option("--plan", help="With the parameters of this plan.")
@click.option(
    "--lob",
    type=click.Choice([x.value for x in LineOfBusiness]),
    help="With the parameters of this line of business.",
)
@click.option("--folder", type=_FOLDER, help="Rules of this folder instead of those of this program.")
def explain(policy: str, plan: str | None, lob: str | None, folder: Path | None) -> None:
    """Say in words what a policy looks at, when each criterion is met, and what is asked otherwise."""
    rules = _load(folder)
    found = rules.policies.get(policy)
    if found is None:
        raise click.ClickException(f"there is no policy '{policy}'; there are {', '.join(rules.policies)}")
    for line in explain_policy(found, _line(rules, plan, lob)):
        click.echo(line)


def _line(rules: RuleSet, plan: str | None, lob: str | None) -> LineOfBusiness | None:
    if plan is None:
        return LineOfBusiness(lob) if lob else None
    if plan not in rules.plans:
        raise click.ClickException(f"there is no plan '{plan}'; there are {', '.join(rules.plans)}")
    own = rules.plans[plan].line_of_business
    if lob and own.value != lob:
        raise click.ClickException(f"plan {plan} is of the line of business {own.value}, not {lob}")
    return own


def _load(folder: Path | None) -> RuleSet:
    try:
        return load_rules(folder)
    except RulesError as error:
        raise click.ClickException(str(error)) from error

"""`fhirpa policy facts` and `fhirpa policy explain`: what policies can ask, and what one asks."""

from pathlib import Path

import click

from fhirpa.cli.policy_rules import DIRECTORY, day_of, rulebook
from fhirpa.policies.explain import explain_policy
from fhirpa.policies.vocabulary_table import fact_rows, field_rows, markdown
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import LineOfBusiness


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
@click.option("--plan", help="With the numbers of this plan.")
@click.option(
    "--lob",
    type=click.Choice([x.value for x in LineOfBusiness]),
    help="With the parameters of this line of business.",
)
@click.option("--on", "text", metavar="DATE", help="The day of receipt (else today).")
@click.option("--folder", type=DIRECTORY, help="Your directory of policies (else FHIRPA_POLICY_DIR).")
def explain(policy: str, plan: str | None, lob: str | None, text: str | None, folder: Path | None) -> None:
    """Say in words what a policy looks at, when each criterion is met, and what is asked otherwise."""
    book = rulebook(folder)
    rules = book.on(day_of(book, text)).for_plan(plan)
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

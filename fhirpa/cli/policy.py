"""`fhirpa policy`: what the rules say, and whether they can be loaded."""

from pathlib import Path

import click

from fhirpa.cli.policy_replay import replay
from fhirpa.policies.load import RulesError, load_rules
from fhirpa.um.rules import RuleSet


@click.group()
def policy() -> None:
    """Policies and plans."""


policy.add_command(replay)


@policy.command("list")
def list_policies() -> None:
    """Name every policy and plan with its version."""
    rules = _load(None)
    for item in rules.policies.values():
        click.echo(f"{item.id:18} {item.version:<6} {item.effective}   {item.title}")
    click.echo()
    for plan in rules.plans.values():
        click.echo(f"{plan.code:18} {plan.line_of_business.value:14} {plan.title}")


@policy.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
def check(folder: Path | None) -> None:
    """Load a folder of policies, plans and code tables (those of this program unless named)."""
    rules = _load(folder)
    click.echo(f"{len(rules.policies)} policies, {len(rules.plans)} plans: version {rules.version}")


def _load(folder: Path | None) -> RuleSet:
    try:
        return load_rules(folder)
    except RulesError as error:
        raise click.ClickException(str(error)) from error

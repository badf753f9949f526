"""`fhirpa audit`: the event log's chains."""

import click

from fhirpa.cli._services import opened
from fhirpa.workflow import audit as use_case


@click.group()
def audit() -> None:
    """The append-only event log."""


@audit.command()
def verify() -> None:
    """Check every hash chain and anchor; exit with 1 if anything was changed, removed or cut off."""
    with opened() as services:
        problems = use_case.verify(services)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise SystemExit(1)
    click.echo("the event log is whole")


@audit.command()
def anchor() -> None:
    """Write down the heads of all chains, so that a later truncation shows."""
    with opened() as services:
        taken = use_case.anchor(services)
    click.echo(f"anchor {taken.id}: {taken.heads} chains, digest {taken.digest}")

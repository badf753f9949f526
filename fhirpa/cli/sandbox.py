"""`fhirpa sandbox load`: the invented members, providers and staff of the fixtures."""

from importlib.resources import as_file

import click

from fhirpa.cli._services import opened
from fhirpa.fhir.data import data_path
from fhirpa.workflow import roster
from fhirpa.workflow.staff import import_staff


@click.group()
def sandbox() -> None:
    """The sandbox's own data."""


@sandbox.command()
def load() -> None:
    """Load or update the sandbox's members, providers and staff; harmless when repeated."""
    with opened() as services, as_file(data_path("fixtures") / "roster") as folder:
        members = roster.import_members(services, folder / "members.csv")
        providers = roster.import_providers(services, folder / "providers.csv")
        people = import_staff(services, folder / "staff.csv")
        plans = len(services.rules.plans)
    click.echo(f"sandbox: {members} members, {providers} providers, {people} staff, {plans} plans")

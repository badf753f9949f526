"""`fhirpa members import` and `fhirpa providers import`."""

from collections.abc import Callable
from pathlib import Path

import click

from fhirpa.cli._services import opened
from fhirpa.workflow import roster
from fhirpa.workflow.services import Services

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def members() -> None:
    """Members with their enrolments."""


@members.command("import")
@click.argument("file", type=_FILE)
def import_members(file: Path) -> None:
    """Load or update members from a CSV file or a FHIR Bundle of Patient and Coverage."""
    _import(roster.import_members, file, "members")


@click.group()
def providers() -> None:
    """The provider roster."""


@providers.command("import")
@click.argument("file", type=_FILE)
def import_providers(file: Path) -> None:
    """Load or update providers from a CSV file or a FHIR Bundle of Practitioner(Role) and Organization."""
    _import(roster.import_providers, file, "providers")


def _import(load: Callable[[Services, Path], int], file: Path, what: str) -> None:
    with opened() as services:
        try:
            count = load(services, file)
        except roster.RosterError as error:
            raise click.ClickException(f"{file.name}: {error}; nothing was imported") from error
    click.echo(f"{count} {what} imported")

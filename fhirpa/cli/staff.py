"""`fhirpa staff import` and `fhirpa staff list`."""

from pathlib import Path

import click

from fhirpa.cli._services import opened
from fhirpa.um.staff import Staff
from fhirpa.workflow.roster_files import RosterError
from fhirpa.workflow.staff import import_staff, list_staff


@click.group()
def staff() -> None:
    """The plan's reviewers, with roles and licences."""


@staff.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Load or update staff from a CSV file."""
    with opened() as services:
        try:
            count = import_staff(services, file)
        except RosterError as error:
            raise click.ClickException(f"{file.name}: {error}; nothing was imported") from error
    click.echo(f"{count} staff imported")


@staff.command("list")
def list_() -> None:
    """Who may review, in which role, with which licence."""
    with opened() as services:
        for person in list_staff(services):
            click.echo(_line(person))


def _line(person: Staff) -> str:
    licence = person.licence
    said = "no licence"
    if licence is not None:
        said = f"{licence.type} {licence.state} until {licence.expires.isoformat()}"
    state = "" if person.active else "  (not active)"
    return f"{person.staff_id:12} {person.role:17} {person.name:24} {said}{state}"

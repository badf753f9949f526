"""`fhirpa db`: the schema."""

import click

from fhirpa.cli._services import opened


@click.group()
def db() -> None:
    """Create or update the database that FHIRPA_DATABASE_URL names."""


@db.command()
def upgrade() -> None:
    """Create the tables, or bring them to the schema of this program."""
    with opened() as services:
        click.echo("the database is up to date" if services.ready() else "the database does not answer")

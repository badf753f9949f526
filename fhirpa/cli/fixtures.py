"""`fhirpa fixtures build`: the example requests, always the same bytes."""

from pathlib import Path

import click

from fhirpa.testkit.fixtures import write_fixtures


@click.group()
def fixtures() -> None:
    """The example requests."""


@fixtures.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="fixtures")
def build(folder: Path) -> None:
    """Write all example requests with their index into FOLDER."""
    write_fixtures(folder)
    click.echo(f"fixtures written to {folder}")

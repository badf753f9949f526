"""`fhirpa profiles`: constraint tables from official FHIR packages."""

from pathlib import Path

import click

from fhirpa.validation.compiler import build_folder


@click.group()
def profiles() -> None:
    """Constraint tables of implementation guides."""


@profiles.command("compile")
@click.argument(
    "packages", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="The folder to write to."
)
@click.option(
    "--ig",
    "guides",
    multiple=True,
    metavar="NAME#VERSION",
    help="A guide to make a set for; may be repeated.",
)
def compile_(packages: tuple[Path, ...], out: Path, guides: tuple[str, ...]) -> None:
    """Compile PACKAGES (.tgz), and what is written by hand in OUT/supplements, to OUT/tables and OUT/sets.

    Sets are made for every --ig and for every guide that OUT has a set for already, so give the packages
    of those too.
    """
    try:
        report = build_folder(packages, out, guides)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    for name, content in report.files.items():
        click.echo(f"{len(content):9,} {name}")
    click.echo(
        f"{len(report.without_snapshot)} definitions merged from differentials, see {out / 'README.md'}"
    )

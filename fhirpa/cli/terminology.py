"""`fhirpa terminology`: code lists that a payer has licensed, so that membership counts."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from fhirpa.validation.tables import TablesError
from fhirpa.validation.terminology.columns import Columns
from fhirpa.validation.terminology.folder import Entry, Folder, Source
from fhirpa.validation.terminology.load import LoadError, load_files
from fhirpa.validation.terminology.writing import remove_lists

_DIRECTORY = click.option(
    "--dir",
    "directory",
    required=True,
    envvar="FHIRPA_TERMINOLOGY_DIR",
    show_envvar=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of loaded lists.",
)


@click.group()
def terminology() -> None:
    """Load, list and remove code lists that you have licensed."""


@terminology.command("load")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@_DIRECTORY
@click.option("--system", metavar="URL", help="Tables: the code system of all rows.")
@click.option("--value-set", metavar="URL", help="Tables: the value set that all rows are of.")
@click.option("--list-version", default="", metavar="TEXT", help="Tables: the version of the list.")
@click.option("--code-column", default="code", show_default=True, metavar="COLUMN")
@click.option("--display-column", default="display", show_default=True, metavar="COLUMN")
@click.option("--system-column", default="system", show_default=True, metavar="COLUMN")
@click.option("--value-set-column", default="valueset", show_default=True, metavar="COLUMN")
@click.option("--delimiter", default=",", show_default=True, metavar="CHARACTER")
@click.option("--no-header", is_flag=True, help="The first row holds codes; columns are numbers from 1.")
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Only rows with this value.")
@click.option("--inactive", multiple=True, metavar="COLUMN=VALUE", help="Rows whose code is retired.")
@click.option("--fragment", is_flag=True, help="The file is not all of its code system.")
def load(
    files: tuple[Path, ...],
    directory: Path,
    system: str | None,
    value_set: str | None,
    list_version: str,
    code_column: str,
    display_column: str,
    system_column: str,
    value_set_column: str,
    delimiter: str,
    no_header: bool,
    where: tuple[str, ...],
    inactive: tuple[str, ...],
    fragment: bool,
) -> None:
    """Load FILES: CodeSystem and ValueSet resources or Bundles of them (.json, .xml), or tables of codes.

    A table has the columns system, code, display and valueset, or those that the options name, by name or
    by number from 1. Rows without a value set make a code system. Exit code 1 if something was left out.
    """
    if len(delimiter) != 1:
        raise click.UsageError("--delimiter takes one character")
    columns = Columns(
        code=code_column,
        display=display_column,
        system_column=system_column,
        value_set_column=value_set_column,
        system=system,
        value_set=value_set,
        version=list_version,
        delimiter=delimiter,
        has_header=not no_header,
        where=_pairs(where),
        inactive=_pairs(inactive),
        fragment=fragment,
    )
    try:
        loaded = load_files(files, directory, columns)
    except (LoadError, OSError) as error:
        raise click.ClickException(str(error)) from error
    for source in loaded.sources:
        click.echo(_line(source))
    for reason in loaded.left_out:
        click.echo(f"left out: {reason}", err=True)
    raise SystemExit(1 if loaded.left_out else 0)


@terminology.command("list")
@_DIRECTORY
def list_(directory: Path) -> None:
    """List what is loaded."""
    for entry in _in_words(Folder(directory).entries):
        click.echo(_line(entry.source))


@terminology.command("remove")
@click.argument("canonicals", nargs=-1, required=True, metavar="URL[|VERSION]...")
@_DIRECTORY
def remove(canonicals: tuple[str, ...], directory: Path) -> None:
    """Remove lists by canonical; without a version all versions of it."""
    missing = False
    for canonical in canonicals:
        gone = _in_words(partial(remove_lists, directory, canonical))
        missing = missing or not gone
        for entry in gone:
            click.echo(f"removed {_line(entry.source)}")
        if not gone:
            click.echo(f"not loaded: {canonical}", err=True)
    raise SystemExit(1 if missing else 0)


def _in_words(work: Callable[[], list[Entry]]) -> list[Entry]:
    try:
        return work()
    except (TablesError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _line(source: Source) -> str:
    return f"{source.count:9,} {source.kind:10} {source.canonical} ({source.file}, {source.loaded})"


def _pairs(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = [text.partition("=") for text in texts]
    if any(not middle for _, middle, _ in pairs):
        raise click.UsageError("--where and --inactive take COLUMN=VALUE")
    return tuple((name, value) for name, _, value in pairs)

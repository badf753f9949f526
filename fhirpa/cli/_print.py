"""Printing rows as text, CSV or JSON."""

import csv
import io
import json
import sys
from collections.abc import Iterable
from typing import Any

import click

FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "csv", "json"]), default="text", show_default=True
)


def print_rows(form: str, rows: Iterable[dict[str, Any]], nothing: str) -> None:
    """Print rows that have the same columns; in text and CSV `nothing` where there is no row."""
    found = list(rows)
    if form == "json":
        click.echo(json.dumps(found, indent=1))
    elif not found:
        click.echo(nothing)
    elif form == "csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
        click.echo(out.getvalue(), nl=False, file=sys.stdout)
    else:
        widths = {name: max(len(name), *(len(str(r[name])) for r in found)) for name in found[0]}
        for row in ({name: name.replace("_", " ") for name in found[0]}, *found):
            click.echo("  ".join(f"{row[name]!s:{width}}" for name, width in widths.items()).rstrip())

"""`fhirpa policy diff`: what changes from one version of the policies to another."""

import textwrap
from pathlib import Path

import click

from fhirpa.cli.policy_rules import DIRECTORY, choose, rulebook
from fhirpa.policies.difference import Difference, Line, compare

_WIDTH = 100
_SHORT = 60


@click.command()
@click.argument("before")
@click.argument("after", required=False)
@click.option("--dir", "folder", type=DIRECTORY, help="Your directory of policies (else FHIRPA_POLICY_DIR).")
@click.option("--policy", "only", help="Only this policy.")
def diff(before: str, after: str | None, folder: Path | None, only: str | None) -> None:
    """Print what changes from BEFORE to AFTER; with one of them, from what is in force today to it.

    Each is a day (2027-01-01), a version of the rules, a version of a policy (LBP@2), the file of a policy,
    or a directory.
    """
    book = rulebook(folder)
    sides = [choose(book, x) for x in ((before, after) if after else (None, before))]
    chosen = only or next((x.only for x in reversed(sides) if x.only), None)
    click.echo(f"from {sides[0].title}\nto   {sides[1].title}")
    found = compare(sides[0].side, sides[1].side, chosen)
    if not found:
        click.echo("\nnothing changes")
    for difference in found:
        _print(difference)


def _print(difference: Difference) -> None:
    click.echo(f"\n{difference.heading}")
    for line in difference.lines:
        click.echo("\n".join(_told(line)))


def _told(line: Line) -> list[str]:
    before, after = line.before, line.after
    if before is None or after is None:
        sign, text = ("+", after) if before is None else ("-", before)
        return _wrapped(f"  {sign} {line.what}: {text}")
    if len(before) + len(after) < _SHORT:
        return [f"  {line.what}: {before} -> {after}"]
    return [f"  {line.what}:", *_wrapped(f"    - {before}"), *_wrapped(f"    + {after}")]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent=" " * 6, drop_whitespace=True)

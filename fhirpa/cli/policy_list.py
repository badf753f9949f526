"""`fhirpa policy list`: the policies in force on a day, with the numbers that hold in a plan."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click

from fhirpa.cli.policy_rules import DIRECTORY, day_of, rulebook
from fhirpa.policies.load import Rulebook
from fhirpa.policies.overrides import Change

_ROW = "{:14} {:>3}  {:10}  {:18} {:18} {:>5}  {}"


@click.command("list")
@click.argument("folder", required=False, type=DIRECTORY)
@click.option("--on", "text", metavar="DATE", help="The day of receipt (else today).")
@click.option("--plan", help="With the numbers of this plan.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_policies(folder: Path | None, text: str | None, plan: str | None, as_json: bool) -> None:
    """Name the policies in force with version and numbers, the overrides, what is coming, and the plans."""
    book = rulebook(folder)
    day = day_of(book, text)
    plans = {p["code"]: p for _, p in book.content.plans}
    if plan is not None and plan not in plans:
        raise click.BadParameter(f"there is no plan {plan} ({', '.join(plans)})")
    if as_json:
        click.echo(json.dumps(_data(book, day, plan), indent=1, default=str))
        return
    click.echo(f"rules {book.on(day).version} for what is received on {day}")
    click.echo(_ROW.format("policy", "no.", "since", "first block", "further block", "total", "title"))
    for content in book.policies_on(day).of(plan).values():
        click.echo(_ROW.format(*_row(content)).rstrip())
    _print_changes(book, day, plan)
    click.echo()
    for code, content in plans.items():
        click.echo(f"{code:18} {content['line_of_business']:6} {content['title']}")


def _row(content: dict[str, Any]) -> tuple[Any, ...]:
    blocks = ("; ".join(map(_block, content.get(k, ()))) or "-" for k in ("first", "further"))
    total = content.get("total", "-")
    return content["id"], content["version"], content["effective"], *blocks, total, content["title"]


def _block(block: dict[str, Any]) -> str:
    return f"{block['visits']}/{block['weeks']}"


def _print_changes(book: Rulebook, day: date, plan: str | None) -> None:
    for name, changes in book.policies_on(day).changes.items():
        if plan is None or name in (None, plan):
            for change in changes:
                where = f"in plan {name}" if name else "in every plan"
                click.echo(f"changed {where}: {change.policy} {_told(change)} ({_why(book, change)})")
    for coming in _coming(book, day):
        click.echo(coming)


def _told(change: Change) -> str:
    return f"{'.'.join(change.steps)} = {change.value}"


def _why(book: Rulebook, change: Change) -> str:
    override = next(x for x in book.content.overrides if x.file == change.file)
    return f"{change.file.removeprefix('own/')}: {override.content['because']}"


def _coming(book: Rulebook, day: date) -> Iterator[str]:
    for version in book.content.policies:
        if version.effective > day:
            content = version.content
            yield f"from {version.effective}: {content['id']} version {content['version']}"
        elif version.ends is not None and version.ends >= day:
            yield f"until {version.ends}: {version.content['id']} version {version.content['version']}"
    for override in book.content.overrides:
        if override.effective > day:
            yield f"from {override.effective}: {override.file.removeprefix('own/')}"


def _data(book: Rulebook, day: date, plan: str | None) -> dict[str, Any]:
    policies = book.policies_on(day)
    return {
        "rules": book.on(day).version,
        "day": day,
        "plan": plan,
        "policies": list(policies.of(plan).values()),
        "overrides": [
            {"plan": name, "policy": x.policy, "number": ".".join(x.steps), "value": x.value, "file": x.file}
            for name, changes in policies.changes.items()
            if plan is None or name in (None, plan)
            for x in changes
        ],
    }

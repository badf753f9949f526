"""The rules that a command looks at: the server's, or those of a directory; the sides of a comparison."""

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import click

from fhirpa.cli._services import load_settings
from fhirpa.config import Clock
from fhirpa.policies.content import Content
from fhirpa.policies.cross_check import cross_check
from fhirpa.policies.difference import Side
from fhirpa.policies.load import Rulebook, RulesError, load_rulebook
from fhirpa.policies.schema_check import schema_faults
from fhirpa.policies.yaml_file import read_yaml

DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)
_VERSION = re.compile(r"([A-Z0-9-]{2,30})@(\d+)")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One side of a comparison; `only`: the one policy that it is about."""

    side: Side
    title: str
    only: str | None = None


def rulebook(folder: Path | None) -> Rulebook:
    """All versions of the rules of a directory; None: what the server has (FHIRPA_POLICY_DIR).

    Faults end the command.
    """
    try:
        return load_rulebook(folder or load_settings().policy_dir)
    except RulesError as error:
        raise click.ClickException(faults_text(error)) from error


def faults_text(error: RulesError) -> str:
    """How many faults there are, and each on a line."""
    return f"{counted(len(error.faults), 'fault')}\n{error}"


def counted(number: int, word: str) -> str:
    """'1 override', '2 overrides'."""
    return f"{number} {word}" + ("" if number == 1 else "s")


def today(book: Rulebook) -> date:
    """The day in the plan's time zone."""
    return Clock().now().astimezone(book.zone).date()


def day_of(book: Rulebook, text: str | None) -> date:
    """A day as written; None: today."""
    if text is None:
        return today(book)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"'{text}' is not a day (YYYY-MM-DD)") from None


def choose(book: Rulebook, text: str | None) -> Chosen:
    """A side: a day, a version of the rules or of a policy, a policy's file, a directory; None: today."""
    path = Path(text) if text else None
    if path is not None and path.is_dir():
        other = rulebook(path)
        return _on(other, other.changes[-1], f"{text}, {other.newest().version}")
    if path is not None and path.suffix == ".yaml":
        return _file(book, path)
    version = _VERSION.fullmatch(text or "")
    if version:
        return _policy_version(book, version[1], int(version[2]))
    if text and "@" in text:
        for day in book.changes:
            if book.on(day).version.startswith(text):
                return _on(book, day, book.on(day).version)
        raise click.BadParameter(f"there is no version {text}")
    day = day_of(book, text)
    return _on(book, day, f"{day}, {book.on(day).version}")


def _on(book: Rulebook, day: date, title: str, only: str | None = None) -> Chosen:
    return Chosen(_side(book.content, book, day), title, only)


def _side(content: Content, book: Rulebook, day: date) -> Side:
    plans = {plan["code"]: plan for _, plan in content.plans}
    return Side(book.policies_on(day), content.single, plans)


def _policy_version(book: Rulebook, policy: str, number: int) -> Chosen:
    for version in book.content.policies:
        if (version.content["id"], version.content["version"]) == (policy, number):
            return _on(book, version.effective, f"{policy}@{number}", policy)
    raise click.BadParameter(f"there is no version {number} of {policy}")


def _file(book: Rulebook, path: Path) -> Chosen:
    """The rules of today with a policy's file in the place of the version in force."""
    single = dict(book.content.single)
    try:
        content = read_yaml(path)
    except RulesError as error:
        raise click.ClickException(str(error)) from error
    faults = list(schema_faults(str(path), content, "policy"))
    if not faults:
        faults = [x for x in cross_check(single, [], [(str(path), content)]) if x.startswith(str(path))]
    if faults:
        raise click.ClickException("\n".join(faults))
    side = _side(book.content, book, today(book))
    policies = {**side.policies.common, content["id"]: content}
    return Chosen(
        replace(side, policies=replace(side.policies, common=policies, by_plan={})), str(path), content["id"]
    )

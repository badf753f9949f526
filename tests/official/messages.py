"""Which messages of the official validator count, after the public suite's own list of tolerated ones."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

RULES = Path(__file__).with_name("suppressions.toml")

_ERRORS = {"error", "fatal"}
_ENTRY = re.compile(r"Bundle\.entry\[\d+\]\.resource")
_VALIDATING_AGAINST = re.compile(r" \(validating against (\S+) \[[^\]]*\]\)$")
_REFERENCE_WITHOUT_MATCH = "Reference_REF_CantMatchChoice"
_ENTRY_WITHOUT_MATCH = "BUNDLE_BUNDLE_ENTRY_MULTIPLE_PROFILES_NO_MATCH"
_ELEMENT_WITHOUT_MATCH = "Validation_VAL_Profile_NoMatch"
_MATCHING_DETAILS = "Details_for__matching_against_Profile_"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``because`` holds what was found when a candidate profile or slice was tried."""

    severity: str
    path: str
    id: str
    text: str
    because: tuple[Message, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity in _ERRORS


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of messages that are not held against a resource."""

    pattern: re.Pattern[str]
    why: str


def read_message(data: dict[str, Any]) -> Message:
    """A message as the Java driver writes it."""
    because = tuple(read_message(inner) for inner in data.get("because", ()))
    return Message(data["severity"], data.get("path") or "", data.get("id") or "", data["text"], because)


def load_rules(guide: str, path: Path = RULES) -> tuple[Rule, ...]:
    """The rules that hold for one guide version."""
    table = tomllib.loads(path.read_text())["rule"]
    return tuple(
        Rule(re.compile(row["pattern"]), row["why"]) for row in table if guide in row.get("guides", (guide,))
    )


def remaining_errors(messages: Sequence[Message], rules: Sequence[Rule]) -> list[Message]:
    """The errors that no rule tolerates.

    Where the validator tried several profiles, one that fails only by tolerated errors is met, as in the
    public suite. Where none is met, the error carries what the nearest candidate lacks.
    """
    kept = []
    for message in _without_alternatives(messages, rules):
        if not message.is_error or any(rule.pattern.search(message.text) for rule in rules):
            continue
        if message.id == _REFERENCE_WITHOUT_MATCH:
            candidates = [remaining_errors(tried.because, rules) for tried in _tried(message, messages)]
            if candidates and not all(candidates):
                continue
            message = replace(message, because=tuple(min(candidates, key=len, default=())))
        kept.append(message)
    return list(dict.fromkeys(kept))


def _tried(error: Message, messages: Sequence[Message]) -> list[Message]:
    """The candidate profiles that the validator tried for a reference: messages next to the error itself.

    The element may be reached through a second, wider profile; only candidates that the error names count.
    """
    wanted = {_bare(choice.strip()) for choice in error.text.partition("among choices: ")[2].split(",")}
    found = {}
    for message in messages:
        if message.id == _MATCHING_DETAILS and message.path == error.path:
            _, matching, profile = message.text.partition("matching against profile ")
            if matching and _bare(profile) in wanted:
                found[profile] = message
    return list(found.values())


def _bare(profile: str) -> str:
    """A canonical without version: the error names it as the profile does, the details as it was resolved."""
    return profile.partition("|")[0]


def _without_alternatives(messages: Sequence[Message], rules: Sequence[Rule]) -> list[Message]:
    """The messages, with those of an entry that may meet one of several profiles joined into one.

    The validator reports an entry once per allowed profile, marked "validating against", and once more
    plainly for the profile that the entry declares. Only the nearest profile is kept, and only what the
    plain messages lack.
    """
    plain: list[Message] = []
    choices: dict[str, Message] = {}
    against: dict[str, dict[str, list[Message]]] = defaultdict(lambda: defaultdict(list))
    for message in messages:
        marked = _VALIDATING_AGAINST.search(message.text)
        entry = _ENTRY.match(message.path)
        if entry and marked:
            text = message.text[: marked.start()]
            against[entry[0]][marked[1]].append(replace(message, text=text))
        elif entry and message.id == _ENTRY_WITHOUT_MATCH:
            choices[entry[0]] = message
        elif message.id != _ELEMENT_WITHOUT_MATCH or message.path not in choices:
            plain.append(message)
    for entry_path, choice in choices.items():
        nearest = min((remaining_errors(found, rules) for found in against[entry_path].values()), key=len)
        seen = set(remaining_errors(plain, rules))
        if missing := tuple(error for error in nearest if error not in seen):
            plain.append(replace(choice, because=missing))
    return plain

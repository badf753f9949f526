"""Which messages of the official validator count, after the public suite's own list of tolerated ones."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RULES = Path(__file__).with_name("suppressions.toml")

_ERRORS = {"error", "fatal"}
_REFERENCE_WITHOUT_MATCH = "Reference_REF_CantMatchChoice"
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
    origin: str
    why: str


def read_message(data: dict[str, Any]) -> Message:
    """A message as the Java driver writes it."""
    because = tuple(read_message(inner) for inner in data.get("because", ()))
    return Message(data["severity"], data.get("path") or "", data.get("id") or "", data["text"], because)


def load_rules(guide: str, path: Path = RULES) -> tuple[Rule, ...]:
    """The rules that hold for one guide version."""
    table = tomllib.loads(path.read_text())["rule"]
    return tuple(
        Rule(re.compile(row["pattern"]), row["origin"], row["why"])
        for row in table
        if guide in row.get("guides", (guide,))
    )


def remaining_errors(messages: Sequence[Message], rules: Sequence[Rule]) -> list[Message]:
    """The errors that no rule tolerates; a reference error carries the untolerated errors of its candidates.

    A reference whose target fails a profile only by tolerated errors is no error, as in the public suite.
    """
    kept = []
    for message in messages:
        if not message.is_error or any(rule.pattern.search(message.text) for rule in rules):
            continue
        if message.id == _REFERENCE_WITHOUT_MATCH:
            candidates = [remaining_errors(tried.because, rules) for tried in _tried(message, messages)]
            if candidates and not all(candidates):
                continue
            causes = tuple(dict.fromkeys(error for errors in candidates for error in errors))
            message = Message(message.severity, message.path, message.id, message.text, causes)
        kept.append(message)
    return list(dict.fromkeys(kept))


def _tried(error: Message, messages: Sequence[Message]) -> list[Message]:
    """The candidate profiles that the validator tried for a reference: messages next to the error itself.

    The same element may be reached through a second, wider profile; only the candidates that the error names count.
    """
    _, _, choices = error.text.partition("among choices: ")
    wanted = {choice.strip() for choice in choices.split(",")}
    found = [
        message
        for message in messages
        if message.id == _MATCHING_DETAILS
        and message.path == error.path
        and message.text.startswith("Details for ")
        and message.text.rpartition("matching against profile ")[2] in wanted
    ]
    return list({message.text: message for message in found}.values())

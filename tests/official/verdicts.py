"""What each side says of a case: errors with comparable places and kinds."""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from fhirpa.fhir.codec import decode
from fhirpa.fhir.outcome import FhirError
from fhirpa.validation import Validator, load_set
from tests.official.cases import Case
from tests.official.messages import Message, Rule, remaining_errors
from tests.official.paths import missing, plain
from tests.official.prepare import HERE

_OF_PARENT = re.compile(r"Validation_VAL_Profile_M(in|ax)imum(_SLICE(_EXT)?)?")


@dataclass(frozen=True, slots=True)
class Error:
    """One error: its FHIRPath, what kinds of ours it may be, and how its side names the rule."""

    path: str
    kinds: frozenset[str]
    rule: str
    text: str
    anywhere: bool = False  # the place says nothing

    @property
    def key(self) -> str:
        """The key of an invariant, else ''."""
        return self.rule.rpartition("#")[2] if "#" in self.rule else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """All errors of ours, and the processor time they took in seconds."""

    errors: tuple[Error, ...]
    seconds: float


def ours(case: Case) -> Verdict:
    """What our validator says of a case."""
    own = validator(case.guide)
    start = time.thread_time()
    try:
        resource = decode(case.body, "json")
    except FhirError as error:
        found = tuple(Error("", frozenset({"structure"}), f"structure:{i.key}", i.text) for i in error.issues)
        return Verdict(found, time.thread_time() - start)
    report = own.validate(resource, case.profile if own.knows(case.profile) else None)
    seconds = time.thread_time() - start
    errors = tuple(
        Error(
            plain(f.expression or ""),
            frozenset({str(f.kind)}),
            f"{f.kind}#{f.key}" if f.kind == "invariant" else f"{f.kind}:{f.key or ''}",
            f.text,
        )
        for f in report.issues
        if f.is_error
    )
    return Verdict(errors, seconds)


def theirs(messages: Sequence[Message], rules: Sequence[Rule]) -> list[Error]:
    """What the official validator says after rules; of a choice of profiles, what the nearest lacks."""
    return list(dict.fromkeys(_error(m) for m in _flat(remaining_errors(messages, rules))))


def _flat(messages: Iterable[Message]) -> Iterator[Message]:
    for message in messages:
        inner = [m for m in message.because if m.is_error]
        if inner:
            yield from _flat(inner)
        else:
            yield message


def _error(message: Message) -> Error:
    path = plain(message.path)
    if _OF_PARENT.fullmatch(message.id):
        path = missing(path, message.text)
    kinds, anywhere = _meaning(message.id)
    return Error(path, kinds, message.id, message.text, anywhere)


@cache
def _meaning(identity: str) -> tuple[frozenset[str], bool]:
    return next(meaning for pattern, meaning in _table() if pattern.fullmatch(identity))


@cache
def _table() -> tuple[tuple[re.Pattern[str], tuple[frozenset[str], bool]], ...]:
    rows = tomllib.loads((HERE / "ids.toml").read_text())["id"]
    return tuple((re.compile(row["pattern"]), (frozenset(row["kinds"]), "anywhere" in row)) for row in rows)


@cache
def validator(guide: str) -> Validator:
    """One of ours per guide."""
    return Validator(load_set(f"pas-{guide}"))

"""What facts are read from, and small helpers for those who read them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fhirpa.um.course import Course
from fhirpa.um.evidence import Source
from fhirpa.um.expression.values import UNKNOWN, Duration, Value
from fhirpa.um.expression.vocabulary import Fact, Kind, RecordType, Type
from fhirpa.um.rules import RuleSet


@dataclass(frozen=True, slots=True)
class Judged:
    """A course of therapy and the rules that it is judged by."""

    course: Course
    rules: RuleSet


def known(value: Any, told: str = "", source: Source | None = None) -> Value:
    """A value as told; unknown if it is None."""
    if value is None:
        return UNKNOWN
    return Value(value, (told,) if told else (), (source,) if source is not None else ())


def single(
    name: str, fact: str, kind: Type, meaning: str, told: str, untold: str, value: Callable[[Any], Any]
) -> Fact:
    """A fact that is one field of Evidence. `told` says it, with the value in braces."""

    def read(judged: Judged) -> Value:
        sent = getattr(judged.course.evidence, fact)
        if sent is None:
            return UNKNOWN
        said = ("no", "yes")[sent] if isinstance(sent, bool) else sent
        return known(value(sent), told.format(said), judged.course.evidence.source_of(fact))

    return Fact(name, kind, meaning, read, untold=untold)


def first_told(values: Iterable[tuple[Any, Source]], told: str) -> Value:
    """The first value that is known."""
    for value, source in values:
        if value is not None:
            return known(value, told.format(value), source)
    return UNKNOWN


def upper(value: Any) -> str | None:
    """A word of ours as a code of the language: NOT-ADVANCED for not_advanced."""
    return None if value is None else str(value).upper().replace("_", "-")


def in_weeks(weeks: Decimal | None) -> Duration | None:
    """Weeks as a length of time."""
    return None if weeks is None else Duration(days=weeks * 7)


def list_of(record: RecordType) -> Type:
    """The type of a list of records."""
    return Type(Kind.LIST, record=record)

"""What an expression works on: values that may be unknown, each with what it was taken from.

Numbers, shares (20 % is 0.2), days and codes are plain values; a span of time and a score have types here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from fhirpa.um.days import add_days
from fhirpa.um.evidence import Source

_MONTH: Final = Decimal("30.4375")  # days: a twelfth of 365.25
_LAST_YEAR, _FIRST_YEAR = 9999, 1
_MOST_DAYS, _MOST_MONTHS = Decimal(40_000), Decimal(120_000)  # more than the calendar holds


class Value(NamedTuple):
    """A value, or None where nothing tells, with the words and places it was taken from.

    `missing` names the facts (and fields of records) that would have to be told.
    """

    known: Any
    facts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    missing: tuple[str, ...] = ()


UNKNOWN: Final = Value(None)


class Record(NamedTuple):
    """One entry of a list of facts: its fields (None or absent: not told), and how a reviewer reads it."""

    fields: Mapping[str, Any]
    told: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time in calendar months and days. Against days a month counts 30.4375 of them."""

    days: Decimal = Decimal(0)
    months: Decimal = Decimal(0)

    @property
    def in_days(self) -> Decimal:
        """Days, for comparing."""
        return self.days + self.months * _MONTH


@dataclass(frozen=True, slots=True)
class Score:
    """A score with the unit that it was told in; None where neither sender nor measure settles it."""

    amount: Decimal
    unit: str | None


def duration(amount: Decimal, unit: str) -> Duration:
    """A span of so many days, weeks, months or years."""
    if unit in ("months", "years"):
        return Duration(months=amount * 12 if unit == "years" else amount)
    return Duration(days=amount * 7 if unit == "weeks" else amount)


def shifted(day: date, span: Duration, sign: int) -> date:
    """The day so much later (or earlier, sign -1), kept within the calendar; months end on their last day."""
    days = int(max(-_MOST_DAYS, min(span.days, _MOST_DAYS))) * sign
    if not span.months:
        return add_days(day, days)
    months = int(max(-_MOST_MONTHS, min(span.months, _MOST_MONTHS))) * sign
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if year > _LAST_YEAR:
        return date.max
    if year < _FIRST_YEAR:
        return date.min
    moved = day if not months else _in_month(year, month + 1, day.day)
    return add_days(moved, days)


def _in_month(year: int, month: int, day: int) -> date:
    longest = (31, 29 if _is_leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    return date(year, month, min(day, longest))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)

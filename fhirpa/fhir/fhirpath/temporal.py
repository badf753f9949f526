"""Dates, date-times and times of day with their precision: comparing what is not known gives nothing.

http://hl7.org/fhirpath/N1/#comparison. Seconds and their fraction are one precision. A leap second (60) is
kept. Two date-times with time zone are compared in UTC; if only one has a zone, and it could matter, they
cannot be compared.
"""

import re
from calendar import monthrange
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from fhirpa.fhir.fhirpath.errors import FhirPathSyntaxError

DATE: Final = "Date"
DATE_TIME: Final = "DateTime"
TIME: Final = "Time"

_DAY, _HOUR, _SECOND = 3, 4, 6
_LENGTH_OF_DAY = 10
_MINUTES_OF_DAY = 24 * 60
_MAX_SHIFT_HOURS = 14

_TEMPORAL: Final = re.compile(
    r"(?P<date>([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?)?"
    r"(?P<t>T(?:([0-9]{2})(?::([0-9]{2})(?::([0-9]{2}(?:\.[0-9]+)?))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?"
).fullmatch
_Fields = tuple[int | Decimal, ...]


class Temporal(NamedTuple):
    """`fields` are year, month, day, hour, minute, second as far as known (a Time: from the hour on).

    `offset` is that of the time zone in minutes, None without one. `text` is how it was written.
    """

    kind: str
    fields: _Fields
    offset: int | None
    text: str

    @property
    def is_time(self) -> bool:
        """True for a time of day."""
        return self.kind == TIME

    def in_utc(self) -> _Fields:
        """The fields in UTC, if there is a time zone; else as they are."""
        if not self.offset or len(self.fields) < _HOUR or self.is_time:
            return self.fields
        year, month, day, hour, minute = (*map(int, self.fields[:5]), 0)[:5]
        total = (date(year, month, day).toordinal() * 24 + hour) * 60 + minute - self.offset
        days, minutes = divmod(total, _MINUTES_OF_DAY)
        shifted = date.fromordinal(min(max(days, 1), date.max.toordinal()))
        fields: _Fields = (shifted.year, shifted.month, shifted.day, minutes // 60, minutes % 60)
        return (*fields, *self.fields[5:])


def parse(text: str) -> Temporal | None:
    """A date, dateTime, instant or (with T before it or with a colon) time as FHIR writes them, or None."""
    if len(text) == _LENGTH_OF_DAY and text[4] == text[7] == "-":
        return _parse_day(text)
    found = _TEMPORAL("T" + text if text[2:3] == ":" else text)
    if found is None:
        return None
    year, month, day, clock, hour, minute, second, zone = found.group(2, 3, 4, "t", 6, 7, 8, 9)
    if year is None and (hour is None or zone):
        return None
    if hour is not None and year is not None and day is None:
        return None
    whole = [int(part) for part in (year, month, day, hour, minute) if part is not None]
    fields: _Fields = tuple(whole)
    if second is not None:
        fields = (*whole, int(second) if len(second) == 2 else Decimal(second))
    kind = TIME if year is None else DATE if clock is None else DATE_TIME
    if not _is_real(fields if kind != TIME else (1, 1, 1, *fields)):
        return None
    return Temporal(kind, fields, _minutes(zone), text)


def _parse_day(text: str) -> Temporal | None:
    """By far the commonest form, quickly."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return Temporal(DATE, (day.year, day.month, day.day), None, text)


def parse_literal(text: str, position: int) -> Temporal:
    """A literal without its @. Raises FhirPathSyntaxError for a day or time that does not exist."""
    result = parse(text)
    if result is None:
        raise FhirPathSyntaxError("no such date or time", position)
    return result


def _is_real(fields: _Fields) -> bool:
    year, month, day, hour, minute, second = _completed(fields, (1, 1, 1, 0, 0, 0))
    return (
        year > 0
        and 1 <= month <= 12
        and 1 <= day <= monthrange(int(year), int(month))[1]
        and hour < 24
        and minute < 60
        and second < 61
    )


def _completed(fields: _Fields, missing: tuple[int, ...]) -> _Fields:
    return fields + missing[len(fields) :]


def _minutes(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone == "Z":
        return 0
    size = int(zone[1:3]) * 60 + int(zone[4:6])
    return -size if zone[0] == "-" else size


def compare(left: Temporal, right: Temporal) -> int | None:
    """-1, 0 or 1; None if the precisions or the lack of a zone leave it open, or for a time and a date."""
    if left.is_time != right.is_time:
        return None
    if left.offset is None and right.offset is None:
        return _compare_fields(left.fields, right.fields)
    if (left.offset is None) != (right.offset is None) and min(len(left.fields), len(right.fields)) >= _HOUR:
        return _compare_across_zones(left, right)
    return _compare_fields(left.in_utc(), right.in_utc())


def _compare_fields(left: _Fields, right: _Fields) -> int | None:
    if len(left) == len(right):
        return (left > right) - (left < right)
    for one, other in zip(left, right, strict=False):
        if one != other:
            return -1 if one < other else 1
    return None


def _compare_across_zones(left: Temporal, right: Temporal) -> int | None:
    """Whichever zone is missing, days that lie more than one apart are in order."""
    days = [date(*map(int, t.in_utc()[:_DAY])).toordinal() for t in (left, right)]
    if abs(days[0] - days[1]) <= 1:
        return None
    return -1 if days[0] < days[1] else 1


def same(left: Temporal, right: Temporal) -> bool | None:
    """Equality: None where the answer is open."""
    if left.is_time != right.is_time:
        return False
    order = compare(left, right)
    return None if order is None else order == 0


def key(value: Temporal) -> tuple[object, ...]:
    """Equal for values that are the same, at the same precision."""
    return (value.is_time, value.offset is None, value.in_utc())


def add(value: Temporal, amount: int, unit: str) -> Temporal | None:
    """`amount` calendar units later; None if there is no such date. Finer units than known are truncated.

    `unit` is a calendar word in the singular. http://hl7.org/fhirpath/N1/#datetime-arithmetic
    """
    if value.is_time:
        return _add_to_time(value, amount, unit)
    if unit in ("year", "month"):
        return _add_months(value, amount * 12 if unit == "year" else amount)
    return _add_days_and_clock(value, amount, unit)


_MILLISECONDS: Final = {"hour": 3_600_000, "minute": 60_000, "second": 1000, "millisecond": 1}
_DAYS: Final = {"week": 7, "day": 1}


def _add_to_time(value: Temporal, amount: int, unit: str) -> Temporal | None:
    if unit not in _MILLISECONDS:
        return None
    moved = _clock_milliseconds(value.fields) + amount * _MILLISECONDS[unit]
    return _rebuilt(value, _clock(moved % 86_400_000)[: len(value.fields)])


def _add_months(value: Temporal, months: int) -> Temporal | None:
    if len(value.fields) == 1:
        total = int(value.fields[0]) * 12 + int(months / 12) * 12
    else:
        total = int(value.fields[0]) * 12 + int(value.fields[1]) - 1 + months
    year, month = divmod(total, 12)
    if not 1 <= year <= 9999:
        return None
    date_fields: _Fields = (year, month + 1)
    if len(value.fields) >= _DAY:
        date_fields = (year, month + 1, min(int(value.fields[2]), monthrange(year, month + 1)[1]))
    return _rebuilt(value, (*date_fields[: len(value.fields)], *value.fields[_DAY:]))


def _add_days_and_clock(value: Temporal, amount: int, unit: str) -> Temporal | None:
    known = len(value.fields)
    if known < _DAY:
        days = amount * _DAYS[unit] if unit in _DAYS else int(amount * _MILLISECONDS[unit] / 86_400_000)
        return _add_months(value, int(days / 365) * 12 if known == 1 else int(days / 30))
    clock = _clock_milliseconds(value.fields[_DAY:])
    if unit in _DAYS:
        days, rest = amount * _DAYS[unit], clock
    elif known == _DAY:
        days, rest = int(amount * _MILLISECONDS[unit] / 86_400_000), Decimal(0)
    else:
        whole, rest = divmod(clock + amount * _MILLISECONDS[unit], 86_400_000)
        days, rest = (int(whole), rest) if rest >= 0 else (int(whole) - 1, rest + 86_400_000)
    year, month, day = map(int, value.fields[:_DAY])
    ordinal = date(year, month, day).toordinal() + days
    if not 1 <= ordinal <= date.max.toordinal():
        return None
    moved = date.fromordinal(ordinal)
    return _rebuilt(value, (moved.year, moved.month, moved.day, *_clock(rest))[:known])


def _clock_milliseconds(fields: _Fields) -> Decimal:
    hour, minute, second = _completed(fields, (0, 0, 0))
    return Decimal(hour * 3_600_000 + minute * 60_000) + Decimal(second) * 1000


def _clock(milliseconds: Decimal) -> _Fields:
    minutes, rest = divmod(milliseconds, 60_000)
    return (int(minutes) // 60, int(minutes) % 60, rest / 1000)


def _rebuilt(value: Temporal, fields: _Fields) -> Temporal:
    return Temporal(value.kind, fields, value.offset, _spelt(value.kind, fields, value.offset))


def _spelt(kind: str, fields: _Fields, offset: int | None) -> str:
    day = () if kind == TIME else fields[:_DAY]
    clock = fields if kind == TIME else fields[_DAY:]
    date_text = "-".join(f"{part:0{4 if i == 0 else 2}}" for i, part in enumerate(day))
    clock_text = ":".join(f"{int(part):02}" for part in clock)
    if len(clock) == 3 and clock[2] % 1:
        clock_text += format(Decimal(clock[2] % 1).normalize(), "f")[1:]
    if kind != DATE_TIME:
        return date_text + clock_text
    if offset is None:
        zone = ""
    else:
        sign, size = ("-" if offset < 0 else "+"), abs(offset)
        zone = "Z" if offset == 0 else f"{sign}{size // 60:02}:{size % 60:02}"
    return f"{date_text}T{clock_text}{zone}"

"""Arithmetic on calendar days that never leaves the calendar."""

from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

_WEEK = 7
_MOST_DAYS = 36_600  # a century: longer spans of time are cut to it
_SATURDAY = 5


def add_days(day: date, days: int) -> date:
    """The day so many days later (or earlier), kept within what `date` can hold."""
    days = max(-_MOST_DAYS, min(days, _MOST_DAYS))
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def days_in_weeks(weeks: Decimal) -> int:
    """Whole days in a number of weeks, rounded up."""
    return int(ceiling(min(weeks, Decimal(_MOST_DAYS)) * _WEEK))


def weeks_between(start: date, end: date) -> Decimal:
    """Weeks of a span with both ends included."""
    return Decimal((end - start).days + 1) / _WEEK


def business_days_between(earlier: date, later: date) -> int:
    """Mondays to Fridays after `earlier` up to and with `later`; 0 if it is not later."""
    if later <= earlier:
        return 0
    whole_weeks, rest = divmod((later - earlier).days, _WEEK)
    extra = sum(1 for n in range(1, rest + 1) if (earlier.weekday() + n) % _WEEK < _SATURDAY)
    return whole_weeks * _SATURDAY + extra


def months_old(birth: date, on: date) -> int:
    """Completed months of age."""
    return (on.year - birth.year) * 12 + on.month - birth.month - (on.day < birth.day)


def years_old(birth: date, on: date) -> int:
    """Completed years of age."""
    return months_old(birth, on) // 12


def floor(value: Decimal) -> Decimal:
    """The whole number at or below."""
    return value.to_integral_value(ROUND_FLOOR)


def ceiling(value: Decimal) -> Decimal:
    """The whole number at or above."""
    return value.to_integral_value(ROUND_CEILING)

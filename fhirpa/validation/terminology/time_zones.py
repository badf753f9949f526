"""Time zones: the names of the tz database."""

from functools import cache
from zoneinfo import available_timezones


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def is_time_zone(code: str) -> bool:
    """Whether the tz database at hand has a zone or link of this name."""
    return code in _names()

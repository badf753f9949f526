"""Time zones: the names of the tz database."""

from functools import cache


@cache
def _names() -> frozenset[str]:
    from zoneinfo import available_timezones  # rarely wanted

    return frozenset(available_timezones())


def is_time_zone(code: str) -> bool:
    """Whether the tz database at hand has a zone or link of this name."""
    return code in _names()

"""Days and ages as example cases write them, relative to a day."""

import re
from calendar import monthrange
from datetime import date, timedelta

_RELATIVE = re.compile(r"([+-]?\d+) (day|week)s?")
_MONTHS = re.compile(r"(\d+) months?")


def day_of(text: str | None, received: date) -> date | None:
    """'-10 days', '+2 weeks' or '2026-06-02' as a day; None stays None. The schema has checked the form."""
    if text is None:
        return None
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return date.fromisoformat(text)
    days = int(relative[1]) * (7 if relative[2] == "week" else 1)
    return received + timedelta(days=days)


def born(age: str | int | None, on: date) -> date | None:
    """The birth date of somebody who turns so many years (or 'N months') old on a day; None: unknown."""
    if age is None:
        return None
    found = _MONTHS.fullmatch(str(age))
    months = int(found[1]) if found else int(age) * 12
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))

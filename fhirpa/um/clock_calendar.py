"""Open and closed days, and the hours in which a plan's staff can be reached."""

from dataclasses import dataclass, replace
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_ONE_DAY = timedelta(days=1)


class ClockError(ValueError):
    """A turnaround clock was asked for something that its rules do not hold."""


class HolidayTableEnds(ClockError):
    """A day lies outside the years of the holiday table, so nobody can say whether it is open."""


@dataclass(frozen=True, slots=True)
class OpenDays:
    """A calendar of open days: some weekdays, except the holidays of the years it covers."""

    key: str
    label: str
    citation: str
    open_weekdays: frozenset[int]  # as date.weekday(): Monday is 0
    holidays: frozenset[date]
    extra_open: frozenset[date]  # days that are open although weekday or holiday says closed
    first_year: int
    last_year: int

    def is_open(self, day: date) -> bool:
        """Whether `day` counts. Raises HolidayTableEnds outside the years of the table."""
        if not self.first_year <= day.year <= self.last_year:
            raise HolidayTableEnds(
                f"calendar {self.key} covers {self.first_year} to {self.last_year}; asked about {day.year}"
            )
        if day in self.extra_open:
            return True
        return day.weekday() in self.open_weekdays and day not in self.holidays

    def for_all_years(self) -> "OpenDays":
        """The same calendar with no end: in years of which no holidays are known, weekdays alone count."""
        return replace(self, first_year=MINYEAR, last_year=MAXYEAR)

    def at_or_after(self, day: date) -> date:
        """The first open day that is not before `day`."""
        while not self.is_open(day):
            day += _ONE_DAY
        return day

    def nth_after(self, day: date, count: int) -> date:
        """The `count`-th open day after `day`; `day` itself is day 0, open or not."""
        for _ in range(count):
            day = self.at_or_after(day + _ONE_DAY)
        return day


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours of one day, wall time."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class AvailabilityWindow:
    """When staff can be reached: one set of hours on open days, another on all other days.

    The closing instant itself is inside: an earlier start makes an earlier due time, the safe side.
    """

    calendar: OpenDays
    open_days: Hours
    other_days: Hours

    def start(self, received: datetime, zone: ZoneInfo) -> datetime:
        """`received` itself inside the window, else the next opening; an aware datetime in `zone`."""
        local = received.astimezone(zone)
        today = self._hours(local.date())
        if local.time() < today.opens:
            return datetime.combine(local.date(), today.opens, zone)
        if local.time() <= today.closes:
            return local
        tomorrow = local.date() + _ONE_DAY
        return datetime.combine(tomorrow, self._hours(tomorrow).opens, zone)

    def _hours(self, day: date) -> Hours:
        return self.open_days if self.calendar.is_open(day) else self.other_days

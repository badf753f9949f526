"""How clocks count: when one clock ends, with an extension, stopped, or announced ahead.

All functions are pure: rules and instants come in, instants in UTC go out. Every instant must be aware
(else ClockError); in which zone it is written makes no difference. Days are counted in the rules' zone, and
the day of receipt is day 0. Whatever needs a day outside the holiday table raises HolidayTableEnds.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from fhirpa.um.clock_calendar import ClockError, OpenDays
from fhirpa.um.clock_rules import Clock, ClockStart, ClockUnit, RequestKind, Tolling
from fhirpa.um.determination import Due
from fhirpa.um.terms import LevelOfService, LineOfBusiness

if TYPE_CHECKING:
    from fhirpa.um.clock import TurnaroundRules


def due_for(rules: "TurnaroundRules", clock_id: str, received_at: datetime) -> datetime:
    """When one clock that starts at `received_at` ends. Raises ClockError for an unknown id."""
    return _end(rules, clock_of(rules, clock_id), received_at)


def due_of(rules: "TurnaroundRules", clock_id: str, received_at: datetime) -> Due:
    """The same with the rule that says so."""
    return told(rules, clock_id, due_for(rules, clock_id, received_at))


def binding(
    rules: "TurnaroundRules",
    lob: LineOfBusiness,
    level: LevelOfService,
    kind: RequestKind = RequestKind.PREAUTHORIZATION,
) -> tuple[str, ...]:
    """The ids of the clocks that bind a request; the earliest of them wins."""
    special = rules.lines[lob].kinds.get(kind)
    if special is not None and special.alone:
        return special.decide
    keys = rules.levels[lob, LevelOfService.STANDARD].decide
    if level is LevelOfService.EXPEDITED:
        keys = rules.levels[lob, level].decide + keys
    if special is not None and special.level in (None, level):
        keys = special.decide + keys
    return keys


def told(rules: "TurnaroundRules", clock_id: str, at: datetime) -> Due:
    """An instant as the due time that this clock gave."""
    clock = clock_of(rules, clock_id)
    return Due(at, clock.key, clock.label, clock.citation)


def earliest(dues: Iterable[Due]) -> Due:
    """The due time that binds; of two at the same instant that of the first rule."""
    return min(dues, key=lambda x: (x.at, x.rule))


def extended(
    rules: "TurnaroundRules", clock_id: str, received_at: datetime, days: int | None = None
) -> datetime:
    """When the clock ends after its one extension, by `days` or (None) by all that the rule allows.

    After a clock in hours the extension's days count by the wall or as elapsed hours, whichever ends earlier.
    Raises ClockError where the rules allow none, or not so many days.
    """
    clock = clock_of(rules, clock_id)
    if clock.extension_days is None:
        raise ClockError(f"clock {clock_id} cannot be extended")
    more = clock.extension_days if days is None else days
    if not 1 <= more <= clock.extension_days:
        raise ClockError(f"clock {clock_id} can be extended by 1 to {clock.extension_days} days")
    if clock.unit is ClockUnit.CALENDAR_DAYS:
        return _end(rules, replace(clock, limit=clock.limit + more), received_at)
    end = _end(rules, clock, received_at)
    extension = timedelta(days=more)
    by_the_wall = end.astimezone(rules.zone).replace(tzinfo=None) + extension
    return min(end + extension, by_the_wall.replace(tzinfo=rules.zone).astimezone(UTC))


def tolled(
    rules: "TurnaroundRules",
    clock_id: str,
    received_at: datetime,
    asked_at: datetime,
    answered_at: datetime | None = None,
    *,
    ceiling_extended: bool = False,
) -> Due:
    """When the decision is due where a notice at `asked_at` stopped the clock until `answered_at`.

    None: no answer yet. The time to decide starts afresh at the answer; of the two readings of 29 CFR
    2560.503-1(f)(4) that is the earlier one, the other adds the days left of the original time. An answer
    after the time to supply changes nothing, and no answer makes the due time earlier than it was.
    `ceiling_extended`: the clock that is not stopped has a documented extension.
    Raises ClockError for a clock that cannot be stopped, a notice after its end, an answer before the notice.
    """
    clock = clock_of(rules, clock_id)
    if clock.tolling is None:
        raise ClockError(f"clock {clock_id} cannot be stopped")
    in_order(received_at, asked_at, "the notice")
    plain = due_of(rules, clock_id, received_at)
    if asked_at > plain.at:
        raise ClockError(f"clock {clock_id} had ended before the notice")
    if answered_at is not None:
        in_order(asked_at, answered_at, "the answer")
    due = max(after_notice(rules, clock.tolling, received_at, asked_at, answered_at), plain, key=_instant)
    ceiling = clock.tolling.ceiling
    if ceiling is None:
        return due
    at = (extended if ceiling_extended else due_for)(rules, ceiling, received_at)
    return earliest((due, told(rules, ceiling, at)))


def after_notice(
    rules: "TurnaroundRules",
    tolling: Tolling,
    received_at: datetime,
    asked_at: datetime,
    answered_at: datetime | None,
    supply_ends: datetime | None = None,
) -> Due:
    """When the decision is due after a stop; `supply_ends` if it is not the one of a notice at `asked_at`."""
    supply_ends = supply_ends or due_for(rules, tolling.supply, asked_at)
    in_time = answered_at is not None and answered_at <= supply_ends
    if tolling.silence is not None and not in_time:
        return due_of(rules, tolling.silence, received_at)
    return due_of(rules, tolling.decide, min(answered_at or supply_ends, supply_ends))


def earliest_after_notice(rules: "TurnaroundRules", lead_time_id: str, noticed_at: datetime) -> datetime:
    """The earliest instant for an act that was announced at `noticed_at`.

    Counted in open days, a notice after hours or on a closed day is taken as made when the next open day
    begins: the act then comes later, the safe side. Raises ClockError for an unknown id.
    """
    lead = rules.lead_times.get(lead_time_id)
    if lead is None:
        raise ClockError(f"no lead time {lead_time_id}")
    local = _local(rules, noticed_at)
    if lead.unit is ClockUnit.CALENDAR_DAYS:
        return _at(rules, local.date() + timedelta(days=lead.limit), local.time())
    calendar = rules.calendars[lead.unit]
    day = _open_day(rules, calendar, local)
    wall = local.time() if day == local.date() else time.min
    return _at(rules, calendar.nth_after(day, lead.limit), wall)


def clock_of(rules: "TurnaroundRules", clock_id: str) -> Clock:
    """The clock of this id. Raises ClockError if there is none."""
    if clock_id not in rules.clocks:
        raise ClockError(f"no clock {clock_id}")
    return rules.clocks[clock_id]


def in_order(earlier: datetime, later: datetime, what: str) -> None:
    """Raises ClockError if `what`, at `later`, comes before what it follows."""
    if later < earlier:
        raise ClockError(f"{what} comes before what it follows")


def _instant(due: Due) -> datetime:
    return due.at


def _end(rules: "TurnaroundRules", clock: Clock, received_at: datetime) -> datetime:
    start = _local(rules, received_at)
    if clock.start is ClockStart.IN_WINDOW:
        start = rules.window.start(start, rules.zone)
    if clock.unit is ClockUnit.HOURS:
        return start.astimezone(UTC) + timedelta(hours=clock.limit)
    if clock.unit is ClockUnit.CALENDAR_DAYS:
        day = start.date() + timedelta(days=clock.limit)
        if clock.rolls_forward:
            day = rules.calendars[ClockUnit.WORKING_DAYS].at_or_after(day)
        return _at(rules, day, rules.end_of_calendar_day)
    calendar = rules.calendars[clock.unit]
    day_0 = _open_day(rules, calendar, start) if clock.after_hours_rolls else start.date()
    return _at(rules, calendar.nth_after(day_0, clock.limit), rules.end_of_business_day)


def _open_day(rules: "TurnaroundRules", calendar: OpenDays, local: datetime) -> date:
    """The open day to which an instant belongs: its own until the end of business, else the next one."""
    day = local.date()
    return calendar.at_or_after(day if local.time() <= rules.end_of_business_day else day + timedelta(days=1))


def _at(rules: "TurnaroundRules", day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, rules.zone).astimezone(UTC)


def _local(rules: "TurnaroundRules", instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ClockError("an instant without a zone")
    return instant.astimezone(rules.zone)

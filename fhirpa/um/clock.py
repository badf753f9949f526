"""The turnaround clock: when a decision, an answer or a notice is due.

All functions are pure: rules and instants come in, instants in UTC go out. Every instant must be aware
(else ClockError); in which zone it is written makes no difference. Days are counted in the rules' zone, and
the day of receipt is day 0. Whatever needs a day outside the holiday table raises HolidayTableEnds.

Sources are cited clock by clock in `fhirpa/policies/turnaround.yaml`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fhirpa.um.clock_calendar import AvailabilityWindow, ClockError, OpenDays
from fhirpa.um.clock_rules import Clock, ClockStart, ClockUnit, LeadTime, LevelRules, TolledBy, Tolling
from fhirpa.um.determination import Due
from fhirpa.um.terms import LevelOfService, LineOfBusiness


@dataclass(frozen=True, slots=True)
class TurnaroundRules:
    """All turnaround rules of one version; the functions of this module read them."""

    version: str
    zone: ZoneInfo
    end_of_business_day: time
    end_of_calendar_day: time
    window: AvailabilityWindow
    calendars: Mapping[ClockUnit, OpenDays]
    clocks: Mapping[str, Clock]
    lead_times: Mapping[str, LeadTime]
    levels: Mapping[tuple[LineOfBusiness, LevelOfService], LevelRules]
    peer_to_peer: Mapping[LineOfBusiness, str]  # ids of lead times
    peer_to_peer_afterwards: str  # the same where the service was over when it was asked for
    supply_until_due: str  # the text where the decision's due time ends the time to supply

    def decision_due(self, lob: LineOfBusiness, level: LevelOfService, received_at: datetime) -> Due:
        """See the function of this name."""
        return decision_due(self, lob, level, received_at)

    def awaiting_due(
        self, lob: LineOfBusiness, level: LevelOfService, received_at: datetime, asked_at: datetime
    ) -> Due:
        """See the function of this name."""
        return awaiting_due(self, lob, level, received_at, asked_at)

    def information_due(
        self, lob: LineOfBusiness, level: LevelOfService, asked_at: datetime, due: Due
    ) -> Due:
        """See the function of this name."""
        return information_due(self, lob, level, asked_at, due)

    def peer_to_peer_earliest(
        self, lob: LineOfBusiness, offered_at: datetime, *, afterwards: bool = False
    ) -> datetime:
        """See the function of this name."""
        return peer_to_peer_earliest(self, lob, offered_at, afterwards=afterwards)

    def past_the_table(self) -> "TurnaroundRules":
        """These rules for times of which no holidays are loaded: there every weekday is open.

        A due time then comes on the true day or earlier. Not for lead times, which would end early too.
        """
        calendars = {unit: c.for_all_years() for unit, c in self.calendars.items()}
        window = replace(self.window, calendar=self.window.calendar.for_all_years())
        return replace(self, calendars=calendars, window=window)


def decision_due(
    rules: TurnaroundRules, lob: LineOfBusiness, level: LevelOfService, received_at: datetime
) -> Due:
    """When a complete request must be decided: the earliest of all clocks that bind it.

    An expedited request is bound by the standard clocks too, so it is never due later than a standard one.
    """
    return _earliest(_due(rules, key, received_at) for key in _binding(rules, lob, level))


def awaiting_due(
    rules: TurnaroundRules,
    lob: LineOfBusiness,
    level: LevelOfService,
    received_at: datetime,
    asked_at: datetime,
) -> Due:
    """When a request must be decided after information was asked for at `asked_at` and none has come yet.

    As `decision_due`, but a clock that an information request stops (1 TAC 353.425(d)) gives way to the time
    allowed for an incomplete request, unless it had run out before anybody asked.
    """

    def one(key: str) -> Due:
        due = _due(rules, key, received_at)
        tolling = rules.clocks[key].tolling
        if tolling is None or tolling.by is not TolledBy.INFORMATION_REQUEST or asked_at > due.at:
            return due
        return tolled(rules, key, received_at, asked_at)

    return _earliest(one(key) for key in _binding(rules, lob, level))


def information_due(
    rules: TurnaroundRules, lob: LineOfBusiness, level: LevelOfService, asked_at: datetime, due: Due
) -> Due:
    """Until when the provider is asked to supply what was asked for at `asked_at`.

    The supply time of the line and level, but never later than `due`, when the decision is due.
    """
    supply = _due(rules, rules.levels[lob, level].supply, asked_at)
    return supply if supply.at <= due.at else replace(due, text=rules.supply_until_due)


def upgraded_due(
    rules: TurnaroundRules, lob: LineOfBusiness, received_at: datetime, raised_at: datetime
) -> Due:
    """When a standard request must be decided that became expedited at `raised_at`.

    The expedited time from then, never later than the standard due time.
    """
    _in_order(received_at, raised_at, "the request to expedite")
    return _earliest(
        (
            decision_due(rules, lob, LevelOfService.EXPEDITED, raised_at),
            decision_due(rules, lob, LevelOfService.STANDARD, received_at),
        )
    )


def due_for(rules: TurnaroundRules, clock_id: str, received_at: datetime) -> datetime:
    """When one clock that starts at `received_at` ends. Raises ClockError for an unknown id."""
    return _end(rules, _clock(rules, clock_id), received_at)


def extended(rules: TurnaroundRules, clock_id: str, received_at: datetime) -> datetime:
    """When the clock ends after its one extension. Raises ClockError where the rules allow none.

    After a clock in hours the extension's days count by the wall or as elapsed hours, whichever ends earlier.
    """
    clock = _clock(rules, clock_id)
    if clock.extension_days is None:
        raise ClockError(f"clock {clock_id} cannot be extended")
    if clock.unit is ClockUnit.CALENDAR_DAYS:
        return _end(rules, replace(clock, limit=clock.limit + clock.extension_days), received_at)
    end = _end(rules, clock, received_at)
    extension = timedelta(days=clock.extension_days)
    by_the_wall = end.astimezone(rules.zone).replace(tzinfo=None) + extension
    return min(end + extension, by_the_wall.replace(tzinfo=rules.zone).astimezone(UTC))


def tolled(
    rules: TurnaroundRules,
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
    after the time to supply changes nothing. `ceiling_extended`: the clock that is not stopped has a
    documented extension.
    Raises ClockError for a clock that cannot be stopped, a notice after its end, an answer before the notice.
    """
    clock = _clock(rules, clock_id)
    if clock.tolling is None:
        raise ClockError(f"clock {clock_id} cannot be stopped")
    _in_order(received_at, asked_at, "the notice")
    if asked_at > _end(rules, clock, received_at):
        raise ClockError(f"clock {clock_id} had ended before the notice")
    if answered_at is not None:
        _in_order(asked_at, answered_at, "the answer")
    due = _after_notice(rules, clock.tolling, received_at, asked_at, answered_at)
    ceiling = clock.tolling.ceiling
    if ceiling is None:
        return due
    at = (extended if ceiling_extended else due_for)(rules, ceiling, received_at)
    return _earliest((due, Due(at, ceiling, rules.clocks[ceiling].label)))


def peer_to_peer_earliest(
    rules: TurnaroundRules, lob: LineOfBusiness, offered_at: datetime, *, afterwards: bool = False
) -> datetime:
    """The earliest instant at which an adverse determination may follow a peer-to-peer offer.

    `afterwards`: the service was over when it was asked for (28 TAC 19.1703, retrospective review); the later
    of the two lead times then holds.
    """
    earliest = earliest_after_notice(rules, rules.peer_to_peer[lob], offered_at)
    if not afterwards:
        return earliest
    return max(earliest, earliest_after_notice(rules, rules.peer_to_peer_afterwards, offered_at))


def earliest_after_notice(rules: TurnaroundRules, lead_time_id: str, noticed_at: datetime) -> datetime:
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


def _binding(rules: TurnaroundRules, lob: LineOfBusiness, level: LevelOfService) -> tuple[str, ...]:
    standard = rules.levels[lob, LevelOfService.STANDARD].decide
    if level is LevelOfService.STANDARD:
        return standard
    return rules.levels[lob, level].decide + standard


def _earliest(dues: Iterable[Due]) -> Due:
    return min(dues, key=lambda x: x.at)


def _due(rules: TurnaroundRules, clock_id: str, received_at: datetime) -> Due:
    clock = _clock(rules, clock_id)
    return Due(_end(rules, clock, received_at), clock.key, clock.label)


def _clock(rules: TurnaroundRules, clock_id: str) -> Clock:
    if clock_id not in rules.clocks:
        raise ClockError(f"no clock {clock_id}")
    return rules.clocks[clock_id]


def _after_notice(
    rules: TurnaroundRules,
    tolling: Tolling,
    received_at: datetime,
    asked_at: datetime,
    answered_at: datetime | None,
) -> Due:
    supply_ends = due_for(rules, tolling.supply, asked_at)
    in_time = answered_at is not None and answered_at <= supply_ends
    if tolling.silence is not None and not in_time:
        return _due(rules, tolling.silence, received_at)
    return _due(rules, tolling.decide, min(answered_at or supply_ends, supply_ends))


def _end(rules: TurnaroundRules, clock: Clock, received_at: datetime) -> datetime:
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


def _open_day(rules: TurnaroundRules, calendar: OpenDays, local: datetime) -> date:
    """The open day to which an instant belongs: its own until the end of business, else the next one."""
    day = local.date()
    return calendar.at_or_after(day if local.time() <= rules.end_of_business_day else day + timedelta(days=1))


def _at(rules: TurnaroundRules, day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, rules.zone).astimezone(UTC)


def _local(rules: TurnaroundRules, instant: datetime) -> datetime:
    if instant.utcoffset() is None:
        raise ClockError("an instant without a zone")
    return instant.astimezone(rules.zone)


def _in_order(earlier: datetime, later: datetime, what: str) -> None:
    if later < earlier:
        raise ClockError(f"{what} comes before what it follows")

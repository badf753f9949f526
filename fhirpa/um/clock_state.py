"""The state of one clock, reckoned from its events: when it started, what stopped it, when it is due.

The same events and rules always give the same due time, so that what is stored can be checked at any time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from fhirpa.um.clock_calendar import ClockError
from fhirpa.um.clock_count import (
    after_notice,
    binding,
    clock_of,
    due_for,
    due_of,
    extended,
    in_order,
)
from fhirpa.um.clock_events import ClockEvent, ClockEventKind, current
from fhirpa.um.clock_rules import RequestKind, TolledBy
from fhirpa.um.determination import Due
from fhirpa.um.terms import LevelOfService, LineOfBusiness

if TYPE_CHECKING:
    from fhirpa.um.clock import TurnaroundRules


@dataclass(frozen=True, slots=True)
class Stop:
    """A span in which a clock stood still. `until`: when it goes on at the latest, or went on."""

    since: datetime
    until: datetime
    answered_at: datetime | None = None
    is_over: bool = False  # somebody ended the wait, with or without an answer


@dataclass(frozen=True, slots=True)
class Reckoning:
    """The state of one clock. `dues`: all that bind it, the earliest first, which is the due time."""

    started_at: datetime
    level: LevelOfService
    request: RequestKind
    dues: tuple[Due, ...]
    stops: tuple[Stop, ...] = ()  # disjoint, in order, none before the start
    extension: ClockEvent | None = None
    missed_at: datetime | None = None
    ended_at: datetime | None = None
    director_at: datetime | None = None  # nothing was sent: from then the medical director has the line

    @property
    def due(self) -> Due:
        """When the decision is due, and by which rule."""
        return self.dues[0]


@dataclass(frozen=True, slots=True)
class _Told:
    """What the events say, without any counting."""

    start: ClockEvent
    level: LevelOfService
    expedited_at: datetime | None  # from when the expedited clocks count
    waits: tuple[
        tuple[tuple[datetime, ...], ClockEvent | None], ...
    ]  # notices of one wait, and what ended it
    extension: ClockEvent | None
    missed_at: datetime | None
    ended_at: datetime | None


def reckon(rules: "TurnaroundRules", lob: LineOfBusiness, events: Sequence[ClockEvent]) -> Reckoning:
    """The state of the clock that these events of one line tell of.

    Raises ClockError where they tell nothing that can be: no start, events out of order, an extension twice,
    of a clock that has none, or after it was over.
    """
    said = _read(current(tuple(events)))
    keys = [(key, said.start.at) for key in _standard(rules, lob, said)]
    if said.expedited_at is not None:
        keys = [(key, said.expedited_at) for key in _expedited(rules, lob, said)] + keys
    ends = {key: _due(rules, lob, said, key, origin) for key, origin in keys}
    stops = _stops(rules, said, ends)
    return Reckoning(
        started_at=said.start.at,
        level=said.level,
        request=_request(said),
        dues=tuple(sorted(ends.values(), key=lambda d: (d.at, d.rule))),
        stops=stops,
        extension=said.extension,
        missed_at=said.missed_at,
        ended_at=said.ended_at,
        director_at=_director_at(rules, said, ends, stops),
    )


# --- what the events say -------------------------------------------------------------------------------


def _read(events: tuple[ClockEvent, ...]) -> _Told:
    if not events or events[0].level is None:
        raise ClockError("a clock begins with its start")
    start, level = events[0], events[0].level
    expedited_at = start.at if level is LevelOfService.EXPEDITED else None
    waits: list[tuple[tuple[datetime, ...], ClockEvent | None]] = []
    extension: ClockEvent | None = None
    missed_at: datetime | None = None
    ended_at: datetime | None = None
    for event in events[1:]:
        in_order(start.at, event.at, f"'{event.kind}'")
        is_waiting = bool(waits) and waits[-1][1] is None
        match event.kind:
            case ClockEventKind.RAISED:
                level, expedited_at = LevelOfService.EXPEDITED, expedited_at or event.at
            case ClockEventKind.DOWNGRADED:
                level, expedited_at = LevelOfService.STANDARD, None
            case ClockEventKind.ASKED if is_waiting:
                waits[-1] = ((*waits[-1][0], event.at), None)
            case ClockEventKind.ASKED:
                waits.append(((event.at,), None))
            case ClockEventKind.ANSWERED | ClockEventKind.WAIT_ENDED if is_waiting:
                waits[-1] = (waits[-1][0], event)
            case ClockEventKind.EXTENDED:
                if extension is not None:
                    raise ClockError("a clock is extended once")
                extension = event
            case ClockEventKind.MISSED:
                missed_at = event.at
            case ClockEventKind.ENDED:
                ended_at = event.at
                if is_waiting:
                    waits[-1] = (waits[-1][0], event)
            case ClockEventKind.REOPENED:
                ended_at = None
    return _Told(start, level, expedited_at, tuple(waits), extension, missed_at, ended_at)


def _request(said: _Told) -> RequestKind:
    return said.start.request or RequestKind.PREAUTHORIZATION


def _standard(rules: "TurnaroundRules", lob: LineOfBusiness, said: _Told) -> tuple[str, ...]:
    return binding(rules, lob, LevelOfService.STANDARD, _request(said))


def _expedited(rules: "TurnaroundRules", lob: LineOfBusiness, said: _Told) -> tuple[str, ...]:
    """The clocks that only expedited handling brings."""
    both = binding(rules, lob, LevelOfService.EXPEDITED, _request(said))
    standard = _standard(rules, lob, said)
    return tuple(key for key in both if key not in standard)


# --- counting ------------------------------------------------------------------------------------------


def _due(rules: "TurnaroundRules", lob: LineOfBusiness, said: _Told, key: str, origin: datetime) -> Due:
    """When one clock ends, with all that happened to it."""
    clock = clock_of(rules, key)
    due = due_of(rules, key, origin)
    if said.extension is not None and clock.extension_days is not None:
        due = _extended(rules, lob, said.extension, key, origin, due)
    if clock.tolling is not None and clock.tolling.by is TolledBy.INFORMATION_REQUEST:
        for notices, over in said.waits:
            if notices[0] <= due.at:  # one that has run out is not revived
                due = max(due, _after_wait(rules, key, origin, notices, over), key=lambda d: d.at)
    if said.extension is not None and clock.tolling and clock.tolling.by is TolledBy.EXTENSION_NOTICE:
        due = _stopped_by_extension(rules, said, key, origin, due)
    if clock.answered is None:
        return due
    follows = [due_of(rules, clock.answered, x.until) for x in _waits(rules, lob, said) if x.is_over]
    return min(due, *follows, key=lambda d: d.at) if follows else due


def _extended(
    rules: "TurnaroundRules",
    lob: LineOfBusiness,
    extension: ClockEvent,
    key: str,
    origin: datetime,
    due: Due,
) -> Due:
    if extension.at > due.at:
        raise ClockError(f"clock {key} had ended before its extension")
    if extension.ground not in rules.lines[lob].grounds:
        raise ClockError(f"{extension.ground or 'nothing'} is no ground for an extension here")
    most, given = clock_of(rules, key).extension_days, extension.days
    days = most if given is None or most is None else min(given, most)
    return replace(due, at=extended(rules, key, origin, days))


def _stopped_by_extension(rules: "TurnaroundRules", said: _Told, key: str, origin: datetime, due: Due) -> Due:
    """29 CFR 2560.503-1(f)(4): an extension for want of information stops the clock until it arrives.

    What follows then is counted afresh from the answer, but never ends before the original time.
    """
    extension, tolling = said.extension, clock_of(rules, key).tolling
    if extension is None or tolling is None or not rules.grounds[extension.ground].stops:
        return due
    answer = _on(_over_since(said, extension.at), due_for(rules, tolling.supply, extension.at))
    after = after_notice(rules, tolling, origin, extension.at, answer)
    plain = due_of(rules, key, origin)
    return after if after.at > plain.at else plain


def _after_wait(
    rules: "TurnaroundRules",
    key: str,
    origin: datetime,
    notices: tuple[datetime, ...],
    over: ClockEvent | None,
) -> Due:
    tolling = clock_of(rules, key).tolling
    assert tolling is not None
    supply_ends = max(due_for(rules, tolling.supply, x) for x in notices)
    return after_notice(rules, tolling, origin, notices[0], _on(over, supply_ends), supply_ends)


def _on(over: ClockEvent | None, supply_ends: datetime) -> datetime | None:
    """From when the time to decide counts: the answer, or when a person went on before the time was over."""
    if over is None or (over.kind is not ClockEventKind.ANSWERED and over.at >= supply_ends):
        return None
    return over.at


def _waits(rules: "TurnaroundRules", lob: LineOfBusiness, said: _Told) -> Iterator[Stop]:
    """The spans in which the provider had time to send what was asked for, by the level's supply time."""
    supply = rules.levels[lob, said.level].supply
    return (_stop(rules, supply, notices, over) for notices, over in said.waits)


def _stops(rules: "TurnaroundRules", said: _Told, ends: Mapping[str, Due]) -> tuple[Stop, ...]:
    """The spans in which one of the clocks stood still; one that had run out is not stopped any more."""
    tollings = {key: t for key in ends if (t := clock_of(rules, key).tolling) is not None}
    for key, tolling in tollings.items():
        if tolling.by is TolledBy.INFORMATION_REQUEST:
            waits = (x for x in said.waits if x[0][0] <= ends[key].at)
            return tuple(_stop(rules, tolling.supply, notices, over) for notices, over in waits)
    extension = said.extension
    if extension is None or not tollings or not rules.grounds[extension.ground].stops:
        return ()
    supply = next(iter(tollings.values())).supply
    return (_stop(rules, supply, (extension.at,), _over_since(said, extension.at)),)


def _over_since(said: _Told, since: datetime) -> ClockEvent | None:
    """What ended the wait that was going on at an instant."""
    return next((over for _, over in said.waits if over is not None and over.at >= since), None)


def _stop(
    rules: "TurnaroundRules", supply: str, notices: tuple[datetime, ...], over: ClockEvent | None
) -> Stop:
    ends = max(due_for(rules, supply, x) for x in notices)
    until = ends if over is None else min(ends, over.at)
    answered = over.at if over is not None and over.kind is ClockEventKind.ANSWERED else None
    return Stop(notices[0], until, answered, over is not None)


def _director_at(
    rules: "TurnaroundRules", said: _Told, keys: Iterable[str], stops: tuple[Stop, ...]
) -> datetime | None:
    """When the medical director must have the line because nothing was sent (1 TAC 353.425(d)(2))."""
    wanted = next((t.director for key in keys if (t := clock_of(rules, key).tolling) and t.director), None)
    silent = stops and stops[-1].answered_at is None
    return due_for(rules, wanted, said.start.at) if wanted is not None and silent else None

"""The clocks of a case: what a request, an update or an act does to them, and what is due because of it.

Every open line has a clock of its own. `clocked` compares two versions of a case, writes down what the step
meant for each clock, and reckons anew what is due; nothing else sets a due time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from fhirpa.um.case import Case, CaseLine
from fhirpa.um.clock_calendar import HolidayTableEnds
from fhirpa.um.clock_events import ClockEvent, ClockEventKind
from fhirpa.um.clock_rules import RequestKind
from fhirpa.um.clock_state import Reckoning
from fhirpa.um.determination import Due
from fhirpa.um.request import ServiceLine
from fhirpa.um.rules import RuleSet, TurnaroundClock
from fhirpa.um.terms import LevelOfService, LineState, ReviewType
from fhirpa.um.wording import note


def request_kind(line: ServiceLine, received_at: datetime, rules: RuleSet) -> RequestKind:
    """What a line asks for, as far as other clocks bind it than the usual ones."""
    received = received_at.astimezone(rules.programme.zone).date()
    if line.period is not None and line.period.end is not None and line.period.end < received:
        return RequestKind.RETROSPECTIVE
    if rules.turnaround is not None and line.place_of_service in rules.turnaround.hospital_places:
        return RequestKind.HOSPITAL
    if line.review_type is ReviewType.RENEWAL:
        return RequestKind.CONTINUATION
    return RequestKind.PREAUTHORIZATION


def clocked(before: Case | None, after: Case, at: datetime, rules: RuleSet, *, sent: bool = False) -> Case:
    """The next version of a case (`before` None: a new one) with its clocks told and reckoned.

    `sent`: the provider brought it about, by a request, an update or an answer; else a person or the worker
    did. `at`: when. Calling it again on its own result changes nothing.
    """
    clock = rules.turnaround
    if clock is None:
        return after
    known = {x.line.sequence: x for x in before.lines} if before is not None else {}
    raised = before is not None and _is_raised(before, after)
    lines = tuple(_told(known.get(x.line.sequence), x, after, at, rules, sent, raised) for x in after.lines)
    timed = tuple(_timed(x, after, rules) for x in lines)
    due = min((x.due for x in timed if x.due is not None), key=lambda d: d.at, default=None)
    made = replace(after, lines=timed, due=due)
    return replace(made, information_due=_information_due(before, made, at, clock))


def clock_of_line(case: Case, line: CaseLine, rules: RuleSet) -> Reckoning | None:
    """The state of a line's clock; None without rules, and for a line that never waited."""
    if rules.turnaround is None or not (line.clock or line.state.is_pended):
        return None
    return _reckoned(rules.turnaround, case, events_of(case, line, rules))[0]


def events_of(case: Case, line: CaseLine, rules: RuleSet) -> tuple[ClockEvent, ...]:
    """What happened to a line's clock; one that an earlier program opened began with the request."""
    if line.clock:
        return line.clock
    at = line.received_at or case.received_at
    asked = request_kind(line.line, at, rules)
    start = ClockEvent(ClockEventKind.STARTED, at, case.request.level_of_service, asked)
    waits = line.state is LineState.PENDED_INFORMATION
    return (start, ClockEvent(ClockEventKind.ASKED, at)) if waits else (start,)


# --- what happened -------------------------------------------------------------------------------------


def _told(
    old: CaseLine | None,
    new: CaseLine,
    case: Case,
    at: datetime,
    rules: RuleSet,
    sent: bool,
    raised: bool,
) -> CaseLine:
    """The line with what the step meant for its clock."""
    known = new.clock or (old.clock if old is not None else ())
    happened = tuple(_happened(old, new, sent, raised))
    if not known and old is not None and (old.state.is_pended or (happened and not sent)):
        known = events_of(case, old, rules)  # of a case that an earlier program opened, or one opened again
    out = list(known)
    for kind in happened:
        begins = kind is ClockEventKind.STARTED
        first = (new.received_at or case.received_at) if old is None else at
        moment = first if begins else max([at, *(x.at for x in out)])  # told in the order it was dealt with
        event = ClockEvent(kind, moment)
        if begins:
            asked = request_kind(new.line, moment, rules)
            event = replace(event, level=case.request.level_of_service, request=asked)
        if event not in out:
            out.append(event)
    return replace(new, clock=tuple(out))


def _happened(old: CaseLine | None, new: CaseLine, sent: bool, raised: bool) -> Iterator[ClockEventKind]:
    is_open, was_open = new.state.is_pended, old is not None and old.state.is_pended
    waits = new.state is LineState.PENDED_INFORMATION
    waited = old is not None and old.state is LineState.PENDED_INFORMATION
    if is_open and not was_open:
        yield ClockEventKind.STARTED if old is None or sent else ClockEventKind.REOPENED
    if is_open and was_open and raised:
        yield ClockEventKind.RAISED
    if is_open and waited and not waits:
        yield ClockEventKind.ANSWERED if sent else ClockEventKind.WAIT_ENDED
    if waits and not (waited and _wanted(new) <= _wanted(old)):
        yield ClockEventKind.ASKED
    if was_open and not is_open:
        yield ClockEventKind.ENDED


def _is_raised(before: Case, after: Case) -> bool:
    levels = (before.request.level_of_service, after.request.level_of_service)
    return levels == (LevelOfService.STANDARD, LevelOfService.EXPEDITED)


def _wanted(line: CaseLine | None) -> frozenset[str]:
    return frozenset(x.key for x in line.information) if line is not None else frozenset()


# --- what is due ---------------------------------------------------------------------------------------


def _timed(line: CaseLine, case: Case, rules: RuleSet) -> CaseLine:
    if not line.state.is_pended or rules.turnaround is None:
        return replace(line, due=None)
    reckoning, whole = _reckoned(rules.turnaround, case, line.clock)
    due = reckoning.due
    if not whole:
        due = replace(due, text=note(rules, "without-holidays", text=due.text))
    return replace(line, due=due)


def _reckoned(clock: TurnaroundClock, case: Case, events: tuple[ClockEvent, ...]) -> tuple[Reckoning, bool]:
    """The state of the clock, and whether the holidays of its days are loaded."""
    try:
        return clock.reckon(case.line_of_business, events), True
    except HolidayTableEnds:
        return clock.past_the_table().reckon(case.line_of_business, events), False


def _information_due(before: Case | None, after: Case, at: datetime, clock: TurnaroundClock) -> Due | None:
    """Until when to send what is asked for: one time for the whole case, never past the decision's own."""
    asked = [x for x in after.lines if x.information and x.state.is_pended]
    if not asked or after.due is None:
        return None
    known = after.information_due
    set_by_act = before is None or known != before.information_due
    if known is not None and (set_by_act or not _asks_more(before, asked)):
        return clock.capped(known, after.due)
    level = after.request.level_of_service
    try:
        return clock.information_due(after.line_of_business, level, at, after.due)
    except HolidayTableEnds:
        return clock.past_the_table().information_due(after.line_of_business, level, at, after.due)


def _asks_more(before: Case | None, lines: Iterable[CaseLine]) -> bool:
    known = {x.line.sequence: x for x in before.lines} if before is not None else {}
    return any(not _wanted(x) <= _wanted(known.get(x.line.sequence)) for x in lines)

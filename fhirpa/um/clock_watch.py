"""What time alone does to a case: a due time passes, or the provider's time to send information is over.

Neither decides anything. A missed clock is marked, and whoever decides later finds it so; the end of the time
to send puts a line before a clinician. Appeal rights after a missed clock: 42 CFR 438.404(c)(5), 422.568(f).
"""

from dataclasses import dataclass, replace
from datetime import datetime

from fhirpa.um.case import Case, CaseLine
from fhirpa.um.clock_case import clocked, events_of
from fhirpa.um.clock_events import ClockEvent, ClockEventKind, current
from fhirpa.um.clock_rules import MissedNotice
from fhirpa.um.determination import Due
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import LineState


@dataclass(frozen=True, slots=True)
class Breach:
    """One clock that was missed: the line, when it began, when the decision was due and by which rule."""

    sequence: int
    started_at: datetime
    due: Due


@dataclass(frozen=True, slots=True)
class Passed:
    """The next version of a case after time has passed, and what that brought about."""

    case: Case
    breaches: tuple[Breach, ...] = ()
    unanswered: tuple[int, ...] = ()  # lines whose time to send information is over
    notice: MissedNotice | None = None  # what the breaches call for


def time_passed(case: Case, now: datetime, rules: RuleSet) -> Passed | None:
    """What `now` means for a case; None: nothing that has not been told before."""
    silent = tuple(x for x in case.lines if _is_unanswered(case, x, now))
    changed = {x.line.sequence: _before_a_clinician(x) for x in silent}
    lines = tuple(changed.get(x.line.sequence, x) for x in case.lines)
    after = clocked(case, replace(case, lines=lines), now, rules) if silent else case
    late = [x for x in after.lines if _is_late(after, x, now)]
    if not late and not silent:
        return None
    breaches = tuple(_breach(after, x, rules) for x in late)
    marked = {x.line.sequence: _marked(after, x, rules) for x in late}
    lines = tuple(marked.get(x.line.sequence, x) for x in after.lines)
    notice = rules.turnaround.missed_notice(case.line_of_business) if rules.turnaround and late else None
    after = replace(after, lines=lines, updated_at=now, version=case.version + 1)
    return Passed(after, breaches, tuple(x.line.sequence for x in silent), notice)


def watch_at(case: Case) -> datetime | None:
    """The next instant at which time does something to the case; None: it never will."""
    moments = [due.at for x in case.lines if not is_missed(x) and (due := _due(case, x)) is not None]
    if case.information_due is not None and any(_waits(x) for x in case.lines):
        moments.append(case.information_due.at)
    return min(moments, default=None)


def late_since(case: Case) -> datetime | None:
    """When the first of the open lines was missed; None: none was."""
    missed = (due.at for x in case.lines if is_missed(x) and (due := _due(case, x)) is not None)
    return min(missed, default=None)


def is_missed(line: CaseLine) -> bool:
    """True if the clock that runs, or ran last, was missed."""
    return any(x.kind is ClockEventKind.MISSED for x in current(line.clock))


def _due(case: Case, line: CaseLine) -> Due | None:
    """The due time of an open line; of one that an earlier program opened it is the case's."""
    return (line.due or case.due) if line.state.is_pended else None


def _is_late(case: Case, line: CaseLine, now: datetime) -> bool:
    due = _due(case, line)
    return due is not None and due.at < now and not is_missed(line)


def _breach(case: Case, line: CaseLine, rules: RuleSet) -> Breach:
    due = _due(case, line)
    assert due is not None
    return Breach(line.line.sequence, current(events_of(case, line, rules))[0].at, due)


def _marked(case: Case, line: CaseLine, rules: RuleSet) -> CaseLine:
    missed = ClockEvent(ClockEventKind.MISSED, _breach(case, line, rules).due.at)
    return replace(line, clock=(*events_of(case, line, rules), missed))


def _waits(line: CaseLine) -> bool:
    return line.state is LineState.PENDED_INFORMATION


def _is_unanswered(case: Case, line: CaseLine, now: datetime) -> bool:
    return _waits(line) and case.information_due is not None and case.information_due.at < now


def _before_a_clinician(line: CaseLine) -> CaseLine:
    """The provider may still send what was asked for; from now on somebody reads what is there."""
    return replace(line, state=LineState.PENDED_CLINICAL, reasons=("clinical-review",), notes=())

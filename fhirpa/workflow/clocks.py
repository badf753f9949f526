"""What time does to cases: missed clocks are marked, and silence ends the wait for information.

Nothing is decided here. The marking, its event, the notice of appeal rights where the law has one, and the
place at the head of the queue are one transaction: done whole, once, or not at all.
"""

from dataclasses import dataclass
from datetime import datetime

from fhirpa.store import BreachCount, LateCount, NewEvent, StaleCase, Unit, WatchedCase
from fhirpa.um.case import Case
from fhirpa.um.clock_watch import Passed, time_passed
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import ActorRole
from fhirpa.workflow.clock_log import clock_events
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import snapshot, transaction

MISSED, UNANSWERED = "clock-missed", "supply-time-over"
_READERS = ("provider", "member")


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts for operators, free of PHI."""

    breaches: tuple[BreachCount, ...]  # ever
    late: tuple[LateCount, ...]  # open now


def due_cases(services: Services, after: WatchedCase | None = None) -> list[WatchedCase]:
    """The next cases that time has done something to, behind `after`. Raises Unavailable."""
    with snapshot(services) as unit:
        return unit.cases_to_watch(services.clock.now(), after)


def tend(services: Services, case_id: str) -> Passed | None:
    """Write down what time has done to a case; None: nothing, or somebody else has just done it.

    Raises store.NotFound, Unavailable when the store is busy or away.
    """
    try:
        with transaction(services) as unit:
            unit.lock_member(unit.load_case(case_id).member_key)
            case, now = unit.load_case(case_id), services.clock.now()
            passed = time_passed(case, now, services.rules)
            if passed is not None:
                _write(services.rules, unit, case, passed)
            return passed
    except StaleCase:
        return None


def caught_up(rules: RuleSet, unit: Unit, case: Case, at: datetime) -> Case:
    """The case as time has left it, written down: what follows is then told in order, worker or not."""
    passed = time_passed(case, at, rules)
    if passed is None:
        return case
    _write(rules, unit, case, passed)
    return passed.case


def figures(services: Services) -> Figures:
    """How many clocks were missed, and how many open cases are late. Raises Unavailable."""
    with snapshot(services) as unit:
        late = unit.late_counts(services.clock.now())
        return Figures(tuple(unit.breach_counts()), tuple(late))


def _write(rules: RuleSet, unit: Unit, before: Case, passed: Passed) -> None:
    after = passed.case
    unit.change_case(after, before.version, [*_events(passed), *clock_events(before, after, rules)])
    unit.add_breaches(after.case_id, passed.breaches, after.updated_at)
    payload = {"version": after.version}
    if passed.unanswered:  # the case is with somebody else now, which an inquiry shows
        sender = unit.sender_of(after.case_id)
        unit.enqueue(
            "case-changed", topic=sender, case_id=after.case_id, payload=payload, at=after.updated_at
        )
    if passed.notice is None:
        return
    notice = {
        **payload,
        "act": MISSED,
        "rule": passed.notice.key,
        "citation": passed.notice.citation,
        "lines": [{"sequence": x.sequence, "kind": MISSED} for x in passed.breaches],
        "adverse": True,  # the notice gives appeal rights
    }
    for reader in _READERS:
        unit.enqueue("notice", topic=reader, case_id=after.case_id, payload=notice, at=after.updated_at)


def _events(passed: Passed) -> list[NewEvent]:
    """By nobody: the system tells what time did."""
    at, version = passed.case.updated_at, passed.case.version
    out = []
    if passed.unanswered:
        body = {"version": version, "lines": list(passed.unanswered)}
        out.append(NewEvent(UNANSWERED, at, ActorRole.SYSTEM, None, body))
    if passed.breaches:
        missed = [
            {"line": x.sequence, "due": x.due.at.isoformat(), "rule": x.due.rule} for x in passed.breaches
        ]
        notice = passed.notice.key if passed.notice else None
        body = {"version": version, "missed": missed, "notice": notice}
        out.append(NewEvent(MISSED, at, ActorRole.SYSTEM, None, body))
    return out

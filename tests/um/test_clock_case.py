"""The clocks of a case, as requests, updates, acts and time bring them about; pure."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um import review
from fhirpa.um.case import Case
from fhirpa.um.clock_case import clock_of_line, clocked, request_kind
from fhirpa.um.clock_events import ClockEventKind
from fhirpa.um.clock_rules import RequestKind
from fhirpa.um.clock_watch import late_since, time_passed, watch_at
from fhirpa.um.decision import decide
from fhirpa.um.opening import open_case
from fhirpa.um.request import Span
from fhirpa.um.review_terms import Reviewed
from fhirpa.um.terms import LevelOfService, LineState, ReviewType
from tests.um.payer import Payer, next_version
from tests.um.requests import RECEIVED, context, day, evidence, line, request
from tests.um.test_clock_adverse import DIRECTOR

RULES = load_rules()
PLANS = sorted(RULES.plans)
RED_FLAG, NO_ORDER = evidence(red_flags=True), evidence(orders=())
OT_LINE = line("97530", 8, 2, modifiers=("GO",))


def kinds(case: Case, sequence: int = 1) -> list[ClockEventKind]:
    return [e.kind for x in case.lines if x.line.sequence == sequence for e in x.clock]


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("level", LevelOfService)
@pytest.mark.parametrize("facts", [RED_FLAG, NO_ORDER], ids=["clinical", "information"])
def test_a_new_case_is_due_when_the_decision_said(plan: str, level: LevelOfService, facts: object) -> None:
    asked = request(line(), evidence=facts, level_of_service=level)
    decision = decide(asked, context(plan), RULES)
    numbers = Payer(RULES, plan).number
    opened = open_case(asked, decision, case_id="c", received_at=RECEIVED, now=RECEIVED, number=numbers)
    case = clocked(None, opened, RECEIVED, RULES, sent=True)
    assert case.is_pended
    assert (case.due, case.information_due) == (decision.due, decision.information_due)
    assert clocked(None, case, RECEIVED, RULES, sent=True) == case


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, RequestKind.PREAUTHORIZATION),
        ({"period": Span(day(-60), day(-30))}, RequestKind.RETROSPECTIVE),
        ({"place_of_service": "21"}, RequestKind.HOSPITAL),
        ({"review_type": ReviewType.RENEWAL}, RequestKind.CONTINUATION),
    ],
)
def test_what_a_line_asks_for_decides_which_clocks_bind(
    changes: dict[str, object], kind: RequestKind
) -> None:
    assert request_kind(line(**changes), RECEIVED, RULES) is kind


def test_the_case_is_due_with_the_first_of_its_open_lines() -> None:
    payer = Payer(RULES, "SANDBOX-MCD")
    case = payer.submit(request(line(), evidence=RED_FLAG))
    after = payer.update(case, next_version(case, line(), OT_LINE))
    first, second = after.lines
    assert first.due is not None
    assert second.due is not None
    assert first.due.at < second.due.at  # the added line came a day later
    assert after.due == first.due
    assert (kinds(after, 1), kinds(after, 2)[0]) == ([ClockEventKind.STARTED], ClockEventKind.STARTED)


def test_an_answer_ends_the_wait_and_a_new_question_begins_another() -> None:
    payer = Payer(RULES, "SANDBOX-MCD")
    case = payer.submit(request(line(), evidence=NO_ORDER))
    assert kinds(case) == [ClockEventKind.STARTED, ClockEventKind.ASKED]
    answered = payer.update(case, next_version(case, evidence=RED_FLAG))
    assert kinds(answered)[2:] == [ClockEventKind.ANSWERED]
    payer.now = answered.received_at + timedelta(days=2)
    asked = review.ask(answered, DIRECTOR, payer.now, (), ["plan-of-care"], RULES)
    assert isinstance(asked, Reviewed)
    assert kinds(asked.case)[3:] == [ClockEventKind.ASKED]
    assert clocked(answered, asked.case, payer.now, RULES) == asked.case


def test_a_case_that_an_earlier_program_opened_has_a_clock_from_its_receipt() -> None:
    """Its lines hold no events; time, acts and updates go on from what is known."""
    payer = Payer(RULES, "SANDBOX-MCD")
    case = payer.submit(request(line(), evidence=NO_ORDER))
    old = replace(case, lines=tuple(replace(x, clock=(), due=None) for x in case.lines))
    assert clock_of_line(old, old.lines[0], RULES) == clock_of_line(case, case.lines[0], RULES)
    assert watch_at(old) == watch_at(case)
    late = RECEIVED + timedelta(days=30)
    passed, known = time_passed(old, late, RULES), time_passed(case, late, RULES)
    assert passed is not None
    assert known is not None
    assert passed.case.lines == known.case.lines
    assert passed.breaches == known.breaches


def test_time_marks_each_line_once_when_its_own_clock_is_missed() -> None:
    payer = Payer(RULES, "SANDBOX-MCD")
    case = payer.submit(request(line(), evidence=RED_FLAG))
    case = payer.update(case, next_version(case, line(), OT_LINE))
    first, second = (x.due for x in case.lines)
    assert first is not None
    assert second is not None
    between = first.at + (second.at - first.at) / 2
    passed = time_passed(case, between, RULES)
    assert passed is not None
    assert [x.sequence for x in passed.breaches] == [1]
    assert (watch_at(passed.case), late_since(passed.case)) == (second.at, first.at)
    assert time_passed(passed.case, between, RULES) is None
    again = time_passed(passed.case, second.at + timedelta(seconds=1), RULES)
    assert again is not None
    assert [x.sequence for x in again.breaches] == [2]
    assert watch_at(again.case) is None
    assert [x.state for x in again.case.lines] == [x.state for x in case.lines]


def test_a_line_that_never_waited_has_no_clock_until_it_is_opened_again() -> None:
    payer = Payer(RULES, "SANDBOX-COM")
    case = payer.submit(request(line(), evidence=evidence()))
    assert (case.lines[0].state, case.lines[0].clock, case.due) == (LineState.CERTIFIED, (), None)
    at = RECEIVED + timedelta(hours=2)
    assert clocked(case, case, at, RULES) == case
    opened = replace(case, lines=(replace(case.lines[0], state=LineState.PENDED_CLINICAL),))
    again = clocked(case, opened, at, RULES)
    assert kinds(again) == [ClockEventKind.STARTED, ClockEventKind.REOPENED]
    assert again.lines[0].clock[0].at == case.received_at
    asked = clocked(case, opened, at, RULES, sent=True)  # by an update: a clock of its own, from then
    assert [(x.kind, x.at) for x in asked.lines[0].clock] == [(ClockEventKind.STARTED, at)]


def test_what_is_closed_waits_for_nothing() -> None:
    case = Payer(RULES, "SANDBOX-COM").submit(request(line(), evidence=RED_FLAG))
    closed = replace(case, lines=tuple(replace(x, state=LineState.CANCELLED) for x in case.lines))
    after = clocked(case, closed, RECEIVED + timedelta(hours=1), RULES)
    assert (after.due, watch_at(after), late_since(after)) == (None, None, None)
    assert kinds(after)[-1] is ClockEventKind.ENDED
    assert time_passed(after, RECEIVED + timedelta(days=99), RULES) is None

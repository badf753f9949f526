"""When a decision is due: after which receipt, for whom the case waits, and past the loaded holidays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.policies.load import load_rules
from fhirpa.policies.load_turnaround import load_turnaround
from fhirpa.um.clock import TurnaroundRules
from fhirpa.um.decision import decide
from fhirpa.um.determination import Decision
from fhirpa.um.evidence import Evidence
from fhirpa.um.request import Span
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import LevelOfService, LineOfBusiness
from tests.um.requests import RECEIVED, context, evidence, line, request

CLOCK = load_turnaround()
RULES = replace(load_rules(), turnaround=CLOCK)
LAST = max(c.last_year for c in CLOCK.calendars.values())
WAITS = evidence(orders=())
PLANS = sorted(RULES.plans)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
RECEIPTS = st.integers(0, (LAST - 2026) * 365 * 24 * 60 - 40_000).map(lambda m: FIRST + timedelta(minutes=m))


def decided(plan: str, facts: Evidence, received: datetime = RECEIVED, **more: object) -> Decision:
    known = replace(context(plan), received_at=received)
    return decide(request(line(), evidence=facts, **more), known, RULES)


def test_a_request_for_information_stops_the_medicaid_clock_that_may_stop() -> None:
    complete, waiting = decided("SANDBOX-MCD", evidence()), decided("SANDBOX-MCD", WAITS)
    assert complete.due
    assert waiting.due
    assert waiting.information_due
    assert complete.due.rule == "T12"
    assert waiting.due.rule == "T10"  # the federal ceiling goes on
    assert complete.due.at < waiting.due.at
    assert waiting.information_due.at <= waiting.due.at


def test_no_other_clock_stops_for_information() -> None:
    for plan in ("SANDBOX-COM", "SANDBOX-QHP", "SANDBOX-MA", "SANDBOX-SF"):
        complete, waiting = decided(plan, evidence()), decided(plan, WAITS)
        assert waiting.due == complete.due


def test_a_line_that_waits_for_a_person_keeps_the_clock_running() -> None:
    """One line asks for its discipline, the other is in review: nothing is stopped."""
    asks, reads = line(modifiers=("U5",)), line("97140", sequence=2, place_of_service="24")
    known = context("SANDBOX-MCD")
    decision = decide(request(asks, reads), known, RULES)
    assert decision.information_due is not None
    assert decision.due
    assert decision.due.rule == "T12"


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("level", LevelOfService)
def test_past_the_loaded_holidays_a_due_time_still_comes_and_says_so(
    plan: str, level: LevelOfService
) -> None:
    received = datetime(LAST + 4, 12, 21, 16, 0, tzinfo=UTC)
    known = replace(context(plan), received_at=received)
    asked = line(period=Span(received.date(), received.date() + timedelta(days=41)))
    decision = decide(request(asked, evidence=WAITS, level_of_service=level), known, RULES)
    assert decision.due
    assert decision.due.at > received
    assert decision.information_due
    assert decision.information_due.at <= decision.due.at
    clocks = set(CLOCK.levels[RULES.plans[plan].line_of_business, level].decide)
    if any(c in ("T12", "T13a", "T30") for c in clocks):
        assert "without the holidays" in decision.due.text


def test_within_the_table_nothing_is_said_about_holidays() -> None:
    decision = decided("SANDBOX-MCD", evidence())
    assert decision.due
    assert "holidays" not in decision.due.text


@given(
    RECEIPTS,
    st.sampled_from(sorted(CLOCK.levels)),
)
def test_a_due_time_counted_without_holidays_is_never_late(
    received: datetime, key: tuple[LineOfBusiness, LevelOfService]
) -> None:
    lob, level = key
    plain = _without_holidays(CLOCK)
    assert plain.decision_due(lob, level, received).at <= CLOCK.decision_due(lob, level, received).at


@given(
    RECEIPTS,
    st.sampled_from(PLANS),
    st.booleans(),
)
def test_an_expedited_request_is_never_due_later_than_a_standard_one(
    received: datetime, plan: str, waits: bool
) -> None:
    facts = WAITS if waits else evidence()
    expedited = decided(plan, facts, received, level_of_service=LevelOfService.EXPEDITED)
    standard = decided(plan, facts, received)
    if expedited.due and standard.due:
        assert expedited.due.at <= standard.due.at


def _without_holidays(clock: TurnaroundRules) -> TurnaroundRules:
    """The rules as they are for years of which nobody has loaded a holiday."""
    calendars = {
        k: replace(c, holidays=frozenset(), extra_open=frozenset()) for k, c in clock.calendars.items()
    }
    window = replace(clock.window, calendar=replace(clock.window.calendar, holidays=frozenset()))
    return replace(clock, calendars=calendars, window=window).past_the_table()


def test_rules_without_a_clock_give_no_due_time() -> None:
    bare: RuleSet = replace(RULES, turnaround=None)
    assert decide(request(), context(), bare).due is None

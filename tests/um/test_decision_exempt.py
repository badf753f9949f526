"""A line that an exemption covers is answered at once (Tex. Ins. Code 4201.659); nothing else changes."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.um.decision import decide
from fhirpa.um.determination import LineRecommendation
from fhirpa.um.evidence import Evidence, Order
from fhirpa.um.gold_card import Exemption
from fhirpa.um.request import ServiceLine
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import EngineResult, LineOfBusiness, ReviewType
from tests.um.requests import (
    CLINIC,
    HERE,
    OTHER_CLINIC,
    START,
    THERAPIST,
    context,
    evidence,
    line,
    prior,
    provider,
    request,
)

NO_EVIDENCE = Evidence()
PT = Exemption(CLINIC, "pt-treatment", date(2026, 2, 1))
NOT_REQUIRED = EngineResult.NOT_REQUIRED


def decided(
    rules: RuleSet,
    *lines: ServiceLine,
    held: tuple[Exemption, ...] = (PT,),
    plan: str = "SANDBOX-COM",
    **more: Any,
) -> tuple[LineRecommendation, ...]:
    known = {k: more.pop(k) for k in ("prior_lines", "providers", "received_at") if k in more}
    decision = decide(
        request(*lines, **{"evidence": NO_EVIDENCE, **more}), context(plan, exemptions=held, **known), rules
    )
    assert decision.errors == ()
    assert decision.draws == () or any(x.certified for x in decision.lines)
    return decision.lines


def result(rules: RuleSet, *lines: ServiceLine, **more: Any) -> EngineResult:
    return decided(rules, *lines, **more)[0].result


def test_an_exempt_provider_needs_no_authorization_and_no_documents(rules: RuleSet) -> None:
    (found,) = decided(rules)
    assert found.result is NOT_REQUIRED
    assert found.reasons == ("gold-card",)
    assert found.information == ()
    assert found.criteria == ()
    assert found.certified is None
    assert result(rules, held=()) is EngineResult.PEND_INFORMATION


def test_the_note_says_for_what_since_when_and_how_long(rules: RuleSet) -> None:
    (found,) = decided(rules)
    said = " ".join(found.notes)
    assert "physical therapy treatment since 2026-02-01" in said
    assert "at least until 2027-01-31" in said
    assert "benefit limits hold" in said
    assert "ends after" not in said


def test_the_note_names_the_end_that_is_known(rules: RuleSet) -> None:
    (found,) = decided(rules, held=(replace(PT, ends=START),))
    assert f"ends after {START}" in " ".join(found.notes)


@pytest.mark.parametrize("lob", list(LineOfBusiness))
def test_the_law_reaches_fully_insured_commercial_members_only(rules: RuleSet, lob: LineOfBusiness) -> None:
    everything = tuple(Exemption(CLINIC, x.id, PT.starts) for x in rules.gold_card.services)
    found = result(rules, held=everything, plan=f"SANDBOX-{lob.value}")
    assert (found is NOT_REQUIRED) is (lob in (LineOfBusiness.COM, LineOfBusiness.QHP))


def test_a_plan_that_the_law_does_not_reach_is_decided_as_ever(rules: RuleSet) -> None:
    plan = replace(rules.plans["SANDBOX-COM"], gold_card=False)
    other = replace(rules, plans={**rules.plans, plan.code: plan})
    assert result(other) is EngineResult.PEND_INFORMATION


@pytest.mark.parametrize(
    ("starts", "ends", "holds"),
    [
        (START, None, True),
        (START + timedelta(days=1), None, False),
        (PT.starts, START, True),
        (PT.starts, START - timedelta(days=1), False),
    ],
)
def test_the_first_day_of_service_decides(
    rules: RuleSet, starts: date, ends: date | None, holds: bool
) -> None:
    held = (replace(PT, starts=starts, ends=ends),)
    assert (result(rules, held=held) is NOT_REQUIRED) is holds


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        (line("97110"), True),
        (line("97164"), True),  # re-evaluation
        (line("97110", place_of_service="02"), True),  # telehealth
        (line("97110", place_of_service=None), True),
        (line("97110", place_of_service="12"), False),  # at home: another service
        (line("97110", place_of_service="21"), False),  # a place outside the programme
        (line("97110", modifiers=("GO",)), False),
        (line("97799"), False),  # what will be done is open
        (line("97545"), False),
        (line("99213"), False),
        (line("97110", modifiers=()), False),  # the discipline is open
    ],
)
def test_only_the_service_of_the_exemption_is_free(rules: RuleSet, asked: ServiceLine, holds: bool) -> None:
    (found,) = decided(rules, asked)
    assert ("gold-card" in found.reasons) is holds
    if not holds:
        assert (found,) == decided(rules, asked, held=())


@pytest.mark.parametrize(("code", "place"), [("97110", "12"), ("S9131", None), ("G0151", "12")])
def test_home_therapy_is_a_service_of_its_own(rules: RuleSet, code: str, place: str | None) -> None:
    asked = line(code, place_of_service=place)
    assert result(rules, asked, held=(replace(PT, service="home-therapy"),)) is NOT_REQUIRED
    assert result(rules, asked) is not NOT_REQUIRED


def test_lines_of_one_request_are_each_decided_by_their_own_service(rules: RuleSet) -> None:
    treatment, occupational = line("97110"), line("97530", sequence=2, modifiers=("GO",))
    found = decided(rules, treatment, occupational, diagnoses=("M7581",))
    assert [x.result for x in found] == [NOT_REQUIRED, EngineResult.PEND_INFORMATION]


# --- whose exemption -----------------------------------------------------------------------------------


def test_nobody_relies_on_the_exemption_of_another(rules: RuleSet) -> None:
    assert result(rules, held=(replace(PT, npi=OTHER_CLINIC),)) is not NOT_REQUIRED
    rendering = line(rendering=replace(request().requester, npi=THERAPIST))
    assert result(rules, rendering, held=(replace(PT, npi=THERAPIST),)) is not NOT_REQUIRED


def test_care_that_an_exempt_provider_orders_is_free_whoever_renders_it(rules: RuleSet) -> None:
    ordered = evidence(orders=(Order(HERE, START, OTHER_CLINIC),))
    assert result(rules, held=(replace(PT, npi=OTHER_CLINIC),), evidence=ordered) is NOT_REQUIRED


# --- what still holds, and what does not ---------------------------------------------------------------


def test_a_member_without_coverage_is_told_so_first(rules: RuleSet) -> None:
    decision = decide(request(evidence=NO_EVIDENCE), context(exemptions=(PT,), enrolments=()), rules)
    assert [x.key for x in decision.errors] == ["member-unknown"]


def test_a_closed_network_still_asks_who_renders(rules: RuleSet) -> None:
    plan = replace(rules.plans["SANDBOX-COM"], closed_network=True)
    closed = replace(rules, plans={**rules.plans, plan.code: plan})
    assert result(closed) is NOT_REQUIRED
    outside = {CLINIC: provider(CLINIC, False)}
    (found,) = decided(closed, providers=outside)
    assert found.reasons == ("network-review",)


def test_an_appeal_of_an_earlier_decision_is_read_by_a_person(rules: RuleSet) -> None:
    (found,) = decided(rules, line(review_type=ReviewType.APPEAL))
    assert found.reasons == ("appeal-review",)


@pytest.mark.parametrize(
    "known",
    [
        {"prior_lines": (prior(8, period=line().period),)},  # a duplicate
        {"prior_lines": (prior(8, requester_npi=OTHER_CLINIC, period=line().period),)},
        {"providers": {CLINIC: provider(CLINIC, True, "225200000X")}},
    ],
)
def test_nothing_that_resembles_a_review_is_left(rules: RuleSet, known: dict[str, Any]) -> None:
    assert result(rules, **known) is NOT_REQUIRED


@given(
    st.sampled_from(["97110", "97112", "97116", "97140", "97035", "97164"]),
    st.sampled_from(["11", "02", None]),
    st.integers(min_value=1, max_value=400),
    st.sampled_from([ReviewType.INITIAL, ReviewType.RENEWAL, ReviewType.REVISED]),
    st.sampled_from(["SANDBOX-COM", "SANDBOX-QHP", "SANDBOX-COM-LOW"]),
)
def test_an_exempt_request_never_reaches_a_reviewer_nor_asks_for_anything(
    rules: RuleSet, code: str, place: str | None, visits: int, kind: ReviewType, plan: str
) -> None:
    """Invariant 27 of the case lifecycle."""
    (found,) = decided(rules, line(code, visits, place_of_service=place, review_type=kind), plan=plan)
    assert found.result is NOT_REQUIRED
    assert found.information == ()

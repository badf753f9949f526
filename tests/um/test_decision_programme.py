"""Which lines are the programme's, to which discipline they belong, and what settles them early."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fhirpa.um.decision import decide
from fhirpa.um.opening import open_case
from fhirpa.um.request import Party, Service, Span
from fhirpa.um.rules import RuleSet, Window
from fhirpa.um.terms import CodeKind, Discipline, EngineResult, LineState, QuantityUnit, ReviewType
from tests.um.requests import (
    CLINIC,
    OTHER_CLINIC,
    RECEIVED,
    THERAPIST,
    context,
    day,
    evidence,
    line,
    prior,
    provider,
    request,
    score,
)

OUTSIDE: list[dict[str, Any]] = [
    {"service": Service(CodeKind.PROCEDURE, "70450")},
    {"service": Service(CodeKind.PROCEDURE, "99999")},
    {"service": Service(CodeKind.PROCEDURE, None)},
    {"service": Service(CodeKind.SERVICE_TYPE, "3"), "service_type": "3"},
    {"service": Service(CodeKind.SERVICE_TYPE, "42")},
    {"service": Service(CodeKind.OTHER, "97110")},
    {"service": Service(CodeKind.NONE)},
    {"service": Service(CodeKind.NONE), "service_type": "3"},
    {"modifiers": ("GN",)},
    {"service_end": Service(CodeKind.PROCEDURE, "99213")},
]


@pytest.mark.parametrize("sent", OUTSIDE)
def test_what_is_not_the_programmes_is_for_the_payers_other_roads(
    rules: RuleSet, sent: dict[str, Any]
) -> None:
    decision = decide(request(line(**sent)), context(), rules)
    assert decision.lines[0].result is EngineResult.CONTACT_PAYER
    assert decision.lines[0].notes
    assert decision.draws == ()


@pytest.mark.parametrize(
    ("sent", "discipline"),
    [
        ({"modifiers": ("GP",)}, Discipline.PT),
        ({"modifiers": ("GO",)}, Discipline.OT),
        ({"modifiers": (), "service_type": "PT"}, Discipline.PT),
        ({"modifiers": (), "service_type": "OT"}, Discipline.OT),
        ({"modifiers": (), "revenue_code": "0430"}, Discipline.OT),
        ({"modifiers": (), "service": Service(CodeKind.PROCEDURE, "97116")}, Discipline.PT),
        ({"modifiers": (), "service": Service(CodeKind.SERVICE_TYPE, "PT")}, Discipline.PT),
        ({"modifiers": (), "service": Service(CodeKind.NONE), "service_type": "OT"}, Discipline.OT),
        ({"modifiers": (), "rendering": Party(npi=THERAPIST, taxonomies=("225X00000X",))}, Discipline.OT),
    ],
)
def test_the_discipline_is_told_by_modifier_code_type_or_specialty(
    rules: RuleSet, sent: dict[str, Any], discipline: Discipline
) -> None:
    assert decide(request(line(**sent)), context(), rules).lines[0].discipline is discipline


@pytest.mark.parametrize(
    "sent",
    [
        {"service": Service(CodeKind.PROCEDURE, "97116"), "modifiers": ("GO",)},
        {"service": Service(CodeKind.PROCEDURE, "97165"), "modifiers": ("GP",)},
        {"modifiers": ("GP", "GO")},
        {"modifiers": ("GP",), "rendering": Party(npi=THERAPIST, taxonomies=("225X00000X",))},
    ],
)
def test_a_contradiction_of_disciplines_is_a_question_for_a_person(
    rules: RuleSet, sent: dict[str, Any]
) -> None:
    item = decide(request(line(**sent)), context(), rules).lines[0]
    assert item.result is EngineResult.PEND_CLINICAL
    assert item.reasons == ("discipline-question",)


def test_an_open_discipline_is_asked(rules: RuleSet) -> None:
    item = decide(request(line(modifiers=())), context(), rules).lines[0]
    assert item.result is EngineResult.PEND_INFORMATION
    assert [x.key for x in item.information] == ["discipline"]


def test_the_specialty_on_file_tells_the_discipline_too(rules: RuleSet) -> None:
    known = replace(context(), providers={CLINIC: provider(CLINIC, True, "225X00000X")})
    item = decide(request(line(modifiers=())), known, rules).lines[0]
    assert item.discipline is Discipline.OT


def test_an_unclear_unit_is_asked(rules: RuleSet) -> None:
    item = decide(request(line(unit=QuantityUnit.OTHER)), context(), rules).lines[0]
    assert [x.key for x in item.information] == ["quantity-unit"]


@pytest.mark.parametrize("place", ["03", "24", "77"])
def test_an_unexpected_place_is_a_question_for_a_person(rules: RuleSet, place: str) -> None:
    item = decide(request(line(place_of_service=place)), context(), rules).lines[0]
    assert item.reasons == ("place-question",)


@pytest.mark.parametrize("place", [None, "11", "22", "02", "10"])
def test_clinic_telehealth_and_no_place_are_read_alike(rules: RuleSet, place: str | None) -> None:
    item = decide(request(line(place_of_service=place)), context(), rules).lines[0]
    assert item.result is EngineResult.CERTIFY


@pytest.mark.parametrize("code", ["97161", "97162", "97163", "97165", "97166", "97167"])
def test_an_initial_evaluation_needs_no_authorization(rules: RuleSet, code: str) -> None:
    item = decide(request(line(code, 1, modifiers=())), context(), rules).lines[0]
    assert item.result is EngineResult.NOT_REQUIRED
    assert item.is_evaluation
    assert item.policy_id == "EVAL"


def test_a_second_evaluation_soon_after_the_first_is_a_question(rules: RuleSet) -> None:
    before = prior(None, is_evaluation=True, state=LineState.NOT_REQUIRED, period=Span(day(-60), day(-60)))
    for earlier, result in (
        (before, EngineResult.PEND_CLINICAL),
        (replace(before, period=Span(day(-300), day(-300))), EngineResult.NOT_REQUIRED),
        (replace(before, requester_npi=OTHER_CLINIC), EngineResult.NOT_REQUIRED),
        (replace(before, discipline=Discipline.OT), EngineResult.NOT_REQUIRED),
    ):
        decision = decide(request(line("97161", 1)), context(prior_lines=(earlier,)), rules)
        assert decision.lines[0].result is result


def test_several_evaluations_at_once_are_a_question(rules: RuleSet) -> None:
    item = decide(request(line("97161", 3)), context(), rules).lines[0]
    assert item.reasons == ("evaluation-count",)


def test_a_re_evaluation_is_not_an_evaluation(rules: RuleSet) -> None:
    item = decide(request(line("97164", 1)), context(), rules).lines[0]
    assert item.result is EngineResult.PEND_CLINICAL
    assert item.reasons == ("re-evaluation",)


def test_outside_a_closed_network_a_person_looks_first(rules: RuleSet) -> None:
    stranger = {CLINIC: provider(CLINIC, in_network=False)}
    for plan, result in (
        ("SANDBOX-QHP", EngineResult.PEND_CLINICAL),
        ("SANDBOX-COM", EngineResult.CERTIFY),
    ):
        decision = decide(request(), replace(context(plan), providers=stranger), rules)
        assert decision.lines[0].result is result


def retro(rules: RuleSet, window: Window) -> RuleSet:
    plan = replace(rules.plans["SANDBOX-COM"], retro=window)
    return replace(rules, plans={**rules.plans, plan.code: plan})


@pytest.mark.parametrize(
    ("window", "days_later", "result"),
    [
        (Window(3), 3, EngineResult.CERTIFY),
        (Window(3), 4, EngineResult.PEND_CLINICAL),
        (Window(5, business=True), 7, EngineResult.CERTIFY),
        (Window(5, business=True), 8, EngineResult.PEND_CLINICAL),
        (Window(0), -4, EngineResult.CERTIFY),
    ],
)
def test_a_request_long_after_the_fact_goes_to_a_person(
    rules: RuleSet, window: Window, days_later: int, result: EngineResult
) -> None:
    received = RECEIVED + (day(days_later) - RECEIVED.date())  # START is a Tuesday
    decision = decide(request(), context(received_at=received), retro(rules, window))
    assert decision.lines[0].result is result


def test_a_renewal_too_early_goes_to_a_person(rules: RuleSet) -> None:
    plan = replace(rules.plans["SANDBOX-COM"], renewal_window_days=30)
    strict = replace(rules, plans={plan.code: plan})
    current = prior(period=Span(day(-40), day(60)))
    sent = request(line(review_type=ReviewType.RENEWAL))
    early = decide(sent, context(prior_lines=(current,)), strict)
    assert early.lines[0].reasons == ("renewal-window",)
    later = context(prior_lines=(current,), received_at=RECEIVED + timedelta(days=45))
    assert decide(sent, later, strict).lines[0].reasons != ("renewal-window",)


def test_overlap_with_an_own_case_names_it(rules: RuleSet) -> None:
    other = prior(period=Span(day(-10), day(10)))
    item = decide(request(), context(prior_lines=(other,)), rules).lines[0]
    assert item.result is EngineResult.PEND_CLINICAL
    assert other.case_number in item.notes[0]


def test_overlap_with_the_case_of_another_requester_does_not_name_it(rules: RuleSet) -> None:
    other = prior(period=Span(day(-10), day(10)), requester_npi=OTHER_CLINIC)
    item = decide(request(), context(prior_lines=(other,)), rules).lines[0]
    assert item.reasons == ("duplicate-other",)
    assert other.case_number not in " ".join(item.notes)


@pytest.mark.parametrize(
    "changed",
    [
        {"discipline": Discipline.OT},
        {"state": LineState.CANCELLED},
        {"state": LineState.DENIED_MEDICAL},
        {"is_evaluation": True, "certified_visits": None},
        {"period": Span(day(100), day(130))},
    ],
)
def test_what_is_not_a_duplicate_holds_nothing_up(rules: RuleSet, changed: dict[str, Any]) -> None:
    other = replace(prior(period=Span(day(-10), day(10)), diagnosis_group="neck"), **changed)
    item = decide(request(), context(prior_lines=(other,)), rules).lines[0]
    assert item.result is EngineResult.CERTIFY


def test_a_cancelled_line_draws_nothing_and_becomes_cancelled(rules: RuleSet) -> None:
    sent = request(line(), line("97140", 8, 2, cancelled=True, modifiers=("GO",)))
    decision = decide(sent, context(), rules)
    assert {d.sequence for d in decision.draws} == {1}
    case = open_case(
        sent, decision, case_id="c", received_at=RECEIVED, now=RECEIVED, number=lambda p: f"{p}1"
    )
    assert [x.state for x in case.lines] == [LineState.CERTIFIED, LineState.CANCELLED]


def test_a_wholly_cancelled_request_is_answered(rules: RuleSet) -> None:
    decision = decide(request(line(cancelled=True)), context(), rules)
    assert decision.errors == ()
    assert decision.draws == ()


def test_each_discipline_is_judged_by_itself(rules: RuleSet) -> None:
    shoulder = evidence(measures=(score("SPADI", "42"),))
    both = (line(), line("97530", 8, 2, modifiers=("GO",)))
    decision = decide(request(*both, diagnoses=("M7581",), evidence=shoulder), context(), rules)
    assert [x.discipline for x in decision.lines] == [Discipline.PT, Discipline.OT]
    assert {d.bucket for d in decision.draws} == {"PT", "OT"}


def test_the_first_visits_need_no_authorization_where_the_plan_says_so(rules: RuleSet) -> None:
    plan = replace(rules.plans["SANDBOX-COM"], authorization_from_visit=7)
    free = replace(rules, plans={plan.code: plan})
    assert decide(request(line(visits=6)), context(), free).lines[0].result is EngineResult.NOT_REQUIRED
    assert decide(request(line(visits=7)), context(), free).lines[0].result is EngineResult.CERTIFY
    earlier = context(prior_lines=(prior(4, period=Span(day(-200), day(-150))),))
    assert decide(request(line(visits=6)), earlier, free).lines[0].result is EngineResult.CERTIFY

"""An adult with low back pain: what is certified at once, what is asked, what a person reads."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from fhirpa.um.decision import decide
from fhirpa.um.determination import LineRecommendation
from fhirpa.um.evidence import Evaluation, Order
from fhirpa.um.request import Frequency, ServiceLine, Span
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import CriterionStatus, EngineResult, QuantityUnit
from tests.um.requests import (
    HERE,
    RECEIVED,
    context,
    day,
    document,
    evidence,
    goal,
    line,
    plan_of_care,
    request,
    score,
    surgery,
)


def only(rules: RuleSet, *lines: ServiceLine, **more: object) -> LineRecommendation:
    decision = decide(request(*lines, **more), context(), rules)
    assert decision.errors == ()
    return decision.lines[0]


def certified(item: LineRecommendation) -> Decimal:
    assert item.certified is not None
    assert item.certified.quantity is not None
    return item.certified.quantity


def asked(item: LineRecommendation) -> list[str]:
    return [x.key for x in item.information]


def test_a_complete_request_within_the_policy_is_certified_as_asked(rules: RuleSet) -> None:
    item = only(rules)
    assert item.result is EngineResult.CERTIFY
    assert certified(item) == 8
    assert (item.policy_id, item.diagnosis_group) == ("LBP", "low_back")
    assert item.certified is not None
    assert item.certified.period == Span(day(0), day(41))
    assert {c.status for c in item.criteria} == {CriterionStatus.MET}
    assert all(c.citation for c in item.criteria)


def test_who_asks_less_gets_what_was_asked(rules: RuleSet) -> None:
    item = only(rules, line(visits=5))
    assert item.result is EngineResult.CERTIFY
    assert certified(item) == 5


def test_who_asks_more_gets_the_block_and_the_rest_goes_to_a_person(rules: RuleSet) -> None:
    item = only(rules, line(visits=14))
    assert item.result is EngineResult.CERTIFY_BLOCK
    assert certified(item) == 8
    assert item.reasons == ("over-policy",)


def test_lines_of_one_discipline_share_their_visits(rules: RuleSet) -> None:
    lines = (line(), line("97140", 8, 2), line("97530", 6, 3))
    decision = decide(request(*lines), context(), rules)
    assert [x.result for x in decision.lines] == [EngineResult.CERTIFY] * 3
    assert [certified(x) for x in decision.lines] == [8, 8, 6]
    assert sum(d.visits for d in decision.draws) == 8
    assert {d.sequence for d in decision.draws} == {1}


def test_a_line_within_the_block_is_certified_while_its_sister_is_cut_to_it(rules: RuleSet) -> None:
    decision = decide(request(line(visits=12), line("97140", 6, 2)), context(), rules)
    assert [x.result for x in decision.lines] == [EngineResult.CERTIFY_BLOCK, EngineResult.CERTIFY]
    assert [certified(x) for x in decision.lines] == [8, 6]


def test_lines_one_after_the_other_share_one_block(rules: RuleSet) -> None:
    first = line(visits=6, period=Span(day(0), day(20)))
    second = line(visits=6, sequence=2, period=Span(day(21), day(41)))
    decision = decide(request(first, second), context(), rules)
    assert [certified(x) for x in decision.lines] == [6, 2]
    assert sum(d.visits for d in decision.draws) == 8


def test_units_follow_the_visits_and_the_units_of_a_visit(rules: RuleSet) -> None:
    care = evidence(plans_of_care=(plan_of_care("2", "6"),))
    units = line(visits=36, unit=QuantityUnit.UNITS)
    item = only(rules, units, line("97140", 12, 2, unit=QuantityUnit.UNITS), evidence=care)
    assert item.result is EngineResult.CERTIFY_BLOCK
    assert certified(item) == 24  # 12 visits with 3 units each become 8
    assert item.certified is not None
    assert item.certified.visits == 8


def test_more_units_a_visit_than_the_plan_allows_are_cut_for_a_person(rules: RuleSet) -> None:
    care = evidence(plans_of_care=(plan_of_care("1", "6"),))
    item = only(rules, line(visits=36, unit=QuantityUnit.UNITS), evidence=care)
    assert item.result is EngineResult.CERTIFY_BLOCK
    assert certified(item) == 24  # 6 visits with at most 4 units


def test_units_follow_the_frequency_of_the_line(rules: RuleSet) -> None:
    frequency = Frequency(Decimal(1), Decimal(6))
    item = only(rules, line(visits=24, unit=QuantityUnit.UNITS, frequency=frequency))
    assert item.result is EngineResult.CERTIFY
    assert item.certified is not None
    assert item.certified.visits == 6


def test_a_line_without_quantity_follows_the_plan_of_care(rules: RuleSet) -> None:
    care = evidence(plans_of_care=(plan_of_care("1", "6"),))
    item = only(rules, line(visits=None), evidence=care)
    assert item.result is EngineResult.CERTIFY
    assert certified(item) == 6


def test_a_frequency_above_the_week_limit_is_cut_for_a_person(rules: RuleSet) -> None:
    item = only(rules, line(visits=8, period=Span(day(0), day(6))))
    assert item.result is EngineResult.CERTIFY_BLOCK
    assert certified(item) == 3


def test_dates_beyond_the_block_go_to_a_person(rules: RuleSet) -> None:
    item = only(rules, line(period=Span(day(0), day(150))))
    assert item.result is EngineResult.CERTIFY_BLOCK
    assert certified(item) == 8
    assert item.certified is not None
    assert item.certified.period.end == day(6 * 7 + 14 - 1)
    assert item.reasons == ("beyond-period",)


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"plans_of_care": ()}, "plan-of-care"),
        ({"evaluations": ()}, "evaluation-pt"),
        ({"orders": ()}, "order"),
        ({"measures": ()}, "measure-pt"),
        ({"red_flags": None}, "red-flags"),
        ({"evaluations": (Evaluation(HERE, day(-90), None),)}, "evaluation-pt"),
        ({"orders": (Order(HERE, day(-200), None),)}, "order"),
        ({"measures": (score("LEFS", "30"),)}, "measure-pt"),
        ({"measures": (score("ODI", "420"),)}, "measure-pt"),
        ({"measures": (score("ODI", "42", -300),)}, "measure-pt"),
    ],
)
def test_what_is_missing_is_asked_and_nothing_else(
    rules: RuleSet, changed: dict[str, object], key: str
) -> None:
    item = only(rules, evidence=evidence(**changed))
    assert item.result is EngineResult.PEND_INFORMATION
    assert asked(item) == [key]
    assert item.certified is None


def test_the_parts_missing_of_a_plan_of_care_are_named(rules: RuleSet) -> None:
    care = evidence(plans_of_care=(plan_of_care("1", goals=(replace(goal(), target_date=None),)),))
    item = only(rules, evidence=care)
    assert [x.questionnaire_items for x in item.information] == [("goal.target-date",)]
    assert "target date" in item.information[0].text


def test_a_document_on_file_is_read_by_a_person_and_not_asked_again(rules: RuleSet) -> None:
    item = only(rules, evidence=evidence(plans_of_care=(), documents=(document("18776-5"),)))
    assert item.result is EngineResult.PEND_CLINICAL
    assert item.information == ()


def test_what_holds_nothing_up_becomes_a_remark(rules: RuleSet) -> None:
    care = evidence(plans_of_care=(plan_of_care("1.34", home_programme=None),))
    decision = decide(request(evidence=care), context(), rules)
    assert decision.lines[0].result is EngineResult.CERTIFY
    assert any("home programme" in note for note in decision.notes)


@pytest.mark.parametrize(
    "changed",
    [
        {"red_flags": True},
        {"red_flags": True, "plans_of_care": ()},
        {"measures": (score("ODI", "8"),)},
        {"surgeries": (surgery(-30, "lumbar fusion"),)},
    ],
)
def test_what_the_criteria_leave_open_goes_to_a_therapist(rules: RuleSet, changed: dict[str, object]) -> None:
    item = only(rules, evidence=evidence(**changed))
    assert item.result is EngineResult.PEND_CLINICAL
    assert item.information == ()
    assert any("?" in note for note in item.notes)


def test_a_cleared_red_flag_holds_nothing_up(rules: RuleSet) -> None:
    item = only(rules, evidence=evidence(red_flags=True, red_flags_cleared=True))
    assert item.result is EngineResult.CERTIFY


def test_passive_modalities_alone_go_to_a_therapist(rules: RuleSet) -> None:
    item = only(rules, line("97035"), line("97010", 8, 2))
    assert item.result is EngineResult.PEND_CLINICAL


def test_a_few_passive_treatments_in_the_first_weeks_hold_nothing_up(rules: RuleSet) -> None:
    decision = decide(request(line(), line("97035", 2, 2)), context(), rules)
    assert [x.result for x in decision.lines] == [EngineResult.CERTIFY] * 2


def test_days_are_counted_from_the_requested_start_and_never_from_today(rules: RuleSet) -> None:
    later = replace(context(), received_at=RECEIVED + timedelta(days=900))
    assert decide(request(), later, rules).lines == decide(request(), context(), rules).lines


def test_a_member_of_another_age_than_the_policys_goes_to_a_therapist(rules: RuleSet) -> None:
    child = replace(request().patient, birth_date=date(2014, 1, 1))
    enrolled = replace(context().enrolments[0], birth_date=date(2014, 1, 1))
    decision = decide(request(patient=child), replace(context(), enrolments=(enrolled,)), rules)
    assert decision.lines[0].result is EngineResult.PEND_CLINICAL
    assert decision.lines[0].reasons == ("age-outside",)


@pytest.mark.parametrize("diagnoses", [("Z00",), ("J449",), ("M0690",)])
def test_a_diagnosis_without_a_policy_goes_to_a_therapist(rules: RuleSet, diagnoses: tuple[str, ...]) -> None:
    item = only(rules, diagnoses=diagnoses)
    assert item.result is EngineResult.PEND_CLINICAL
    assert item.reasons == ("no-policy",)
    assert item.criteria  # the reviewer sees what is on file


def test_the_due_times_come_from_the_clock(rules: RuleSet) -> None:
    complete = decide(request(), context(), rules)
    assert complete.due is not None
    assert complete.due.at == RECEIVED + timedelta(days=3)
    assert complete.information_due is None
    waiting = decide(request(evidence=evidence(orders=())), context(), rules)
    assert waiting.information_due is not None

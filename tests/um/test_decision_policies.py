"""The other policies, renewals, therapy at home and benefits, scenario by scenario."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from fhirpa.um.benefits import NO_LIMIT
from fhirpa.um.context import BenefitUse
from fhirpa.um.decision import decide
from fhirpa.um.determination import Decision, LineRecommendation
from fhirpa.um.evidence import Evaluation, Evidence
from fhirpa.um.request import Party, ServiceLine, Span
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import Discipline, EngineResult, ReviewType
from tests.um.requests import (
    HERE,
    OTHER_CLINIC,
    born,
    context,
    context_for,
    day,
    evidence,
    goal,
    line,
    plan_of_care,
    prior,
    request,
    score,
    surgery,
)


def weeks(count: int) -> Span:
    return Span(day(0), day(count * 7 - 1))


def certified(item: LineRecommendation) -> Decimal | None:
    return item.certified.visits if item.certified else None


def keys(item: LineRecommendation) -> list[str]:
    return [x.key for x in item.information]


# --- after an operation


def knee(offset: int = -14, **more: Any) -> Evidence:
    values = {"measures": (score("LEFS", "22"),), "surgeries": (surgery(offset),), **more}
    return evidence(plans_of_care=(plan_of_care("2", "8"),), **values)


def test_a_new_knee_gets_its_block(rules: RuleSet) -> None:
    sent = request(line(visits=16, period=weeks(8)), diagnoses=("Z96651",), evidence=knee())
    item = decide(sent, context(), rules).lines[0]
    assert (item.result, item.policy_id) == (EngineResult.CERTIFY, "POSTOP-TKA")
    assert certified(item) == 16


def test_aftercare_is_told_by_the_operation(rules: RuleSet) -> None:
    for words, policy in (
        ("total knee arthroplasty", "POSTOP-TKA"),
        ("left hip replacement", "POSTOP-THA"),
        ("cataract", "FAMILY-OTHER"),
    ):
        facts = knee(surgeries=(surgery(-14, words),))
        sent = request(line(visits=8, period=weeks(8)), diagnoses=("Z471",), evidence=facts)
        assert decide(sent, context(), rules).lines[0].policy_id == policy


def test_the_operation_is_asked_where_it_is_missing(rules: RuleSet) -> None:
    sent = request(diagnoses=("Z96651",), evidence=knee(surgeries=()))
    item = decide(sent, context(), rules).lines[0]
    assert item.result is EngineResult.PEND_INFORMATION
    assert [x.loinc for x in item.information] == ["11504-8"]


def test_an_operation_long_ago_goes_to_a_therapist(rules: RuleSet) -> None:
    sent = request(diagnoses=("Z96651",), evidence=knee(-150))
    assert decide(sent, context(), rules).lines[0].result is EngineResult.PEND_CLINICAL


def test_a_recent_operation_leads_over_the_first_diagnosis(rules: RuleSet) -> None:
    sent = request(diagnoses=("M25561", "Z96651"), evidence=knee())
    assert decide(sent, context(), rules).lines[0].policy_id == "POSTOP-TKA"


def test_an_old_joint_replacement_does_not_lead_over_back_pain(rules: RuleSet) -> None:
    item = decide(request(diagnoses=("M5450", "Z96651")), context(), rules).lines[0]
    assert (item.policy_id, item.result) == ("LBP", EngineResult.CERTIFY)


def test_a_torn_ligament_is_a_knee_until_it_is_operated(rules: RuleSet) -> None:
    operated = knee(surgeries=(surgery(-30, "ACL reconstruction"),))
    for facts, policy in ((knee(surgeries=()), "KNEE"), (operated, "POSTOP-ACL")):
        sent = request(diagnoses=("S83511A",), evidence=facts)
        assert decide(sent, context(), rules).lines[0].policy_id == policy


def test_the_seventh_character_tells_a_fracture_from_its_sequel(rules: RuleSet) -> None:
    for code, policy in (("S52501D", "POSTOP-FX"), ("S52501S", "FAMILY-OTHER")):
        assert decide(request(diagnoses=(code,)), context(), rules).lines[0].policy_id == policy


# --- stroke


def stroke(onset: int | None, **more: Any) -> Evidence:
    return evidence(
        plans_of_care=(plan_of_care("3", "8"),),
        measures=(score("FMA-UE", "30"), score("BBS", "40")),
        onset=None if onset is None else day(onset),
        **more,
    )


@pytest.mark.parametrize(("onset", "visits"), [(-30, 24), (-400, 12)])
def test_the_block_after_a_stroke_depends_on_the_time_since(rules: RuleSet, onset: int, visits: int) -> None:
    sent = request(
        line("97530", 24, modifiers=("GO",), period=weeks(8)), diagnoses=("I69351",), evidence=stroke(onset)
    )
    item = decide(sent, context(), rules).lines[0]
    assert item.policy_id == "NEURO-STROKE"
    assert item.discipline is Discipline.OT
    assert certified(item) == visits


def test_the_day_of_the_stroke_is_asked(rules: RuleSet) -> None:
    sent = request(diagnoses=("I69351",), evidence=stroke(None))
    assert keys(decide(sent, context(), rules).lines[0]) == ["onset"]


def test_the_same_goal_in_two_plans_of_care_goes_to_a_therapist(rules: RuleSet) -> None:
    plans = (plan_of_care("3", "8"), plan_of_care("3", "8"))
    sent = request(diagnoses=("I69351",), evidence=replace(stroke(-30), plans_of_care=plans))
    assert decide(sent, context(), rules).lines[0].result is EngineResult.PEND_CLINICAL


# --- children


def child(measure: str = "PDMS-3", value: str = "74", **more: Any) -> Evidence:
    values: dict[str, Any] = {
        "plans_of_care": (plan_of_care("1", "12"),),
        "measures": (score(measure, value),),
        "red_flags": None,
        "screening_date": day(-20),
    }
    return evidence(**{**values, **more})


def ask_for_child(plan: str, facts: Evidence, *lines: ServiceLine, rules: RuleSet) -> Decision:
    lines = lines or (line("97530", 12, modifiers=("GO", "U5"), period=weeks(12)),)
    sent = request(*lines, diagnoses=("F82",), evidence=facts, **born(4))
    return decide(sent, context_for(4, plan), rules)


@pytest.mark.parametrize("plan", ["SANDBOX-COM", "SANDBOX-MCD", "SANDBOX-CHIP", "SANDBOX-QHP"])
def test_a_child_far_below_the_mean_gets_the_block(rules: RuleSet, plan: str) -> None:
    item = ask_for_child(plan, child(), rules=rules).lines[0]
    assert (item.result, item.policy_id) == (EngineResult.CERTIFY, "PED-DEV")


def test_medicaid_gives_children_the_longer_block(rules: RuleSet) -> None:
    half_year = line("97530", 24, modifiers=("GO", "U5"), period=weeks(26))
    for plan, visits in (("SANDBOX-MCD", 24), ("SANDBOX-COM", 12)):
        planned = child(plans_of_care=(plan_of_care("1", "26"),))
        assert certified(ask_for_child(plan, planned, half_year, rules=rules).lines[0]) == visits


@pytest.mark.parametrize(
    ("facts", "result"),
    [
        (child(value="85"), EngineResult.PEND_CLINICAL),
        (child("BOT-3", "35"), EngineResult.CERTIFY),
        (child("BOT-3", "36"), EngineResult.PEND_CLINICAL),
        (child("OTHER TEST", "9"), EngineResult.PEND_INFORMATION),
        (child(measures=(score("OTHER TEST", "9", sd_from_mean=Decimal("-2")),)), EngineResult.CERTIFY),
        (child(plans_of_care=(plan_of_care("3", "4"),)), EngineResult.PEND_CLINICAL),
    ],
)
def test_norms_and_frequency_decide_who_reads(rules: RuleSet, facts: Evidence, result: EngineResult) -> None:
    assert ask_for_child("SANDBOX-COM", facts, rules=rules).lines[0].result is result


def test_the_screening_is_asked_in_medicaid_only(rules: RuleSet) -> None:
    facts = child(screening_date=None)
    assert keys(ask_for_child("SANDBOX-MCD", facts, rules=rules).lines[0]) == ["screening"]
    assert ask_for_child("SANDBOX-COM", facts, rules=rules).lines[0].result is EngineResult.CERTIFY


def test_habilitative_visits_draw_on_their_own_limit(rules: RuleSet) -> None:
    assert {d.bucket for d in ask_for_child("SANDBOX-QHP", child(), rules=rules).draws} == {"HABIL"}
    said = line("97530", 12, modifiers=("GO", "97"), period=weeks(12))
    assert {d.bucket for d in ask_for_child("SANDBOX-QHP", child(), said, rules=rules).draws} == {"REHAB"}


# --- renewals


def renewal(*scores: Any, **more: Any) -> Evidence:
    values: dict[str, Any] = {
        "measures": scores or (score("ODI", "42", -45), score("ODI", "28", -5)),
        "visits_attended": Decimal(8),
        "visits_scheduled": Decimal(9),
    }
    return evidence(**{**values, **more})


def renew(facts: Evidence, rules: RuleSet, *priors: Any, visits: int = 6) -> LineRecommendation:
    sent = request(line(visits=visits, review_type=ReviewType.RENEWAL, period=weeks(4)), evidence=facts)
    return decide(sent, context(prior_lines=priors), rules).lines[0]


def test_progress_renews_with_the_further_block(rules: RuleSet) -> None:
    item = renew(renewal(), rules, prior())
    assert (item.result, certified(item)) == (EngineResult.CERTIFY, 6)
    ids = {c.criterion_id for c in item.criteria}
    own = {"C08", "C09", "RED-FLAG-DIAGNOSIS", "NO-SURGERY", "ATTENTION", "MAINTENANCE-ASKED", "FACILITY"}
    assert ids == {"C02", "C05", "C18", "C19", "C14"} | own


def test_a_renewal_without_a_known_start_is_read_like_one(rules: RuleSet) -> None:
    assert renew(renewal(), rules).result is EngineResult.CERTIFY
    assert certified(renew(renewal(), rules, visits=9)) == 6


@pytest.mark.parametrize(
    ("facts", "result"),
    [
        (renewal(score("ODI", "42", -5)), EngineResult.PEND_INFORMATION),
        (renewal(score("ODI", "42", -45), score("ODI", "36", -5)), EngineResult.PEND_CLINICAL),
        (renewal(score("ODI", "30", -45), score("ODI", "44", -5)), EngineResult.PEND_CLINICAL),
        (renewal(score("PSFS", "3", -45), score("PSFS", "5", -5)), EngineResult.CERTIFY),
        (renewal(score("RMDQ", "9", -45), score("RMDQ", "6", -5)), EngineResult.CERTIFY),
        (
            renewal(score("PSFS", "3", -45, side="left"), score("PSFS", "8", -5, side="right")),
            EngineResult.PEND_INFORMATION,
        ),
        (renewal(score("ODI", "42", -200), score("ODI", "20", -150)), EngineResult.PEND_INFORMATION),
        (
            renewal(plans_of_care=(plan_of_care("1", goals=(goal(status="met"), goal("b"))),)),
            EngineResult.CERTIFY,
        ),
        (renewal(score("ODI", "42", -5), regression_or_setback=True), EngineResult.CERTIFY),
        (renewal(visits_attended=None), EngineResult.PEND_INFORMATION),
        (renewal(visits_attended=Decimal(4)), EngineResult.PEND_CLINICAL),
    ],
)
def test_a_renewal_rests_on_progress_and_attendance(
    rules: RuleSet, facts: Evidence, result: EngineResult
) -> None:
    assert renew(facts, rules, prior()).result is result


def test_goals_alone_show_progress(rules: RuleSet) -> None:
    goals = (goal("a", "met"), goal("b", "advanced"), goal("c", "not_advanced"))
    facts = renewal(score("ODI", "42", -5), plans_of_care=(plan_of_care("1", goals=goals),))
    assert renew(facts, rules, prior()).result is EngineResult.CERTIFY
    goals = (goal("a", "met"), goal("b", "not_advanced"), goal("c", "not_advanced"))
    facts = renewal(score("ODI", "42", -5), plans_of_care=(plan_of_care("1", goals=goals),))
    assert renew(facts, rules, prior()).result is EngineResult.PEND_CLINICAL


def second() -> Any:
    return prior(6, case_number="C0000000026", period=Span(day(-100), day(-50)))


def test_a_second_renewal_needs_the_way_to_self_management(rules: RuleSet) -> None:
    assert renew(renewal(), rules, prior(), second()).result is EngineResult.PEND_CLINICAL
    told = renewal(plans_of_care=(plan_of_care("1", discharge_plan=True),))
    assert certified(renew(told, rules, prior(), second())) == 6


def test_an_episode_has_a_total(rules: RuleSet) -> None:
    told = renewal(plans_of_care=(plan_of_care("1", discharge_plan=True),))
    assert certified(renew(told, rules, prior(10), second())) == 4
    used_up = renew(told, rules, prior(14), second())
    assert used_up.result is EngineResult.PEND_CLINICAL
    assert used_up.reasons == ("total-reached",)


def test_lines_of_one_earlier_case_count_once(rules: RuleSet) -> None:
    told = renewal(plans_of_care=(plan_of_care("1", discharge_plan=True),))
    sister = replace(prior(), sequence=2, service_code="97140")
    assert certified(renew(told, rules, prior(), sister)) == 6


def test_a_request_right_after_an_authorization_is_read_as_its_renewal(rules: RuleSet) -> None:
    decision = decide(request(line(visits=6)), context(prior_lines=(prior(),)), rules)
    assert "C18" in {c.criterion_id for c in decision.lines[0].criteria}


def test_a_re_evaluation_comes_with_the_renewal_and_draws_nothing(rules: RuleSet) -> None:
    lines = (
        line(visits=6, review_type=ReviewType.RENEWAL, period=weeks(4)),
        line("97164", 1, 2, review_type=ReviewType.RENEWAL),
    )
    decision = decide(request(*lines, evidence=renewal()), context(prior_lines=(prior(),)), rules)
    assert [x.result for x in decision.lines] == [EngineResult.CERTIFY] * 2
    assert sum(d.visits for d in decision.draws) == 6


def test_a_re_evaluation_does_not_wait_for_what_it_will_tell(rules: RuleSet) -> None:
    lines = (
        line(visits=6, review_type=ReviewType.RENEWAL),
        line("97164", 1, 2, review_type=ReviewType.RENEWAL),
    )
    facts = renewal(score("ODI", "42"))
    decision = decide(request(*lines, evidence=facts), context(prior_lines=(prior(),)), rules)
    assert [x.result for x in decision.lines] == [EngineResult.PEND_INFORMATION, EngineResult.CERTIFY]


# --- at home


def test_therapy_at_home_needs_a_reason(rules: RuleSet) -> None:
    sent = request(line(place_of_service="12"))
    assert keys(decide(sent, context(), rules).lines[0]) == ["home-reason"]
    told = request(line(place_of_service="12"), evidence=evidence(setting_reason="homebound"))
    decision = decide(told, context(), rules)
    assert decision.lines[0].result is EngineResult.CERTIFY
    assert {rules.education["E-LBP"], rules.education["E-HOME"]} <= set(decision.notes)


# --- lines of business and benefits


def test_medicare_advantage_gets_the_whole_course_within_the_total(rules: RuleSet) -> None:
    facts = evidence(plans_of_care=(plan_of_care("1.5", "12"),))
    sent = request(line(visits=18, period=weeks(12)), evidence=facts)
    item = decide(sent, context("SANDBOX-MA"), rules).lines[0]
    assert (item.result, certified(item)) == (EngineResult.CERTIFY, 18)
    more = request(line(visits=26, period=weeks(12)), evidence=facts)
    assert certified(decide(more, context("SANDBOX-MA"), rules).lines[0]) == 8  # beyond the total: the block


def test_medicaid_adults_get_sixty_days_at_a_time(rules: RuleSet) -> None:
    sent = request(line(period=weeks(12)))
    item = decide(sent, context("SANDBOX-MCD"), rules).lines[0]
    assert item.result is EngineResult.CERTIFY_BLOCK
    assert item.certified is not None
    assert item.certified.period.end == day(41 + 14)  # the block with its slack is shorter still
    long_block = request(
        line(visits=16, period=weeks(12)),
        diagnoses=("Z96651",),
        evidence=evidence(
            plans_of_care=(plan_of_care("2", "8"),), measures=(score("LEFS", "22"),), surgeries=(surgery(-9),)
        ),
    )
    item = decide(long_block, context("SANDBOX-MCD"), rules).lines[0]
    assert item.certified is not None
    assert item.certified.period.end == day(59)


@pytest.mark.parametrize(
    ("modifiers", "asked"),
    [
        (("GP", "U5", "AT"), []),
        (("GP", "UB", "AT"), []),
        (("GP", "AT"), ["modifier-therapist"]),
        (("GP", "U5"), ["modifier-acute"]),
        (("GP",), ["modifier-acute", "modifier-therapist"]),
    ],
)
def test_modifiers_that_medicaid_wants_of_adults_are_asked_for(
    modifiers: tuple[str, ...], asked: list[str], rules: RuleSet
) -> None:
    item = decide(request(line(modifiers=modifiers)), context("SANDBOX-MCD"), rules).lines[0]
    assert keys(item) == asked
    assert item.result is (EngineResult.PEND_INFORMATION if asked else EngineResult.CERTIFY)


def test_a_hard_limit_gives_what_is_left_and_a_person_gets_the_rest(rules: RuleSet) -> None:
    sent = request(line(period=Span(date(2027, 1, 4), date(2027, 2, 14))), evidence=shifted())
    uses = (BenefitUse("PT", 2027, Decimal(27)), BenefitUse("OT", 2027, Decimal(30)))
    used = context(benefit_use=uses, received_at=IN_JANUARY)
    decision = decide(sent, used, rules)
    assert decision.lines[0].result is EngineResult.CERTIFY_BLOCK
    assert certified(decision.lines[0]) == 3
    assert decision.lines[0].reasons == ("benefit-review",)
    assert [(d.bucket, d.year, d.visits) for d in decision.draws] == [("PT", 2027, 3)]


IN_JANUARY = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)


def shifted() -> Evidence:
    """The evidence of a back and a shoulder for a start in January."""
    near = Span(date(2027, 1, 4), None).start
    assert near is not None
    return evidence(
        evaluations=(Evaluation(HERE, date(2026, 12, 30), None),),
        measures=tuple(replace(score(m, "42"), day=date(2026, 12, 30)) for m in ("ODI", "SPADI")),
    )


def test_a_used_up_limit_goes_to_a_person(rules: RuleSet) -> None:
    used = context(benefit_use=(BenefitUse("PT", 2026, Decimal(30)), BenefitUse("PT", 2027, Decimal(30))))
    decision = decide(request(), used, rules)
    assert decision.lines[0].result is EngineResult.PEND_CLINICAL
    assert decision.lines[0].reasons == ("benefit-none-left",)
    assert decision.draws == ()


def test_an_authorization_over_the_year_end_is_split(rules: RuleSet) -> None:
    used = context(benefit_use=(BenefitUse("PT", 2026, Decimal(28)),))
    decision = decide(request(), used, rules)
    assert [(d.year, d.visits) for d in decision.draws] == [(2026, 2), (2027, 2)]
    assert certified(decision.lines[0]) == 4


def test_disciplines_share_a_combined_limit(rules: RuleSet) -> None:
    lines = (
        line(period=Span(date(2027, 1, 4), date(2027, 2, 14))),
        line("97530", 8, 2, modifiers=("GO",), period=Span(date(2027, 1, 4), date(2027, 2, 14))),
    )
    uses = (BenefitUse("REHAB", 2027, Decimal(24)),)
    used = context("SANDBOX-QHP", benefit_use=uses, received_at=IN_JANUARY)
    decision = decide(request(*lines, diagnoses=("M7581",), evidence=shifted()), used, rules)
    assert [certified(x) for x in decision.lines] == [8, 3]
    assert sum(d.visits for d in decision.draws) == 11


def test_a_soft_limit_is_a_note_only(rules: RuleSet) -> None:
    used = context("SANDBOX-SF", benefit_use=(BenefitUse("THERAPY", 2026, Decimal(60)),))
    decision = decide(request(), used, rules)
    assert decision.lines[0].result is EngineResult.CERTIFY
    assert [n for n in decision.lines[0].notes if "visit guideline" in n]
    assert len(decision.lines[0].notes) == 1


def test_a_mandate_frees_a_condition_of_limits(rules: RuleSet) -> None:
    sent = request(
        line("97530", 12, modifiers=("GO",), period=weeks(12)),
        diagnoses=("F840",),
        evidence=child(),
        **born(4),
    )
    used = context_for(4, "SANDBOX-COM", benefit_use=(BenefitUse("OT", 2026, Decimal(30)),))
    decision = decide(sent, used, rules)
    assert decision.lines[0].result is EngineResult.CERTIFY
    assert {d.bucket for d in decision.draws} == {NO_LIMIT}


@pytest.mark.parametrize(("years", "visits"), [(20, 8), (21, 2)])
def test_medicaid_below_twenty_one_never_stops_at_a_limit(rules: RuleSet, years: int, visits: int) -> None:
    com, plan = rules.plans["SANDBOX-COM"], rules.plans["SANDBOX-MCD"]
    limits = tuple(replace(x, visits=Decimal(2)) for x in com.limits)
    limited = replace(rules, plans={plan.code: replace(plan, limits=limits)})
    sent = request(line(visits=8, period=weeks(4)), **born(years))
    decision = decide(sent, context_for(years, "SANDBOX-MCD"), limited)
    assert certified(decision.lines[0]) == visits


# --- what only a person settles


def test_a_fracture_that_does_not_heal_goes_to_a_therapist(rules: RuleSet) -> None:
    facts = evidence(measures=(score("QUICKDASH", "40"),), onset=day(-30))
    for code, result in (("S52501D", EngineResult.CERTIFY), ("S52501K", EngineResult.PEND_CLINICAL)):
        sent = request(diagnoses=(code,), evidence=facts)
        assert decide(sent, context(), rules).lines[0].result is result


def test_an_order_of_a_specialty_that_may_not_order_goes_to_a_therapist(rules: RuleSet) -> None:
    for taxonomy, result in (
        ("207Q00000X", EngineResult.CERTIFY),
        ("363LF0000X", EngineResult.CERTIFY),
        ("111N00000X", EngineResult.PEND_CLINICAL),
    ):
        ordering = Party(npi=OTHER_CLINIC, taxonomies=(taxonomy,))
        sent = request(providers=(ordering,))
        assert decide(sent, context(), rules).lines[0].result is result


def test_direct_access_needs_no_order_within_its_days(rules: RuleSet) -> None:
    plan = replace(rules.plans["SANDBOX-COM"], direct_access_days=10)
    open_door = replace(rules, plans={plan.code: plan})
    facts = evidence(orders=(), plans_of_care=(plan_of_care("2", "2"),))
    for length, result in ((13, EngineResult.CERTIFY), (14, EngineResult.PEND_INFORMATION)):
        sent = request(line(visits=4, period=Span(day(0), day(length))), evidence=facts)
        assert decide(sent, context(), open_door).lines[0].result is result


def test_an_appeal_is_read_by_a_person(rules: RuleSet) -> None:
    sent = request(line(review_type=ReviewType.APPEAL))
    assert decide(sent, context(), rules).lines[0].reasons == ("appeal-review",)


def test_who_is_asked_for_a_score_learns_which_measures_tell(rules: RuleSet) -> None:
    item = decide(request(evidence=evidence(measures=())), context(), rules).lines[0]
    assert "ODI, RMDQ, PSFS" in item.information[0].text


def test_a_part_of_a_visit_is_still_a_visit(rules: RuleSet) -> None:
    item = decide(request(line(visits="0.5")), context(), rules).lines[0]
    assert item.result is EngineResult.CERTIFY

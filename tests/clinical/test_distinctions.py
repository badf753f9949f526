"""What the engine tells apart beside the answers themselves: remarks, limits by age, windows, paths."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um.context import BenefitUse
from fhirpa.um.rules import RuleSet, VisitLimit, Window
from fhirpa.um.terms import Discipline, EngineResult
from tests.clinical.vignettes import Vignette, agrees, chart, evidence, pt, told
from tests.um.requests import RECEIVED, FakeClock, day, score, surgery

RULES = replace(load_rules(), turnaround=FakeClock())
BACK = Vignette("low back", "", ("certify 8",), (pt(),))


def remarks(vignette: Vignette, words: str) -> list[str]:
    return [n for n in vignette.decided(RULES).notes if words in n]


@pytest.mark.parametrize("modifier", ["GA", "GX", "GY", "GZ"])
def test_a_notice_modifier_is_asked_about_in_medicare_advantage_only(modifier: str) -> None:
    """Domain §6: GA, GX, GY and GZ are not for Medicare Advantage."""
    asked = replace(BACK, lines=(pt(modifiers=("GP", modifier)),))
    (line,) = replace(asked, plan="SANDBOX-MA").decided(RULES).lines
    assert [x.key for x in line.information] == ["modifier-unused"]
    assert agrees(("certify 8",), asked.decided(RULES))


def test_habilitative_for_an_adult_after_an_event_is_asked_about() -> None:
    """C21: what was there and was lost is regained."""
    odd = replace(BACK, lines=(pt(modifiers=("GP", "96")),), facts=evidence(onset=day(-20)))
    assert len(remarks(odd, "modifier 96 or 97")) == 1
    assert agrees(("certify 8",), odd.decided(RULES))
    assert remarks(replace(odd, lines=(pt(modifiers=("GP", "97")),)), "modifier 96 or 97") == []


def test_rehabilitative_for_a_delay_without_an_event_is_asked_about() -> None:
    facts = chart(score("BAYLEY-4", "70"), weekly="1", over="12")
    delay = Vignette(
        "", "", (), (pt(visits=12, over=12, modifiers=("GP", "97")),), age=3, dx=("F82",), facts=facts
    )
    assert len(remarks(delay, "modifier 96 or 97")) == 1
    injured = replace(delay, facts=replace(facts, surgeries=(surgery(-60),)))
    assert remarks(injured, "modifier 96 or 97") == []


def medicaid_with_a_limit(hard: bool) -> RuleSet:
    """Medicaid with a limit that is used up: a plan that nobody should write."""
    limit = VisitLimit("THERAPY", Decimal(10), hard, frozenset(Discipline))
    plan = replace(RULES.plans["SANDBOX-MCD"], limits=(limit,))
    return replace(RULES, plans={**RULES.plans, plan.code: plan})


@pytest.mark.parametrize(("age", "answer"), [(20, "certify 8"), (21, "person: benefit-none-left")])
def test_below_21_no_number_of_visits_stops_medicaid(age: int, answer: str) -> None:
    """42 U.S.C. 1396d(r)(5); invariant 24."""
    asked = replace(
        BACK,
        lines=(pt(modifiers=("GP", "U5", "AT"), period=pt(over=4).period),),
        plan="SANDBOX-MCD",
        age=age,
        used=tuple(BenefitUse("THERAPY", year, Decimal(10)) for year in (2025, 2026, 2027)),
    )
    decision = asked.decided(medicaid_with_a_limit(hard=True))
    assert told(decision) == (answer,)


def test_a_chronic_condition_of_an_adult_is_no_acute_path_without_the_modifier() -> None:
    """TMPPM: adults have acute therapy; the benefit is a person's question, not one of necessity."""
    chart_ms = chart(score("TUG", "16"), weekly="1.5", over="8")
    adult = Vignette(
        "",
        "",
        (),
        (pt(visits=12, over=8, modifiers=("GP", "U5")),),
        plan="SANDBOX-MCD",
        dx=("G35",),
        facts=chart_ms,
    )
    (line,) = adult.decided(RULES).lines
    assert line.reasons == ("adult-acute-question",)
    acute = replace(adult, lines=(pt(visits=12, over=8, modifiers=("GP", "U5", "AT")),))
    assert acute.decided(RULES).lines[0].result is EngineResult.CERTIFY


@pytest.mark.parametrize(
    ("days", "answer"), [(0, "certify 8"), (1, "certify 8"), (6, "person: retro-window")]
)
def test_a_request_after_the_fact_is_taken_in_the_plan_s_window(days: int, answer: str) -> None:
    """Domain §9: two business days after the start for this plan; later is a benefit question."""
    plan = replace(RULES.plans["SANDBOX-COM"], retro=Window(2, business=True))
    rules = replace(RULES, plans={**RULES.plans, plan.code: plan})
    late = replace(BACK, knows={"received_at": RECEIVED + timedelta(days=days + 1)})
    assert told(late.decided(rules)) == (answer,)


def test_an_evaluation_needs_no_authorization_in_any_line_of_business() -> None:
    """EVAL; the treatment beside it is judged by itself."""
    for plan in RULES.plans:
        both = replace(BACK, lines=(pt("97161", 1), pt(at=2)), plan=plan)
        evaluation, treatment = both.decided(RULES).lines
        assert evaluation.result is EngineResult.NOT_REQUIRED
        assert treatment.result is not EngineResult.NOT_REQUIRED


def test_a_child_and_an_adult_with_the_same_back_are_not_the_same() -> None:
    """LBP is written for adults; a child goes to a therapist who knows children."""
    child = replace(BACK, age=12)
    (line,) = child.decided(RULES).lines
    assert line.reasons == ("age-outside",)
    assert "experience-with-children" in line.steps[-1].codes

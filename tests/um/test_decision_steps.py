"""The road of a line through the decision: its steps, in their order, up to the one that answered."""

from dataclasses import replace

import pytest

from fhirpa.um.decision import LINE_STEPS
from fhirpa.um.gold_card import Exemption
from fhirpa.um.request import Span
from fhirpa.um.rules import RuleSet
from fhirpa.um.steps import Desk, Outcome, Step, StepTaken
from fhirpa.um.terms import ReviewType
from tests.clinical.administration import ADMINISTRATION
from tests.clinical.adults import ADULTS
from tests.clinical.children import CHILDREN
from tests.clinical.distinctions import DISTINCTIONS
from tests.clinical.vignettes import Vignette, evidence, pt
from tests.um.payer import Payer, next_version
from tests.um.requests import CLINIC, day, line, plan_of_care, prior, request

ALL = [*ADULTS, *CHILDREN, *ADMINISTRATION, *DISTINCTIONS]


OTHER = prior(period=Span(day(-3), day(20)))  # another case of the same clinic on the same dates


def road(vignette: Vignette, rules: RuleSet, sequence: int = 1) -> tuple[StepTaken, ...]:
    lines = vignette.decided(rules).lines
    return next(x.steps for x in lines if x.sequence == sequence)


def case(*lines: object, **more: object) -> Vignette:
    return Vignette("", "", (), lines or (pt(),), **more)  # type: ignore[arg-type]


def test_the_steps_of_a_line_are_taken_in_the_order_of_the_list() -> None:
    order = list(Step)
    named = [step for step, _ in LINE_STEPS]
    assert named == order[1:5]
    assert order[0] is Step.ELIGIBILITY
    assert order[-1] is Step.STAFFING


def test_a_line_that_is_certified_as_asked_went_all_the_way(rules: RuleSet) -> None:
    taken = road(case(), rules)
    assert [x.step for x in taken] == list(Step)
    assert [x.codes for x in taken] == [
        ("member-active",),
        ("in-programme",),
        ("plan-covers",),
        ("no-other-case",),
        ("no-exemption",),
        ("criteria-settled",),
        ("amount-as-asked",),
        (Desk.NOBODY,),
    ]
    assert [x.about for x in taken if x.about] == [("SANDBOX-COM",), ("PT",), ("LBP",)]
    assert taken[-2].outcome is Outcome.SETTLED


@pytest.mark.parametrize("vignette", ALL, ids=lambda v: v.says)
def test_every_line_has_a_road_without_a_gap(vignette: Vignette, rules: RuleSet) -> None:
    """Step after step from the first; all but the last two have passed; who has the line comes last."""
    for item in vignette.decided(rules).lines:
        *before, answer, staffing = item.steps
        assert [x.step for x in before] == list(Step)[: len(before)]
        assert all(x.outcome is Outcome.PASSED for x in before)
        assert answer.outcome is not Outcome.PASSED
        assert staffing.step is Step.STAFFING
        assert (staffing.outcome is Outcome.WAITS) is (answer.outcome is Outcome.WAITS)


@pytest.mark.parametrize("vignette", ALL, ids=lambda v: v.says)
def test_each_reason_is_given_on_the_step_that_its_text_names(vignette: Vignette, rules: RuleSet) -> None:
    for item in vignette.decided(rules).lines:
        answer = item.steps[-2]
        given = set(answer.codes) - {"amount-as-asked", "block-certified"}
        assert given == set(item.reasons)
        assert {rules.reasons[x].step for x in given} <= {answer.step}


@pytest.mark.parametrize(
    ("vignette", "step", "code"),
    [
        (case(pt("97110", place_of_service="03")), Step.PROGRAMME, "place-question"),
        (case(pt("97161", 1)), Step.BENEFIT, "no-authorization"),
        (case(before=(OTHER,)), Step.DUPLICATE, "duplicate-own"),
        (case(dx=("M0579",)), Step.CRITERIA, "no-policy"),
        (case(pt("97110", 20)), Step.LENGTH, "over-policy"),
    ],
)
def test_a_line_stops_where_its_answer_is(vignette: Vignette, step: Step, code: str, rules: RuleSet) -> None:
    *_, answer, _ = road(vignette, rules)
    assert answer.step is step
    assert code in answer.codes


def test_a_block_says_so_beside_the_reason_for_the_rest(rules: RuleSet) -> None:
    answer = road(case(pt("97110", 20)), rules)[-2]
    assert answer.codes == ("block-certified", "over-policy")
    assert answer.outcome is Outcome.WAITS


def test_an_exempt_provider_is_not_held_by_another_case(rules: RuleSet) -> None:
    """Invariant 27: what an exemption covers is never read and never asked about."""
    held = (Exemption(CLINIC, "pt-treatment", day(-90)),)
    taken = road(case(before=(OTHER,), knows={"exemptions": held}), rules)
    assert taken[-2].step is Step.GOLD_CARD
    assert taken[-2].codes == ("gold-card",)


# --- who has it ----------------------------------------------------------------------------------------


def desk(vignette: Vignette, rules: RuleSet) -> tuple[str, ...]:
    return road(vignette, rules)[-1].codes


def test_a_physical_therapist_reads_physical_therapy(rules: RuleSet) -> None:
    assert desk(case(pt("97110", 20)), rules) == (Desk.PHYSICAL_THERAPIST,)


def test_an_occupational_therapist_reads_occupational_therapy(rules: RuleSet) -> None:
    asked = line("97110", 8, modifiers=("GO",))
    assert desk(case(asked, dx=("M0579",)), rules) == (Desk.OCCUPATIONAL_THERAPIST,)


def test_a_child_is_for_a_reviewer_who_knows_children(rules: RuleSet) -> None:
    child = case(dx=("M0579",), age=9)
    assert desk(child, rules) == (Desk.PHYSICAL_THERAPIST, Desk.CHILDREN)
    assert desk(replace(child, age=18), rules) == (Desk.PHYSICAL_THERAPIST,)


def test_a_question_of_benefit_is_for_no_clinician(rules: RuleSet) -> None:
    assert desk(case(before=(OTHER,)), rules) == (Desk.BENEFIT_STAFF,)


def test_what_is_missing_is_with_the_provider(rules: RuleSet) -> None:
    assert desk(case(facts=evidence(plans_of_care=())), rules) == (Desk.PROVIDER,)


def test_an_appeal_is_for_a_physician(rules: RuleSet) -> None:
    assert desk(case(pt(review_type=ReviewType.APPEAL)), rules) == (Desk.APPEAL_PHYSICIAN,)


def test_where_the_discipline_is_the_question_any_therapist_reads(rules: RuleSet) -> None:
    asked = line("97116", 8, modifiers=("GO",))
    assert desk(case(asked), rules) == (Desk.THERAPIST,)


# --- kept with the case --------------------------------------------------------------------------------


def test_the_case_keeps_the_steps(rules: RuleSet) -> None:
    kept = Payer(rules).submit(request())
    assert [x.step for x in kept.lines[0].steps] == list(Step)


def test_an_update_that_a_person_reads_has_the_step_of_it(rules: RuleSet) -> None:
    """What was certified stands; what the update asks beyond it waits at the length of service."""
    payer = Payer(rules)
    before = payer.submit(request())
    poorer = evidence(plans_of_care=(plan_of_care("1.34"),), measures=())
    after = payer.update(before, next_version(before, line(visits=12), evidence=poorer))
    answer, staffing = after.lines[0].steps[-2:]
    assert (answer.step, answer.codes) == (Step.LENGTH, ("block-certified", "update-review"))
    assert staffing.codes == (Desk.PHYSICAL_THERAPIST,)

"""What reviewers and providers are told: facts beside questions, their places, who has a line by when."""

from dataclasses import replace

import pytest

from fhirpa.um.case import Case
from fhirpa.um.determination import CriterionResult, Due
from fhirpa.um.evidence import Source
from fhirpa.um.explanation import Situation, explain_case, situation_of
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import CriterionStatus, LineState, ReviewKind
from fhirpa.um.voice_provider import criterion_sentences, line_sentences
from fhirpa.um.voice_reviewer import criterion_lines, desks_of, step_lines
from tests.um.payer import Payer
from tests.um.requests import RECEIVED, day, evidence, line, request

FOUND = Source("Observation", "Bundle.entry[4].resource", day(-3))


def opened(rules: RuleSet, **more: object) -> Case:
    return Payer(rules).submit(request(**more))  # type: ignore[arg-type]


def with_criterion(case: Case, status: CriterionStatus) -> Case:
    result = CriterionResult("C07", status, "How is function limited?", "Manual", ("ODI 42",), (FOUND,))
    return replace(case, lines=(replace(case.lines[0], criteria=(result,)),))


@pytest.mark.parametrize("status", list(CriterionStatus))
def test_a_criterion_looks_the_same_whatever_the_data_come_to(
    rules: RuleSet, status: CriterionStatus
) -> None:
    """Tex. Ins. Code 4201.156: no rating, no proposal; the facts are there to be read."""
    (explained,) = explain_case(with_criterion(opened(rules), status), rules).lines
    assert list(criterion_lines(explained.criteria[0])) == [
        "C07: How is function limited?",
        "  ODI 42",
        f"  in Observation Bundle.entry[4].resource, {day(-3)}",
        "  source: Manual",
    ]
    assert criterion_sentences(explained, rules.texts) == [
        "How is function limited? On file: ODI 42. Based on: Manual."
    ]


def test_no_explanation_holds_the_status_of_a_criterion(rules: RuleSet) -> None:
    for status in CriterionStatus:
        whole = explain_case(with_criterion(opened(rules), status), rules)
        assert repr(whole).count(f"CriterionStatus.{status.name}") == 0
        assert whole == explain_case(with_criterion(opened(rules), CriterionStatus.MET), rules)


def test_the_steps_are_told_in_words_with_their_codes(rules: RuleSet) -> None:
    (explained,) = explain_case(opened(rules), rules).lines
    told = list(step_lines(explained, rules))
    assert len(told) == 8
    assert told[0].startswith("Eligibility: The member is enrolled")
    assert told[-2] == "Length of service: Certified as asked. [amount-as-asked]"


def test_who_reads_a_line_is_told_only_while_somebody_has_to(rules: RuleSet) -> None:
    waiting = opened(rules, diagnoses=("M0579",))
    (explained,) = explain_case(waiting, rules).lines
    assert desks_of(explained) == ("physical-therapist",)
    for state in (LineState.CERTIFIED, LineState.PENDED_DIRECTOR, LineState.DENIED_MEDICAL):
        closed = replace(waiting, lines=(replace(waiting.lines[0], state=state),))
        assert desks_of(explain_case(closed, rules).lines[0]) == ()


def test_a_case_from_before_the_steps_were_kept_is_explained_all_the_same(rules: RuleSet) -> None:
    waiting = opened(rules, diagnoses=("M0579",))
    old = replace(waiting, lines=(replace(waiting.lines[0], steps=()),))
    (explained,) = explain_case(old, rules).lines
    assert desks_of(explained) == ()
    assert list(step_lines(explained, rules)) == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LineState.PENDED_INFORMATION, "waits for information from the provider"),
        (LineState.PENDED_CLINICAL, "is in clinical review"),
        (LineState.PENDED_DIRECTOR, "is in review by a medical director"),
    ],
)
def test_an_open_line_says_who_has_it_and_by_when(rules: RuleSet, state: LineState, words: str) -> None:
    base = opened(rules, diagnoses=("M0579",))
    open_case = replace(base, lines=(replace(base.lines[0], state=state),), due=Due(RECEIVED, "T30", "soon"))
    whole = explain_case(open_case, rules)
    said = line_sentences(whole.lines[0], whole.dues, rules.texts, rules.programme.zone)[0]
    assert words in said
    assert "A decision is due by 2026-11-30 09:00 CST." in said


def test_what_is_missing_is_named_with_the_day_by_which_it_is_wanted(rules: RuleSet) -> None:
    whole = explain_case(opened(rules, evidence=evidence(plans_of_care=())), rules)
    said = line_sentences(whole.lines[0], whole.dues, rules.texts, rules.programme.zone)[0]
    assert "Wanted by 2026-12-02 09:00 CST: Please send the plan of care" in said


def test_a_question_of_benefit_has_its_own_situation(rules: RuleSet) -> None:
    waiting = opened(rules, diagnoses=("M0579",)).lines[0]
    assert situation_of(waiting) is Situation.CLINICAL
    assert situation_of(replace(waiting, review=ReviewKind.ADMINISTRATIVE)) is Situation.BENEFIT


def test_an_open_course_names_its_policy_and_what_it_rests_on(rules: RuleSet) -> None:
    case = opened(rules, evidence=evidence(measures=()))
    (note,) = [n for n in case.notes if "was read against the policy" in n]
    policy = rules.policies["LBP"]
    for part in (policy.title, "LBP, version", policy.source):
        assert part in note
    certified = Payer(rules).submit(request(line()))
    assert not [n for n in certified.notes if "was read against the policy" in n]

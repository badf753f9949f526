"""Criteria in files: faults are named with file, criterion, line and column; parameters can be given."""

import pickle
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from fhirpa.policies.load import RulesError, load_rules
from fhirpa.policies.vocabulary_table import markdown
from fhirpa.um.decision import decide
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import EngineResult
from tests.policies.test_load import change
from tests.um.requests import context, line, request

PAGE = Path(__file__).parents[2] / "docs" / "policy-language.md"


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "rules"
    shutil.copytree(
        Path(str(files("fhirpa.policies"))), target, ignore=shutil.ignore_patterns("*.py", "*.json")
    )
    return target


def result(rules: RuleSet, plan: str = "SANDBOX-COM", **more: object) -> EngineResult:
    return decide(request(line(visits=8), **more), context(plan), rules).lines[0].result


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        (
            "criteria.yaml",
            "shown plan.home_programme",
            "shown plan.home_program",
            [
                "criteria.yaml, line ",
                "C15.met_when: line 1, column 7",
                "did you mean 'plan.home_programme'?",
                "^^^^",
            ],
        ),
        (
            "criteria.yaml",
            "{max_age: 84 days}",
            "{max_age: 84}",
            ["NO-SURGERY.met_when", "cannot subtract a number from a day"],
        ),
        (
            "criteria.yaml",
            "{max_age: 84 days}",
            "{max_age: {default: 84 days, MCD: 84}}",
            ["NO-SURGERY.parameters.max_age.MCD: must be a length of time, this is a number"],
        ),
        (
            "criteria.yaml",
            "{max_age: 84 days}",
            "{max_age: 84 dyas}",
            ["NO-SURGERY.parameters.max_age: line 1, column 4: 'dyas' does not fit here"],
        ),
        (
            "criteria.yaml",
            "{max_age: 84 days}",
            "{max_age: 84 days, other: 3}",
            ["NO-SURGERY.parameters.other: no expression uses it"],
        ),
        (
            "criteria.yaml",
            "{max_age: 84 days}",
            "{max_age: 84 days, goals: 3}",
            ["NO-SURGERY.parameters.goals: the language has this word already"],
        ),
        (
            "criteria.yaml",
            "plan.goals: [goal.text]",
            "plan.goal: [goal.text]",
            ["C05.parts.plan.goal", "no expr"],
        ),
        (
            "policies/POSTOP-ACL.yaml",
            "max_age: 270 days",
            "max_age: 270",
            ["POSTOP-ACL.yaml, line ", "criteria.C17.parameters.max_age: must be a length of time"],
        ),
        (
            "policies/POSTOP-ACL.yaml",
            "max_age: 270 days",
            "max_agee: 270 days",
            ["C17.parameters.max_agee: the criterion has no such parameter: did you mean 'max_age'?"],
        ),
        (
            "policies/POSTOP-FX.yaml",
            "onset.date between",
            "onset.dte between",
            [
                "POSTOP-FX.yaml, line ",
                "criteria.ONSET.met_when: line 2, column 3",
                "did you mean 'onset.date'?",
            ],
        ),
        (
            "policies/GERI.yaml",
            "- C15",
            "- {id: NEW-ONE, question: 'Why?', citation: here}",
            ["GERI.yaml, line ", "criteria.NEW-ONE.met_when: is missing"],
        ),
        ("attention.yaml", "policies: [NECK]", "policies: [NEKC]", ["MYELOPATHY: there is no policy 'NEKC'"]),
    ],
)
def test_a_fault_names_file_criterion_and_place(
    folder: Path, file: str, before: str, after: str, said: list[str]
) -> None:
    change(folder, file, before, after)
    with pytest.raises(RulesError) as caught:
        load_rules(folder)
    for words in said:
        assert words in str(caught.value)


def test_a_policy_can_give_a_parameter_another_value(folder: Path) -> None:
    change(folder, "policies/LBP.yaml", "C03, C04,", "C03, {id: C04, parameters: {max_age: 3 days}},")
    assert result(load_rules(folder)) is EngineResult.PEND_INFORMATION


def test_a_parameter_can_differ_by_line_of_business(folder: Path) -> None:
    change(
        folder,
        "policies/LBP.yaml",
        "C03, C04,",
        "C03, {id: C04, parameters: {max_age: {default: 3 days, MA: 30 days}}},",
    )
    rules = load_rules(folder)
    assert result(rules) is EngineResult.PEND_INFORMATION
    assert result(rules, "SANDBOX-MA") is EngineResult.CERTIFY


def test_a_policy_can_have_a_criterion_of_its_own(folder: Path) -> None:
    change(
        folder,
        "policies/LBP.yaml",
        "C03, C04,",
        "C03, C04, {id: FEW, met_when: request.visits at most 5, question: 'Why so many?', citation: house},",
    )
    assert result(load_rules(folder)) is EngineResult.PEND_CLINICAL


def test_a_criterion_that_does_not_apply_is_not_read(folder: Path) -> None:
    change(
        folder,
        "policies/LBP.yaml",
        "C03, C04,",
        "C03, {id: C04, applies_when: request.age less than 18 years, parameters: {max_age: 3 days}},",
    )
    answered = decide(request(line(visits=8)), context(), load_rules(folder)).lines[0]
    assert answered.result is EngineResult.CERTIFY
    assert "C04" not in {c.criterion_id for c in answered.criteria}


def test_rules_travel_to_other_processes(rules: RuleSet) -> None:
    there = pickle.loads(pickle.dumps(rules))
    ours, theirs = (decide(request(line(visits=9)), context(), r) for r in (rules, there))
    assert theirs == ours


def test_the_page_on_the_language_has_the_tables_of_the_vocabulary() -> None:
    assert markdown() in PAGE.read_text(encoding="utf-8")

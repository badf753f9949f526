"""A payer's overrides: numbers that differ by plan or line of business, from a day on, without code."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from fhirpa.policies.load import RulesError, load_rulebook, load_rules
from fhirpa.um.decision import decide
from fhirpa.um.determination import LineRecommendation
from fhirpa.um.rules import Policy, RuleSet
from fhirpa.um.terms import EngineResult
from tests.policies.own import next_version, own_directory
from tests.um.requests import context, line, request

DAY = date(2026, 11, 30)


def override(numbers: str, who: str = "", effective: str = "2026-06-01", ends: str = "") -> str:
    scope = f"{who}\n" if who else ""
    last = f"ends: {ends}\n" if ends else ""
    return f"effective: {effective}\n{last}because: decided by the committee\n{scope}policies: {numbers}\n"


def rules_with(folder: Path, **files: str) -> RuleSet:
    own = own_directory(folder, {f"overrides/{name}.yaml": text for name, text in files.items()})
    return load_rulebook(own).on(DAY)


def lbp(rules: RuleSet, plan: str) -> Policy:
    return rules.for_plan(plan).policies["LBP"]


def answer(rules: RuleSet, plan: str, visits: int) -> LineRecommendation:
    return decide(request(line(visits=visits)), context(plan), rules).lines[0]


def test_a_number_for_one_plan_changes_the_answer_of_that_plan_only(tmp_path: Path) -> None:
    rules = rules_with(tmp_path, a=override("{LBP: {first: {1: {visits: 6}}}}", "plans: [SANDBOX-COM]"))
    own = answer(rules, "SANDBOX-COM", 8)
    certified = own.certified.visits if own.certified else None
    assert (own.result, certified) == (EngineResult.CERTIFY_BLOCK, Decimal(6))
    assert answer(rules, "SANDBOX-SF", 8).result is EngineResult.CERTIFY


def test_a_number_for_a_line_of_business_holds_in_its_plans(tmp_path: Path) -> None:
    rules = rules_with(tmp_path, a=override("{LBP: {total: 30}}", "lines_of_business: [COM, QHP]"))
    assert [lbp(rules, p).total for p in ("SANDBOX-COM", "SANDBOX-QHP", "SANDBOX-MA")] == [30, 30, 20]


def test_a_number_without_plan_or_line_holds_everywhere(tmp_path: Path) -> None:
    rules = rules_with(tmp_path, a=override("{LBP: {most_per_week: 2}}"))
    assert rules.policies["LBP"].most_per_week == 2
    assert lbp(rules, "SANDBOX-MA").most_per_week == 2


def test_the_narrower_override_counts(tmp_path: Path) -> None:
    rules = rules_with(
        tmp_path,
        a=override("{LBP: {total: 25}}", "plans: [SANDBOX-COM]"),
        b=override("{LBP: {total: 30}}", "lines_of_business: [COM]"),
        c=override("{LBP: {total: 40, most_per_week: 2}}"),
    )
    found = {p: lbp(rules, p).total for p in ("SANDBOX-COM", "SANDBOX-COM-LOW", "SANDBOX-MA")}
    assert found == {"SANDBOX-COM": 25, "SANDBOX-COM-LOW": 30, "SANDBOX-MA": 40}
    assert lbp(rules, "SANDBOX-COM").most_per_week == 2


def test_a_parameter_of_a_criterion_can_be_overridden(tmp_path: Path) -> None:
    rules = rules_with(
        tmp_path, a=override("{LBP: {criteria: {C04: {max_age: 3 days}}}}", "plans: [SANDBOX-COM]")
    )
    asked = answer(rules, "SANDBOX-COM", 8)  # the evaluation is five days old
    assert [x.key for x in asked.information] == ["evaluation-pt"]
    assert answer(rules, "SANDBOX-SF", 8).result is EngineResult.CERTIFY


def test_an_override_holds_from_its_first_to_its_last_day(tmp_path: Path) -> None:
    text = override("{LBP: {total: 30}}", effective="2026-12-01", ends="2026-12-31")
    book = load_rulebook(own_directory(tmp_path, {"overrides/a.yaml": text}))
    days = (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 31), date(2027, 1, 1))
    assert [book.on(day).policies["LBP"].total for day in days] == [20, 30, 30, 20]


def test_a_new_version_of_the_policy_keeps_the_override(tmp_path: Path) -> None:
    files = {
        "policies/LBP-2027.yaml": next_version(("total: 20", "total: 24")),
        "overrides/a.yaml": override("{LBP: {first: {1: {visits: 10}}}}", "plans: [SANDBOX-COM]"),
    }
    policy = lbp(load_rulebook(own_directory(tmp_path, files)).on(date(2027, 2, 1)), "SANDBOX-COM")
    assert (policy.version, policy.total, policy.first[0].visits) == (2, 24, 10)


def test_the_version_that_a_decision_keeps_names_the_overrides(tmp_path: Path) -> None:
    rules = rules_with(tmp_path, a=override("{LBP: {total: 30}}", "plans: [SANDBOX-COM]"))
    assert decide(request(), context(), rules).rules_version == rules.version != load_rules().version
    assert "own/overrides/a.yaml" in rules.source.files


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (override("{LPB: {total: 9}}"), "line 3: policies.LPB: there is no policy 'LPB'"),
        (override("{LBP: {total: 9}}", "plans: [GOLD]"), "line 3: plans.GOLD: there is no plan 'GOLD'"),
        (
            override("\n  LBP:\n    criteria:\n      C99: {max_age: 3 days}"),
            "line 6: policies.LBP.criteria.C99.max_age: LBP has no criterion 'C99'",
        ),
        (
            override("\n  LBP:\n    criteria:\n      C04: {share: 0.5}"),
            "line 6: policies.LBP.criteria.C04.share: C04 has no parameter 'share' (max_age, max_after)",
        ),
        (
            override("\n  LBP:\n    criteria:\n      C04: {max_age: soon}"),
            "line 6: policies.LBP.criteria.C04.max_age: line 1, column 1: a single value belongs here",
        ),
        (override("{LBP: {first: {2: {visits: 9}}}}"), "policies.LBP.first.2.visits: LBP has 1 blocks"),
        (override("{LBP: {first: {1: {number: 9}}}}"), "policies.LBP.first.1: Additional properties"),
        (override("{LBP: {first: {1: {visits: -1}}}}"), "line 3: policies.LBP.first.1.visits: -1 is less"),
        (override("{LBP: {total: many}}"), "line 3: policies.LBP.total: 'many' is not of type 'number'"),
        (override("{HOME: {total: 9}}"), "policies.HOME.total: HOME names no 'total'"),
        (override("{LBP: {total: 9}}", ends="2026-01-01"), "line 2: ends: 2026-01-01 is before 2026-06-01"),
        (override("{LBP: {total: 9}}", effective="2026-02-30"), "line 1: effective: day is out of range"),
        (
            override("{LBP: {total: 9}}", "plans: [SANDBOX-COM]\nlines_of_business: [COM]"),
            "should not be valid under",
        ),
    ],
)
def test_a_fault_names_file_line_and_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    own_directory(tmp_path, {"overrides/a.yaml": text})
    with pytest.raises(RulesError) as caught:
        load_rulebook(tmp_path)
    (fault,) = caught.value.faults
    assert fault.startswith("overrides/a.yaml")
    assert says in fault


def test_two_overrides_of_the_same_number_for_the_same_plan_are_a_fault(tmp_path: Path) -> None:
    texts = {
        "overrides/a.yaml": override("{LBP: {total: 30}}", "plans: [SANDBOX-COM, SANDBOX-SF]"),
        "overrides/b.yaml": override("{LBP: {total: 40}}", "plans: [SANDBOX-COM]", ends="2026-12-31"),
    }
    with pytest.raises(RulesError, match=r"b\.yaml, line 5: policies\.LBP\.total: overrides/a\.yaml gives"):
        load_rulebook(own_directory(tmp_path, texts))
    # One after the other they may.
    texts["overrides/a.yaml"] = texts["overrides/a.yaml"].replace("2026-06-01", "2027-01-01")
    load_rulebook(own_directory(tmp_path, texts))

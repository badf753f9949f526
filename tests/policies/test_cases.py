"""The example cases beside the policies: all come out as written; every policy shows each answer."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fhirpa.policies.case_run import kinds, policies_without_cases, run_file
from fhirpa.policies.cases import CaseFile, load_cases
from fhirpa.policies.load import Rulebook, RulesError, load_rulebook, load_rules
from fhirpa.um.rules import PolicyRole
from tests.policies.own import PACKAGED, next_version, own_directory

FILES = load_cases(PACKAGED)
_CASES = """
policy: LBP
base: {plan: SANDBOX-COM, age: 46, diagnoses: [M54.50], scores: {ODI: 42}, visits: 8, weeks: 6}
cases:
  - case: the plain first block
    expect: {certified: 8}
    because: "all is on file"
    cite: LBP
"""


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.policy)
def test_every_case_comes_out_as_its_file_says(file: CaseFile, book: Rulebook) -> None:
    wrong = [(r.case.name, r.expected, r.came) for r in run_file(file, book) if not r.passed]
    assert wrong == []


def test_every_policy_has_cases() -> None:
    assert policies_without_cases(FILES, load_rules().policies) == ()


def test_every_policy_for_a_condition_shows_each_of_the_four_answers() -> None:
    policies = load_rules().policies
    lacking = {
        f.policy: missing
        for f in FILES
        if policies[f.policy].role is PolicyRole.DIAGNOSIS
        and (missing := {"certified", "block", "ask", "review"} - kinds(f).keys())
    }
    assert lacking == {}


def test_a_case_is_read_under_the_version_of_its_day_of_receipt(tmp_path: Path) -> None:
    smaller = next_version(("visits: 8", "visits: 4"))
    later = _CASES.replace("visits: 8, weeks", "received: 2027-01-04, visits: 8, weeks")
    own = own_directory(
        tmp_path, {"policies/LBP-2.yaml": smaller, "cases/LBP.yaml": _CASES, "cases/LBP-2.yaml": later}
    )
    results = {f.file: run_file(f, load_rulebook(own)) for f in load_cases(own)}
    assert [r.passed for r in results["cases/LBP.yaml"]] == [True]
    (after,) = results["cases/LBP-2.yaml"]
    assert after.came == ("block 4 in 42 days, rest: over-policy",)


def test_a_case_of_a_day_without_the_policy_says_so(book: Rulebook) -> None:
    (file,) = (f for f in FILES if f.policy == "LBP")
    early = replace(file.cases[0], facts={**file.cases[0].facts, "received": "2025-06-02"})
    (result,) = run_file(replace(file, cases=(early,)), book)
    assert not result.passed
    assert result.came == ("LBP is not in force on 2025-06-02, the day of receipt",)


def test_a_known_difference_passes_only_while_it_differs(book: Rulebook) -> None:
    (file,) = (f for f in FILES if f.policy == "LBP")
    known = replace(file.cases[0], known_difference="some reason")
    wrong = replace(known, expected=file.cases[3].expected)
    assert [r.passed for r in run_file(replace(file, cases=(known, wrong)), book)] == [False, True]


def _bad_files() -> Iterator[tuple[str, str]]:
    yield _CASES.replace("age: 46", "age: old"), "base.age"
    yield _CASES.replace("ODI: 42", "ODI: high"), "base.scores.ODI"
    yield _CASES.replace("{certified: 8}", "{certify: 8}"), "cases[0].expect"
    yield _CASES.replace("    cite: LBP\n", ""), "'cite' is a required property"
    yield (
        _CASES + "  - {case: b, like: a, expect: not required, because: x, cite: y}\n",
        "there is no case 'a'",
    )
    yield _CASES + "known_differences: {c: because}\n", "there is no case 'c'"


@pytest.mark.parametrize(("text", "says"), list(_bad_files()))
def test_a_fault_of_a_case_file_names_file_and_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(RulesError) as caught:
        load_cases(own_directory(tmp_path, {"cases/LBP.yaml": text}))
    assert "cases/LBP.yaml" in str(caught.value)
    assert says in str(caught.value)

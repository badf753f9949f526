"""The blind vignettes are complete and well formed; what the engine makes of them is another test's task."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.clinical.blind_labels import FOLDER, Values, Vignette, merged, read_all

SCHEMA = json.loads((FOLDER / "schema.json").read_text())
FIRST = json.loads((FOLDER / "first-labels.json").read_text())
CASES = read_all()

# Rows of domain.md §8.2; the post-operative, neurological and paired rows are taken apart.
POLICIES = (
    *("EVAL", "LBP", "NECK", "SHOULDER", "OA", "LOWER-LIMB", "POSTOP-TKA", "POSTOP-THA", "POSTOP-ACL"),
    *("POSTOP-RC", "POSTOP-SH", "POSTOP-FX", "HAND", "NEURO-STROKE", "NEURO-TBI", "NEURO-SCI", "PD", "MS"),
    *("VEST", "LYMPH", "GERI", "AMP", "BURN", "PELVIC", "PAIN", "PED-TORT", "PED-DEV", "PED-CHRONIC"),
    *("HOME", "RECERT", "MAINT", "FAMILY-OTHER"),
)
NEVER_AUTOMATIC = "FAMILY-OTHER"  # its row certifies nothing without a person
CERTIFIED = {"certify", "certify-block", "no-authorization-required"}


def named(case: Vignette) -> str:
    return case.id


def as_plain(value: object) -> object:
    """Numbers and texts as JSON has them (YAML reads an unquoted day as a date)."""
    return json.loads(json.dumps(value, default=str))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_vignette_satisfies_the_schema(case: Vignette) -> None:
    faults = Draft202012Validator(SCHEMA).iter_errors(as_plain(case.complete()))
    assert [f"{f.json_path}: {f.message}" for f in faults] == []


def test_ids_are_unique_over_all_files() -> None:
    assert [name for name, times in Counter(c.id for c in CASES).items() if times > 1] == []


def test_there_are_at_least_150_vignettes() -> None:
    assert len(CASES) >= 150


@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_line_asked_for_has_one_label(case: Vignette) -> None:
    assert [answer["line"] for answer in case.expected] == list(range(1, len(case.facts["lines"]) + 1))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_no_label_certifies_more_than_was_asked(case: Vignette) -> None:
    for answer, line in zip(case.expected, case.facts["lines"], strict=True):
        rest = answer.get("rest", {})
        for unit in ("visits", "units"):
            if unit in line and unit in answer:
                assert answer[unit] + rest.get(unit, 0) == line[unit]


def test_a_case_that_was_changed_after_its_first_commit_says_why() -> None:
    silent = {
        c.id: c.digest for c in CASES if FIRST.get(c.id) != c.digest and not c.as_written.get("changed")
    }
    assert silent == {}, "say so in `changed`; a new case goes to first-labels.json"


def test_no_case_has_gone_since_its_first_commit() -> None:
    assert sorted(set(FIRST) - {c.id for c in CASES}) == []


def results_by_policy() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        found[case.policy].update(answer["result"] for answer in case.expected)
    return found


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_has_a_case_that_waits_for_somebody(policy: str) -> None:
    assert any(result.startswith("pend-") for result in results_by_policy()[policy])


@pytest.mark.parametrize("policy", [p for p in POLICIES if p != NEVER_AUTOMATIC])
def test_every_policy_has_a_case_that_is_certified(policy: str) -> None:
    assert results_by_policy()[policy] & CERTIFIED


def test_the_row_without_a_policy_certifies_nothing() -> None:
    assert not results_by_policy()[NEVER_AUTOMATIC] & CERTIFIED


def written(folder: Path, *cases: Values) -> list[Vignette]:
    """The cases, each read from a file of its own."""
    for number, case in enumerate(cases):
        (folder / f"{number}.yaml").write_text(yaml.safe_dump([case]))
    return read_all(folder)


def test_a_case_written_after_another_has_its_facts_and_the_changes(tmp_path: Path) -> None:
    first: Values = {"id": "a", "facts": {"member": {"age": 40, "sex": "male"}, "lines": [1, 2]}}
    second: Values = {"id": "b", "like": "a", "facts": {"member": {"age": 41}, "lines": [3]}}
    one, two = written(tmp_path, first, second)
    assert one.facts == first["facts"]
    assert two.facts == {"member": {"age": 41, "sex": "male"}, "lines": [3]}


def test_what_nobody_said_is_written_as_null() -> None:
    assert merged({"order": {"day": 1}}, {"order": None}) == {"order": None}


def test_a_case_after_one_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        written(tmp_path, {"id": "b", "like": "a"})


def test_cases_after_each_other_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="after each other"):
        written(tmp_path, {"id": "a", "like": "b"}, {"id": "b", "like": "a"})

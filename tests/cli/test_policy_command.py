"""`fhirpa policy list|check|diff|test|explain` on a payer's own directory."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fhirpa.cli import main
from tests.policies.own import next_version, own_directory, packaged

_OVERRIDE = """
effective: 2026-06-01
because: the committee of May
plans: [SANDBOX-COM]
policies: {LBP: {first: {1: {visits: 12}}, criteria: {C04: {max_age: 45 days}}}}
"""
_NEXT = next_version(("visits: 8", "visits: 10"), ("C09, ", ""), ("at_least: 20", "at_least: 30"))


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the next version of LBP and an override of it."""
    monkeypatch.delenv("FHIRPA_POLICY_DIR", raising=False)
    return own_directory(tmp_path, {"policies/LBP-2027.yaml": _NEXT, "overrides/gold.yaml": _OVERRIDE})


def run(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["policy", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def said(*arguments: object, code: int = 0) -> str:
    """What a command says, each run of spaces as one."""
    return " ".join(run(*arguments, code=code).output.split())


def test_the_list_is_that_of_a_day_and_a_plan(own: Path) -> None:
    assert "LBP 1 2026-01-01 8/6 6/4 20 Low back pain" in said("list", own, "--on", "2026-12-31")
    assert "LBP 1 2026-01-01 12/6 6/4 20" in said("list", own, "--on", "2026-12-31", "--plan", "SANDBOX-COM")
    assert "LBP 2 2027-01-01 10/6 6/4 20 Low back pain" in said("list", own, "--on", "2027-01-01")


def test_the_list_tells_what_is_coming_and_what_was_changed_why(own: Path) -> None:
    found = said("list", own, "--on", "2026-07-01")
    assert "from 2027-01-01: LBP version 2" in found
    assert (
        "changed in plan SANDBOX-COM: LBP first.1.visits = 12 (overrides/gold.yaml: the committee of May)"
        in found
    )


def test_the_list_as_data_holds_the_numbers_of_the_plan(own: Path) -> None:
    found = json.loads(run("list", own, "--on", "2026-07-01", "--plan", "SANDBOX-COM", "--json").output)
    (lbp,) = (p for p in found["policies"] if p["id"] == "LBP")
    assert lbp["first"][0]["visits"] == 12
    assert {x["number"] for x in found["overrides"]} == {"first.1.visits", "criteria.C04.max_age"}


def test_the_setting_names_the_directory(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "LBP version 2" not in said("list", "--on", "2026-07-01")
    monkeypatch.setenv("FHIRPA_POLICY_DIR", str(own))
    assert "LBP version 2" in said("list", "--on", "2026-07-01")


def test_check_tells_every_fault_of_every_file_and_ends_with_1(own: Path) -> None:
    own_directory(
        own,
        {
            "policies/NECK-2.yaml": next_version(("visits: 8", "visits: many"), policy="NECK"),
            "policies/OA-2.yaml": next_version(("C04", "C99"), policy="OA"),
            "overrides/b.yaml": _OVERRIDE.replace("LBP", "LPB"),
            "overrides/c.yaml": _OVERRIDE.replace("SANDBOX-COM", "GOLD"),
            "cases.yaml": "policy: X\n",
        },
    )
    found = run("check", own, code=1).output
    for fault in (
        "first[0].visits: 'many' is not of type 'number'",
        "policies/OA-2.yaml, line 9: criteria.C99.met_when: is missing, and criteria.yaml has no criterion",
        "overrides/b.yaml, line 5: policies.LPB: there is no policy 'LPB'",
        "overrides/c.yaml, line 4: plans.GOLD: there is no plan 'GOLD'",
        "cases.yaml: not a file of a payer's directory",
    ):
        assert fault in found


def test_check_says_what_begins_when(own: Path) -> None:
    found = said("check", own)
    assert "from 2026-06-01: gold.yaml; rules" in found
    assert "from 2027-01-01: LBP@2; rules" in found


@pytest.mark.parametrize(
    ("before", "after"),
    [("LBP@1", "LBP@2"), ("2026-01-05", "2027-02-01"), ("FILE", None), ("2026-01-05", "DIR")],
)
def test_the_difference_of_versions_days_files_and_directories(
    own: Path, before: str, after: str | None
) -> None:
    names = {"FILE": str(own / "policies/LBP-2027.yaml"), "DIR": str(own)}
    sides = [names.get(x, x) for x in (before, after) if x]
    found = run("diff", "--dir", own, "--policy", "LBP", *sides).output
    for line in (
        "LBP: Low back pain, version 1 (2026-01-01) -> 2 (2027-01-01)",
        "    - 8 visits in 6 weeks, up to 4 units a visit",
        "    + 10 visits in 6 weeks, up to 4 units a visit",
        "  - criterion C09: What do passive modalities add after the first weeks?",
        "    + ODI at least 30; RMDQ at least 4; PSFS at most 7",
    ):
        assert line in found.split("\n")
    assert "criterion C09, citation" not in found  # gone as a whole: its question is enough


def test_the_difference_names_what_holds_in_one_plan_only(own: Path) -> None:
    found = said("diff", "--dir", own, "2026-05-31", "2026-06-01")
    assert "LBP in plan SANDBOX-COM: Low back pain" in found
    assert "criterion C04, max age: default 30 days, MCD 60 days -> 45 days" in found


def test_a_version_of_the_rules_is_named_by_its_beginning(own: Path) -> None:
    version = said("list", own, "--on", "2027-01-01").split()[1]
    assert f"to {version}" in said("diff", "--dir", own, "2026-01-05", version)


def test_a_changed_text_shows_at_the_policy_that_uses_it(own: Path) -> None:
    text = 'E-LBP: {en: "Low back pain: walk every day.", es: "Dolor de espalda: camine cada día."}\n'
    own_directory(own, {"education.yaml": text})
    found = said("diff", "2026-01-05", own, "--policy", "LBP")
    assert "+ Low back pain: walk every day." in found


def test_nothing_changes_between_two_days_without_a_change(own: Path) -> None:
    assert said("diff", "--dir", own, "2027-02-01", "2027-03-01").endswith("nothing changes")


@pytest.mark.parametrize("side", ["LBP@9", "2027-13-01", "abc@2027-01-01", "missing.yaml"])
def test_a_side_that_is_nowhere_is_said(own: Path, side: str) -> None:
    assert "Error" in said("diff", "--dir", own, side, code=1 if side.endswith("yaml") else 2)


def test_a_case_that_comes_out_otherwise_fails_the_command_and_is_explained(own: Path) -> None:
    case = packaged("cases/LBP.yaml", ("{certified: 8, weeks: 6}", "{certified: 9}"))
    own_directory(own, {"cases/LBP.yaml": case})
    found = said("test", own, code=1)
    assert "cases/LBP.yaml: the first block" in found
    assert "expected line 1: certified 9" in found
    assert "criterion C07 met: ODI 42 on 2026-05-28" in found


def test_cases_run_under_the_overrides_of_their_plan(own: Path) -> None:
    first = packaged("cases/LBP.yaml", ("\n  visits: 8", "\n  visits: 12"), ("certified: 8", "certified: 12"))
    own_directory(own, {"cases/LBP.yaml": first.partition("  - case: fewer visits")[0]})
    found = json.loads(run("test", own, "--json").output)
    assert [(c["case"], c["passed"]) for c in found["cases"]] == [("the first block", True)]

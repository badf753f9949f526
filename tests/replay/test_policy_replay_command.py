"""`fhirpa policy replay`, as a medical director or an engineer types it."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fhirpa.cli import main
from fhirpa.workflow.services import Services
from tests.replay.conftest import RULES
from tests.replay.test_replay import ALL_TIME, spoil
from tests.um.words import unfriendly

FOLDER = str(Path(__file__).parents[2] / "fhirpa" / "policies")
OWN = RULES.version
SINCE = ("--since", "2026-11-01", "--processes", "1")


def said(runner: CliRunner, *arguments: str, code: int = 0) -> str:
    result = runner.invoke(main, ["policy", "replay", *arguments])
    assert result.exit_code == code, result.output
    return result.output


def as_data(runner: CliRunner, *arguments: str, code: int = 0) -> Any:
    return json.loads(said(runner, *arguments, "--json", code=code))


def test_the_rules_of_the_server_change_nothing(runner: CliRunner) -> None:
    data = as_data(runner, "--policy", FOLDER, *SINCE, "--expect-same")
    assert data["same"] == data["decisions"] > 30
    assert (data["lines_changed"], data["decisions_changed"], data["unreadable"]) == (0, 0, [])
    assert all(x["before"] == x["after"] for x in (*data["groups"], *data["work_a_week"]))


def test_a_director_reads_what_a_policy_would_change(runner: CliRunner, stricter: Path) -> None:
    text = said(runner, "--policy", str(stricter), *SINCE)
    for part in (
        "the same but for what is recorded",
        "decisions that change",
        "lines certified whole without a person",
        "policy LBP ",
        "C07                  settled → for a clinician: ",
        "  director ",
        "  therapist PT ",
        " h) → ",
        "line 1: certified 8 visits → for a person (clinical-review)",
    ):
        assert part in text, part
    assert not unfriendly(text)


def test_the_terminal_shows_the_first_changes_and_the_list_all(runner: CliRunner, stricter: Path) -> None:
    short = said(runner, "--policy", str(stricter), *SINCE).partition("\nlines that change\n")[2]
    listed = said(runner, "--policy", str(stricter), *SINCE, "--list").partition("under rules")[0]
    changes = listed.splitlines()
    assert len(changes) > 20
    assert all(" line " in x and " → " in x for x in changes)
    assert [x.strip() for x in short.splitlines()] == [
        *changes[:20],
        f"and {len(changes) - 20} more: --list prints all",
    ]


def test_the_list_as_json_is_one_object_a_line_and_the_same_as_the_table(
    runner: CliRunner, stricter: Path, tmp_path: Path
) -> None:
    table = tmp_path / "changes.csv"
    text = said(runner, "--policy", str(stricter), *SINCE, "--list", "--json", "--csv", str(table))
    *changes, total = map(json.loads, text.splitlines())
    assert len(changes) == total["lines_changed"] > 0
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows == [{k: str(v) for k, v in x["change"].items()} for x in changes]
    assert {(x["before"], x["after"]) for x in rows} >= {("certified", "for a person")}


def test_the_same_question_gets_the_same_bytes(runner: CliRunner, stricter: Path) -> None:
    asked = ("--policy", str(stricter), "--since", "2026-11-01", "--list", "--json")
    first = said(runner, *asked, "--processes", "1")
    assert said(runner, *asked, "--processes", "1") == first


@pytest.mark.parametrize(
    ("arguments", "whole", "some"),
    [
        (("--since", "2026-11-01", "--until", "2026-11-22"), False, False),
        (("--since", "2026-11-23", "--until", "2026-11-23"), True, True),
        (("--since", "2026-11-01", "--plan", "SANDBOX-CHIP"), False, True),
        (("--since", "2026-11-01", "--discipline", "OT"), False, True),
    ],
)
def test_days_plan_and_discipline_narrow_it_down(
    runner: CliRunner, services: Services, arguments: tuple[str, ...], whole: bool, some: bool
) -> None:
    number = as_data(runner, "--policy", OWN, "--processes", "1", *arguments)["decisions"]
    with services.store.read() as unit:
        kept = sum(1 for _ in unit.stream_decisions(ALL_TIME))
    assert (number == kept, number > 0) == (whole, some)


def test_nobody_decided_yet_is_an_answer(runner: CliRunner) -> None:
    text = said(runner, "--policy", OWN, "--since", "2027-01-01", "--processes", "1")
    assert ": 0 decisions" in text


def test_an_expected_sameness_that_is_none_exits_with_four(runner: CliRunner, stricter: Path) -> None:
    said(runner, "--policy", str(stricter), *SINCE, "--expect-same", code=4)


@pytest.mark.parametrize("name", ["no-such-thing", "", "broken"])
def test_rules_that_cannot_be_had_are_refused_in_one_sentence(
    runner: CliRunner, name: str, tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("id: LBP\nversion: soon\n", encoding="utf-8")
    wanted = str(tmp_path / "broken.yaml") if name == "broken" else name
    text = said(runner, "--policy", wanted, *SINCE, code=1)
    assert text.startswith("Error: ")
    assert "Traceback" not in text


def test_a_record_that_cannot_be_read_exits_with_three(runner: CliRunner, services: Services) -> None:
    number = spoil(services)
    assert f"the record of case {number} cannot be read" in said(runner, "--policy", OWN, *SINCE, code=3)

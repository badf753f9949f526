"""The commands as their users type them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from fhirpa.cli import main
from tests.live.server import ROOT, live_server

FIXTURES = ROOT / "fixtures" / "2.2.1" / "json"


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in [n for n in os.environ if n.startswith("FHIRPA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FHIRPA_DATABASE_URL", f"sqlite:///{tmp_path}/cli.db")
    return CliRunner()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with live_server(tmp_path_factory.mktemp("cli"), "sandbox") as url:
        yield url


def submitted(runner: CliRunner, server: str, *arguments: str) -> tuple[int, str]:
    result = runner.invoke(main, ["submit", "--url", server, *arguments])
    return result.exit_code, result.output


def test_a_decision_is_printed_for_people(runner: CliRunner, server: str) -> None:
    code, said = submitted(runner, server, str(FIXTURES / "lbp-20-visits.json"))
    assert code == 0
    assert "line 1: A4 pended, reference R" in said
    assert "beside it: A1 certified, authorization A" in said
    assert "8 visits" in said
    assert "clinical review" in said


def test_a_fresh_copy_gets_another_number(runner: CliRunner, server: str) -> None:
    numbers = set()
    for _ in range(2):
        code, said = submitted(runner, server, "--fresh", str(FIXTURES / "lbp-initial.json"))
        assert code == 0
        numbers.add(said.split("authorization ")[1][:11])
    assert len(numbers) == 2


def test_what_is_missing_is_named(runner: CliRunner, server: str) -> None:
    code, said = submitted(runner, server, str(FIXTURES / "lbp-no-plan-of-care.json"))
    assert code == 0
    assert "asked for: 18776-5" in said


def test_a_business_error_ends_with_two_and_a_refusal_with_one(runner: CliRunner, server: str) -> None:
    code, said = submitted(runner, server, str(FIXTURES / "coverage-ended.json"))
    assert code == 2
    assert "error 95" in said
    code, said = submitted(runner, server, str(FIXTURES / "bad-no-claim.json"))
    assert code == 1
    assert "Bundle.entry[0].resource" in said


def test_the_guide_version_is_that_of_the_file_or_given(runner: CliRunner, server: str) -> None:
    old = ROOT / "fixtures" / "2.0.1" / "xml" / "evaluation-and-treatment.xml"
    for given in ((), ("--guide", "2.0.1")):
        code, said = submitted(runner, server, *given, str(old))
        assert code == 0
        assert "NA no authorization required" in said
    code, said = submitted(runner, server, "--raw", str(FIXTURES / "evaluation-only.json"))
    assert code == 0
    assert '"ClaimResponse"' in said


def test_no_server_is_one_sentence(runner: CliRunner) -> None:
    code, said = submitted(runner, "http://127.0.0.1:9", str(FIXTURES / "lbp-initial.json"))
    assert code == 1
    assert said.startswith("Error: no answer from")


def test_the_sandbox_is_loaded_and_the_log_verified(runner: CliRunner) -> None:
    assert "plans" in runner.invoke(main, ["sandbox", "load"]).output
    assert runner.invoke(main, ["db", "upgrade"]).output == "the database is up to date\n"
    assert runner.invoke(main, ["audit", "anchor"]).output.startswith("anchor 1: 0 chains")
    assert runner.invoke(main, ["audit", "verify"]).output == "the event log is whole\n"


def test_roster_files_are_imported_or_the_fault_is_told(runner: CliRunner, tmp_path: Path) -> None:
    roster = ROOT / "fixtures" / "roster"
    assert "members imported" in runner.invoke(main, ["members", "import", f"{roster}/members.csv"]).output
    assert (
        "providers imported" in runner.invoke(main, ["providers", "import", f"{roster}/providers.csv"]).output
    )
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("npi\n1\n")
    result = runner.invoke(main, ["providers", "import", str(wrong)])
    assert result.exit_code == 1
    assert "nothing was imported" in result.output


def test_policies_are_listed_and_a_faulty_folder_is_told(runner: CliRunner, tmp_path: Path) -> None:
    said = runner.invoke(main, ["policy", "list"]).output
    assert "LBP" in said
    assert "SANDBOX-COM" in said
    assert "version" in runner.invoke(main, ["policy", "check"]).output
    (tmp_path / "programme.yaml").write_text("zone: Nowhere")
    result = runner.invoke(main, ["policy", "check", str(tmp_path)])
    assert result.exit_code == 1
    assert "programme.yaml" in result.output


def test_a_policy_is_told_in_words_with_the_parameters_of_a_plan(runner: CliRunner) -> None:
    said = runner.invoke(main, ["policy", "explain", "LBP", "--plan", "SANDBOX-MCD"]).output
    assert "C04  What did the evaluation at the start of this course of care find?" in said
    assert "max_age = 60 days" in said
    assert "max_age = 30 days" in runner.invoke(main, ["policy", "explain", "LBP", "--lob", "COM"]).output
    assert "max_age = 30 days, MCD 60 days" in runner.invoke(main, ["policy", "explain", "LBP"]).output
    for wrong in (["LBQ"], ["LBP", "--plan", "X"], ["LBP", "--plan", "SANDBOX-MA", "--lob", "COM"]):
        result = runner.invoke(main, ["policy", "explain", *wrong])
        assert result.exit_code == 1
        assert "Error" in result.output


def test_every_fact_that_policies_may_use_is_listed(runner: CliRunner) -> None:
    said = runner.invoke(main, ["policy", "facts"]).output
    assert "impairment.scores(before, after)" in said
    assert "order: date" in said
    assert "| fact | type | meaning |" in runner.invoke(main, ["policy", "facts", "--markdown"]).output


def test_a_wrong_setting_is_one_sentence(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FHIRPA_WORKERS", "none")
    result = runner.invoke(main, ["db", "upgrade"])
    assert result.exit_code == 1
    assert "workers" in result.output


def test_a_database_belongs_to_its_mode(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runner.invoke(main, ["db", "upgrade"]).exit_code == 0
    monkeypatch.setenv("FHIRPA_MODE", "strict")
    result = runner.invoke(main, ["db", "upgrade"])
    assert result.exit_code == 1
    assert "sandbox" in result.output


def test_submit_loads_neither_database_nor_web() -> None:
    program = (
        "import sys; from click.testing import CliRunner; from fhirpa.cli import main;"
        "CliRunner().invoke(main, ['submit', '--help']);"
        "print([m for m in ('sqlalchemy', 'flask', 'gunicorn') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"

"""`fhirpa staff` and `fhirpa review`, as reviewers type them: a case from the queue to the decision."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fhirpa.cli import main
from fhirpa.config import Settings
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from tests.workflow.requests import request
from tests.workflow.services import incoming

SUMMARY = "Twelve visits used, walking speed unchanged since the third week of treatment."
QUESTION = "Do eight further visits fit this member's course?"
GOOD = "The member has walked independently since March and has reached the goals."


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in [n for n in os.environ if n.startswith("FHIRPA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FHIRPA_DATABASE_URL", f"sqlite:///{tmp_path}/cli.db")
    monkeypatch.setenv("FHIRPA_VALIDATION_LEVEL", "lenient")
    return CliRunner()


@pytest.fixture
def case(runner: CliRunner) -> str:
    """The number of a case that waits for a therapist, with nothing certified."""
    assert "5 staff" in runner.invoke(main, ["sandbox", "load"]).output
    services = Services.open(Settings())
    try:
        assert submit(services, incoming(services, request("lbp-red-flag"))).status == 200
    finally:
        services.close()
    (row,) = as_data(runner, "list")
    return str(row["case"])


def run(runner: CliRunner, *arguments: str, user: str = "pt-1") -> tuple[int, str]:
    result = runner.invoke(main, ["review", *arguments, "--as", user])
    return result.exit_code, result.output


def as_data(runner: CliRunner, *arguments: str, user: str = "pt-1") -> Any:
    code, said = run(runner, *arguments, "--json", user=user)
    assert code == 0, said
    return json.loads(said)


def test_a_case_goes_from_the_queue_to_the_certification(runner: CliRunner, case: str) -> None:
    code, said = run(runner, "next")
    assert code == 0
    assert case in said
    assert "pended_clinical" in said
    code, said = run(runner, "show", case)
    assert code == 0
    for part in ("member ", "decision due ", "line 1: 97110 PT  pended_clinical", "?", "source: "):
        assert part in said
    assert run(runner, "take", case)[0] == 0
    assert "with pt-1" in run(runner, "list")[1]
    code, said = run(runner, "certify", case)
    assert code == 0
    assert "line 1: certified, authorization A" in said
    assert run(runner, "list")[1] == "nothing waits\n"


def test_a_case_goes_to_the_director_who_lacks_a_talk(runner: CliRunner, case: str) -> None:
    told = as_data(runner, "refer", case, "--summary", SUMMARY, "--question", QUESTION)
    assert [x["state"] for x in told["lines"]] == ["pended_director"]
    assert as_data(runner, "next") == []
    assert [x["case"] for x in as_data(runner, "next", user="md-1")] == [case]
    shown = as_data(runner, "show", case, user="md-1")
    criterion = shown["lines"][0]["criteria"][0]["id"]
    reasons = ["--reason", GOOD, "--criterion", criterion, "--citation", "Policy", "--rationale", GOOD]
    reasons += ["--source", "note of 2 November", "--would-change", GOOD]
    deny = ["deny", case, "--line", "1", *reasons]
    code, said = run(runner, *deny, user="md-1")
    assert code == 1
    assert "peer-to-peer-missing: no peer-to-peer talk was offered to the provider" in said
    assert run(runner, "p2p", case, "offered", "--contact", "front desk", user="md-1")[0] == 0
    code, said = run(runner, *deny, user="md-1")
    assert code == 1
    assert "peer-to-peer-lead: " in said
    assert run(runner, "p2p", case, "held", "--contact", "Dr Ito", user="md-1")[0] == 0
    code, said = run(runner, *deny, user="pt-1")
    assert code == 1
    assert "role: deny is not for the role therapist" in said
    code, said = run(runner, *deny, user="md-1")
    assert code == 0
    assert "line 1: denied_medical" in said
    code, said = run(runner, "show", case, user="md-1")
    assert "peer-to-peer held" in said
    assert "review-deny  md-1 (medical_director)" in said
    assert run(runner, "correct", case, "--line", "1", "--why", GOOD, user="md-1")[0] == 0


def test_what_is_asked_for_waits_for_the_provider(runner: CliRunner, case: str) -> None:
    told = as_data(runner, "ask", case, "--item", "plan-of-care")
    assert [x["state"] for x in told["lines"]] == ["pended_information"]
    assert "information until" in run(runner, "show", case)[1]
    code, said = run(runner, "withdraw", case, "--asked-by", "front desk", user="intake-1")
    assert code == 0
    assert "line 1: cancelled" in said


def test_less_than_asked_needs_to_say_what_becomes_of_the_rest(runner: CliRunner, case: str) -> None:
    part = ("certify", case, "--line", "1", "--quantity", "4")
    code, said = run(runner, *part)
    assert code == 1
    assert "rest: " in said
    code, said = run(runner, *part, "--rest-open")
    assert code == 0
    assert "line 1: pended_clinical, authorization A" in said
    code, said = run(runner, *part, "--agreement", "Dr Ito, by telephone")
    assert code == 0
    assert "line 1: modified" in said


def test_an_old_view_of_the_case_does_not_decide(runner: CliRunner, case: str) -> None:
    assert run(runner, "take", case)[0] == 0
    code, said = run(runner, "certify", case, "--version", "1")
    assert code == 1
    assert "stale: " in said


def test_wrong_words_are_told(runner: CliRunner, case: str) -> None:
    assert "no case C1" in run(runner, "show", "C1")[1]
    assert "is not on the staff" in run(runner, "list", user="nobody")[1]
    assert run(runner, "certify", case, "--quantity", "few")[0] == 2
    assert run(runner, "certify", case, "--from", "2026-12-01")[0] == 2
    assert run(runner, "take", case, "--line", "1")[0] == 2
    said = run(runner, "deny-admin", case, "--line", "1", "--rule", "x", "--text", GOOD, user="intake-1")[1]
    assert "rule: x is no administrative rule" in said


def test_staff_comes_from_a_file(runner: CliRunner, tmp_path: Path) -> None:
    file = tmp_path / "staff.csv"
    file.write_text(
        "staff_id,name,role,licence_type,licence_state,licence_number,licence_expires\n"
        "ann,Ann,medical_director,DO,TX,77,2031-05-01\nbo,Bo,intake,,,,\n"
    )
    assert runner.invoke(main, ["staff", "import", str(file)]).output == "2 staff imported\n"
    said = runner.invoke(main, ["staff", "list"]).output
    assert "ann" in said
    assert "DO TX until 2031-05-01" in said
    for row, fault in (
        ("x,X,boss,,,,", "role is none of"),
        ("x,X,therapist,,,,", "needs a licence of type OT or PT"),
        ("x,X,therapist,MD,TX,1,2031-01-01", "needs a licence of type OT or PT"),
        ("x,X,medical_director,MD,TX,,2031-01-01", "licence_number is empty"),
        ("x,X,medical_director,MD,TX,1,soon", "licence_expires is no date"),
    ):
        header = "staff_id,name,role,licence_type,licence_state,licence_number,licence_expires\n"
        file.write_text(header + row + "\n")
        result = runner.invoke(main, ["staff", "import", str(file)])
        assert result.exit_code == 1
        assert fault in result.output


def test_an_appeal_goes_from_filing_to_a_decision(runner: CliRunner, case: str) -> None:
    assert run(runner, "refer", case, "--summary", SUMMARY, "--question", QUESTION)[0] == 0
    for event in ("offered", "held"):
        assert run(runner, "p2p", case, event, "--contact", "Dr Ito", user="md-1")[0] == 0
    shown = as_data(runner, "show", case, user="md-1")
    criterion = shown["lines"][0]["criteria"][0]["id"]
    grounds = ["--reason", GOOD, "--criterion", criterion, "--citation", "Policy", "--rationale", GOOD]
    grounds += ["--source", "note of 2 November", "--would-change", GOOD]
    assert run(runner, "deny", case, "--line", "1", *grounds, user="md-1")[0] == 0
    filing = ("appeal", "file", case, "--by", "representative", "--name", "Ana")
    code, said = run(runner, *filing, user="intake-1")
    assert code == 1
    assert "consent-missing" in said
    code, said = run(runner, *filing, "--consent", "power of attorney", user="intake-1")
    assert code == 0
    assert "line 1: denied_medical, appealed" in said
    assert "no reviewer yet" in run(runner, "appeal", "list", user="intake-1")[1]
    code, said = run(runner, "appeal", "assign", case, "--reviewer", "md-1", user="intake-1")
    assert "involved: md-1 took part" in said
    assert run(runner, "appeal", "assign", case, "--reviewer", "md-2", user="intake-1")[0] == 0
    told = ("appeal", "evidence", case, "--text", "a fall", "--by", "Dr Ito")
    assert run(runner, *told, user="intake-1")[0] == 0
    code, said = run(runner, "appeal", "uphold", case, *grounds, user="md-2")
    assert "not-read: look at the whole case" in said
    assert "heard" in run(runner, "show", case, user="md-2")[1]
    assert run(runner, "appeal", "overturn", case, "--criterion", criterion, user="md-2")[0] == 2
    assert run(runner, "appeal", "uphold", case, *grounds, user="md-2")[0] == 0
    sent = ("appeal", "send", case, "--by", "member", "--name", "Ana")
    code, said = run(runner, *sent, user="intake-1")
    assert code == 0
    assert "external_review" in said
    told = ("appeal", "outcome", case, "overturned", "--reference", "IRO 77, Dr Outside")
    code, said = run(runner, *told, user="intake-1")
    assert code == 0
    assert "line 1: certified, authorization A" in said
    assert "no appeal waits" in run(runner, "appeal", "list", user="intake-1")[1]
    moved = ("move-dates", case, "--line", "1", "--through", "2099-01-01", "--why", "ill")
    assert "period: line 1 may end later than" in run(runner, *moved)[1]

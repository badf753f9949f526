"""`fhirpa worker`, and the clocks of a case as reviewers see and change them on the command line."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from fhirpa.cli import main
from fhirpa.config import Clock, Settings
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from tests.workflow.requests import request
from tests.workflow.services import incoming, rules, validators

LONG_AGO = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)


class At(Clock):
    """A time that stands still."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in [n for n in os.environ if n.startswith("FHIRPA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FHIRPA_DATABASE_URL", f"sqlite:///{tmp_path}/cli.db")
    monkeypatch.setenv("FHIRPA_VALIDATION_LEVEL", "lenient")
    runner = CliRunner()
    assert "5 staff" in runner.invoke(main, ["sandbox", "load"]).output
    return runner


def open_case(at: datetime, **more: Any) -> None:
    """A pended case that came in at a time."""
    services = Services.open(Settings(), clock=At(at), validators=validators(), rules=rules())
    try:
        assert submit(services, incoming(services, request("lbp-red-flag", **more))).status == 200
    finally:
        services.close()


def run(runner: CliRunner, *arguments: str, user: str = "pt-1") -> tuple[int, str]:
    result = runner.invoke(main, ["review", *arguments, "--as", user])
    return result.exit_code, result.output


def number(runner: CliRunner) -> str:
    (row,) = json.loads(run(runner, "list", "--json")[1])
    return str(row["case"])


def test_one_round_of_the_worker_says_what_it_did(runner: CliRunner) -> None:
    open_case(LONG_AGO)
    for done in (1, 0):
        result = runner.invoke(main, ["worker", "--once"])
        assert (result.exit_code, result.stdout) == (0, f"clocks: {done}\nunused-visits: 0\n")
    assert "(T30) MISSED" in run(runner, "list")[1]
    assert "(T30) MISSED" in run(runner, "next", user="md-1")[1]
    said = run(runner, "show", number(runner))[1]
    assert "MISSED: was due 2026-06-05 04:59 UTC" in said
    assert "clock-missed  system (system)" in said
    assert "after the due time: certify, or record the breach" in said


def test_the_worker_ends_with_sigterm(runner: CliRunner, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fhirpa.cli", "worker"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "FHIRPA_WORKER_SECONDS": "600"}
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"fhirpa worker runs\n"
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0


def test_a_reviewer_sees_every_rule_that_binds_and_takes_more_time(runner: CliRunner) -> None:
    open_case(datetime.now(UTC), plan="SANDBOX-MA")
    case = number(runner)
    said = run(runner, "show", case)[1]
    assert (
        "Medicare Advantage, standard request - decision within 7 calendar days after receipt (42 CFR" in said
    )
    assert "the provider's time for a peer-to-peer talk lasts until" in said
    assert "if a talk is offered now" in said
    code, said = run(runner, "extend", case, "--ground", "member-asks", "--reason", "The member travels.")
    assert (code, "extend-time, decision due" in said, "(T01)" in said) == (0, True, True)
    said = run(runner, "show", case)[1]
    assert "by pt-1: member-asks" in said
    code, said = run(runner, "extend", case, "--ground", "boredom", "--reason", "The member travels.")
    assert code == 1
    assert "ground: boredom is no ground for an extension here; there are: member-asks" in said
    assert run(runner, "extend", case, "--line", "1", "--ground", "x", "--reason", "x")[0] == 2


def test_a_reviewer_declines_expedited_handling(runner: CliRunner) -> None:
    open_case(datetime.now(UTC), plan="SANDBOX-MA", expedited=True)
    case = number(runner)
    calm = ("downgrade", case, "--reason", "The standard time does no harm.")
    assert "told-missing: " in run(runner, *calm)[1]
    assert "support: " in run(runner, *calm, "--told", "the member, by telephone", "--physician-supports")[1]
    code, said = run(runner, *calm, "--told", "the member, by telephone")
    assert (code, "(T01)" in said) == (0, True)

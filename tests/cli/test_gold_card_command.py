"""`fhirpa gold-card`, as the people who grant and take back exemptions type it."""

import csv
import io
import json
import os
import shutil
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from click.testing import CliRunner

from fhirpa.cli import main
from fhirpa.um.gold_card_evaluation import add_months
from fhirpa.um.gold_card_rescission import Reviewer, SampledClaim, SampleReview
from fhirpa.um.request import Span

NPI, SERVICE = "1234567893", "pt-treatment"
WHO = ["--by", "jo", "--reason", "yearly evaluation"]


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in [n for n in os.environ if n.startswith("FHIRPA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FHIRPA_DATABASE_URL", f"sqlite:///{tmp_path}/cli.db")
    return CliRunner()


def today() -> date:
    """The day where the plan is."""
    return datetime.now(ZoneInfo("America/Chicago")).date()


def said(runner: CliRunner, *arguments: str, code: int = 0) -> str:
    result = runner.invoke(main, ["gold-card", *arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_an_exemption_is_granted_listed_and_shown_with_who_and_why(runner: CliRunner) -> None:
    day = today() - timedelta(days=3)
    assert f"holds from {day} on" in said(runner, "grant", NPI, SERVICE, *WHO, "--told-on", str(day))
    assert "in force" in said(runner, "list")
    (row,) = json.loads(said(runner, "list", "--format", "json"))
    assert row == {"npi": NPI, "service": SERVICE, "starts": str(day), "ends": "", "state": "in force"}
    shown = said(runner, "show", NPI)
    assert f"{day}  {SERVICE}  granted" in shown
    assert "by jo, recorded" in shown
    assert "yearly evaluation" in shown


def test_an_evaluation_is_a_report_that_changes_nothing(runner: CliRunner) -> None:
    said(runner, "grant", NPI, SERVICE, *WHO)
    last = today().replace(day=1) - timedelta(days=1)
    first = add_months(last + timedelta(days=1), -12)
    period = ["--period", f"{first}..{last}"]
    text = said(runner, "evaluate", *period)
    assert "outcome" in text.splitlines()[0]
    assert "keep" in text.splitlines()[1]
    (row,) = csv.DictReader(io.StringIO(said(runner, "evaluate", *period, "--format", "csv")))
    assert (row["npi"], row["outcome"], row["requests"], row["share"]) == (NPI, "keep", "0", "")
    assert len(json.loads(said(runner, "list", "--format", "json"))) == 1


def test_an_evaluation_can_be_simulated_under_other_rules(runner: CliRunner, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    packaged = Path(str(files("fhirpa.policies")))
    shutil.copytree(packaged, folder, ignore=shutil.ignore_patterns("*.py", "*.pyc"))
    text = (folder / "gold_card.yaml").read_text(encoding="utf-8")
    (folder / "gold_card.yaml").write_text(text.replace("period_months: 12", "period_months: 3"), "utf-8")
    quarter = ["evaluate", "--period", "2026-01-01..2026-03-31"]
    assert "no provider" in said(runner, *quarter, "--rules", str(folder))
    assert "12 months long" in said(runner, *quarter, code=1)
    (folder / "gold_card.yaml").unlink()
    assert "gold_card.yaml" in said(runner, *quarter, "--rules", str(folder), code=1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grant", "1234567890", SERVICE, *WHO], "check digit"),
        (["grant", NPI, "surgery", *WHO], "there are: home-therapy"),
        (["evaluate", "--period", "2025-01-01..2025-03-31"], "12 months long"),
        (["withhold", NPI, SERVICE, *WHO, "--period", "2025-01-01..2025-12-31"], "not_enough"),
        (["independent-review", NPI, SERVICE, *WHO, "--step", "upheld"], "no independent review"),
        (["independent-review", NPI, SERVICE, *WHO, "--step", "requested"], "no rescission"),
        (["show", NPI], "nothing is on file"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(runner: CliRunner, arguments: list[str], words: str) -> None:
    text = said(runner, *arguments, code=1)
    assert words in text
    assert "Traceback" not in text


def test_a_period_is_two_days(runner: CliRunner) -> None:
    assert "2025-10-01..2026-09-30" in said(runner, "evaluate", "--period", "2025", code=2)


def test_a_rescission_needs_its_review_and_says_all_that_is_wrong_with_it(
    runner: CliRunner, tmp_path: Path
) -> None:
    said(runner, "grant", NPI, SERVICE, *WHO)
    claims = tuple(SampledClaim(f"c{n}", False) for n in range(4))
    doctor = Reviewer("md", "K1", "OK", True, False, "physical medicine", True)
    period = Span(date(2024, 1, 1), date(2024, 12, 31))
    file = tmp_path / "review.json"
    file.write_bytes(msgspec.json.encode(SampleReview(period, 9, "seed 1", claims, doctor, date(2025, 1, 9))))
    text = said(runner, "rescind", NPI, SERVICE, *WHO, "--review", str(file), code=1)
    for words in ("in any case", "5 to 20 claims", "licence of TX", "nothing was changed"):
        assert words in text
    file.write_text("{}", encoding="utf-8")
    assert "review.json" in said(runner, "rescind", NPI, SERVICE, *WHO, "--review", str(file), code=1)


def test_the_yearly_report_has_a_row_for_every_service(runner: CliRunner) -> None:
    said(runner, "grant", NPI, SERVICE, *WHO)
    rows = list(csv.DictReader(io.StringIO(said(runner, "export", str(today().year)))))
    assert {x["service"]: x["granted"] for x in rows} == {
        "home-therapy": "0",
        "pt-treatment": "1",
        "ot-treatment": "0",
    }
    assert {"not_granted", "rescinded", "review_requested", "upheld", "overturned"} < rows[0].keys()

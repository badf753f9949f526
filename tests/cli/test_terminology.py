"""`fhirpa terminology` as a payer types it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fhirpa.cli import main
from tests.validation.terminology_service import knows, running

CPT = "http://www.ama-assn.org/go/cpt"


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FHIRPA_TERMINOLOGY_DIR", str(tmp_path / "terms"))
    file = tmp_path / "cpt.csv"
    file.write_text(f"system,code,display\n{CPT},97110,Exercise\n")
    return file


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["terminology", *map(str, arguments)])


def test_lists_are_loaded_listed_and_removed(table: Path) -> None:
    loaded = run("load", table)
    assert loaded.exit_code == 0
    assert f"1 codesystem {CPT} (cpt.csv" in loaded.output
    assert run("list").output == loaded.output
    assert run("remove", CPT).output == f"removed {loaded.output}"
    assert run("list").output == ""


def test_removing_what_is_not_there_says_so(table: Path) -> None:
    result = run("remove", CPT)
    assert result.exit_code == 1
    assert f"not loaded: {CPT}" in result.output


def test_columns_are_chosen_by_name_and_number(table: Path) -> None:
    table.write_text("97110|PT|y\n97530|OT|y\n11111|XX|y\n")
    chosen = ("--code-column", "1", "--where", "3=y", "--inactive", "2=XX", "--list-version", "2026")
    result = run("load", table, "--system", CPT, "--delimiter", "|", "--no-header", *chosen)
    assert result.exit_code == 0
    assert f"3 codesystem {CPT}|2026" in result.output


def test_what_is_left_out_is_said_and_fails(table: Path, tmp_path: Path) -> None:
    file = tmp_path / "set.json"
    file.write_text('{"resourceType": "ValueSet", "url": "http://payer.example/set"}')
    result = run("load", file)
    assert result.exit_code == 1
    assert "left out: ValueSet http://payer.example/set of set.json" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--where", "x"], "take COLUMN=VALUE"),
        (["--delimiter", "ab"], "one character"),
        (["--code-column", "nowhere"], "no column nowhere"),
    ],
)
def test_wrong_options_are_refused(table: Path, arguments: list[str], said: str) -> None:
    result = run("load", table, *arguments)
    assert result.exit_code != 0
    assert said in result.output


def test_a_folder_is_needed(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FHIRPA_TERMINOLOGY_DIR")
    result = run("list")
    assert result.exit_code == 2
    assert "FHIRPA_TERMINOLOGY_DIR" in result.output


def test_no_server_library_is_imported() -> None:
    code = (
        "import sys; from fhirpa.validation import Validator, load_set; Validator(load_set('pas-2.2.1'));"
        "import fhirpa.cli.terminology;"
        "print([m for m in ('requests', 'sqlalchemy', 'flask', 'sqlite3') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def observation(folder: Path, code: str) -> Path:
    coding = {"system": CPT, "code": code}
    file = folder / f"{code}.json"
    resource = {"resourceType": "Observation", "status": "final", "code": {"coding": [coding]}}
    file.write_text(json.dumps(resource))
    return file


def test_a_service_that_is_asked_counts_in_the_same_run(tmp_path: Path) -> None:
    right, wrong = observation(tmp_path, "97110"), observation(tmp_path, "99999")
    with running(knows("97110")) as service:
        result = CliRunner().invoke(main, ["validate", str(right), str(wrong), "--tx", service.url])
    assert result.exit_code == 1
    assert "has no code '99999'" in result.output
    assert "97110.json: valid" in result.output


def test_a_service_that_fails_changes_no_verdict(tmp_path: Path) -> None:
    with running(lambda exchange: exchange.answer(b"no", 500)) as service:
        arguments = ["validate", str(observation(tmp_path, "99999")), "--tx", service.url]
        assert CliRunner().invoke(main, arguments).exit_code == 0


def test_the_address_of_a_service_is_one_of_the_web(tmp_path: Path) -> None:
    arguments = ["validate", str(observation(tmp_path, "97110")), "--tx", "file:///etc/hosts"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "--tx" in result.output

"""`fhirpa terminology` as a payer types it."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fhirpa.cli import main

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

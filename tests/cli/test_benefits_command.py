"""`fhirpa benefits`: docs/benefits.md is played line by line, and holds what the commands print."""

import os
import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from fhirpa.cli import main
from fhirpa.fhir.codec import decode, encode
from tests.workflow.requests import request
from tests.workflow.services import NOW, StoppedClock, open_services
from tests.workflow.updates import answer, number_of

PAGE = (Path(__file__).parents[2] / "docs" / "benefits.md").read_text(encoding="utf-8")
CALLS = re.findall(r"^\$ fhirpa (benefits .*)\n((?:(?![$`]).*\n)*)", PAGE, re.MULTILINE)
(CLAIMS,) = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def authorized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The database of the page, a year before the tests' day; its numbers by their names on the page."""
    for name in [n for n in os.environ if n.startswith("FHIRPA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FHIRPA_DATABASE_URL", f"sqlite:///{tmp_path}/test.db")
    monkeypatch.chdir(tmp_path)
    services = open_services(tmp_path)
    assert isinstance(services.clock, StoppedClock)
    services.clock.at = NOW.replace(year=2025)
    asked = encode(request("lbp-initial", plan="SANDBOX-COM-LOW", key="docs"), "json")
    earlier = asked.replace(b"2026-", b"2025-").replace(b"2027-", b"2026-")
    number = number_of(answer(services, decode(earlier, "json")))
    assert number is not None
    with services.store.read() as unit:
        case = unit.load_case(unit.case_of_number(number) or "")
    services.close()
    return {"AUTHORIZATION": number, "CASE": case.case_number}


def test_the_page_shows_what_the_commands_print(authorized: dict[str, str]) -> None:
    (Path.cwd() / "visits.csv").write_text(CLAIMS.replace("AUTHORIZATION", authorized["AUTHORIZATION"]))
    assert len(CALLS) == 8
    for call, shown in CALLS:
        found = CliRunner().invoke(main, shlex.split(call))
        assert found.exit_code == 0, found.output
        assert plain(found.output.replace(authorized["CASE"], "CASE")) == plain(shown), call


def plain(text: str) -> list[list[str]]:
    """Cells of a table: its columns are as wide as the numbers in them."""
    return [re.split(r"  +", row.strip()) for row in text.strip().splitlines()]


def test_every_command_is_on_the_page() -> None:
    group = main.get_command(click.Context(main), "benefits")
    assert isinstance(group, click.Group)
    assert {*re.findall(r"^(?:\$ )?fhirpa benefits (\S+)", PAGE, re.MULTILINE)} == set(group.commands)


def test_a_member_whom_nobody_knows_is_told_in_one_line(authorized: dict[str, str]) -> None:
    found = CliRunner().invoke(main, ["benefits", "show", "nobody"])
    assert (found.exit_code, found.output) == (1, "Error: no member has this id\n")
    assert authorized

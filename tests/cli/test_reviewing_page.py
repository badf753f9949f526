"""docs/reviewing.md: its commands run, in their order, on the cases that it is about."""

import os
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from fhirpa.cli import main
from fhirpa.config import Settings
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from tests.workflow.requests import request
from tests.workflow.services import incoming

PAGE = (Path(__file__).parents[2] / "docs" / "reviewing.md").read_text(encoding="utf-8")
SCENARIOS = {
    "C0000000018": "lbp-20-visits",
    "C0000000026": "lbp-passive-only",
    "C0000000034": "lbp-red-flag",
}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The sandbox with one case per number of the page; its number here by that there."""
    for name in [n for n in os.environ if n.startswith("FHIRPA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FHIRPA_DATABASE_URL", f"sqlite:///{tmp_path}/cli.db")
    monkeypatch.setenv("FHIRPA_VALIDATION_LEVEL", "lenient")
    assert CliRunner().invoke(main, ["sandbox", "load"]).exit_code == 0
    services = Services.open(Settings())
    found: dict[str, str] = {}
    try:
        for number, scenario in SCENARIOS.items():
            assert submit(services, incoming(services, request(scenario))).status == 200
            with services.store.read() as unit:
                new = {x.case_number for x in unit.open_cases()} - set(found.values())
            (found[number],) = new
    finally:
        services.close()
    return found


def commands() -> list[str]:
    blocks = re.findall(r"^```\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_every_command_of_the_page_does_what_it_says(house: dict[str, str]) -> None:
    for command in commands():
        name, *arguments = shlex.split(command)
        assert name == "fhirpa"
        result = CliRunner().invoke(main, [house.get(x, x) for x in arguments])
        assert result.exit_code == 0, (command, result.output)
        assert result.output.strip(), command


def test_the_page_shows_every_act_of_a_therapist() -> None:
    said = " ".join(commands())
    for act in ("list", "next", "show", "explain", "take", "certify", "ask", "refer"):
        assert f"fhirpa review {act} " in said, act


def test_the_explanation_shows_steps_facts_and_citations(house: dict[str, str]) -> None:
    arguments = ["review", "explain", house["C0000000018"], "--as", "pt-1"]
    said = CliRunner().invoke(main, arguments).output
    for part in (
        "Read against Low back pain (LBP, version ",
        "A physical therapist reads it.",
        "source: Medicare Benefit Policy Manual",
        "Length of service: A block is certified now",
        "[block-certified, over-policy, beyond-period]",
    ):
        assert part in said, part


def test_a_language_without_texts_is_refused(house: dict[str, str]) -> None:
    arguments = ["review", "explain", house["C0000000018"], "--as", "pt-1", "--voice", "member"]
    result = CliRunner().invoke(main, [*arguments, "--language", "fr"])
    assert result.exit_code == 1
    assert "there are no texts for the member in 'fr'" in result.output

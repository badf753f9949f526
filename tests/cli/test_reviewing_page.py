"""docs/reviewing.md: its commands run, in their order, on the cases that it is about."""

import os
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from fhirpa.cli import main
from fhirpa.config import Settings
from fhirpa.policies.load import load_rulebook
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


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The sandbox with one case per number of the page; its number here by that there. Rules load once."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("FHIRPA_")]:
            patch.delenv(name)
        patch.setenv("FHIRPA_DATABASE_URL", f"sqlite:///{tmp_path_factory.mktemp('page')}/cli.db")
        patch.setenv("FHIRPA_VALIDATION_LEVEL", "lenient")
        patch.setattr("fhirpa.workflow.services.load_rulebook", cache(load_rulebook))
        yield _opened()


def _opened() -> dict[str, str]:
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


@pytest.fixture(scope="module")
def said(house: dict[str, str]) -> dict[str, str]:
    """What every command of the page printed, by command."""
    printed: dict[str, str] = {}
    for command in commands():
        name, *arguments = shlex.split(command)
        assert name == "fhirpa"
        result = CliRunner().invoke(main, [house.get(x, x) for x in arguments])
        assert result.exit_code == 0, (command, result.output)
        printed[command] = result.output
    return printed


def test_every_command_of_the_page_does_what_it_says(said: dict[str, str]) -> None:
    assert [command for command, output in said.items() if not output.strip()] == []
    letter = next(x for command, x in said.items() if "--voice member --language es" in command)
    assert "terapia física" in letter


def test_the_page_shows_every_act_of_a_therapist() -> None:
    shown = " ".join(commands())
    for act in ("list", "next", "show", "explain", "take", "certify", "ask", "refer"):
        assert f"fhirpa review {act} " in shown, act


def test_the_explanation_shows_steps_facts_and_citations(said: dict[str, str]) -> None:
    explained = said["fhirpa review explain C0000000018 --as pt-1"]
    for part in (
        "Read against Low back pain (LBP, version ",
        "A physical therapist reads it.",
        "source: Medicare Benefit Policy Manual",
        "Length of service: A block is certified now",
        "[block-certified, over-policy, beyond-period]",
    ):
        assert part in explained, part


def test_a_language_without_texts_is_refused(house: dict[str, str]) -> None:
    arguments = ["review", "explain", house["C0000000018"], "--as", "pt-1", "--voice", "member"]
    result = CliRunner().invoke(main, [*arguments, "--language", "fr"])
    assert result.exit_code == 1
    assert "there are no texts for the member in 'fr'" in result.output

"""What the documents say is complete: settings, commands, make targets, faults, business errors, policies."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import yaml

from fhirpa.cli import main
from fhirpa.config import Settings
from fhirpa.fhir import json_codec, structure, xml_codec
from fhirpa.pas import checks
from fhirpa.policies.load_turnaround import load_turnaround
from fhirpa.um.terms import LineOfBusiness
from fhirpa.workflow import admit, judging

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ERRORS = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_readme() -> None:
    for name in Settings.model_fields:
        shown = "PORT" if name == "port" else f"FHIRPA_{name.upper()}"
        assert f"`{shown}`" in README, name


def test_every_command_is_in_the_readme() -> None:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert command.help
        parts = list(command.commands) if isinstance(command, click.Group) else [""]
        for part in parts:
            assert f"`fhirpa {name} {part}".rstrip() in README, (name, part)


def test_every_make_target_for_users_is_in_the_readme() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (targets,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    for target in set(targets.split()) - {"setup", "lock"}:
        assert f"make {target}" in README, target


def test_every_fault_is_on_the_errors_page_with_its_meaning() -> None:
    tables = (json_codec.KEYS, xml_codec.KEYS, structure.KEYS, checks.KEYS, admit.KEYS, judging.KEYS)
    for key, meaning in (pair for table in tables for pair in table.items()):
        assert f"| `{key}` | {meaning} |" in ERRORS, key


def test_every_key_that_the_code_gives_to_an_issue_is_on_the_errors_page() -> None:
    found = sorted(set(_issue_keys()))
    assert len(found) > 10
    assert [k for k in found if f"| `{k}` |" not in ERRORS] == []


def test_every_business_error_is_on_the_errors_page() -> None:
    content = yaml.safe_load((ROOT / "fhirpa" / "policies" / "errors.yaml").read_text(encoding="utf-8"))
    for key, error in content.items():
        row = f"| `{key}` | {error['code']} | {error['follow_up']} | {error['element']} | {error['text']} |"
        assert row in ERRORS, key


def test_every_clock_is_on_the_clocks_page_with_its_source_and_a_test_that_exists() -> None:
    page = (ROOT / "docs" / "clocks.md").read_text(encoding="utf-8")
    rules = load_turnaround()
    for key, clock in rules.clocks.items():
        (row,) = [x for x in page.splitlines() if x.startswith(f"| `{key}` |")]
        assert clock.label in row, key
        assert clock.citation in row, key
    for key, lead in rules.lead_times.items():
        assert f"| `{key}` | {lead.label} | {lead.citation} |" in page, key
    for key, ground in rules.grounds.items():
        lines = ", ".join(x.value for x in LineOfBusiness if key in rules.lines[x].grounds)
        assert f"| `{key}` | {ground.text} | {lines} | {ground.citation} |" in page, key
    tests = "".join(x.read_text(encoding="utf-8") for x in (ROOT / "tests").rglob("test_clock*.py"))
    for name in set(re.findall(r"`(test_[a-z_]+)(?:\[|`)", page)) - {"test_clock", "test_clock_state"}:
        assert f"def {name}(" in tests, name


def test_links_between_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "fixtures" / "README.md"]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page.name, target)


def _issue_keys() -> Iterator[str]:
    """The keys of all issues that are made with a constant one: Issue(...) and the helpers of the web."""
    takes_key = {"Issue": 5, "_refuse": 4, "_unsupported": 2}
    for path in (ROOT / "fhirpa").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                last = node.args[-1]
                whole = len(node.args) == takes_key.get(node.func.id)
                if whole and isinstance(last, ast.Constant) and isinstance(last.value, str):
                    yield last.value

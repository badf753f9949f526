"""docs/adding-a-policy.md works as written: its files are written, its commands run, its output comes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from fhirpa.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-policy.md"
_BLOCK = re.compile(r"^```(yaml|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (my-policies/\S+)\n")


def blocks() -> Iterator[tuple[str, str]]:
    yield from _BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def commands(console: str) -> Iterator[tuple[str, list[str]]]:
    """Each command with the lines that the page shows of its output."""
    for part in re.split(r"^\$ ", console, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        yield command, shown


def test_every_file_can_be_written_and_every_command_says_what_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FHIRPA_POLICY_DIR", raising=False)
    run = 0
    for kind, text in blocks():
        if kind == "yaml":
            named = _FILE.match(text)
            assert named is not None, text
            target = tmp_path / named[1]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            continue
        for command, shown in commands(text):
            result = CliRunner().invoke(main, command.removeprefix("fhirpa ").split())
            assert result.exit_code == 0, (command, result.output)
            for line in shown:
                pattern = r"\s*\S*\s*".join(map(re.escape, line.split("…")))
                pattern = re.sub(r"(?:\\ )+", r"\\s+", pattern)
                assert re.search(pattern, result.output), (command, line, result.output)
            run += 1
    assert run == 7

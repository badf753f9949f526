"""A payer's own directory for tests: files by path, written below a folder."""

from importlib.resources import files
from pathlib import Path

PACKAGED = Path(str(files("fhirpa.policies")))


def own_directory(folder: Path, content: dict[str, str]) -> Path:
    """Write the files and give back the directory."""
    for path, text in content.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder


def packaged(path: str, *changes: tuple[str, str]) -> str:
    """The text of a packaged file, with changes."""
    text = (PACKAGED / path).read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    return text


def next_version(*changes: tuple[str, str], policy: str = "LBP", effective: str = "2027-01-01") -> str:
    """The second version of a packaged policy."""
    dates = (("version: 1", "version: 2"), ("effective: 2026-01-01", f"effective: {effective}"))
    return packaged(f"policies/{policy}.yaml", *dates, *changes)

"""Loading the rules: YAML files, checked by JSON Schema and against each other, become rule sets by day."""

import tempfile
from collections.abc import Mapping
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath

from fhirpa.policies.content import OWN, read_content
from fhirpa.policies.rulebook import Rulebook, source_of
from fhirpa.policies.yaml_file import RulesError
from fhirpa.um.rules import RuleSet

__all__ = ["Rulebook", "RulesError", "load_rule_files", "load_rulebook", "load_rules", "source_of"]

_WHOLE = "programme.yaml"  # a folder with this file is a whole set of rules


def load_rulebook(folder: Path | None = None) -> Rulebook:
    """All versions of the rules: those of the package, or of a folder.

    A folder without `programme.yaml` is a payer's own directory and is laid over the package; one with it is
    whole and stands alone. Raises RulesError with every fault: file, line, place and what is wrong.
    """
    if folder is not None and (folder / _WHOLE).exists():
        own = folder / OWN
        return Rulebook(read_content(folder, own if own.is_dir() else None))
    if folder is not None and not folder.is_dir():
        raise RulesError(f"{folder}: no such directory")
    with as_file(files("fhirpa.policies")) as inside:
        return Rulebook(read_content(inside, folder))


def load_rules(folder: Path | None = None, on: date | None = None) -> RuleSet:
    """The rules of a folder (as `load_rulebook` reads it) for what is received on a day; None: the newest.

    `version` is the start of the hash over the files in force and the day since when they are; `source` holds
    the files themselves. Raises RulesError.
    """
    book = load_rulebook(folder)
    return book.newest() if on is None else book.on(on)


def load_rule_files(content: Mapping[str, bytes]) -> RuleSet:
    """The rules of files that were kept, by path as in `RuleSet.source`: equal to those they were kept from.

    Raises RulesError as `load_rules` does, and for a path that leads out of the folder.
    """
    with tempfile.TemporaryDirectory(prefix="fhirpa-rules-") as name:
        folder = Path(name)
        for path, data in content.items():
            parts = PurePosixPath(path)
            if parts.is_absolute() or ".." in parts.parts:
                raise RulesError(f"{path}: not a path of a rules file")
            target = folder / parts
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return load_rules(folder)

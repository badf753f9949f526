"""The blind vignettes of fixtures/vignettes: what the files say, with `like` resolved."""

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_EXPLAINS = ("because", "cites", "why")  # parts of a label that say nothing of the answer itself

FOLDER = Path(__file__).parents[2] / "fixtures" / "vignettes"

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Vignette:
    """One labelled case; `facts` are complete, whatever the case they were written after."""

    file: str
    as_written: Values
    facts: Values

    @property
    def id(self) -> str:
        """The name of the case, unique over all files."""
        return str(self.as_written["id"])

    @property
    def policy(self) -> str:
        """The policy of domain.md §8.2 that the case is about, or what it is about instead."""
        return str(self.as_written["policy"])

    @property
    def expected(self) -> list[Values]:
        """What is to come of each line."""
        return list(self.as_written["expected"])

    @property
    def digest(self) -> str:
        """Of the facts and the answers: another digest is another case or another label."""
        answers = [{k: v for k, v in a.items() if k not in _EXPLAINS} for a in self.expected]
        text = json.dumps([self.facts, answers], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def complete(self) -> Values:
        """The case as it would stand in a file without `like`."""
        return {**{k: v for k, v in self.as_written.items() if k != "like"}, "facts": self.facts}


def read_all(folder: Path = FOLDER) -> list[Vignette]:
    """All cases of all files, in the order of the files' names.

    Raises:
        KeyError: `like` names a case that does not exist.
        ValueError: cases are written after each other in a circle.
    """
    written = [(path.name, case) for path in sorted(folder.glob("*.yaml")) for case in _cases(path)]
    by_id = {case["id"]: case for _, case in written}
    return [Vignette(name, case, _facts(case, by_id, ())) for name, case in written]


def _cases(path: Path) -> list[Values]:
    found: list[Values] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _facts(case: Values, by_id: Mapping[str, Values], after: tuple[str, ...]) -> Values:
    own: Values = case.get("facts", {})
    if "like" not in case:
        return own
    if case["id"] in after:
        raise ValueError(f"cases are written after each other: {', '.join(after)}")
    return merged(_facts(by_id[case["like"]], by_id, (*after, case["id"])), own)


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Values:
    """Maps are merged key by key, everything else replaces; null stands for: nobody said."""
    out = deepcopy(dict(base))
    for key, value in changes.items():
        before = out.get(key)
        nested = isinstance(value, dict) and isinstance(before, dict)
        out[key] = merged(before, value) if nested and isinstance(before, dict) else deepcopy(value)
    return out

"""Why one side may say what the other does not: rules with reasons (disagreements.toml)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.official.cases import Case
from tests.official.paths import general
from tests.official.prepare import HERE
from tests.official.verdicts import Error

RULES = HERE / "disagreements.toml"
VERDICTS = frozenset({"defect", "gap", "choice", "licence"})


@dataclass(frozen=True, slots=True)
class Explanation:
    """A pattern of errors that one side says alone, and why.

    `verdict`: a *defect* of the official validator, a known *gap* of ours, a *choice* of ours, or a *licence*
    that keeps codes from both.
    """

    says: str
    verdict: str
    why: str
    rule: re.Pattern[str]
    path: re.Pattern[str]
    text: re.Pattern[str]
    case: re.Pattern[str]

    def fits(self, side: str, error: Error, case: Case) -> bool:
        """Whether it explains that `side` alone says this of the case."""
        return (
            self.says == side
            and self.rule.fullmatch(error.rule) is not None
            and self.path.search(general(error.path)) is not None
            and self.text.search(error.text) is not None
            and self.case.search(case.label) is not None
        )


def load_explanations(path: Path = RULES) -> tuple[Explanation, ...]:
    """All explanations. Raises ValueError for an unknown side or verdict, KeyError for one without reason."""
    return tuple(map(_read, tomllib.loads(path.read_text())["disagreement"]))


def _read(row: dict[str, str]) -> Explanation:
    if row["says"] not in ("ours", "official") or row["verdict"] not in VERDICTS:
        raise ValueError(f"no such side or verdict: {row['says']}, {row['verdict']}")
    if unknown := row.keys() - {"says", "verdict", "why", "rule", "path", "text", "case"}:
        raise ValueError(f"no such part of an explanation: {', '.join(unknown)}")
    rule = row.get("rule", ".*")
    patterns = (re.compile(row.get(name, "")) for name in ("path", "text", "case"))
    return Explanation(row["says"], row["verdict"], row["why"], re.compile(rule), *patterns)

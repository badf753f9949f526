"""Judges each case by both sides' errors, counts, and prints."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.official.cases import Case
from tests.official.compare import Comparison, compare
from tests.official.engine import Answer
from tests.official.explain import Explanation
from tests.official.messages import Rule
from tests.official.verdicts import Error, Verdict, theirs

_VALUE = re.compile(r"'[^']*'|\"[^\"]*\"|\d+|urn:uuid:\S+")

_CATEGORIES = {
    "same": "at the same place, of the same kind",
    "near": "one step away, of the same kind",
    "form": "as a fault of form from which it follows",
    "other_kind": "at the same place or one step away, of another kind",
    "only_theirs": "not",
}
_TOLERATED = ("official errors that the public suite tolerates (suppressions.toml)", "tolerated")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case judged.

    `verdicts`: is it valid by ours, by theirs, by theirs as the public suite reads it; `tolerated`: why that
    suite tolerates an error, for each such error. `open`: (side, error) that nothing explains; `reasons`: why
    others stand alone.
    """

    case: Case
    compared: Comparison
    verdicts: tuple[bool, bool, bool]
    tolerated: tuple[str, ...]
    open: tuple[tuple[str, Error], ...]
    reasons: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Both call it valid, or both invalid (by what the public suite does not tolerate)."""
        return self.verdicts[0] == self.verdicts[2]


def judge(
    case: Case, mine: Verdict, answer: Answer, rules: Sequence[Rule], explanations: Sequence[Explanation]
) -> Outcome:
    """Compare what both said of a case, and look for reasons where they differ."""
    everything = theirs(answer.messages, ())
    counted = theirs(answer.messages, rules)
    compared = compare(mine.errors, counted, everything)
    alone = [("official", e) for e in compared.only_theirs] + [("ours", e) for e in compared.only_ours]
    alone += [("official", e) for e in compared.other_kind]
    left, reasons = [], []
    for side, error in alone:
        why = next((x.why for x in explanations if x.fits(side, error, case)), None)
        reasons.append(why) if why else left.append((side, error))
    tolerated = [
        r.why for e in everything if (r := next((r for r in rules if r.pattern.search(e.text)), None))
    ]
    verdicts = (not mine.errors, not everything, not counted)
    return Outcome(case, compared, verdicts, tuple(tolerated), tuple(left), tuple(reasons))


@dataclass(slots=True)
class Tally:
    """All outcomes."""

    outcomes: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one."""
        self.outcomes.append(outcome)

    @property
    def is_settled(self) -> bool:
        """True if nothing is left unexplained."""
        return not any(outcome.open for outcome in self.outcomes)

    def print(self, details: int, explanations: Sequence[Explanation]) -> None:
        """Agreement per source, reasons, what is open."""
        self._print_sources()
        self._print_reasons()
        if idle := {x.why for x in explanations}.difference(*(o.reasons for o in self.outcomes)):
            print("\nexplained what nobody said:", *sorted(idle), sep="\n       ")
        self._print_open(details)

    def _print_sources(self) -> None:
        by_source: dict[str, list[Outcome]] = defaultdict(list)
        for outcome in self.outcomes:
            by_source[outcome.case.source].append(outcome)
        by_source["all"] = self.outcomes
        print(f"{'':40} cases  valid by ours  theirs  theirs as the suite reads it  agreed  or explained")
        for source, some in by_source.items():
            mine, raw, other = (sum(o.verdicts[side] for o in some) for side in range(3))
            same = sum(o.is_same for o in some)
            settled = sum(o.is_same or not o.open for o in some)
            print(f"{source:40} {len(some):5} {mine:14} {raw:7} {other:29} {same:7} {settled:13}")
        self._print_errors()

    def _print_errors(self) -> None:
        compared = [outcome.compared for outcome in self.outcomes]
        counts = {name: sum(len(getattr(c, name)) for c in compared) for name in _CATEGORIES}
        total = sum(counts.values())
        print(f"\n{total} official errors that no rule of the public suite tolerates; ours has of them")
        for name, words in _CATEGORIES.items():
            print(f"{counts[name]:6} {100 * counts[name] / max(total, 1):5.1f} %  {words}")
        print(f"{sum(len(c.only_ours) for c in compared):6} errors are ours alone")
        print(f"{sum(len(o.open) for o in self.outcomes):6} of both sides have no explanation")

    def _print_reasons(self) -> None:
        for title, name in (("explained (disagreements.toml)", "reasons"), _TOLERATED):
            counts = Counter(why for outcome in self.outcomes for why in getattr(outcome, name))
            print(f"\n{title}: {counts.total()}")
            for why, count in counts.most_common():
                print(f"{count:6} {why}")

    def _print_open(self, details: int) -> None:
        groups: dict[tuple[str, str, str], list[tuple[Case, Error]]] = defaultdict(list)
        for outcome in self.outcomes:
            for side, error in outcome.open:
                groups[side, error.rule, _VALUE.sub("…", error.text)[:110]].append((outcome.case, error))
        print(f"\nnot explained: {len(groups)} kinds")
        for (side, rule, text), found in sorted(groups.items(), key=lambda g: -len(g[1])):
            print(f"{len(found):6} {side} {rule}: {text}")
            for case, error in found[:details]:
                print(f"           {case.label[:100]}: {error.path}\n              {error.text[:260]}")

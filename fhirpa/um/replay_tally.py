"""What other rules would have changed, counted: lines, criteria, visits, and who would have to read what.

Counts of two sides: `before` is what was decided, `after` what the other rules say. Nothing is a rating of a
request: a line waits for somebody, or it does not.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from fhirpa.um.determination import Decision, LineRecommendation
from fhirpa.um.replay import DecisionInput
from fhirpa.um.terms import CriterionStatus, Discipline, EngineResult, ReviewKind

ALL: Final = ("all", "")
SETTLED: Final = frozenset({EngineResult.CERTIFY, EngineResult.NOT_REQUIRED})
_NOT_COUNTED: Final = frozenset({EngineResult.NOT_REQUIRED, EngineResult.CONTACT_PAYER})
READ: Final = {
    CriterionStatus.MET: "settled",
    CriterionStatus.UNDETERMINED: "open",
    CriterionStatus.NOT_MET: "for a clinician",
}
NOT_READ: Final = "not read"


@dataclass(frozen=True, slots=True)
class Change:
    """One line that the other rules answer otherwise. A line that one side does not answer is None there."""

    case_number: str
    decided_at: datetime
    sequence: int
    before: LineRecommendation | None
    after: LineRecommendation | None


@dataclass(slots=True)
class Side:
    """One side's lines by result, and the visits certified on them."""

    results: Counter[EngineResult] = field(default_factory=Counter)
    visits: Decimal = Decimal(0)

    @property
    def lines(self) -> int:
        """All lines that were answered."""
        return self.results.total()

    @property
    def counted(self) -> int:
        """Lines that need an authorization: the denominator of the share."""
        return self.lines - sum(self.results[x] for x in _NOT_COUNTED)

    @property
    def share(self) -> Decimal | None:
        """Share of the counted lines that were certified whole without a person; None of no line."""
        return Decimal(self.results[EngineResult.CERTIFY]) / self.counted if self.counted else None

    def add(self, other: "Side") -> None:
        """Take another's counts in."""
        self.results += other.results
        self.visits += other.visits


@dataclass(slots=True)
class Pair:
    """Both sides of one group of lines."""

    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)


@dataclass(slots=True)
class Tally:
    """The difference over many decisions. Tallies of parts add up to that of the whole."""

    decisions: int = 0
    same: int = 0  # bit for bit, but for the version of the rules
    settled_before: int = 0  # decisions in which no line waits for anybody
    settled_after: int = 0
    errors_after: int = 0  # would be answered by a business error
    undecided_after: int = 0  # updates that would leave nothing to decide
    lines_changed: int = 0
    decisions_changed: int = 0  # with at least one such line
    first: datetime | None = None
    last: datetime | None = None
    groups: dict[tuple[str, str], Pair] = field(default_factory=dict)
    criteria: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # id, read before, read after
    load_before: Counter[str] = field(
        default_factory=Counter
    )  # decisions with a line that waits, by for whom
    load_after: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)  # case numbers whose record cannot be read

    def merge(self, other: "Tally") -> None:
        """Take another's counts in."""
        for name in (
            "decisions",
            "same",
            "settled_before",
            "settled_after",
            "errors_after",
            "undecided_after",
            "lines_changed",
            "decisions_changed",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.first = min((x for x in (self.first, other.first) if x), default=None)
        self.last = max((x for x in (self.last, other.last) if x), default=None)
        for key, pair in other.groups.items():
            mine = self.groups.setdefault(key, Pair())
            mine.before.add(pair.before)
            mine.after.add(pair.after)
        self.criteria += other.criteria
        self.load_before += other.load_before
        self.load_after += other.load_after
        self.unreadable += other.unreadable

    def count(
        self,
        taken: DecisionInput,
        before: Decision,
        after: Decision | None,
        at: datetime,
        case_number: str,
        same: bool,
        discipline: Discipline | None = None,
    ) -> list[Change]:
        """Count one decision and its counterpart; the lines that change. None: nothing is left to decide.

        With a `discipline` only its lines count, and a decision without one does not.
        """
        closed = {x.sequence for x in taken.request.lines if x.cancelled}
        old = _wanted(before, closed, discipline)
        new = _wanted(after, closed, discipline) if after else {}
        if discipline is not None and not old and not new:
            return []
        self.decisions += 1
        self.same += same
        self.first, self.last = min(self.first or at, at), max(self.last or at, at)
        self.settled_before += _settled(old)
        self.settled_after += _settled(new) if new else 0
        self.errors_after += bool(after and after.errors)
        self.undecided_after += after is None
        lob = before.line_of_business.value if before.line_of_business else "-"
        self._lines(old, lob, "before")
        self._lines(new, lob, "after")
        self.load_before.update(_readers(old))
        self.load_after.update(_readers(new))
        self.criteria += _criteria(old, new)
        changes = [
            Change(case_number, at, n, old.get(n), new.get(n))
            for n in sorted(old.keys() | new.keys())
            if gist(old.get(n)) != gist(new.get(n))
        ]
        self.lines_changed += len(changes)
        self.decisions_changed += bool(changes)
        return changes

    def _lines(self, lines: dict[int, LineRecommendation], lob: str, side: str) -> None:
        """Count the lines of one side, and the visits that they share once."""
        shared: dict[tuple[object, ...], tuple[Decimal, LineRecommendation]] = {}
        for line in lines.values():
            for key in _keys(line, lob):
                self._side(key, side).results[line.result] += 1
            if line.certified is not None and line.certified.visits is not None:
                stretch = (line.discipline, line.certified.period.start, line.certified.period.end)
                visits = max(line.certified.visits, shared.get(stretch, (Decimal(0), line))[0])
                shared[stretch] = (visits, line)
        for visits, line in shared.values():
            for key in _keys(line, lob):
                self._side(key, side).visits += visits

    def _side(self, key: tuple[str, str], side: str) -> Side:
        pair = self.groups.setdefault(key, Pair())
        return pair.before if side == "before" else pair.after


def gist(line: LineRecommendation | None) -> tuple[object, ...] | None:
    """What an answer comes to: result, what is certified, what is asked, why, and who reads it; no words."""
    if line is None:
        return None
    asked = tuple(x.key for x in line.information)
    return line.result, line.certified, asked, line.reasons, waits_for(line)


def waits_for(line: LineRecommendation) -> str | None:
    """Who has a line; None where it waits for nobody."""
    if line.result in SETTLED or line.result is EngineResult.CONTACT_PAYER:
        return None
    if line.information:
        return "provider"
    if line.review is ReviewKind.ADMINISTRATIVE:
        return "administrative"
    return f"therapist {line.discipline.value}" if line.discipline else "therapist"


def _readers(lines: dict[int, LineRecommendation]) -> set[str]:
    """For whom the lines wait; who has several of one decision reads them together, which is one review."""
    return {who for who in map(waits_for, lines.values()) if who is not None}


def _keys(line: LineRecommendation, lob: str) -> Iterator[tuple[str, str]]:
    yield ALL
    yield "line of business", lob
    if line.policy_id is not None:
        yield "policy", line.policy_id


def _wanted(
    decision: Decision, closed: set[int], discipline: Discipline | None
) -> dict[int, LineRecommendation]:
    return {
        x.sequence: x
        for x in decision.lines
        if x.sequence not in closed and discipline in (None, x.discipline)
    }


def _settled(lines: dict[int, LineRecommendation]) -> bool:
    return bool(lines) and all(waits_for(x) is None for x in lines.values())


def _criteria(
    old: dict[int, LineRecommendation], new: dict[int, LineRecommendation]
) -> Counter[tuple[str, str, str]]:
    """Each criterion once per discipline of the decision: the lines of a discipline are read together."""
    before, after = _read(old), _read(new)
    return Counter(
        (key[1], before.get(key, NOT_READ), after.get(key, NOT_READ)) for key in before.keys() | after.keys()
    )


def _read(lines: dict[int, LineRecommendation]) -> dict[tuple[object, str], str]:
    return {(x.discipline, c.criterion_id): READ[c.status] for x in lines.values() for c in x.criteria}

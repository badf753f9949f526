"""The difference that other rules make, as plain values and as rows of a table. No PHI."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from fhirpa.store import DecisionFilter
from fhirpa.um.determination import LineRecommendation
from fhirpa.um.replay_load import Work, expected_work
from fhirpa.um.replay_tally import ALL, Change, Side, Tally, waits_for
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import EngineResult

Json = dict[str, Any]
COLUMNS: Final = (
    "case",
    "decided_at",
    "line",
    "discipline",
    "policy_before",
    "policy_after",
    "before",
    "after",
    "visits_before",
    "visits_after",
    "waits_for_before",
    "waits_for_after",
    "reasons_before",
    "reasons_after",
)
_KINDS: Final = (ALL[0], "line of business", "policy")
_IN_WORDS: Final = {
    EngineResult.CERTIFY: "certified",
    EngineResult.CERTIFY_BLOCK: "certified in part",
    EngineResult.PEND_INFORMATION: "asked for information",
    EngineResult.PEND_CLINICAL: "for a person",
    EngineResult.NOT_REQUIRED: "no authorization required",
    EngineResult.CONTACT_PAYER: "not of this programme",
}
_SHORTEST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried, and what came of it."""

    total: Tally
    rules: RuleSet
    wanted: DecisionFilter

    @property
    def weeks(self) -> Decimal:
        """The length of the time: as asked, else up to the last decision; a day at least."""
        end: datetime = self.wanted.until or self.total.last or self.wanted.since
        long = max(end - self.wanted.since, _SHORTEST)
        return Decimal(long // timedelta(seconds=1)) / (7 * 24 * 3600)

    def work(self) -> Iterator[tuple[str, Work | None, Work | None]]:
        """Who has what to read a week, before and after; None: nothing."""
        load = self.rules.programme.reviewer_load
        before = expected_work(self.total.load_before, load, self.weeks)
        after = expected_work(self.total.load_after, load, self.weeks)
        for who in sorted(before.keys() | after.keys()):
            yield who, before.get(who), after.get(who)

    def groups(self) -> list[tuple[str, str]]:
        """The keys of the groups in the order in which they are told."""
        return sorted(self.total.groups, key=lambda k: (_KINDS.index(k[0]), k[1]))


def change_row(change: Change) -> Json:
    """One line that changes, by the names of COLUMNS; '' for what a side does not have."""
    before, after = change.before, change.after
    some = before or after
    row = {
        "case": change.case_number,
        "decided_at": change.decided_at.isoformat(),
        "line": change.sequence,
        "discipline": some.discipline.value if some and some.discipline else "",
    }
    for side, line in (("before", before), ("after", after)):
        row |= {
            f"policy_{side}": (line and line.policy_id) or "",
            side: in_words(line),
            f"visits_{side}": visits_of(line) or "",
            f"waits_for_{side}": (line and waits_for(line)) or "",
            f"reasons_{side}": " ".join(line.reasons) if line else "",
        }
    return {name: row[name] for name in COLUMNS}


def in_words(line: LineRecommendation | None) -> str:
    """The result of a line."""
    return _IN_WORDS[line.result] if line else "no answer"


def visits_of(line: LineRecommendation | None) -> str | None:
    """The visits that are certified on a line."""
    visits = line.certified.visits if line and line.certified else None
    return None if visits is None else f"{visits.normalize():f}"


def as_data(trial: Trial) -> Json:
    """The whole difference."""
    total, wanted = trial.total, trial.wanted
    return {
        "rules": trial.rules.version,
        "since": wanted.since.isoformat(),
        "until": wanted.until.isoformat() if wanted.until else None,
        "decisions": total.decisions,
        "same": total.same,
        "decisions_changed": total.decisions_changed,
        "lines_changed": total.lines_changed,
        "settled": {"before": total.settled_before, "after": total.settled_after},
        "errors_after": total.errors_after,
        "undecided_after": total.undecided_after,
        "unreadable": list(dict.fromkeys(total.unreadable)),
        "groups": [
            {
                "by": kind,
                "of": name,
                "before": _side(total.groups[kind, name].before),
                "after": _side(total.groups[kind, name].after),
            }
            for kind, name in trial.groups()
        ],
        "criteria": [
            {"criterion": criterion, "before": before, "after": after, "times": number}
            for (criterion, before, after), number in sorted(total.criteria.items())
        ],
        "weeks": _short(trial.weeks),
        "work_a_week": [
            {"who": who, "before": _work(before), "after": _work(after)}
            for who, before, after in trial.work()
        ],
    }


def _side(side: Side) -> Json:
    return {
        "lines": side.lines,
        "counted": side.counted,
        "certified": side.results[EngineResult.CERTIFY],
        "share": None if side.share is None else _short(side.share),
        "results": {x.value: side.results[x] for x in EngineResult if side.results[x]},
        "visits": float(side.visits),
    }


def _work(work: Work | None) -> Json:
    if work is None:
        return {"reviews": 0.0, "hours": None}
    return {
        "reviews": _short(work.reviews),
        "hours": None if work.hours is None else _short(work.hours),
    }


def _short(value: Decimal) -> float:
    return float(value.quantize(Decimal("0.0001")))

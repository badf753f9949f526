"""The difference that other rules make, as lines of text, as JSON and as rows of a table. No PHI."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from fhirpa.store import DecisionFilter
from fhirpa.um.determination import LineRecommendation
from fhirpa.um.replay_tally import ALL, Change, Pair, Side, Tally, waits_for
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
_IN_WORDS: Final = {
    EngineResult.CERTIFY: "certified",
    EngineResult.CERTIFY_BLOCK: "certified in part",
    EngineResult.PEND_INFORMATION: "asked for information",
    EngineResult.PEND_CLINICAL: "for a person",
    EngineResult.NOT_REQUIRED: "no authorization required",
    EngineResult.CONTACT_PAYER: "not of this programme",
}
_WEEK: Final = timedelta(weeks=1)


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
        visits = line.certified.visits if line and line.certified else None
        row |= {
            f"policy_{side}": (line and line.policy_id) or "",
            side: _result(line),
            f"visits_{side}": "" if visits is None else f"{visits.normalize():f}",
            f"waits_for_{side}": (line and waits_for(line)) or "",
            f"reasons_{side}": " ".join(line.reasons) if line else "",
        }
    return {name: row[name] for name in COLUMNS}


def change_text(change: Change) -> str:
    """One line that changes, for the terminal."""
    sides = " → ".join(_answer(x) for x in (change.before, change.after))
    return f"{change.case_number} line {change.sequence}: {sides}"


def _answer(line: LineRecommendation | None) -> str:
    parts = [_result(line)]
    if line and line.certified and line.certified.visits is not None:
        parts.append(f"{line.certified.visits.normalize():f} visits")
    if line and line.reasons:
        parts.append(f"({', '.join(line.reasons)})")
    return " ".join(parts)


def _result(line: LineRecommendation | None) -> str:
    return _IN_WORDS[line.result] if line else "no answer"


def summary_lines(total: Tally, rules: RuleSet, wanted: DecisionFilter) -> Iterator[str]:
    """The whole difference for the terminal."""
    yield f"under rules {rules.version}: {total.decisions} decisions{_span(total)}"
    for name in dict.fromkeys(total.unreadable):
        yield f"  the record of case {name} cannot be read and is not counted"
    if not total.decisions:
        return
    yield f"  the same bit for bit              {total.same:>7}"
    yield f"  lines that change                 {total.lines_changed:>7}"
    yield f"  settled at once, before → after   {total.settled_before:>7} → {total.settled_after}"
    if total.errors_after:
        yield f"  answered by a business error      {total.errors_after:>7}"
    if total.undecided_after:
        yield f"  updates with nothing to decide    {total.undecided_after:>7}"
    yield ""
    yield "lines certified whole without a person, of those that need an authorization; visits certified"
    for key in _order(total):
        yield _group_line(key, total.groups[key])
    yield from _criteria_lines(total)
    yield from _load_lines(total, rules, wanted)


def _span(total: Tally) -> str:
    return f" from {total.first:%Y-%m-%d} to {total.last:%Y-%m-%d}" if total.first and total.last else ""


def _order(total: Tally) -> list[tuple[str, str]]:
    kinds = (ALL[0], "line of business", "policy")
    return sorted(total.groups, key=lambda k: (kinds.index(k[0]), k[1]))


def _group_line(key: tuple[str, str], pair: Pair) -> str:
    name = " ".join(x for x in key if x)
    visits = f"{pair.before.visits.normalize():f} → {pair.after.visits.normalize():f}"
    return f"  {name:32} {_share(pair.before)} → {_share(pair.after)}   visits {visits}"


def _share(side: Side) -> str:
    percent = "    -" if side.share is None else f"{100 * side.share:4.0f}%"
    return f"{percent} ({side.results[EngineResult.CERTIFY]} of {side.counted})"


def _criteria_lines(total: Tally) -> Iterator[str]:
    turned = {k: n for k, n in total.criteria.items() if k[1] != k[2]}
    if not turned:
        return
    yield ""
    yield "criteria that are read otherwise, once per decision and discipline"
    for (criterion, before, after), number in sorted(turned.items()):
        yield f"  {criterion:20} {before} → {after}: {number}"


def _load_lines(total: Tally, rules: RuleSet, wanted: DecisionFilter) -> Iterator[str]:
    rows = _load(total, rules, wanted)
    if not rows:
        return
    yield ""
    yield f"lines that wait for somebody, a week (over {_weeks(total, wanted):.1f} weeks)"
    for who, row in rows.items():
        minutes = ""
        if "minutes_before" in row:
            minutes = f"   minutes {row['minutes_before']:.0f} → {row['minutes_after']:.0f}"
        yield f"  {who:20} {row['before']:8.1f} → {row['after']:.1f}{minutes}"


def _load(total: Tally, rules: RuleSet, wanted: DecisionFilter) -> dict[str, dict[str, float]]:
    """Lines a week by who has them; minutes where the programme says how long a line takes."""
    weeks = _weeks(total, wanted)
    out: dict[str, dict[str, float]] = {}
    for who in sorted(total.load_before.keys() | total.load_after.keys()):
        row = {"before": total.load_before[who] / weeks, "after": total.load_after[who] / weeks}
        each = rules.programme.review_minutes.get(who.partition(" ")[0])
        if each is not None:
            row |= {f"minutes_{side}": each * row[side] for side in ("before", "after")}
        out[who] = row
    return out


def _weeks(total: Tally, wanted: DecisionFilter) -> float:
    """The length of the time in weeks, at least a day: as asked, else up to the last decision."""
    end: datetime = wanted.until or total.last or wanted.since
    return max((end - wanted.since) / _WEEK, 1 / 7)


def as_data(total: Tally, rules: RuleSet, wanted: DecisionFilter) -> Json:
    """The whole difference as plain values."""
    return {
        "rules": rules.version,
        "since": wanted.since.isoformat(),
        "until": wanted.until.isoformat() if wanted.until else None,
        "decisions": total.decisions,
        "same": total.same,
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
            for kind, name in _order(total)
        ],
        "criteria": [
            {"criterion": criterion, "before": before, "after": after, "times": number}
            for (criterion, before, after), number in sorted(total.criteria.items())
        ],
        "waiting_a_week": _load(total, rules, wanted),
    }


def _side(side: Side) -> Json:
    return {
        "lines": side.lines,
        "counted": side.counted,
        "certified": side.results[EngineResult.CERTIFY],
        "share": None if side.share is None else float(side.share.quantize(Decimal("0.0001"))),
        "results": {x.value: side.results[x] for x in EngineResult if side.results[x]},
        "visits": float(side.visits),
    }

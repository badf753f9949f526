"""The difference that other rules make, as lines of text for the terminal. No PHI."""

from collections.abc import Iterator, Sequence
from typing import Final

from fhirpa.cli.replay_data import Trial, in_words, visits_of
from fhirpa.um.determination import LineRecommendation
from fhirpa.um.replay_load import DIRECTOR, Work
from fhirpa.um.replay_tally import Change, Pair, Side
from fhirpa.um.terms import EngineResult

SHOWN: Final = 20  # lines that change, unless all are listed


def change_text(change: Change) -> str:
    """One line that changes."""
    sides = " → ".join(_answer(x) for x in (change.before, change.after))
    return f"{change.case_number} line {change.sequence}: {sides}"


def _answer(line: LineRecommendation | None) -> str:
    parts = [in_words(line)]
    if visits := visits_of(line):
        parts.append(f"{visits} visits")
    if line and line.reasons:
        parts.append(f"({', '.join(line.reasons)})")
    return " ".join(parts)


def summary_lines(trial: Trial, first: Sequence[Change]) -> Iterator[str]:
    """The whole difference; `first` are lines that change and were not listed before."""
    total = trial.total
    yield f"under rules {trial.rules.version}: {total.decisions} decisions{_days(trial)}"
    for name in dict.fromkeys(total.unreadable):
        yield f"  the record of case {name} cannot be read and is not counted"
    if not total.decisions:
        return
    yield f"  the same bit for bit              {total.same:>7}"
    yield f"  the same but for what is recorded {total.decisions - total.same - total.decisions_changed:>7}"
    yield f"  decisions that change             {total.decisions_changed:>7}"
    yield f"  lines that change                 {total.lines_changed:>7}"
    yield f"  settled at once, before → after   {total.settled_before:>7} → {total.settled_after}"
    if total.errors_after:
        yield f"  answered by a business error      {total.errors_after:>7}"
    if total.undecided_after:
        yield f"  updates with nothing to decide    {total.undecided_after:>7}"
    yield ""
    yield "lines certified whole without a person, of those that need an authorization; visits certified"
    for key in trial.groups():
        yield _group_line(key, total.groups[key])
    yield from _criteria_lines(trial)
    yield from _work_lines(trial)
    yield from _change_lines(trial, first)


def _days(trial: Trial) -> str:
    first, last, zone = trial.total.first, trial.total.last, trial.rules.programme.zone
    if first is None or last is None:
        return ""
    return f" from {first.astimezone(zone).date()} to {last.astimezone(zone).date()}"


def _group_line(key: tuple[str, str], pair: Pair) -> str:
    name = " ".join(x for x in key if x)
    visits = f"{pair.before.visits.normalize():f} → {pair.after.visits.normalize():f}"
    return f"  {name:32} {_share(pair.before)} → {_share(pair.after)}   visits {visits}"


def _share(side: Side) -> str:
    percent = "    -" if side.share is None else f"{100 * side.share:4.0f}%"
    return f"{percent} ({side.results[EngineResult.CERTIFY]} of {side.counted})"


def _criteria_lines(trial: Trial) -> Iterator[str]:
    turned = {k: n for k, n in trial.total.criteria.items() if k[1] != k[2]}
    if not turned:
        return
    yield ""
    yield "criteria that are read otherwise, once per decision and discipline"
    for (criterion, before, after), number in sorted(turned.items()):
        yield f"  {criterion:20} {before} → {after}: {number}"


def _work_lines(trial: Trial) -> Iterator[str]:
    rows = list(trial.work())
    if not rows:
        return
    referred = f"{100 * trial.rules.programme.reviewer_load.referred:.0f}% of the therapists' reviews"
    yield ""
    yield f"reviews a week and hours, over {trial.weeks:.1f} weeks ({DIRECTOR}: {referred})"
    for who, before, after in rows:
        yield f"  {who:20} {_work(before)} → {_work(after)}"


def _work(work: Work | None) -> str:
    if work is None:
        return f"{0:8.1f}"
    hours = "" if work.hours is None else f" ({work.hours:.1f} h)"
    return f"{work.reviews:8.1f}{hours}"


def _change_lines(trial: Trial, first: Sequence[Change]) -> Iterator[str]:
    if not first:
        return
    yield ""
    yield "lines that change"
    yield from (f"  {change_text(x)}" for x in first)
    more = trial.total.lines_changed - len(first)
    if more:
        yield f"  and {more} more: --list prints all"

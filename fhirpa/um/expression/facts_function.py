"""Facts of measured function: latest scores, and change since the last certification."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from fhirpa.um.course import Course
from fhirpa.um.criterion import ImpairmentCut
from fhirpa.um.diagnosis import all_diagnoses
from fhirpa.um.evidence import MeasureScore
from fhirpa.um.expression.facts_base import Judged
from fhirpa.um.expression.values import Duration, Record, Score, Value, shifted
from fhirpa.um.expression.vocabulary import (
    BOOLEAN,
    CODE,
    DATE,
    DURATION,
    NUMBER,
    SCORE,
    Fact,
    Field,
    Kind,
    RecordType,
    Type,
)
from fhirpa.um.rules import Measure

_UNITS: Final = {"deg": "degrees"}  # of a score, where the language has another word
_ONE: Final = Decimal(1)
WINDOW: Final = {"before": DURATION, "after": DURATION}
MEASURED: Final = RecordType(
    "score",
    {
        "measure": Field(CODE, "the measure, such as ODI (see measures.yaml)"),
        "side": Field(CODE, "LEFT or RIGHT", "no side of a score"),
        "score": Field(SCORE, "the score in its unit", "no unit of a score"),
        "date": Field(DATE, "day of the score"),
        "beyond_cut": Field(
            BOOLEAN,
            "beyond the cut that the policy has for the measure",
            "a score in a unit that is not told",
        ),
    },
)
CHANGE: Final = RecordType(
    "change",
    {
        "measure": Field(CODE, "the measure"),
        "side": Field(CODE, "LEFT or RIGHT", "no side of a score"),
        "first": Field(SCORE, "score of the last certification"),
        "last": Field(SCORE, "latest score"),
        "first_date": Field(DATE, "day of the first score"),
        "last_date": Field(DATE, "day of the latest score"),
        "mcids": Field(
            NUMBER,
            "change for the better, counted in the change that matters for the measure (1: just so much)",
            "two scores in units that cannot be compared",
        ),
    },
)


def usable_scores(judged: Judged) -> list[MeasureScore]:
    """Scores of known measures within their range with a day not after receipt, oldest first."""
    found = []
    for score in judged.course.evidence.measures:
        measure = judged.rules.measures.get(score.measure)
        happened = score.day is not None and score.day <= judged.course.received
        if measure is not None and happened and measure.lowest <= score.score <= measure.highest:
            found.append(score)
    return sorted(found, key=lambda x: x.day or date.min)


def within(score: MeasureScore, course: Course, before: Duration, after: Duration) -> bool:
    """True for a score taken so long before or after the first day, and not after receipt."""
    if score.day is None or score.day > course.received:
        return False
    return shifted(course.start, before, -1) <= score.day <= shifted(course.start, after, 1)


def _latest(judged: Judged, before: Duration, after: Duration) -> list[MeasureScore]:
    """The latest score of each measure and side in the time around the first day."""
    recent = (x for x in usable_scores(judged) if within(x, judged.course, before, after))
    return list({(x.measure, x.side): x for x in recent}.values())


def _said(score: MeasureScore) -> str:
    side = f" {score.side}" if score.side else ""
    return f"{score.measure}{side} {score.score} on {score.day}"


def _unit(score: MeasureScore) -> str | None:
    return _UNITS.get(score.unit or "", score.unit)


def _record(score: MeasureScore, beyond: bool | None = None) -> Record:
    return Record(
        {
            "measure": score.measure,
            "side": score.side.upper() if score.side else None,
            "score": Score(score.score, _unit(score)),
            "date": score.day,
            "beyond_cut": beyond,
        },
        _said(score),
        score.source,
    )


def _scores(judged: Judged, before: Duration, after: Duration) -> Value:
    return Value(tuple(_record(x) for x in _latest(judged, before, after)))


def _impairment_scores(judged: Judged, before: Duration, after: Duration) -> Value:
    """Latest scores of the measures for which the policy has a cut; a cut between sides needs both."""
    cuts = judged.course.policy.impairment if judged.course.policy else ()
    latest = {(x.measure, x.side): x for x in _latest(judged, before, after)}
    found: list[Record] = []
    for score in latest.values():
        own = [c for c in cuts if c.measure == score.measure and not c.compares_sides]
        if own:
            found.append(_record(score, _any(_beyond(score, c, judged) for c in own)))
    for cut in cuts:
        left, right = (latest.get((cut.measure or "", side)) for side in ("left", "right"))
        if cut.compares_sides and left and right:
            apart = _apart(left, right, cut, judged)
            found += [_record(left, apart), _record(right, apart)]
    return Value(tuple(found))


def _any(values: Iterable[bool | None]) -> bool | None:
    listed = list(values)
    return True if True in listed else None if None in listed else False


def _readings(score: MeasureScore, measure: Measure) -> tuple[Decimal, ...]:
    """The factors by which a score may be meant: one with its unit, all that the measure allows without."""
    return (_ONE,) if score.unit is not None else measure.bare


def _agreed(values: Iterable[bool]) -> bool | None:
    """What every reading says; None where they differ, or where there is none."""
    said = set(values)
    return said.pop() if len(said) == 1 else None


def _beyond(score: MeasureScore, cut: ImpairmentCut, judged: Judged) -> bool | None:
    """None where it depends on the unit, which was not told."""
    if cut.at_least is None and cut.at_most is None:
        return True
    return _agreed(
        (cut.at_least is None or score.score * factor >= cut.at_least)
        and (cut.at_most is None or score.score * factor <= cut.at_most)
        for factor in _readings(score, judged.rules.measures[score.measure])
    )


def _apart(left: MeasureScore, right: MeasureScore, cut: ImpairmentCut, judged: Judged) -> bool | None:
    """True if the worse side lies far enough below the better one (measures where more is better)."""
    if left.unit != right.unit:
        return None
    worse, better = min(left.score, right.score), max(left.score, right.score)
    if cut.below_other_side is None:
        return cut.share_of_other_side is None or worse < cut.share_of_other_side * better
    factors = _readings(left, judged.rules.measures[left.measure])
    return _agreed((better - worse) * factor >= cut.below_other_side for factor in factors)


def _by_diagnosis(judged: Judged) -> Value:
    course = judged.course
    cuts = course.policy.impairment if course.policy else ()
    prefixes = tuple(p for c in cuts for p in c.diagnoses)
    codes = sorted({*course.diagnoses, *all_diagnoses(course.request)})
    shown = [c for c in codes if prefixes and c.startswith(prefixes)]
    return Value(bool(shown), tuple(f"diagnosis {c}" for c in shown))


def _changes(judged: Judged, before: Duration, after: Duration) -> Value:
    """(baseline, latest) per measure of the policy and side; the latest is recent on the first day."""
    course = judged.course
    wanted = course.policy.measures if course.policy else ()
    series: dict[tuple[str, str | None], list[MeasureScore]] = {}
    for score in usable_scores(judged):
        if score.measure in wanted:
            series.setdefault((score.measure, score.side), []).append(score)
    found = []
    for scores in series.values():
        first, last = _baseline(scores, course, after), scores[-1]
        if first.day != last.day and within(last, course, before, after):
            found.append(_change(first, last, _measured_in(judged, first.measure)))
    return Value(tuple(found))


def _baseline(scores: list[MeasureScore], course: Course, after: Duration) -> MeasureScore:
    """The score of the last certification: the latest near the start of its period, else the first of all."""
    if course.previous_start is None:
        return scores[0]
    until = shifted(course.previous_start, after, 1)
    return next((x for x in reversed(scores) if x.day is not None and x.day <= until), scores[0])


def _measured_in(judged: Judged, name: str) -> Measure:
    """The measure, with the change that counts in the policy of the course."""
    measure, policy = judged.rules.measures[name], judged.course.policy
    change = measure.change_in.get(policy.id) if policy is not None else None
    return measure if change is None else replace(measure, change=change)


def _change(first: MeasureScore, last: MeasureScore, measure: Measure) -> Record:
    return Record(
        {
            "measure": first.measure,
            "side": first.side.upper() if first.side else None,
            "first": Score(first.score, _unit(first)),
            "last": Score(last.score, _unit(last)),
            "first_date": first.day,
            "last_date": last.day,
            "mcids": _mcids(first, last, measure),
        },
        f"{first.measure} {first.score} to {last.score} ({first.day} to {last.day})",
        last.source,
    )


def _mcids(first: MeasureScore, last: MeasureScore, measure: Measure) -> Decimal | None:
    """The gain in changes that matter, by points or by share of the first score, whichever is more.

    None where it depends on a unit that was not told whether it is one.
    """
    if first.unit != last.unit:
        return None
    found = [_gain(first.score * f, last.score * f, measure) for f in _readings(first, measure)]
    return min(found) if _agreed(x >= 1 for x in found) is not None else None


def _gain(first: Decimal, last: Decimal, measure: Measure) -> Decimal:
    gain = last - first if measure.higher_is_better else first - last
    by_first = next((change for least, change in measure.change_from if first >= least), measure.change)
    sizes = [by_first, measure.change_share * first if measure.change_share is not None else None]
    return max((gain / size for size in sizes if size is not None and size > 0), default=Decimal(0))


FACTS: Final = (
    Fact(
        "scores",
        Type(Kind.LIST, record=MEASURED),
        "latest score of each measure and side, taken so long before or after the first day",
        _scores,
        takes=WINDOW,
        untold="no dated score of a known measure",
    ),
    Fact(
        "impairment.scores",
        Type(Kind.LIST, record=MEASURED),
        "the same of the measures for which the policy has a cut (its 'impairment' list)",
        _impairment_scores,
        takes=WINDOW,
        untold="no dated score of a measure for this condition",
    ),
    Fact(
        "impairment.by_diagnosis",
        BOOLEAN,
        "a diagnosis of the policy's 'impairment' list, which shows the limitation by itself",
        _by_diagnosis,
    ),
    Fact(
        "score_changes",
        Type(Kind.LIST, record=CHANGE),
        "change of each measure of the policy since the last certification; the latest score is so recent",
        _changes,
        takes=WINDOW,
        untold="no two dated scores of one measure",
    ),
)

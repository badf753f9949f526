"""Facts of norm-referenced tests of children: how far from the mean, how far behind."""

from datetime import date
from decimal import Decimal
from typing import Final

from fhirpa.um.course import Course
from fhirpa.um.days import months_old
from fhirpa.um.development import agree, corrected_age_months, delay_percent, deviations
from fhirpa.um.evidence import MeasureScore
from fhirpa.um.expression.facts_base import Judged
from fhirpa.um.expression.facts_function import WINDOW, within
from fhirpa.um.expression.values import Duration, Record, Score, Value
from fhirpa.um.expression.vocabulary import (
    BOOLEAN,
    CODE,
    DATE,
    SHARE,
    Fact,
    Field,
    Kind,
    RecordType,
    Type,
)
from fhirpa.um.rules import Measure

_CENT: Final = Decimal("0.01")
NORM: Final = RecordType(
    "norm-referenced score",
    {
        "measure": Field(CODE, "the test"),
        "sd": Field(Type(Kind.MEASURED, "SD"), "standard deviations from the mean"),
        "date": Field(DATE, "day of the test"),
        "consistent": Field(BOOLEAN, "score, percentile and distance from the mean agree"),
        "normed": Field(BOOLEAN, "the test has norms for the child's age"),
        "delay": Field(SHARE, "delay as a share of the age", "no delay told"),
    },
)


def _norm_scores(judged: Judged, before: Duration, after: Duration) -> Value:
    course = judged.course
    found = []
    for score in course.evidence.measures:
        measure = judged.rules.measures.get(score.measure)
        ways = deviations(score, measure)
        if ways and score.day is not None and within(score, course, before, after):
            found.append(_norm(score, ways, measure, score.day, course))
    return Value(tuple(found))


def _norm(
    score: MeasureScore, ways: tuple[Decimal, ...], measure: Measure | None, day: date, course: Course
) -> Record:
    normed, consistent = _normed(measure, course, day), agree(ways)
    told = f"{score.measure} {ways[0].quantize(_CENT)} SD"
    told += "" if normed else f"; {score.measure} has no norms for this age"
    told += "" if consistent else "; a score and its distance from the mean differ"
    return Record(
        {
            "measure": score.measure,
            "sd": Score(ways[0], "SD"),
            "date": day,
            "consistent": consistent,
            "normed": normed,
            "delay": _delay(score, course, day),
        },
        told,
        score.source,
    )


def _delay(score: MeasureScore, course: Course, day: date) -> Decimal | None:
    if course.birth_date is None:
        return None if score.percent_delay is None else score.percent_delay / 100
    age = corrected_age_months(course.birth_date, day, course.evidence.gestational_age_weeks)
    percent = delay_percent(score, age)
    return None if percent is None else percent / 100


def _normed(measure: Measure | None, course: Course, day: date) -> bool:
    """True unless the test is known to have no norms for the age on the day."""
    if measure is None or measure.normed_months is None or course.birth_date is None:
        return True
    youngest, oldest = measure.normed_months
    return youngest <= months_old(course.birth_date, day) <= oldest


FACTS: Final = (
    Fact(
        "norm_scores",
        Type(Kind.LIST, record=NORM),
        "norm-referenced tests taken so long before or after the first day",
        _norm_scores,
        takes=WINDOW,
        untold="no dated norm-referenced score",
    ),
)

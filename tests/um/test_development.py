"""How far a child's score lies from the norm."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from fhirpa.um.development import agree, corrected_age_months, delay_months, delay_percent, deviations
from fhirpa.um.evidence import MeasureScore, Source
from fhirpa.um.rules import Measure

QUOTIENT = Measure(
    id="PDMS-3",
    label="early motor",
    lowest=Decimal(35),
    highest=Decimal(165),
    higher_is_better=True,
    mean=Decimal(100),
    deviation=Decimal(15),
)
SCORE = MeasureScore("PDMS-3", Decimal("77.5"), Source("Observation", "x"))


def test_the_distance_follows_from_the_standard_score() -> None:
    assert deviations(SCORE, QUOTIENT) == (Decimal("-1.5"),)
    assert deviations(replace(SCORE, score=Decimal(7)), QUOTIENT) == ()
    assert deviations(SCORE, None) == ()


@pytest.mark.parametrize(("percentile", "expected"), [("6.7", "-1.50"), ("50", "0.00"), ("2.3", "-2.00")])
def test_the_distance_follows_from_the_percentile(percentile: str, expected: str) -> None:
    assert deviations(replace(SCORE, percentile=Decimal(percentile)), None) == (Decimal(expected),)


@pytest.mark.parametrize("percentile", ["0", "100", "-3", "900"])
def test_a_percentile_that_cannot_be_tells_nothing(percentile: str) -> None:
    assert deviations(replace(SCORE, percentile=Decimal(percentile)), None) == ()


def test_what_is_told_and_what_follows_can_contradict_each_other() -> None:
    assert agree(deviations(replace(SCORE, sd_from_mean=Decimal("-1.6")), QUOTIENT))
    assert not agree(deviations(replace(SCORE, score=Decimal(95), sd_from_mean=Decimal("-2")), QUOTIENT))


def test_the_age_of_a_preterm_child_is_corrected_until_two() -> None:
    birth = date(2026, 1, 15)
    assert corrected_age_months(birth, date(2026, 11, 20), None) == 10
    assert corrected_age_months(birth, date(2026, 11, 20), Decimal(32)) == Decimal("8.2")
    assert corrected_age_months(birth, date(2026, 11, 20), Decimal(41)) == 10
    assert corrected_age_months(birth, date(2028, 2, 20), Decimal(28)) == 25
    assert corrected_age_months(birth, date(2026, 1, 20), Decimal(28)) == 0


def test_months_and_percent_of_delay_follow_from_the_age_equivalent() -> None:
    score = replace(SCORE, age_equivalent_months=Decimal(15))
    assert (delay_months(score, Decimal(20)), delay_percent(score, Decimal(20))) == (5, 25)
    assert delay_percent(replace(score, percent_delay=Decimal(30)), Decimal(20)) == 30
    assert (delay_months(SCORE, Decimal(20)), delay_percent(SCORE, Decimal(20))) == (None, None)
    assert delay_percent(score, Decimal(0)) is None

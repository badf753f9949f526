"""Norm-referenced scores of children: how far from the mean, how many months behind.

Cut-offs are the policies'; here is only arithmetic (domain: outcome measures, developmental delay). What
was told directly and what follows from the score can contradict each other; then both are given.
"""

from datetime import date
from decimal import Decimal
from statistics import NormalDist
from typing import Final

from fhirpa.um.days import months_old
from fhirpa.um.evidence import MeasureScore
from fhirpa.um.rules import Measure

_CENT: Final = Decimal("0.01")
_TENTH: Final = Decimal("0.1")
_FULL_TERM_WEEKS: Final = 40
_WEEKS_PER_MONTH: Final = Decimal("4.345")
_CORRECTED_UNTIL_MONTHS: Final = 24  # preterm age is corrected up to the second birthday
_TOLERANCE: Final = Decimal("0.25")  # rounding of scores and tables


def deviations(score: MeasureScore, measure: Measure | None) -> tuple[Decimal, ...]:
    """Standard deviations from the mean by every way that is told: directly, by score, by percentile."""
    ways: list[Decimal] = []
    if score.sd_from_mean is not None:
        ways.append(max(Decimal(-99), min(score.sd_from_mean, Decimal(99))))
    if (
        measure is not None
        and measure.mean is not None
        and measure.deviation
        and measure.lowest <= score.score <= measure.highest
    ):
        ways.append((score.score - measure.mean) / measure.deviation)
    if score.percentile is not None and 0 < score.percentile < 100:
        ways.append(Decimal(NormalDist().inv_cdf(float(score.percentile) / 100)).quantize(_CENT))
    return tuple(ways)


def agree(ways: tuple[Decimal, ...]) -> bool:
    """True if all ways tell the same distance, but for rounding."""
    return not ways or max(ways) - min(ways) <= _TOLERANCE


def corrected_age_months(birth: date, on: date, gestational_age_weeks: Decimal | None) -> Decimal:
    """Age in months; below two years that of a child born at term (40 weeks), where the weeks are known."""
    age = Decimal(months_old(birth, on))
    if gestational_age_weeks is None or age >= _CORRECTED_UNTIL_MONTHS:
        return age
    early = max(Decimal(0), _FULL_TERM_WEEKS - gestational_age_weeks)
    return max(Decimal(0), age - early / _WEEKS_PER_MONTH).quantize(_TENTH)


def delay_months(score: MeasureScore, age_months: Decimal) -> Decimal | None:
    """Months that the age equivalent lies below the age; None if no age equivalent was told."""
    if score.age_equivalent_months is None:
        return None
    return age_months - score.age_equivalent_months


def delay_percent(score: MeasureScore, age_months: Decimal) -> Decimal | None:
    """Delay in percent of the age, as told, else from the age equivalent."""
    if score.percent_delay is not None:
        return score.percent_delay
    behind = delay_months(score, age_months)
    return (behind * 100 / age_months).quantize(_TENTH) if behind is not None and age_months > 0 else None

"""How much is asked: visits, weeks and visits a week, from quantities, frequencies and the plan of care."""

from collections.abc import Iterable
from decimal import Decimal

from fhirpa.um.course import Course
from fhirpa.um.days import ceiling, weeks_between
from fhirpa.um.services import TherapyLine
from fhirpa.um.terms import QuantityUnit

_MOST = Decimal(100_000)  # larger quantities are read as this: any policy is passed by then


def told_weekly(course: Course) -> Decimal | None:
    """Visits a week as the lines or the plan of care say."""
    on_lines = [x.line.frequency.visits_per_week for x in course.lines if x.line.frequency]
    in_plans = [p.visits_per_week for p in course.evidence.plans_of_care if p.visits_per_week]
    return _largest(on_lines) or _largest(in_plans)


def planned_weeks(course: Course) -> Decimal | None:
    """Weeks of treatment: as told, else those of the requested period."""
    return told_weeks(course) or requested_weeks(course.lines)


def told_weeks(course: Course) -> Decimal | None:
    """Weeks of treatment as the lines or the plan of care say."""
    on_lines = [x.line.frequency.weeks for x in course.lines if x.line.frequency and x.line.frequency.weeks]
    in_plans = [p.weeks for p in course.evidence.plans_of_care if p.weeks]
    in_plans += [
        weeks_between(p.start, p.end)
        for p in course.evidence.plans_of_care
        if p.start and p.end and p.start <= p.end
    ]
    return _largest(on_lines) or _largest(in_plans)


def requested_weeks(lines: Iterable[TherapyLine]) -> Decimal | None:
    """Weeks from the first to the last requested day; None where an end was not said."""
    spans = [x.line.period for x in lines if x.line.period]
    starts = [s.start for s in spans if s.start]
    ends = [s.end for s in spans if s.end]
    if not starts or not ends or max(ends) <= min(starts):
        return None
    return weeks_between(min(starts), max(ends))


def weekly_visits(course: Course) -> Decimal | None:
    """Visits a week as said, else the requested visits spread over the weeks."""
    told = told_weekly(course)
    if told is not None:
        return told
    visits, weeks = requested_visits(course, course.lines), planned_weeks(course)
    return visits / weeks if visits and weeks else None


def requested_visits(course: Course, lines: Iterable[TherapyLine]) -> Decimal | None:
    """Visits asked by lines that share them: the largest of any line; None where no line tells."""
    return _largest(v for v in (line_visits(x, course) for x in lines) if v is not None)


def line_visits(line: TherapyLine, course: Course) -> Decimal | None:
    """Visits asked on one line; units of time are converted, a line without a quantity follows the plan."""
    quantity = line.line.quantity
    if quantity is None:
        return _planned_visits(course)
    quantity = min(quantity, _MOST)
    if line.line.unit is not QuantityUnit.UNITS or not line.is_timed:
        return quantity
    return min(quantity, _planned_visits(course) or _visits_from_units(course))


def visits_foreseen(course: Course) -> Decimal | None:
    """The most visits that the plans of care hold, and the orders; None where neither tells."""
    plans, orders = course.evidence.plans_of_care, course.evidence.orders
    bounds = [
        _most_foreseen([(p.visits, p.visits_per_week, p.weeks) for p in plans]),
        _most_foreseen([(o.visits, o.visits_per_week, o.weeks) for o in orders]),
    ]
    return min((x for x in bounds if x is not None), default=None)


def _most_foreseen(told: list[tuple[Decimal | None, Decimal | None, Decimal | None]]) -> Decimal | None:
    """The largest count of visits, in whole weeks of its frequency; None where one of them tells none."""
    counts = [
        visits or (ceiling(min(weekly * ceiling(weeks), _MOST)) if weekly and weeks else None)
        for visits, weekly, weeks in told
    ]
    known = [n for n in counts if n is not None]
    return max(known) if known and len(known) == len(counts) else None


def timed_units(lines: Iterable[TherapyLine]) -> Decimal:
    """Units of time asked by all lines that count in them."""
    return sum(
        (
            min(x.line.quantity, _MOST)
            for x in lines
            if x.is_timed and x.line.unit is QuantityUnit.UNITS and x.line.quantity is not None
        ),
        Decimal(0),
    )


def _planned_visits(course: Course) -> Decimal | None:
    weekly, weeks = told_weekly(course), planned_weeks(course)
    return ceiling(min(weekly * weeks, _MOST)) if weekly and weeks else None


def _visits_from_units(course: Course) -> Decimal:
    """Without a frequency: as few visits as the plan's units per day allow."""
    return max(ceiling(timed_units(course.lines) / course.plan.units_per_day), Decimal(1))


def _largest(values: Iterable[Decimal]) -> Decimal | None:
    return max((min(v, _MOST) for v in values if v > 0), default=None)

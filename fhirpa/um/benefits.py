"""Visit limits of the plan: what is left in the benefit year, and what a certification draws.

Benefit follows necessity and never speaks of it: what a limit leaves open goes to a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fhirpa.um.context import BenefitUse
from fhirpa.um.course import Course
from fhirpa.um.days import floor
from fhirpa.um.determination import BenefitDraw
from fhirpa.um.request import Span
from fhirpa.um.rules import Plan, RuleSet, VisitLimit

_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Granted:
    """Visits within the limit with their draws; `limit` is None where none applies."""

    visits: Decimal
    draws: tuple[BenefitDraw, ...] = ()
    limit: VisitLimit | None = None
    over: bool = False  # more was to be certified than the limit leaves


def grant(
    course: Course,
    visits: Decimal,
    period: Span,
    sequences: tuple[int, ...],
    used: Iterable[BenefitUse | BenefitDraw],
    rules: RuleSet,
) -> Granted:
    """Draw visits of a period from the plan's limit, split by benefit year.

    A hard limit gives what is left of each year; a soft one gives all. `sequences` are the lines
    that share the visits; the first carries the draws.
    """
    limit = limit_for(course, rules)
    if limit is None or period.start is None or period.end is None or visits <= 0:
        return Granted(visits)
    taken: dict[int, Decimal] = {}
    for use in used:
        if use.bucket == limit.bucket:
            taken[use.year] = taken.get(use.year, Decimal(0)) + use.visits
    granted, over, draws = Decimal(0), False, []
    for year, part in _by_year(course.plan, visits, period.start, period.end):
        left = max(limit.visits - taken.get(year, Decimal(0)), Decimal(0))
        over = over or part > left
        drawn = min(part, left) if limit.hard else part
        if drawn > 0:
            draws.append(BenefitDraw(limit.bucket, year, drawn, sequences[0], sequences))
            granted += drawn
    return Granted(granted, tuple(draws), limit, over)


def limit_for(course: Course, rules: RuleSet) -> VisitLimit | None:
    """The limit that a course draws on.

    None where the plan has none, a mandate frees the condition or the member, or EPSDT does: below its age
    Medicaid never stops at a number of visits (42 U.S.C. 1396d(r)(5)); an unknown age counts as below.
    """
    epsdt = rules.programme
    if course.line_of_business in epsdt.epsdt_lines and (course.age is None or course.age < epsdt.epsdt_age):
        return None
    for limit in course.plan.limits:
        if course.discipline in limit.disciplines and limit.habilitative in (None, course.habilitative):
            freed = course.group_id in limit.exempt_groups or limit.exempt_members & course.member_groups
            return None if freed else limit
    return None


def benefit_year(plan: Plan, day: date) -> int:
    """The benefit year of a day, named by the calendar year in which it begins."""
    return day.year if (day.month, day.day) >= plan.year_starts else day.year - 1


def _by_year(plan: Plan, visits: Decimal, start: date, end: date) -> list[tuple[int, Decimal]]:
    """Visits per benefit year in proportion to its days, in whole visits, all of them given out."""
    parts: list[tuple[int, Decimal]] = []
    left, day, last_year = visits, start, benefit_year(plan, end)
    for year in range(benefit_year(plan, start), last_year):
        next_year = date(year + 1, *plan.year_starts)
        share = left * (next_year - day).days / ((end - day).days + 1)
        part = min(floor(share + _HALF), left)
        parts.append((year, part))
        left, day = left - part, next_year
    return [*parts, (last_year, left)]


def reduced(draws: Iterable[BenefitDraw], certified: Mapping[int, Decimal]) -> tuple[BenefitDraw, ...]:
    """The draws that remain when only these visits are certified, by line.

    Lines that share visits draw once, as much as the largest of them. Visits of the latest year are given
    back first: they are those that were not used.
    """
    groups: dict[tuple[int, ...], list[BenefitDraw]] = {}
    for draw in draws:
        groups.setdefault(draw.shared_by or (draw.sequence,), []).append(draw)
    out: list[BenefitDraw] = []
    for sequences, group in groups.items():
        live = tuple(n for n in sequences if certified.get(n, Decimal(0)) > 0)
        left = max((certified[n] for n in live), default=Decimal(0))
        for draw in sorted(group, key=lambda d: d.year):
            visits = min(draw.visits, left)
            left -= visits
            if visits > 0:
                out.append(BenefitDraw(draw.bucket, draw.year, visits, live[0], live))
    return tuple(out)

"""Visit limits of the plan: what is left of them, and what a certification draws.

Benefit follows necessity and never speaks of it: what a limit leaves open goes to a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from fhirpa.um.context import BenefitUse
from fhirpa.um.course import Course
from fhirpa.um.days import add_days, floor, months_old
from fhirpa.um.determination import BenefitDraw
from fhirpa.um.diagnosis import operations_of
from fhirpa.um.request import Span
from fhirpa.um.rules import Plan, RuleSet, SurgeryNeed, VisitLimit
from fhirpa.um.terms import CountedPer, Counting, Discipline

NO_LIMIT = ""  # the bucket of visits that count against no limit
_FREE = "free/"  # buckets of visits that need no authorization
_DAYS = "days/"  # buckets of limits that count a day once, whichever disciplines it has
_ALWAYS = 0  # the 'year' of a count that is not kept by years
_HALF, _ONE = Decimal("0.5"), Decimal(1)


@dataclass(frozen=True, slots=True)
class Granted:
    """Visits within the limit with their draws; `limit` is None where none applies."""

    visits: Decimal
    draws: tuple[BenefitDraw, ...] = ()
    limit: VisitLimit | None = None
    over: bool = False  # more was to be certified than the limit leaves


@dataclass(frozen=True, slots=True)
class _Part:
    """The visits of one stretch of days: of one benefit year, and below one limit."""

    visits: Decimal
    year: int
    limit: VisitLimit | None


def grant(
    course: Course,
    visits: Decimal,
    period: Span,
    sequences: tuple[int, ...],
    used: Iterable[BenefitUse | BenefitDraw],
    rules: RuleSet,
    units_per_visit: Decimal = _ONE,
) -> Granted:
    """Draw visits of a period from the plan's limit, split by benefit year and by limit.

    A hard limit gives what is left of it; a soft one, and none, give all. `sequences` are the lines that
    share the visits; the first carries the draws.
    """
    if period.start is None or period.end is None or visits <= 0:
        return Granted(visits)
    taken = _taken(used)
    granted, over, limited = Decimal(0), False, None
    drawn: dict[tuple[str, int, Decimal], Decimal] = {}
    for part in _parts(course, visits, Span(period.start, period.end), rules):
        key, rate = _key(part, course), _rate(part.limit, units_per_visit)
        given = part.visits
        if part.limit is not None:
            left = floor(max(part.limit.visits - taken.get(key, Decimal(0)), Decimal(0)) / rate)
            limited = limited or part.limit
            if part.visits > left:
                over, limited = True, part.limit
                given = left if part.limit.hard else part.visits
        if given > 0:
            taken[key] = taken.get(key, Decimal(0)) + given * rate
            drawn[*key, rate] = drawn.get((*key, rate), Decimal(0)) + given
            granted += given
    draws = tuple(
        BenefitDraw(bucket, year, n, sequences[0], sequences, course.discipline, course.habilitative, rate)
        for (bucket, year, rate), n in drawn.items()
    )
    return Granted(granted, draws, limited, over)


def _taken(used: Iterable[BenefitUse | BenefitDraw]) -> dict[tuple[str, int], Decimal]:
    taken: dict[tuple[str, int], Decimal] = {}
    for use in used:
        amount = use.amount if isinstance(use, BenefitDraw) else use.visits
        taken[use.bucket, use.year] = taken.get((use.bucket, use.year), Decimal(0)) + amount
    return taken


def _rate(limit: VisitLimit | None, units_per_visit: Decimal) -> Decimal:
    if limit is None or limit.counts in (Counting.VISITS, Counting.DAYS):
        return _ONE
    if limit.counts is Counting.UNITS:
        return max(units_per_visit, _ONE)
    return limit.dollars_per_visit or _ONE


# --- which limit ---------------------------------------------------------------------------------------


def limit_for(course: Course, rules: RuleSet, day: date | None = None) -> VisitLimit | None:
    """The limit that a course draws on for a day of service (None: its first day).

    None where the plan has none, a mandate frees the condition or the member, or EPSDT does: below its age
    Medicaid never stops at a number of visits (42 U.S.C. 1396d(r)(5)); an unknown age counts as below.
    """
    epsdt = rules.programme
    if course.line_of_business in epsdt.epsdt_lines and (course.age is None or course.age < epsdt.epsdt_age):
        return None
    found = plan_limit(course.plan, course.discipline, day or course.start, habilitative=course.habilitative)
    return None if found is None or _freed(found, course) else found


def plan_limit(plan: Plan, discipline: Discipline, day: date, *, habilitative: bool) -> VisitLimit | None:
    """The first limit of a plan that covers a discipline on a day of service, whomever it frees."""
    return next(
        (
            x
            for x in plan.limits
            if discipline in x.disciplines and x.habilitative in (None, habilitative) and x.holds_on(day)
        ),
        None,
    )


def _freed(limit: VisitLimit, course: Course) -> bool:
    """Mandates: Tex. Ins. Code 1355.015 (autism), ch. 1352 (brain injury), ch. 1367 subch. E (children)."""
    if course.group_id in limit.exempt_groups or limit.exempt_members & course.member_groups:
        return True
    born = course.birth_date
    is_young = born is not None and months_old(born, course.start) < limit.young_below_months
    return is_young and bool(limit.exempt_young & course.member_groups)


def bucket_of(limit: VisitLimit, group: str | None, operation: date | None = None) -> str:
    """The name of the count that a limit keeps, for a condition where it counts by condition."""
    base = _base(limit)
    if limit.per is CountedPer.YEAR:
        return base
    name = f"{base}/{group or '-'}"
    return f"{name}/{operation}" if operation is not None and limit.per is CountedPer.EPISODE else name


def _base(limit: VisitLimit) -> str:
    return f"{_DAYS}{limit.bucket}" if limit.counts is Counting.DAYS else limit.bucket


def counts_in(limit: VisitLimit, bucket: str) -> bool:
    """True for a bucket that belongs to a limit: the whole count, or that of a condition."""
    return bucket == _base(limit) or bucket.startswith(f"{_base(limit)}/")


def is_daily(bucket: str) -> bool:
    """True for a bucket of a limit that counts days."""
    return bucket.startswith(_DAYS)


def counted_year(limit: VisitLimit | None, year: int) -> int:
    """The benefit year under which a limit counts; one number for all where it counts by episode."""
    return _ALWAYS if limit is not None and limit.per is CountedPer.EPISODE else year


def free_bucket(course: Course) -> str:
    """Where visits are counted that need no authorization: by discipline, and by condition or not."""
    return free_bucket_of(course.plan, course.discipline, course.group_id)


def free_bucket_of(plan: Plan, discipline: Discipline, group: str | None) -> str:
    """The same for visits of which only discipline and condition are known."""
    name = f"{_FREE}{discipline}"
    return name if plan.free_visits_per is CountedPer.YEAR else f"{name}/{group or '-'}"


def is_free(bucket: str) -> bool:
    """True for a bucket of visits that need no authorization."""
    return bucket.startswith(_FREE)


def free_visits(course: Course, used: Iterable[BenefitUse | BenefitDraw]) -> Decimal:
    """Visits that were announced already and needed no authorization, in the benefit year of the course."""
    key = (free_bucket(course), benefit_year(course.plan, course.start))
    return _taken(used).get(key, Decimal(0))


def free_draw(course: Course, visits: Decimal) -> BenefitDraw:
    """The count of visits that need no authorization."""
    sequences = tuple(x.line.sequence for x in course.lines)
    year = benefit_year(course.plan, course.start)
    return BenefitDraw(
        free_bucket(course),
        year,
        visits,
        sequences[0],
        sequences,
        course.discipline,
        course.habilitative,
    )


def _key(part: _Part, course: Course) -> tuple[str, int]:
    if part.limit is None:
        return NO_LIMIT, part.year
    operation = None
    if course.group is not None and course.group.surgery is not SurgeryNeed.NONE:
        known = operations_of(course.group, course.evidence.surgeries)
        operation = max((x.day for x in known if x.day and x.day <= course.start), default=None)
    return bucket_of(part.limit, course.group_id, operation), counted_year(part.limit, part.year)


# --- which year ----------------------------------------------------------------------------------------


def benefit_year(plan: Plan, day: date) -> int:
    """The benefit year of a day, named by the calendar year in which it begins."""
    return day.year if (day.month, day.day) >= plan.year_starts else day.year - 1


def _parts(course: Course, visits: Decimal, period: Span, rules: RuleSet) -> list[_Part]:
    """Visits by benefit year and limit, in proportion to the days, in whole visits, all of them given out."""
    start, end = period.start, period.end
    if start is None or end is None:
        return []
    firsts = _firsts(course.plan, start, end)
    parts: list[_Part] = []
    left = visits
    for day, following in zip(firsts, [*firsts[1:], None], strict=True):
        share = left
        if following is not None:
            days = left * (following - day).days / ((end - day).days + 1)
            share = min(floor(days + _HALF), left)
        left -= share
        parts.append(_Part(share, benefit_year(course.plan, day), limit_for(course, rules, day)))
    return parts


def _firsts(plan: Plan, start: date, end: date) -> list[date]:
    """The first day of each stretch of a period: where a benefit year or a limit begins or has ended."""
    years = range(benefit_year(plan, start) + 1, benefit_year(plan, end) + 1)
    turns = {date(year, *plan.year_starts) for year in years}
    turns |= {x.starts for x in plan.limits if x.starts is not None}
    turns |= {add_days(x.ends, 1) for x in plan.limits if x.ends is not None}
    return [start, *sorted(x for x in turns if start < x <= end)]


# --- giving back ---------------------------------------------------------------------------------------


def reduced(draws: Iterable[BenefitDraw], certified: Mapping[int, Decimal]) -> tuple[BenefitDraw, ...]:
    """The draws that remain when only these visits are certified, by line.

    Lines that share visits draw once, as much as the largest of them. Visits of the latest year are given
    back first: they are those that were not used.
    """
    groups: dict[tuple[bool, tuple[int, ...]], list[BenefitDraw]] = {}
    for draw in draws:
        groups.setdefault((is_free(draw.bucket), draw.shared_by or (draw.sequence,)), []).append(draw)
    out: list[BenefitDraw] = []
    for (_, sequences), group in groups.items():
        live = tuple(n for n in sequences if certified.get(n, Decimal(0)) > 0)
        left = max((certified[n] for n in live), default=Decimal(0))
        for draw in sorted(group, key=lambda d: d.year):
            visits = min(draw.visits, left)
            left -= visits
            if visits > 0:
                out.append(replace(draw, visits=visits, sequence=live[0], shared_by=live))
    return tuple(out)

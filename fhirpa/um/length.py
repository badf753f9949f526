"""How much of a course the policy certifies at once: the block, the period, and each line's share."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fhirpa.um.amounts import (
    line_visits,
    planned_weeks,
    requested_visits,
    requested_weeks,
    timed_units,
    told_weekly,
    visits_foreseen,
)
from fhirpa.um.course import Course
from fhirpa.um.days import add_days, ceiling, days_in_weeks, floor, weeks_between
from fhirpa.um.determination import CertifiedService
from fhirpa.um.request import Span
from fhirpa.um.rules import Block, RuleSet
from fhirpa.um.services import TherapyLine
from fhirpa.um.terms import QuantityUnit


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines of a course whose dates overlap, with what the policy certifies of them.

    `asked` is None where neither lines nor plan of care say how many visits. `shortened`: the certified
    period ends before the requested one. `planned_only`: plan of care or order hold no more visits.
    """

    lines: tuple[TherapyLine, ...]
    asked: Decimal | None
    visits: Decimal
    period: Span
    shortened: bool
    block: Block
    planned_only: bool = False


def choose_block(course: Course) -> Block | None:
    """The block that fits the course; None where the policy has none (always a clinician)."""
    policy = course.policy
    if policy is None:
        return None
    blocks = (policy.further or policy.first) if course.is_renewal else policy.first
    return next((b for b in blocks if _fits(b, course)), None)


def _fits(block: Block, course: Course) -> bool:
    if block.number is not None and block.number != course.block_number:
        return False
    if block.intensive and (course.earlier_visits or not course.evidence.intensive_programme):
        return False
    if block.lines_of_business and course.line_of_business not in block.lines_of_business:
        return False
    if block.diagnoses and not any(d.startswith(block.diagnoses) for d in course.diagnoses):
        return False
    if block.onset_within_days is None:
        return True
    onset = course.evidence.onset
    return onset is not None and onset >= add_days(course.start, -block.onset_within_days)


def episode_left(course: Course) -> Decimal | None:
    """Visits left before the policy's total for an episode; None without a total."""
    total = course.policy.total if course.policy else None
    return None if total is None else max(total - course.earlier_visits, Decimal(0))


def stretches(course: Course, block: Block, rules: RuleSet) -> list[Stretch]:
    """What the policy certifies of each run of overlapping lines, in the order of their dates."""
    budget = _budget(course, block)
    out = []
    for lines in _runs(course):
        stretch = _stretch(course, lines, block, budget, rules)
        if budget is not None:
            budget -= stretch.visits
        out.append(stretch)
    return out


def _budget(course: Course, block: Block) -> Decimal | None:
    """Visits that may be certified now.

    Under a plan of whole courses (42 CFR 422.112(b)(8)) all that is planned, if it stays within the policy's
    total; a course beyond the total is a question for a clinician, and gets its block.
    """
    left = episode_left(course)
    if left is None:
        return block.visits
    if course.plan.whole_course and (requested_visits(course, course.lines) or left) <= left:
        return left
    return min(block.visits, left)


def _runs(course: Course) -> list[tuple[TherapyLine, ...]]:
    lines = sorted(_treatment(course), key=lambda x: _span(x, course).start or course.start)
    runs: list[list[TherapyLine]] = []
    last: date | None = None
    for line in lines:
        span = _span(line, course)
        if runs and (last is None or span.start is None or span.start <= last):
            runs[-1].append(line)
            last = None if last is None or span.end is None else max(last, span.end)
        else:
            runs.append([line])
            last = span.end
    return [tuple(sorted(run, key=lambda x: x.line.sequence)) for run in runs]


def _treatment(course: Course) -> list[TherapyLine]:
    return [x for x in course.lines if not x.is_re_evaluation]


def _span(line: TherapyLine, course: Course) -> Span:
    period = line.line.period
    start = (period.start if period else None) or course.start
    end = period.end if period else None
    return Span(start, end if end is not None and end > start else None)


def _stretch(
    course: Course, lines: tuple[TherapyLine, ...], block: Block, budget: Decimal | None, rules: RuleSet
) -> Stretch:
    spans = [_span(x, course) for x in lines]
    start = min((s.start for s in spans if s.start), default=course.start)
    ends = [s.end for s in spans if s.end is not None]
    wanted = max(ends) if len(ends) == len(spans) else None
    running = course.running_until
    if running is not None and (wanted is None or wanted > running):
        start = max(start, add_days(running, 1))  # what continues an authorization begins the day after it
    weeks = requested_weeks(lines) or planned_weeks(course)
    asked = requested_visits(course, lines)
    most = [block.visits if budget is None else budget]
    per_week = course.policy.most_per_week if course.policy else None
    if per_week is not None and weeks is not None:
        most.append(per_week * ceiling(weeks))
    foreseen = visits_foreseen(course)
    planned_only = foreseen is not None and foreseen < min(most)
    if foreseen is not None:
        most.append(foreseen)
    visits = min(most) if asked is None else min(asked, *most)
    last = _last_day(course, start, wanted, weeks, block, visits, rules)
    shortened = wanted is not None and wanted > last
    if shortened:
        visits = min(visits, _fitting(course, start, last, visits))
    if asked is not None and visits < asked:
        visits = floor(visits)
    return Stretch(lines, asked, visits, Span(start, last), shortened, block, planned_only)


def _last_day(
    course: Course,
    start: date,
    wanted: date | None,
    weeks: Decimal | None,
    block: Block,
    visits: Decimal,
    rules: RuleSet,
) -> date:
    """The end of the certified period: as asked, within the weeks of the block or of the visits, with slack.

    Visits that are planned less often than the block has them take longer, and may, within the plan of care.
    """
    slack = rules.programme.slack_days
    weekly, longest = told_weekly(course), _longest(course, rules)
    length = weeks if course.plan.whole_course and weeks else block.weeks
    last = _after(start, days_in_weeks(length) + slack, longest)
    if weekly is not None:
        needed = _after(start, days_in_weeks(ceiling(visits / weekly)) + slack, longest)
        planned = planned_end(course)
        within = needed if planned is None else min(needed, add_days(planned, slack))
        last = max(last, within)
    return last if wanted is None else min(wanted, last)


def _after(start: date, days: int, longest: list[int]) -> date:
    """The last of so many days, within the longest periods that there are."""
    return add_days(start, max(min(days, *longest), 1) - 1)


def planned_end(course: Course) -> date | None:
    """The last day of the plans of care; None where one of them has no end."""
    ends = [p.end for p in course.evidence.plans_of_care]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def _fitting(course: Course, start: date, last: date, visits: Decimal) -> Decimal:
    """Visits that the plan of care puts into the weeks of a period; all where no frequency is told."""
    weekly = told_weekly(course)
    return visits if weekly is None else max(floor(weekly * ceiling(weeks_between(start, last))), Decimal(1))


def _longest(course: Course, rules: RuleSet) -> list[int]:
    adult = course.age is not None and course.age >= rules.programme.adult_age
    limits = [rules.programme.longest_days, course.plan.longest_days]
    limits.append(course.plan.longest_days_adult if adult else None)
    return [x for x in limits if x is not None]


def certified_share(
    line: TherapyLine, stretch: Stretch, visits: Decimal, course: Course
) -> tuple[CertifiedService | None, bool]:
    """What a line gets when `visits` of its stretch are certified, and whether that is all it asked.

    None where nothing is left for it. Units follow visits and the code mix that was asked.
    """
    asked = line.line.quantity
    own = line_visits(line, course)
    shared = min(visits, own) if own is not None else visits
    if shared <= 0:
        return None, False
    unit = line.line.unit if asked is not None else QuantityUnit.VISITS
    if asked is None:
        quantity, whole = shared, stretch.asked is None or visits >= stretch.asked
    elif unit is QuantityUnit.UNITS and line.is_timed:
        quantity = _units(line, asked, stretch, visits, shared, course)
        whole = quantity >= asked
    else:
        quantity, whole = min(asked, shared), shared >= asked
    if line.code is not None and line.code.most_per_request is not None:
        quantity = min(quantity, line.code.most_per_request)
        whole = whole and (asked is None or quantity >= asked)
    if quantity <= 0:
        return None, False
    service = CertifiedService(line.line.service, quantity, unit, shared, stretch.period, line.line.modifiers)
    return service, whole and not stretch.shortened


def units_per_visit(course: Course, stretch: Stretch) -> Decimal:
    """Timed units of one visit as they are certified: as asked, within plan and block; 0 where none are."""
    planned = stretch.asked or stretch.visits
    return min(timed_units(stretch.lines) / planned, _most_units(course, stretch)) if planned else planned


def _most_units(course: Course, stretch: Stretch) -> Decimal:
    return stretch.block.most_units(course.plan.units_per_day)


def _units(
    line: TherapyLine, asked: Decimal, stretch: Stretch, visits: Decimal, shared: Decimal, course: Course
) -> Decimal:
    planned = stretch.asked or visits
    per_visit = timed_units(stretch.lines) / planned
    cap = _most_units(course, stretch)
    units = asked
    if visits < planned:
        units = units * visits / planned
    if per_visit > cap:
        units = units * cap / per_visit
    if line.code is not None and line.code.max_per_day is not None:
        units = min(units, line.code.max_per_day * shared)
    return asked if units >= asked else min(asked, max(floor(units), Decimal(1)))

"""What a case draws from the member's benefit after a person certified something.

The same limits as the engine's, by the same function: lines of one course that overlap share their visits.
A hard limit is a fact of the plan, not of the person who certifies: beyond it there is nothing to give.
"""

from collections.abc import Iterable
from decimal import Decimal

from fhirpa.um.benefits import grant
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.context import BenefitUse, DecisionContext
from fhirpa.um.course import Course, make_courses
from fhirpa.um.determination import BenefitDraw
from fhirpa.um.eligibility import check_eligibility
from fhirpa.um.redeciding import context_without
from fhirpa.um.request import Span
from fhirpa.um.rules import RuleSet
from fhirpa.um.services import TherapyLine, classify
from fhirpa.um.staff import Lack
from fhirpa.um.terms import LineState, QuantityUnit
from fhirpa.um.wording import number


def redrawn(
    case: Case, changed: Iterable[int], context: DecisionContext, rules: RuleSet
) -> tuple[BenefitDraw, ...] | Lack:
    """The draws of the case as it is now, where these lines have been certified anew; or what lacks.

    `context` is what the payer knows, this case included.
    """
    wanted = set(changed)
    beside = context_without(context, case)
    eligibility, errors = check_eligibility(case.request, beside, rules)
    if eligibility is None:
        return Lack("eligibility", "; ".join(e.text for e in errors))
    standing = {x.line.sequence: x for x in case.lines if _stands(x)}
    therapy = [
        found
        for x in standing.values()
        if isinstance(found := classify(x.line, case.request, beside, rules), TherapyLine)
        and not found.is_evaluation
        and not found.is_re_evaluation  # neither draws a visit of its own
    ]
    courses = [
        c
        for c in make_courses(tuple(therapy), case.request, beside, eligibility, rules)
        if wanted & {x.line.sequence for x in c.lines}
    ]
    anew = {x.line.sequence for c in courses for x in c.lines}
    draws = [d for d in case.draws if d.sequence not in anew]
    for course in courses:
        for group in _sharing(course, standing):
            period = _hull(group)
            visits = max(_visits(x) for x in group)
            sequences = tuple(x.line.sequence for x in group)
            used: tuple[BenefitUse | BenefitDraw, ...] = (*beside.benefit_use, *draws)
            units = _timed_units(course, group) / visits
            granted = grant(course, visits, period, sequences, used, rules, units)
            if granted.visits < visits:
                left = number(granted.visits)
                return Lack("benefit", f"the plan's limit leaves {left} of {number(visits)} visits")
            draws += granted.draws
    return tuple(draws)


def _stands(line: CaseLine) -> bool:
    return line.authorization is not None and line.state is not LineState.CANCELLED


def _sharing(course: Course, standing: dict[int, CaseLine]) -> list[list[CaseLine]]:
    """The course's certified lines, those together whose periods overlap."""
    lines = [standing[x.line.sequence] for x in course.lines]
    lines = [x for x in lines if _visits(x) > 0]
    groups: list[list[CaseLine]] = []
    for line in sorted(lines, key=lambda x: _period(x).start or course.start):
        if groups and _hull(groups[-1]).overlaps(_period(line)):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _visits(line: CaseLine) -> Decimal:
    visits = line.authorization.certified.visits if line.authorization else None
    return visits or Decimal(0)


def _timed_units(course: Course, group: list[CaseLine]) -> Decimal:
    timed = {x.line.sequence for x in course.lines if x.is_timed}
    given = (x.authorization.certified for x in group if x.authorization and x.line.sequence in timed)
    return sum((x.quantity or Decimal(0) for x in given if x.unit is QuantityUnit.UNITS), Decimal(0))


def _period(line: CaseLine) -> Span:
    return line.authorization.certified.period if line.authorization else Span()


def _hull(lines: list[CaseLine]) -> Span:
    starts = [p.start for x in lines if (p := _period(x)).start]
    ends = [p.end for x in lines if (p := _period(x)).end]
    return Span(min(starts, default=None), max(ends, default=None))

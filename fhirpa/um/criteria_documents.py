"""Criteria on what must be on file: order, evaluation, plan of care, operation, onset, screening."""

from fhirpa.um.amounts import told_weekly, told_weeks
from fhirpa.um.course import Course
from fhirpa.um.criterion import Criterion
from fhirpa.um.days import business_days_between
from fhirpa.um.diagnosis import operations_of
from fhirpa.um.evidence import Goal
from fhirpa.um.finding import Finding, in_window, met, open_question, unknown, was_in_window


def order(criterion: Criterion, course: Course) -> Finding:
    """Somebody who may has ordered therapy, or the plan lets a therapist begin without an order.

    A specialty that was not sent counts as one that may.
    """
    orders = course.evidence.orders
    sources = tuple(x.source for x in orders)
    specialties = [_specialties(x.ordering_npi, course) for x in orders]
    if any(not s or any(t.startswith(criterion.taxonomies) for t in s) for s in specialties):
        return met("order on file", sources=sources)
    if orders:
        return open_question("ordered by a specialty that is not on the list", sources=sources)
    if _direct_access(course):
        return met("within the days of direct access")
    return unknown("no order among what was sent")


def _specialties(npi: str | None, course: Course) -> tuple[str, ...]:
    """Specialties of a provider of the request, as sent."""
    sent = course.request
    parties = (sent.requester, *sent.providers, *(x.rendering for x in sent.lines if x.rendering))
    return tuple(t for p in parties if npi is not None and p.npi == npi for t in p.taxonomies)


def order_date(criterion: Criterion, course: Course) -> Finding:
    """The order is recent on the requested start."""
    if not course.evidence.orders and _direct_access(course):
        return met("within the days of direct access")
    dated = [x for x in course.evidence.orders if x.day is not None]
    if not dated:
        return unknown("no dated order")
    sources = tuple(x.source for x in dated)
    facts = tuple(f"ordered on {x.day}" for x in dated)
    fits = any(x.day is not None and was_in_window(x.day, criterion, course) for x in dated)
    return met(*facts, sources=sources) if fits else open_question(*facts, sources=sources)


def _direct_access(course: Course) -> bool:
    ends = [x.line.period.end for x in course.lines if x.line.period and x.line.period.end]
    allowed = course.plan.direct_access_days
    return bool(ends) and allowed > 0 and business_days_between(course.start, max(ends)) < allowed


def evaluation(criterion: Criterion, course: Course) -> Finding:
    """The discipline's evaluation is recent on the requested start."""
    own = [x for x in course.evidence.evaluations if x.discipline in (None, course.discipline)]
    dated = [x for x in own if x.day is not None]
    if not dated:
        return unknown("no dated evaluation of this discipline")
    sources = tuple(x.source for x in dated)
    facts = tuple(f"evaluated on {x.day}" for x in dated)
    fits = any(x.day is not None and was_in_window(x.day, criterion, course) for x in dated)
    return met(*facts, sources=sources) if fits else open_question(*facts, sources=sources)


def plan_of_care(criterion: Criterion, course: Course) -> Finding:
    """The plan of care tells every part that the criterion names."""
    plans = course.evidence.plans_of_care
    told = _told_parts(course)
    missing = tuple(part for part in criterion.parts if part not in told)
    if not plans:
        return unknown("no plan of care in structured form", missing=tuple(criterion.parts))
    if missing:
        return unknown(f"plan of care without {', '.join(missing)}", missing=missing)
    return met("plan of care complete", sources=tuple(p.source for p in plans))


def _told_parts(course: Course) -> set[str]:
    plans = course.evidence.plans_of_care
    goals = [g for p in plans for g in p.goals]
    tests = {
        "goals": bool(goals),
        "baseline": bool(goals)
        and (any(g.baseline or g.current for g in goals) or bool(course.evidence.measures)),
        "target": any(g.target for g in goals),
        "target date": any(g.target_date for g in goals),
        "frequency": told_weekly(course) is not None,
        "duration": told_weeks(course) is not None,
        "interventions": any(p.interventions for p in plans),
        "home programme": any(p.home_programme for p in plans),
        "signature": any(p.signed for p in plans),
    }
    return {part for part, told in tests.items() if told}


def surgery(criterion: Criterion, course: Course) -> Finding:
    """The operation that the diagnosis is about is on file, within the time before the start."""
    own = operations_of(course.group, course.evidence.surgeries)
    dated = [x for x in own if x.day is not None]
    if not dated:
        return unknown("no operation with a date")
    sources = tuple(x.source for x in dated)
    facts = tuple(f"operation on {x.day}" for x in dated)
    fits = any(x.day is not None and in_window(x.day, criterion, course) for x in dated)
    return met(*facts, sources=sources) if fits else open_question(*facts, sources=sources)


def no_surgery(criterion: Criterion, course: Course) -> Finding:
    """No operation shortly before the start, which would call for another policy."""
    recent = [
        x for x in course.evidence.surgeries if x.day is not None and in_window(x.day, criterion, course)
    ]
    if recent:
        facts = tuple(f"operation on {x.day}" for x in recent)
        return open_question(*facts, sources=tuple(x.source for x in recent))
    return met("no recent operation among what was sent")


def onset(criterion: Criterion, course: Course) -> Finding:
    """The day of the event, on which the block depends; where the policy says so, not too long ago."""
    day = course.evidence.onset
    if day is None or day > course.start:
        return unknown("no date of onset")
    fact = f"onset on {day}"
    return met(fact) if in_window(day, criterion, course) else open_question(fact)


def screening(criterion: Criterion, course: Course) -> Finding:
    """A checkup or developmental screening is recent on the requested start."""
    day = course.evidence.screening_date
    if day is None:
        return unknown("no date of a screening")
    fact = f"screening on {day}"
    return met(fact) if was_in_window(day, criterion, course) else open_question(fact)


def home_programme(criterion: Criterion, course: Course) -> Finding:
    """The plan of care tells of a home programme."""
    said = [p.home_programme for p in course.evidence.plans_of_care if p.home_programme is not None]
    return met("home programme planned") if any(said) else unknown("no home programme told")


def transition(criterion: Criterion, course: Course) -> Finding:
    """The plan of care tells how the member goes over to a programme of their own."""
    said = [p.discharge_plan for p in course.evidence.plans_of_care if p.discharge_plan is not None]
    return met("discharge plan told") if any(said) else unknown("no discharge plan told")


def home_reason(criterion: Criterion, course: Course) -> Finding:
    """A reason for therapy at home is told."""
    return met("reason told") if course.evidence.setting_reason else unknown("no reason told")


def distinct_goals(criterion: Criterion, course: Course) -> Finding:
    """No two plans of care share a goal, where both disciplines treat."""
    seen: set[str] = set()
    for plan in course.evidence.plans_of_care:
        own = {_plain(g) for g in plan.goals if g.text}
        if own & seen:
            return open_question("the same goal stands in two plans of care", sources=(plan.source,))
        seen |= own
    return met("no goal stands in two plans of care")


def _plain(goal: Goal) -> str:
    return " ".join((goal.text or "").lower().split()).strip(" .")

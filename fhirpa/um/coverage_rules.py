"""Rules of a plan around a request: who refers, what a new member brings along, who pays first."""

from datetime import date, timedelta

from fhirpa.um.context import DecisionContext, Enrolment
from fhirpa.um.eligibility import Eligibility
from fhirpa.um.evidence import PriorTherapy
from fhirpa.um.request import AuthorizationRequest
from fhirpa.um.rules import Plan, RuleSet
from fhirpa.um.wording import note

_DAY = timedelta(days=1)


def lacks_referral(plan: Plan, request: AuthorizationRequest, context: DecisionContext) -> bool:
    """True if the plan wants primary care to refer, and no order is known to come from there."""
    if not plan.referral_from:
        return False
    orderers = (context.providers.get(x.ordering_npi or "") for x in request.evidence.orders)
    return not any(x is not None and plan.referral_from & set(x.taxonomies) for x in orderers)


def transition_since(
    request: AuthorizationRequest, context: DecisionContext, eligibility: Eligibility, start: date
) -> date | None:
    """The day on which the member joined, if a course of therapy came along and the plan's time still runs.

    42 CFR 422.112(b)(8)(i)(B) for Medicare Advantage; elsewhere by contract.
    """
    days, joined = eligibility.plan.transition_days, _joined(eligibility.enrolment, context)
    if days is None or joined is None or not joined <= start < joined + timedelta(days=days):
        return None
    return joined if any(_came_along(x, joined) for x in request.evidence.prior_therapy) else None


def _joined(enrolment: Enrolment, context: DecisionContext) -> date | None:
    """The first day of the unbroken enrolment; None where it has no beginning."""
    first = enrolment.period.start
    for span in sorted(context.enrolments, key=lambda x: x.period.start or date.min, reverse=True):
        start, end = span.period.start, span.period.end
        if first is None or (start is not None and start >= first):
            continue
        if end is None or end >= first - _DAY:
            first = start
    return first


def _came_along(therapy: PriorTherapy, joined: date) -> bool:
    began = therapy.start is not None and therapy.start < joined
    return began and (therapy.end is None or therapy.end >= joined - _DAY)


def coverage_notes(
    request: AuthorizationRequest,
    context: DecisionContext,
    eligibility: Eligibility,
    start: date,
    rules: RuleSet,
) -> list[str]:
    """Remarks on continuity of care and on other insurance; they hold nothing up."""
    notes = []
    plan, joined = eligibility.plan, transition_since(request, context, eligibility, start)
    if joined is not None:
        notes.append(note(rules, "transition", day=joined, days=plan.transition_days))
    if plan.pays_last and request.coverage.others:
        notes.append(note(rules, "other-insurance"))
    return notes

"""Is the patient a member, and is the coverage active when the service starts?"""

from dataclasses import dataclass
from datetime import date

from fhirpa.um.context import DecisionContext, Enrolment
from fhirpa.um.determination import BusinessError
from fhirpa.um.request import AuthorizationRequest, Span
from fhirpa.um.rules import Plan, RuleSet


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The enrolment that holds on the first day of service, its plan, and the member's birth date."""

    enrolment: Enrolment
    plan: Plan
    birth_date: date | None


def business_error(rules: RuleSet, key: str, path: str, **values: str) -> BusinessError:
    """The business error of a key, at a place in what was sent; values fill its {placeholders}."""
    found = rules.errors[key]
    text = found.text.format(**values)
    return BusinessError(found.code, found.follow_up, text, found.element, path, key)


def first_day(request: AuthorizationRequest, context: DecisionContext, rules: RuleSet) -> date:
    """First day of service; the day of receipt (plan's time) where none was sent."""
    return request.service_start or received_on(context, rules)


def received_on(context: DecisionContext, rules: RuleSet, sequence: int | None = None) -> date:
    """The calendar day of receipt where the plan is; with a sequence that of the line."""
    at = context.line_received.get(sequence, context.received_at) if sequence else context.received_at
    return at.astimezone(rules.programme.zone).date()


def check_eligibility(
    request: AuthorizationRequest, context: DecisionContext, rules: RuleSet
) -> tuple[Eligibility | None, list[BusinessError]]:
    """The eligibility, or every reason why there is none."""
    errors = [*_date_errors(request, rules)]
    start = first_day(request, context, rules)
    sent_covers = _covers_sent(request, start)
    if not sent_covers:
        errors.append(business_error(rules, "coverage-sent-inactive", _coverage_path(request)))
    if not context.enrolments:
        errors.append(_unknown_member(request, context, rules))
        return None, errors
    persons = _same_birth_date(request, context.enrolments)
    if not persons:
        errors.append(business_error(rules, "birth-date-mismatch", f"{request.patient.path}.birthDate"))
        return None, errors
    active = [e for e in persons if e.period.contains(start)]
    if not active or not all(any(e.period.contains(day) for e in persons) for day in _starts(request)):
        if sent_covers:  # else it has been said
            errors.append(business_error(rules, "coverage-inactive", _coverage_path(request)))
        return None, errors
    plan = next((rules.plans[e.plan_code] for e in active if _in_force(rules, e.plan_code, start)), None)
    if plan is None:
        errors.append(business_error(rules, "plan-unknown", _coverage_path(request)))
        return None, errors
    enrolment = next(e for e in active if e.plan_code == plan.code)
    return Eligibility(enrolment, plan, enrolment.birth_date or request.patient.birth_date), errors


def _starts(request: AuthorizationRequest) -> list[date]:
    return [x.period.start for x in request.lines if x.period and x.period.start and not x.cancelled]


def _in_force(rules: RuleSet, plan_code: str, day: date) -> bool:
    plan = rules.plans.get(plan_code)
    return plan is not None and Span(plan.effective, plan.ends).contains(day)


def _covers_sent(request: AuthorizationRequest, start: date) -> bool:
    """What was sent says active; without a period it counts from the service date, open-ended."""
    coverage = request.coverage
    return coverage.active and (coverage.period is None or coverage.period.contains(start))


def _coverage_path(request: AuthorizationRequest) -> str:
    return f"{request.coverage.path}.period" if request.coverage.path else ""


def _date_errors(request: AuthorizationRequest, rules: RuleSet) -> list[BusinessError]:
    spans = [(x.period, f"{x.path}.serviced") for x in request.lines]
    return [
        business_error(rules, "service-dates", path)
        for span, path in spans
        if span and span.start and span.end and span.end < span.start
    ]


def _unknown_member(request: AuthorizationRequest, context: DecisionContext, rules: RuleSet) -> BusinessError:
    member_path = f"{request.patient.path}.identifier"
    if not (request.patient.member_id or request.coverage.member_id):
        return business_error(rules, "member-id-missing", member_path)
    if context.subscriber_known:
        return business_error(rules, "patient-not-found", request.patient.path)
    return business_error(rules, "member-unknown", member_path)


def _same_birth_date(request: AuthorizationRequest, enrolments: tuple[Enrolment, ...]) -> list[Enrolment]:
    sent = request.patient.birth_date
    fitting = [e for e in enrolments if sent is None or e.birth_date is None or e.birth_date == sent]
    key = fitting[0].member_key if fitting else None
    return [e for e in fitting if e.member_key == key]

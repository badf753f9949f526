"""What settles a therapy line before its policy is read: one function per step of the decision.

Each gives the line's answer, or None where the line goes on to the next step (`um.steps`).
"""

from dataclasses import dataclass
from datetime import date

from fhirpa.um.context import DecisionContext
from fhirpa.um.coverage_rules import lacks_referral, transition_since
from fhirpa.um.days import add_days, business_days_between
from fhirpa.um.determination import LineRecommendation
from fhirpa.um.eligibility import Eligibility, first_day, received_on
from fhirpa.um.exempt import exempt
from fhirpa.um.overlap import current_end, duplicate_of, is_own, repeated_evaluation
from fhirpa.um.providers import in_network, taxonomies
from fhirpa.um.request import AuthorizationRequest
from fhirpa.um.rules import Plan, PolicyRole, RuleSet
from fhirpa.um.services import OutsideLine, TherapyLine
from fhirpa.um.terms import EngineResult, ReviewType, Setting
from fhirpa.um.wording import reason_notes, review_of

_OUTSIDE = {
    "outside-programme": EngineResult.CONTACT_PAYER,
    "discipline-question": EngineResult.PEND_CLINICAL,
    "discipline-awaited": EngineResult.PEND_INFORMATION,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What every step reads a line with."""

    request: AuthorizationRequest
    context: DecisionContext
    eligibility: Eligibility
    rules: RuleSet

    def start_of(self, line: TherapyLine) -> date:
        """The first day of a line; that of the request where the line names none."""
        period = line.line.period
        return (period.start if period else None) or first_day(self.request, self.context, self.rules)


def outside(line: OutsideLine, rules: RuleSet) -> LineRecommendation:
    """The answer to a line that is not the programme's, or whose discipline is open."""
    item = rules.information["discipline"]
    asked = _OUTSIDE[line.reason] is EngineResult.PEND_INFORMATION
    return LineRecommendation(
        sequence=line.line.sequence,
        result=_OUTSIDE[line.reason],
        reasons=(line.reason,),
        notes=reason_notes(rules, line.reason),
        information=(item,) if asked else (),
        is_evaluation=line.is_evaluation,
    )


def pend_clinical(line: TherapyLine, key: str, rules: RuleSet, **values: object) -> LineRecommendation:
    """The line goes to a person, with the neutral text of the reason."""
    return LineRecommendation(
        sequence=line.line.sequence,
        result=EngineResult.PEND_CLINICAL,
        discipline=line.discipline,
        reasons=(key,),
        notes=reason_notes(rules, key, **values),
        review=review_of(rules, (key,)),
        is_evaluation=line.is_evaluation,
    )


def not_required(line: TherapyLine, policy_id: str | None, rules: RuleSet) -> LineRecommendation:
    """The line needs no authorization under the plan."""
    return LineRecommendation(
        sequence=line.line.sequence,
        result=EngineResult.NOT_REQUIRED,
        discipline=line.discipline,
        policy_id=policy_id,
        reasons=("no-authorization",),
        notes=reason_notes(rules, "no-authorization"),
        is_evaluation=line.is_evaluation,
    )


def programme(line: TherapyLine, read: Reading) -> LineRecommendation | None:
    """Is it a request of the programme: what kind of request, where, and who asks?"""
    if line.line.review_type is ReviewType.APPEAL:
        return pend_clinical(line, "appeal-review", read.rules)
    if line.setting is Setting.OTHER:
        return pend_clinical(line, "place-question", read.rules)
    if _by_assistant(line, read.request, read.context, read.rules) and not _exempt(line, read):
        return pend_clinical(line, "assistant-question", read.rules)
    return None


def benefit(line: TherapyLine, read: Reading) -> LineRecommendation | None:
    """Does the plan cover the service by this provider, there and then, and does it ask for an authorization?

    What the plan's limits leave is a question of the amount, and comes with the length of service.
    """
    plan, rules = read.eligibility.plan, read.rules
    if plan.closed_network and not in_network(line.line, read.request, read.context):
        start = read.start_of(line)
        brings = transition_since(read.request, read.context, read.eligibility, start) is not None
        return pend_clinical(line, "transition-care" if brings else "network-review", rules)
    if _exempt(line, read):
        return None  # the law leaves nothing more to ask (step gold card)
    if line.code is not None and line.code.code in plan.no_authorization:
        return _no_authorization(line, read.start_of(line), read.request, read.context, rules)
    if lacks_referral(plan, read.request, read.context):
        return pend_clinical(line, "referral-review", rules)
    if line.code is not None and line.code.review is not None:
        return pend_clinical(line, line.code.review, rules)
    if line.code is not None and line.code.hands_on and line.setting is Setting.TELEHEALTH:
        return pend_clinical(line, "telehealth-question", rules)
    received = received_on(read.context, rules, line.line.sequence)
    if _too_late(plan, read.start_of(line), received):
        return pend_clinical(line, "retro-window", rules)
    if line.line.review_type is ReviewType.RENEWAL and _too_early(plan, line, received, read.context):
        return pend_clinical(line, "renewal-window", rules)
    return None


def duplicate(line: TherapyLine, read: Reading) -> LineRecommendation | None:
    """Is another case of the member about the same therapy on these dates?"""
    if _exempt(line, read):
        return None
    other = duplicate_of(line, read.start_of(line), read.request, read.context)
    if other is None:
        return None
    if is_own(other, read.request):
        return pend_clinical(line, "duplicate-own", read.rules, case=other.case_number)
    return pend_clinical(line, "duplicate-other", read.rules)


def gold_card(line: TherapyLine, read: Reading) -> LineRecommendation | None:
    """Is the provider exempt? Then no authorization is required, and nothing is reviewed."""
    plan = read.eligibility.plan
    return exempt(line, read.start_of(line), read.request, read.context, plan, read.rules)


def _exempt(line: TherapyLine, read: Reading) -> bool:
    return gold_card(line, read) is not None


def _by_assistant(
    line: TherapyLine, request: AuthorizationRequest, context: DecisionContext, rules: RuleSet
) -> bool:
    """True if an assistant asks, or evaluates: both are a therapist's (who may also be on file as one)."""
    assistants = rules.services.assistants
    asks = set(request.requester.taxonomies)
    if asks and asks <= assistants:
        return True
    if not (line.is_evaluation or line.is_re_evaluation):
        return _evaluated_by_assistant(line, request)
    evaluates = set(taxonomies(line.line, request, context))
    marked = set(line.line.modifiers) & rules.services.assistant_modifiers
    return bool(marked) or (bool(evaluates) and evaluates <= assistants)


def _evaluated_by_assistant(line: TherapyLine, request: AuthorizationRequest) -> bool:
    """True if all that is known of who evaluated for the discipline is that they are assistants."""
    own = (x for x in request.evidence.evaluations if x.discipline in (None, line.discipline))
    licences = {x.performer.licence for x in own if x.performer is not None and x.performer.licence}
    return bool(licences) and all(x.is_assistant for x in licences)


def _no_authorization(
    line: TherapyLine,
    start: date,
    request: AuthorizationRequest,
    context: DecisionContext,
    rules: RuleSet,
) -> LineRecommendation:
    """No authorization is required; a second evaluation of the episode, or several at once, is read first."""
    policy = rules.policy_for_role(PolicyRole.EVALUATION) if line.is_evaluation else None
    if policy is not None and policy.repeat_within_days is not None:
        since = add_days(start, -policy.repeat_within_days)
        if repeated_evaluation(line, since, start, request, context) is not None:
            return pend_clinical(line, "evaluation-repeat", rules)
        several = line.line.quantity is not None and line.line.quantity > 1
        if several or _evaluated_before(line, request, rules):
            return pend_clinical(line, "evaluation-count", rules)
    return not_required(line, policy.id if policy else None, rules)


def _evaluated_before(line: TherapyLine, request: AuthorizationRequest, rules: RuleSet) -> bool:
    """True if an earlier line of the request is an evaluation of the same discipline."""
    codes = rules.services.codes
    earlier = [x for x in request.lines if x.sequence < line.line.sequence and not x.cancelled]
    found = (codes.get(x.service.code or "") for x in earlier)
    return any(c is not None and c.evaluation and line.discipline in c.disciplines for c in found)


def _too_late(plan: Plan, start: date, received: date) -> bool:
    if plan.retro.business:
        return business_days_between(start, received) > plan.retro.days
    return (received - start).days > plan.retro.days


def _too_early(plan: Plan, line: TherapyLine, received: date, context: DecisionContext) -> bool:
    end = current_end(line, context)
    return end is not None and (end - received).days > plan.renewal_window_days

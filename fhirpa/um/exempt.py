"""A line that an exemption covers is answered at once: no authorization required, and nothing is reviewed.

Tex. Ins. Code 4201.659: where an exemption holds there is no preauthorization, no utilization review and no
similar review; a request that comes anyway is answered with a notice of the exemption.
"""

from datetime import date

from fhirpa.um.context import DecisionContext
from fhirpa.um.determination import LineRecommendation
from fhirpa.um.eligibility import received_on
from fhirpa.um.gold_card import Exemption, Holder, current
from fhirpa.um.gold_card_evaluation import least_end
from fhirpa.um.request import AuthorizationRequest
from fhirpa.um.rules import Plan, RuleSet
from fhirpa.um.services import TherapyLine
from fhirpa.um.terms import EngineResult
from fhirpa.um.wording import note, reason_notes

REASON = "gold-card"


def law_reaches(plan: Plan, rules: RuleSet) -> bool:
    """True for a plan to whose members the law of exemptions applies."""
    return plan.gold_card and plan.line_of_business in rules.gold_card.lines_of_business


def holders_of(request: AuthorizationRequest, rules: RuleSet) -> tuple[str, ...]:
    """The NPIs whose exemption counts for a request, the requester's first."""
    npis: list[str | None] = []
    if Holder.REQUESTER in rules.gold_card.holders:
        npis.append(request.requester.npi)
    if Holder.ORDERING in rules.gold_card.holders:
        npis += [x.ordering_npi for x in request.evidence.orders]
    return tuple(dict.fromkeys(x for x in npis if x))


def exempt(
    line: TherapyLine,
    start: date,
    request: AuthorizationRequest,
    context: DecisionContext,
    plan: Plan,
    rules: RuleSet,
) -> LineRecommendation | None:
    """The answer to a line that an exemption covers on its first day of service; None if none does."""
    if not context.exemptions or not law_reaches(plan, rules):
        return None
    code = line.code.code if line.code is not None else None
    service = rules.gold_card.service_of(code, line.discipline, line.setting)
    if service is None:
        return None
    held = (current(context.exemptions, npi, service.id, start) for npi in holders_of(request, rules))
    exemption = next((x for x in held if x is not None), None)
    terms = rules.gold_card.terms_on(received_on(context, rules, line.line.sequence))
    if exemption is None or terms is None:
        return None
    until = least_end(exemption, terms)
    notes = reason_notes(rules, REASON, service=service.label, start=exemption.starts, until=until)
    return LineRecommendation(
        sequence=line.line.sequence,
        result=EngineResult.NOT_REQUIRED,
        discipline=line.discipline,
        reasons=(REASON,),
        notes=(*notes, *_ending(exemption, rules), note(rules, "gold-card-payment")),
        is_evaluation=line.is_evaluation,
    )


def _ending(exemption: Exemption, rules: RuleSet) -> tuple[str, ...]:
    return () if exemption.ends is None else (note(rules, "gold-card-ends", end=exemption.ends),)

"""What the payer knows before a vignette's request arrives: roster, enrolment, authorizations, benefits."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from fhirpa.um.benefits import benefit_year, bucket_of, counted_year
from fhirpa.um.context import BenefitUse, DecisionContext, Enrolment, PriorLine, Provider
from fhirpa.um.diagnosis import find_group
from fhirpa.um.gold_card import Exemption
from fhirpa.um.npi import is_valid_npi
from fhirpa.um.request import AuthorizationRequest, Span
from fhirpa.um.rules import Plan, RuleSet, VisitLimit, Window
from fhirpa.um.terms import CountedPer, Discipline, LineOfBusiness, LineState
from tests.clinical.blind_build import Built, discipline_of
from tests.clinical.blind_labels import Values, Vignette

_TEXAS: Final = ZoneInfo("America/Chicago")
_ELSEWHERE: Final = "1999909999"  # another practice
_BUCKET: Final = "VIGNETTE"
_COUNTS: Final[Mapping[str, tuple[frozenset[Discipline], bool | None]]] = {
    "PT": (frozenset({Discipline.PT}), None),
    "OT": (frozenset({Discipline.OT}), None),
    "PT+OT": (frozenset(Discipline), None),
    "PT+OT rehabilitative": (frozenset(Discipline), False),
    "PT+OT habilitative": (frozenset(Discipline), True),
}
_RETRO: Final[Mapping[LineOfBusiness, Window]] = {  # domain.md §9, retro-authorization
    LineOfBusiness.COM: Window(2, business=True),
    LineOfBusiness.QHP: Window(2, business=True),
    LineOfBusiness.MCD: Window(5, business=True),
    LineOfBusiness.MA: Window(0),
}


def rules_for(case: Vignette, rules: RuleSet) -> RuleSet:
    """The rules with the visit limit and network that the vignette gives its plan; no limit when left out."""
    member = case.facts["member"]
    code = f"SANDBOX-{member['line_of_business']}"
    plan = replace(rules.plans[code], limits=_limits(rules.plans[code], member.get("benefit")))
    if (member.get("benefit") or {}).get("window") == "calendar-year":
        plan = replace(plan, year_starts=(1, 1))
    plan = replace(plan, retro=_RETRO.get(plan.line_of_business, plan.retro))
    if member.get("network"):
        plan = replace(plan, closed_network=member["network"] != "PPO")
    return replace(rules, plans={**rules.plans, code: plan})


def _limits(plan: Plan, benefit: Values | None) -> tuple[VisitLimit, ...]:
    """The vignette's limit; whom a mandate frees from the plan's own limits it frees from this one."""
    if benefit is None:
        return ()
    disciplines, habilitative = _COUNTS[benefit["counts"]]
    return (
        VisitLimit(
            _BUCKET,
            Decimal(benefit["limit"]),
            benefit["kind"] == "hard",
            disciplines,
            habilitative,
            frozenset(x for limit in plan.limits for x in limit.exempt_groups),
            frozenset(x for limit in plan.limits for x in limit.exempt_members),
            per=CountedPer.EPISODE if benefit["window"] == "episode" else CountedPer.YEAR,
        ),
    )


def context_for(
    case: Vignette, built: Built, request: AuthorizationRequest, rules: RuleSet
) -> DecisionContext:
    """All that the payer knows of member and practice. The request arrives at noon in Texas."""
    facts, member = case.facts, case.facts["member"]
    return DecisionContext(
        received_at=_noon(built.day),
        enrolments=() if member.get("known") is False else (_enrolment(built, request),),
        providers=_providers(facts, request),
        prior_lines=(*_priors(facts, built, request, rules), *_evaluations(facts, built, request)),
        benefit_use=_use(member.get("benefit"), built, request, rules),
        exemptions=_exemptions(facts, built, request),
    )


def _enrolment(built: Built, request: AuthorizationRequest) -> Enrolment:
    sent = built.request
    return Enrolment(
        member_key="vignette",
        member_id=request.patient.member_id or "",
        plan_code=sent.plan or "",
        period=Span(sent.covered_from, sent.covered_to),
        birth_date=sent.person.born,
    )


def _providers(facts: Values, request: AuthorizationRequest) -> dict[str, Provider]:
    practice = facts.get("practice") or {}
    if practice.get("known") is False:
        return {}
    parties = (request.requester, *request.providers, *(x.rendering for x in request.lines if x.rendering))
    inside = practice.get("in_network", True)
    return {p.npi: Provider(p.npi, None, inside) for p in parties if p.npi and is_valid_npi(p.npi)}


def _priors(facts: Values, built: Built, request: AuthorizationRequest, rules: RuleSet) -> list[PriorLine]:
    return [
        _prior(number, given, built, request, rules)
        for number, given in enumerate(facts.get("prior") or (), 1)
    ]


def _prior(
    number: int, given: Values, built: Built, request: AuthorizationRequest, rules: RuleSet
) -> PriorLine:
    start, end = (built.day + timedelta(days=given[x]) for x in ("start", "end"))
    group = find_group((given["diagnosis"].replace(".", ""),), request.evidence.surgeries, start, rules)
    code = rules.services.codes.get(given["code"])
    own = given.get("by", "same-practice") == "same-practice"
    return PriorLine(
        case_number=f"C-{number}",
        sequence=1,
        discipline=Discipline(given["discipline"]),
        policy_id=group.policy if group else None,
        service_code=given["code"],
        diagnosis_group=group.id if group else None,
        requester_npi=request.requester.npi if own else _ELSEWHERE,
        period=Span(start, end),
        state=LineState.CERTIFIED,
        received_at=_noon(start - timedelta(days=5)),
        authorization_number=f"A-{number}",
        certified_visits=Decimal(given["visits"]),
        is_evaluation=bool(code and code.evaluation),
    )


def _evaluations(facts: Values, built: Built, request: AuthorizationRequest) -> list[PriorLine]:
    discipline = Discipline(discipline_of(facts["lines"][0], facts))
    days = [built.day + timedelta(days=n) for n in facts.get("evaluations_before") or ()]
    return [
        PriorLine(
            case_number=f"E-{number}",
            sequence=1,
            discipline=discipline,
            policy_id=None,
            service_code=None,
            diagnosis_group=None,
            requester_npi=request.requester.npi,
            period=Span(day, day),
            state=LineState.NOT_REQUIRED,
            received_at=_noon(day),
            is_evaluation=True,
        )
        for number, day in enumerate(days, 1)
    ]


def _use(
    benefit: Values | None, built: Built, request: AuthorizationRequest, rules: RuleSet
) -> tuple[BenefitUse, ...]:
    """What the limit has taken: in the benefit year of the request, or of the episode that it is about."""
    if benefit is None:
        return ()
    plan = rules.plans[built.request.plan or ""]
    (limit,) = plan.limits
    taken: Any = benefit["used"] + benefit.get("reserved", 0)
    group = find_group(request.diagnoses, request.evidence.surgeries, built.day, rules)
    bucket = bucket_of(limit, group.id if group else None)
    year = counted_year(limit, benefit_year(plan, built.day))
    return (BenefitUse(bucket, year, Decimal(taken)),)


def _exemptions(facts: Values, built: Built, request: AuthorizationRequest) -> tuple[Exemption, ...]:
    cards = (facts.get("practice") or {}).get("gold_card") or ()
    since = built.day - timedelta(days=90)
    return tuple(
        Exemption(request.requester.npi or "", f"{discipline.lower()}-treatment", since)
        for discipline in cards
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), _TEXAS).astimezone(UTC)

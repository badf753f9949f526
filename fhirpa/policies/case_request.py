"""An example case as what `um.decide` takes: the request and what the payer knows. No FHIR."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from fhirpa.policies.case_days import born, day_of
from fhirpa.policies.case_evidence import ORDERER, code, evidence_of, many
from fhirpa.um.context import BenefitUse, DecisionContext, Enrolment, PriorLine, Provider
from fhirpa.um.diagnosis import find_group
from fhirpa.um.request import (
    AuthorizationRequest,
    CoverageSent,
    ExternalId,
    Party,
    Person,
    Service,
    ServiceLine,
    Span,
)
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import CodeKind, Discipline, LineState, QuantityUnit, ReviewType

PRACTICE, OTHER_PRACTICE = "1234567893", "1245319599"
RECEIVED = "2026-06-02"
_AT = time(9)
_MODIFIER = {"PT": "GP", "OT": "GO"}
_CODE = {"PT": "97110", "OT": "97530"}
_MEMBER = "M1"
_NUMBER = "A{:010}"  # authorization numbers of earlier cases

Facts = Mapping[str, Any]


def received_day(facts: Facts) -> date:
    """The day of receipt, from which all other days count."""
    return date.fromisoformat(facts.get("received", RECEIVED))


def request_of(facts: Facts) -> AuthorizationRequest:
    """The request of a case."""
    received = received_day(facts)
    sent = facts.get("lines") or [{}]
    lines = tuple(_line(n, {**facts, **x}, x, received) for n, x in enumerate(sent, start=1))
    evidence = evidence_of(facts, received)
    orders: list[Any] = many(facts.get("order"))
    by = [x["by"] for x in orders if isinstance(x, Mapping) and x.get("by")]
    kinds = {x.review_type for x in lines}
    return AuthorizationRequest(
        bundle_identifier=ExternalId("urn:case", "case"),
        trace_numbers=(),
        created=None,
        requester=Party(npi=PRACTICE, taxonomies=tuple(facts.get("practice", {}).get("specialties", ()))),
        insurer=Party(),
        patient=Person(member_id=_MEMBER, birth_date=_birth(facts, lines, received)),
        subscriber=None,
        coverage=CoverageSent(member_id=_MEMBER),
        lines=lines,
        review_type=kinds.pop() if len(kinds) == 1 else ReviewType.INITIAL,
        providers=(Party(npi=ORDERER, taxonomies=tuple(by)),),
        diagnoses=tuple(x.code for x in evidence.diagnoses),
        evidence=evidence,
    )


def context_of(facts: Facts, request: AuthorizationRequest, rules: RuleSet) -> DecisionContext:
    """What the payer knows of the member and the practice of a case."""
    received = received_day(facts)
    covered = facts.get("coverage", {})
    start = request.service_start or received
    enrolment = Enrolment(
        member_key="member",
        member_id=_MEMBER,
        plan_code=facts["plan"],
        period=Span(
            day_of(covered.get("start", "2000-01-01"), received), day_of(covered.get("end"), received)
        ),
        birth_date=request.patient.birth_date,
    )
    inside = facts.get("practice", {}).get("in_network", True)
    earlier = [_earlier(n, x, facts, request, rules) for n, x in enumerate(facts.get("earlier", ()), start=1)]
    return DecisionContext(
        received_at=datetime.combine(received, _AT, rules.programme.zone),
        enrolments=(enrolment,),
        providers={npi: Provider(npi, None, inside) for npi in (PRACTICE, OTHER_PRACTICE, ORDERER)},
        prior_lines=tuple(earlier),
        benefit_use=tuple(_used(facts, start, rules)),
    )


def _birth(facts: Facts, lines: tuple[ServiceLine, ...], received: date) -> date | None:
    starts = [x.period.start for x in lines if x.period and x.period.start]
    return born(facts.get("age"), min(starts, default=received))


def _line(sequence: int, facts: Facts, own: Facts, received: date) -> ServiceLine:
    """One line; what it does not say, the case says for all."""
    discipline = facts.get("discipline", "PT")
    unit = QuantityUnit.VISITS
    quantity = facts.get("visits")
    if own.get("units") is not None or ("visits" not in own and facts.get("units") is not None):
        unit, quantity = QuantityUnit.UNITS, facts["units"]
    place = facts.get("place", "11")
    return ServiceLine(
        sequence=sequence,
        service=Service(CodeKind.PROCEDURE, str(facts.get("code", _CODE[discipline]))),
        modifiers=(_MODIFIER[discipline], *facts.get("modifiers", ())),
        place_of_service=None if place is None else str(place),
        quantity=None if quantity is None else Decimal(quantity),
        unit=None if quantity is None else unit,
        period=_period(facts, received),
        review_type=ReviewType(facts.get("kind", "initial")),
        diagnoses=tuple(map(code, own.get("diagnoses", ()))),
    )


def _period(facts: Facts, received: date) -> Span:
    start = day_of(facts.get("start", "0 days"), received)
    days = facts.get("days")
    if days is None and facts.get("weeks") is not None:
        days = int(Decimal(facts["weeks"]) * 7)
    return Span(start, None if days is None or start is None else start + timedelta(days=days - 1))


def _earlier(
    sequence: int, content: Facts, facts: Facts, request: AuthorizationRequest, rules: RuleSet
) -> PriorLine:
    """An earlier line of the member; it is about the condition of the case unless it names another."""
    received = received_day(facts)
    start = day_of(content["start"], received)
    own = content.get("diagnosis")
    codes = (code(own),) if own else request.diagnoses
    group = find_group(codes, request.evidence.surgeries, request.service_start or received, rules)
    discipline = content.get("discipline", facts.get("discipline", "PT"))
    visits = content.get("visits")
    state = LineState(content.get("state", "certified"))
    return PriorLine(
        case_number=f"C{sequence:010}",
        sequence=1,
        discipline=Discipline(discipline),
        policy_id=content.get("policy") or (group.policy if group else None),
        service_code=str(content.get("code", _CODE[discipline])),
        diagnosis_group=group.id if group else None,
        requester_npi=PRACTICE if content.get("practice", "same") == "same" else OTHER_PRACTICE,
        period=Span(start, day_of(content.get("end"), received)),
        state=state,
        received_at=datetime.combine(start or received, _AT, rules.programme.zone),
        authorization_number=_NUMBER.format(sequence) if state is LineState.CERTIFIED else None,
        certified_visits=None if visits is None else Decimal(visits),
        is_evaluation=content.get("evaluation", False),
    )


def _used(facts: Facts, start: date, rules: RuleSet) -> list[BenefitUse]:
    plan = rules.plans.get(facts["plan"])
    if plan is None:
        return []
    year = start.year if (start.month, start.day) >= plan.year_starts else start.year - 1
    return [BenefitUse(bucket, year, Decimal(visits)) for bucket, visits in facts.get("used", {}).items()]

"""Requests, evidence and contexts for tests of the decision: a complete low-back request, and its parts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from fhirpa.um.clock_events import ClockEvent, ClockEventKind, current
from fhirpa.um.clock_rules import RequestKind
from fhirpa.um.clock_state import Reckoning
from fhirpa.um.context import DecisionContext, Enrolment, PriorLine, Provider
from fhirpa.um.determination import Due
from fhirpa.um.evidence import (
    Document,
    Evaluation,
    Evidence,
    Goal,
    MeasureScore,
    Order,
    PlanOfCare,
    Source,
    Surgery,
)
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
from fhirpa.um.terms import (
    CodeKind,
    Discipline,
    LevelOfService,
    LineOfBusiness,
    LineState,
    QuantityUnit,
)

RECEIVED = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
START = date(2026, 12, 1)
CLINIC, THERAPIST, OTHER_CLINIC = "1234567893", "1245319599", "1679576722"
HERE = Source("QuestionnaireResponse", "Bundle.entry[7].resource")


class FakeClock:
    """Due three days after receipt; five while the request waits for information."""

    def decision_due(
        self, lob: LineOfBusiness, level: LevelOfService, received_at: datetime, kind: RequestKind
    ) -> Due:
        return Due(received_at + timedelta(days=3), "T30", "three days")

    def information_due(
        self, lob: LineOfBusiness, level: LevelOfService, asked_at: datetime, due: Due
    ) -> Due:
        return Due(asked_at + timedelta(days=2), "T21", "two days")

    def awaiting_due(
        self,
        lob: LineOfBusiness,
        level: LevelOfService,
        received_at: datetime,
        asked_at: datetime,
        kind: RequestKind,
    ) -> Due:
        return Due(received_at + timedelta(days=5), "T25", "five days")

    def reckon(self, lob: LineOfBusiness, events: Sequence[ClockEvent]) -> Reckoning:
        start = current(tuple(events))[0]
        level, kind = LevelOfService.STANDARD, RequestKind.PREAUTHORIZATION
        due = self.decision_due(lob, level, start.at, kind)
        if any(x.kind is ClockEventKind.ASKED for x in events):
            due = self.awaiting_due(lob, level, start.at, start.at, kind)
        return Reckoning(start.at, level, kind, (due,))

    def capped(self, supply: Due, due: Due) -> Due:
        return min(supply, due, key=lambda d: d.at)

    @property
    def hospital_places(self) -> frozenset[str]:
        return frozenset()

    def past_the_table(self) -> "FakeClock":
        return self


def day(offset: int) -> date:
    """A day relative to the requested start."""
    return START + timedelta(days=offset)


UNITS = {"ODI": "%", "TUG": "s", "5XSTS": "s", "10MWT": "m/s", "6MWT": "m", "GRIP": "kg", "ROM": "deg"}


def score(measure: str, value: str, offset: int = -5, **more: Any) -> MeasureScore:
    """A score with its unit, as the reader of evidence gives it."""
    values = {"unit": UNITS.get(measure, "points"), **more}
    return MeasureScore(measure, Decimal(value), HERE, day(offset), **values)


def goal(text: str = "walk 500 m", status: str | None = None) -> Goal:
    return Goal(text, baseline="100 m", target="500 m", target_date=day(40), status=status)


def plan_of_care(weekly: str | None = None, weeks: str | None = "6", **more: Any) -> PlanOfCare:
    values: dict[str, Any] = {
        "source": HERE,
        "day": day(-5),
        "visits_per_week": Decimal(weekly) if weekly else None,
        "weeks": Decimal(weeks) if weeks else None,
        "goals": (goal(),),
        "interventions": ("exercise",),
        "home_programme": True,
        "signed": True,
    }
    return PlanOfCare(**{**values, **more})


def evidence(**more: Any) -> Evidence:
    """Everything that a first low-back request needs."""
    values: dict[str, Any] = {
        "evaluations": (Evaluation(HERE, day(-5), None),),
        "plans_of_care": (plan_of_care("1.34"),),
        "measures": (score("ODI", "42"),),
        "orders": (Order(HERE, day(-10), OTHER_CLINIC),),
        "red_flags": False,
    }
    return Evidence(**{**values, **more})


def service(code: str) -> Service:
    return Service(CodeKind.PROCEDURE, code)


def line(code: str = "97110", visits: int | str | None = 8, sequence: int = 1, **more: Any) -> ServiceLine:
    values: dict[str, Any] = {
        "modifiers": ("GP", "U5", "AT"),  # what Medicaid asks for; others do not mind
        "place_of_service": "11",
        "quantity": None if visits is None else Decimal(visits),
        "unit": None if visits is None else QuantityUnit.VISITS,
        "period": Span(START, day(41)),
        "path": f"Bundle.entry[0].resource.item[{sequence - 1}]",
    }
    return ServiceLine(sequence, more.pop("service", None) or service(code), **{**values, **more})


def request(*lines: ServiceLine, **more: Any) -> AuthorizationRequest:
    values: dict[str, Any] = {
        "bundle_identifier": ExternalId("urn:sender", "b-1"),
        "trace_numbers": (),
        "created": None,
        "requester": Party(npi=CLINIC, path="Bundle.entry[3].resource"),
        "insurer": Party(name="Payer"),
        "patient": Person(member_id="M1", birth_date=date(1980, 5, 1), path="Bundle.entry[1].resource"),
        "subscriber": None,
        "coverage": CoverageSent(member_id="M1", path="Bundle.entry[2].resource"),
        "diagnoses": ("M5450",),
        "evidence": evidence(),
    }
    return AuthorizationRequest(lines=lines or (line(),), **{**values, **more})


def enrolment(plan: str = "SANDBOX-COM", **more: Any) -> Enrolment:
    values: dict[str, Any] = {
        "member_key": "key-1",
        "member_id": "M1",
        "plan_code": plan,
        "period": Span(date(2020, 1, 1), None),
        "birth_date": date(1980, 5, 1),
    }
    return Enrolment(**{**values, **more})


def provider(npi: str, in_network: bool = True, *taxonomies: str) -> Provider:
    return Provider(npi, None, in_network, taxonomies)


def context(plan: str = "SANDBOX-COM", **more: Any) -> DecisionContext:
    values: dict[str, Any] = {
        "received_at": RECEIVED,
        "enrolments": (enrolment(plan),),
        "providers": {n: provider(n) for n in (CLINIC, THERAPIST, OTHER_CLINIC)},
    }
    return DecisionContext(**{**values, **more})


def prior(visits: int | None = 8, **more: Any) -> PriorLine:
    """A certified low-back block that ended the day before the requested start."""
    values: dict[str, Any] = {
        "case_number": "C0000000018",
        "sequence": 1,
        "discipline": Discipline.PT,
        "policy_id": "LBP",
        "service_code": "97110",
        "diagnosis_group": "low_back",
        "requester_npi": CLINIC,
        "period": Span(day(-43), day(-1)),
        "state": LineState.CERTIFIED,
        "received_at": RECEIVED - timedelta(days=50),
        "authorization_number": "A0000000018",
        "certified_visits": None if visits is None else Decimal(visits),
    }
    return PriorLine(**{**values, **more})


def document(loinc: str, offset: int = -5) -> Document:
    return Document(HERE, loinc, day=day(offset))


def surgery(offset: int, text: str = "total knee arthroplasty") -> Surgery:
    return Surgery(HERE, day(offset), text=text)


def born(years: int) -> dict[str, Any]:
    """Request and enrolment values for a member who is so many years old at the start."""
    birth = date(START.year - years, 6, 1)
    return {
        "patient": Person(member_id="M1", birth_date=birth, path="Bundle.entry[1].resource"),
    }


def context_for(years: int, plan: str, **more: Any) -> DecisionContext:
    birth = date(START.year - years, 6, 1)
    return replace(context(plan, **more), enrolments=(enrolment(plan, birth_date=birth),))

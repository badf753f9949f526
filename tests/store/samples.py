"""Cases, submissions and exchanges as the use cases make them, small enough to read."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from fhirpa.store import Exchange, NewEvent, Submission
from fhirpa.um.case import Authorization, Case, CaseLine
from fhirpa.um.context import Enrolment
from fhirpa.um.determination import BenefitDraw, CertifiedService, CriterionResult, Due
from fhirpa.um.evidence import Evidence, Order, Source
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
    ActorRole,
    CodeKind,
    CriterionStatus,
    Discipline,
    LineOfBusiness,
    LineState,
    QuantityUnit,
)

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
PERIOD = Span(date(2026, 12, 1), date(2027, 1, 12))
REQUESTER, RENDERING, ORDERING = "1234567893", "1245319599", "1679576722"
TRACE = ExternalId("urn:sender", "trace-1")
ENROLMENT = Enrolment("m", "M1", "PLAN", Span(date(2026, 1, 1), None), date(1980, 2, 3), "S1")


def certified_line(number: str, sequence: int = 1, visits: int = 8) -> CaseLine:
    service = Service(CodeKind.PROCEDURE, "97110")
    certified = CertifiedService(
        service, Decimal(visits), QuantityUnit.VISITS, Decimal(f"{visits}.0"), PERIOD, ("GP",)
    )
    return CaseLine(
        line=ServiceLine(
            sequence=sequence,
            service=service,
            modifiers=("GP",),
            quantity=Decimal("8"),
            unit=QuantityUnit.VISITS,
            period=Span(date(2026, 12, 1), date(2027, 2, 1)),
            rendering=Party(npi=RENDERING),
            trace_numbers=(TRACE,),
        ),
        state=LineState.CERTIFIED,
        discipline=Discipline.PT,
        policy_id="LBP",
        authorization=Authorization(number, certified, NOW),
        criteria=(CriterionResult("LBP-1", CriterionStatus.MET, "Is there a plan of care?"),),
    )


def pended_line(reference: str, sequence: int = 1) -> CaseLine:
    line = certified_line("", sequence)
    return replace(
        line,
        state=LineState.PENDED_CLINICAL,
        authorization=None,
        administrative_reference_number=reference,
    )


def make_case(
    name: str,
    *lines: CaseLine,
    member_key: str = "m",
    received_at: datetime = NOW,
    draws: tuple[BenefitDraw, ...] = (),
) -> Case:
    """A case whose id is `name`; certified on one line unless told otherwise."""
    lines = lines or (certified_line(f"A-{name}"),)
    request = AuthorizationRequest(
        bundle_identifier=ExternalId("urn:sender", f"bundle-{name}"),
        trace_numbers=(ExternalId("urn:sender", f"claim-{name}"),),
        created=NOW,
        requester=Party(npi=REQUESTER, name="Clinic"),
        insurer=Party(),
        patient=Person(member_id="M1", family="Sample", birth_date=date(1980, 2, 3)),
        subscriber=None,
        coverage=CoverageSent(member_id="M1", plan_code="PLAN"),
        lines=tuple(x.line for x in lines),
        event_period=Span(date(2026, 12, 1), date(2027, 3, 1)),
        evidence=Evidence(orders=(Order(Source("ServiceRequest", "Bundle.entry[3]"), None, ORDERING),)),
    )
    return Case(
        case_id=name,
        case_number=f"C-{name}",
        request=request,
        lines=lines,
        received_at=received_at,
        updated_at=received_at,
        member_key=member_key,
        plan_code="PLAN",
        line_of_business=LineOfBusiness.COM,
        rules_version="2026.1",
        due=Due(received_at, "T1", "in three days"),
        draws=draws,
    )


def draw(visits: str, sequence: int = 1, bucket: str = "PT", year: int = 2026) -> BenefitDraw:
    return BenefitDraw(bucket, year, Decimal(visits), sequence)


def submission_of(case: Case, *, content: str = "0", exchange_id: str = "x1") -> Submission:
    identifier = case.request.bundle_identifier
    return Submission("clinic", identifier, content * 64, case.received_at, exchange_id)


def event(kind: str = "received", **body: object) -> NewEvent:
    return NewEvent(kind, NOW, ActorRole.PROVIDER, None, body)


def exchange(name: str, case_id: str | None = None, request: bytes = b"{}") -> Exchange:
    return Exchange(
        exchange_id=name,
        received_at=NOW,
        finished_at=NOW,
        guide_version="2.2.1",
        operation="submit",
        client=None,
        status=200,
        media="json",
        request=request,
        response=b"<answer/>",
        case_id=case_id,
    )

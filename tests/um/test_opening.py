"""A case opens from the engine's decision."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

import pytest

from fhirpa.um.case import Case
from fhirpa.um.determination import BusinessError, CertifiedService, Decision, LineRecommendation
from fhirpa.um.opening import determination_kind, open_case
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
    DeterminationKind,
    Discipline,
    EngineResult,
    LineOfBusiness,
    LineState,
    QuantityUnit,
)

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
EXERCISE = Service(CodeKind.PROCEDURE, "97110")


def certified(visits: int) -> CertifiedService:
    period = Span(date(2026, 12, 1), date(2027, 1, 12))
    return CertifiedService(EXERCISE, Decimal(visits), QuantityUnit.VISITS, Decimal(visits), period)


def line(sequence: int, *, cancelled: bool = False) -> ServiceLine:
    return ServiceLine(sequence=sequence, service=EXERCISE, quantity=Decimal(8), cancelled=cancelled)


def request(*lines: ServiceLine) -> AuthorizationRequest:
    return AuthorizationRequest(
        bundle_identifier=ExternalId(None, "b"),
        trace_numbers=(),
        created=None,
        requester=Party(),
        insurer=Party(),
        patient=Person(),
        subscriber=None,
        coverage=CoverageSent(),
        lines=lines,
    )


def opened(*recommended: LineRecommendation, lines: tuple[ServiceLine, ...] | None = None) -> Case:
    numbers = count(1)
    decision = Decision(lines=recommended, line_of_business=LineOfBusiness.COM, plan_code="P", member_key="m")
    return open_case(
        request(*(lines or tuple(line(r.sequence) for r in recommended))),
        decision,
        case_id="c",
        received_at=NOW,
        now=NOW,
        number=lambda prefix: f"{prefix}{next(numbers)}",
    )


def test_a_certified_line_carries_an_authorization_and_no_reference_number() -> None:
    case = opened(
        LineRecommendation(1, EngineResult.CERTIFY, discipline=Discipline.PT, certified=certified(8))
    )
    (only,) = case.lines
    assert only.state is LineState.CERTIFIED
    assert only.authorization is not None
    assert only.administrative_reference_number is None
    assert determination_kind(only) is DeterminationKind.CERTIFIED
    assert not case.is_pended


def test_one_authorization_number_covers_a_discipline_of_the_case() -> None:
    case = opened(
        LineRecommendation(1, EngineResult.CERTIFY, discipline=Discipline.PT, certified=certified(8)),
        LineRecommendation(2, EngineResult.CERTIFY, discipline=Discipline.PT, certified=certified(8)),
        LineRecommendation(3, EngineResult.CERTIFY, discipline=Discipline.OT, certified=certified(8)),
    )
    first, second, third = (x.authorization.number for x in case.lines if x.authorization)
    assert first == second
    assert third != first


def test_a_certified_block_leaves_the_line_pended_for_a_person() -> None:
    case = opened(
        LineRecommendation(1, EngineResult.CERTIFY_BLOCK, discipline=Discipline.PT, certified=certified(6))
    )
    (only,) = case.lines
    assert only.state is LineState.PENDED_CLINICAL
    assert only.authorization is not None
    assert only.administrative_reference_number is not None
    assert determination_kind(only) is DeterminationKind.CERTIFIED_IN_PART


def test_all_pended_lines_of_a_case_share_one_reference_number() -> None:
    case = opened(
        LineRecommendation(1, EngineResult.PEND_INFORMATION),
        LineRecommendation(2, EngineResult.PEND_CLINICAL),
    )
    assert len({x.administrative_reference_number for x in case.lines}) == 1
    assert [determination_kind(x) for x in case.lines] == [None, None]


def test_a_cancelled_line_opens_cancelled() -> None:
    case = opened(LineRecommendation(1, EngineResult.PEND_CLINICAL), lines=(line(1, cancelled=True),))
    assert case.lines[0].state is LineState.CANCELLED


@pytest.mark.parametrize("result", list(EngineResult))
def test_no_engine_result_opens_a_denied_line(result: EngineResult) -> None:
    case = opened(LineRecommendation(1, result))
    assert case.lines[0].state not in (LineState.DENIED_MEDICAL, LineState.DENIED_ADMINISTRATIVE)


def test_a_decision_with_business_errors_opens_no_case() -> None:
    error = BusinessError("75", "C", "No member was found.", "2010C-NM109", "Bundle", "member-not-found")
    with pytest.raises(ValueError, match="business errors"):
        open_case(
            request(line(1)),
            Decision(errors=(error,)),
            case_id="c",
            received_at=NOW,
            now=NOW,
            number=lambda prefix: prefix,
        )

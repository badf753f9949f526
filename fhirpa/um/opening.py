"""How a case opens from the engine's decision."""

from collections.abc import Callable
from datetime import datetime

from fhirpa.um.case import Authorization, Case, CaseLine
from fhirpa.um.determination import Decision, LineRecommendation
from fhirpa.um.request import AuthorizationRequest, ServiceLine
from fhirpa.um.terms import DeterminationKind, Discipline, EngineResult, LineState

_STATE = {
    EngineResult.CERTIFY: LineState.CERTIFIED,
    EngineResult.CERTIFY_BLOCK: LineState.PENDED_CLINICAL,
    EngineResult.PEND_INFORMATION: LineState.PENDED_INFORMATION,
    EngineResult.PEND_CLINICAL: LineState.PENDED_CLINICAL,
    EngineResult.NOT_REQUIRED: LineState.NOT_REQUIRED,
    EngineResult.CONTACT_PAYER: LineState.CONTACT_PAYER,
}


def open_case(
    request: AuthorizationRequest,
    decision: Decision,
    *,
    case_id: str,
    received_at: datetime,
    now: datetime,
    number: Callable[[str], str],
) -> Case:
    """The new case for a decision without errors.

    `number` mints an unused number for a prefix: C case, A authorization, R administrative reference.
    One authorization number covers a discipline of the case, one reference number all that is pended.
    """
    if decision.errors or decision.line_of_business is None:
        raise ValueError("a decision with business errors opens no case")
    lines_by_sequence = {x.sequence: x for x in request.lines}
    authorization_numbers: dict[Discipline | None, str] = {}
    reference = ""
    lines = []
    for item in decision.lines:
        state = _state(item, lines_by_sequence[item.sequence])
        authorization = None
        if item.certified is not None:
            if item.discipline not in authorization_numbers:
                authorization_numbers[item.discipline] = number("A")
            authorization = Authorization(authorization_numbers[item.discipline], item.certified, now)
        if state.is_pended and not reference:
            reference = number("R")
        lines.append(
            CaseLine(
                line=lines_by_sequence[item.sequence],
                state=state,
                discipline=item.discipline,
                policy_id=item.policy_id,
                diagnosis_group=item.diagnosis_group,
                is_evaluation=item.is_evaluation,
                authorization=authorization,
                administrative_reference_number=reference if state.is_pended else None,
                reasons=item.reasons,
                notes=item.notes,
                information=item.information,
                criteria=item.criteria,
                review=item.review,
            )
        )
    return Case(
        case_id=case_id,
        case_number=number("C"),
        request=request,
        lines=tuple(lines),
        received_at=received_at,
        updated_at=now,
        member_key=decision.member_key or "",
        plan_code=decision.plan_code or "",
        line_of_business=decision.line_of_business,
        rules_version=decision.rules_version,
        due=decision.due,
        information_due=decision.information_due,
        draws=decision.draws,
        notes=decision.notes,
    )


def _state(item: LineRecommendation, line: ServiceLine) -> LineState:
    if line.cancelled:
        return LineState.CANCELLED
    if item.result is EngineResult.CERTIFY_BLOCK and item.information:
        return LineState.PENDED_INFORMATION
    return _STATE[item.result]


def determination_kind(line: CaseLine) -> DeterminationKind | None:
    """The kind of determination that a freshly opened line carries; None while nothing is decided."""
    if line.state is LineState.CERTIFIED:
        return DeterminationKind.CERTIFIED
    if line.authorization is not None:
        return DeterminationKind.CERTIFIED_IN_PART
    return {
        LineState.NOT_REQUIRED: DeterminationKind.NOT_REQUIRED,
        LineState.CONTACT_PAYER: DeterminationKind.CONTACT_PAYER,
        LineState.CANCELLED: DeterminationKind.CANCELLED,
    }.get(line.state)

"""How a case opens from the engine's decision."""

from collections.abc import Callable, Mapping
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


class Numbers:
    """The numbers of one case: one authorization number per discipline, one reference for all that waits.

    `number` mints an unused number for a prefix (A authorization, R administrative reference); what the
    case has already is used again.
    """

    def __init__(
        self,
        number: Callable[[str], str],
        authorizations: Mapping[Discipline | None, str] | None = None,
        reference: str = "",
    ) -> None:
        self._number = number
        self._authorizations = dict(authorizations or {})
        self._reference = reference

    def authorization(self, discipline: Discipline | None) -> str:
        """The authorization number of a discipline."""
        if discipline not in self._authorizations:
            self._authorizations[discipline] = self._number("A")
        return self._authorizations[discipline]

    def reference(self) -> str:
        """The administrative reference number."""
        self._reference = self._reference or self._number("R")
        return self._reference


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
    numbers = Numbers(number)
    lines = [opened_line(lines_by_sequence[x.sequence], x, numbers, now) for x in decision.lines]
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


def opened_line(line: ServiceLine, item: LineRecommendation, numbers: Numbers, now: datetime) -> CaseLine:
    """The case line that the engine's proposal makes of a requested line."""
    state = _state(item, line)
    authorization = None
    if item.certified is not None:
        authorization = Authorization(numbers.authorization(item.discipline), item.certified, now)
    return CaseLine(
        line=line,
        state=state,
        discipline=item.discipline,
        policy_id=item.policy_id,
        diagnosis_group=item.diagnosis_group,
        is_evaluation=item.is_evaluation,
        authorization=authorization,
        administrative_reference_number=numbers.reference() if state.is_pended else None,
        reasons=item.reasons,
        notes=item.notes,
        information=item.information,
        criteria=item.criteria,
        steps=item.steps,
        review=item.review,
    )


def _state(item: LineRecommendation, line: ServiceLine) -> LineState:
    if line.cancelled:
        return LineState.CANCELLED
    if item.result is EngineResult.CERTIFY_BLOCK and item.information:
        return LineState.PENDED_INFORMATION
    return _STATE[item.result]


def determination_kind(line: CaseLine) -> DeterminationKind | None:
    """The kind of determination that the engine or a cancellation leaves on a line; None while it is open."""
    if line.state is LineState.CANCELLED:  # what was certified before is kept on it for the record
        return DeterminationKind.CANCELLED
    if line.state is LineState.CERTIFIED:
        return DeterminationKind.CERTIFIED
    if line.authorization is not None:
        return DeterminationKind.CERTIFIED_IN_PART
    return {
        LineState.NOT_REQUIRED: DeterminationKind.NOT_REQUIRED,
        LineState.CONTACT_PAYER: DeterminationKind.CONTACT_PAYER,
    }.get(line.state)

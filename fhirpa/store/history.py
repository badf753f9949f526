"""What a decision must know of a member's other cases."""

from sqlalchemy import Connection, bindparam, select

from fhirpa.store.schema import service_case, service_line
from fhirpa.um.context import PriorLine
from fhirpa.um.request import Span
from fhirpa.um.terms import Discipline, LineState

_RELEVANT = (LineState.CERTIFIED, LineState.MODIFIED, *(x for x in LineState if x.is_pended))


_PRIOR_LINES = (
    select(
        service_line,
        service_case.c.case_number,
        service_case.c.requester_npi,
        service_case.c.received_at,
    )
    .join(service_case)
    .where(service_case.c.member_key == bindparam("member_key"), service_line.c.state.in_(_RELEVANT))
    .order_by(service_case.c.received_at, service_case.c.case_id, service_line.c.sequence)
)


def prior_lines(connection: Connection, member_key: str) -> tuple[PriorLine, ...]:
    """Lines of the member's cases that are certified (also otherwise than asked) or pended, oldest first."""
    return tuple(
        PriorLine(
            case_number=row.case_number,
            sequence=row.sequence,
            discipline=Discipline(row.discipline) if row.discipline else None,
            policy_id=row.policy_id,
            service_code=row.service_code,
            diagnosis_group=row.diagnosis_group,
            requester_npi=row.requester_npi,
            period=Span(row.service_start, row.service_end),
            state=LineState(row.state),
            received_at=row.received_at,
            authorization_number=row.authorization_number,
            certified_visits=row.certified_visits,
            is_evaluation=row.is_evaluation,
        )
        for row in connection.execute(_PRIOR_LINES, {"member_key": member_key})
    )

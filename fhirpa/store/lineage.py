"""Finding the case that an update names (PAS spec-65)."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from fhirpa.store.case_rows import trace_digest
from fhirpa.store.schema import service_case, trace_number
from fhirpa.um.request import ExternalId

_WHOLE_REQUEST = 0  # the sequence under which the names of the request as a whole stand


def named_cases(
    connection: Connection, member_key: str, sender: str, names: Iterable[ExternalId], limit: int
) -> list[str]:
    """Ids of the sender's cases for the member that bear, or once bore, one of these names; newest first."""
    digests = [trace_digest(x) for x in names]
    named = select(trace_number.c.case_id).where(
        trace_number.c.digest.in_(digests), trace_number.c.sequence == _WHOLE_REQUEST
    )
    case = service_case.c
    query = (
        select(case.case_id)
        .where(case.member_key == member_key, case.sender == sender, case.case_id.in_(named))
        .order_by(case.updated_at.desc(), case.case_id)
        .limit(limit)
    )
    return [row.case_id for row in connection.execute(query)]

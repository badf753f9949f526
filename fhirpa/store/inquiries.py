"""Finding the cases that an inquiry may see.

http://hl7.org/fhir/us/davinci-pas specification#prior-authorization-inquiries (spec-47, spec-53).
"""

from sqlalchemy import Connection, Select, select

from fhirpa.store.case_rows import trace_digest
from fhirpa.store.roster import find_dependent, find_person
from fhirpa.store.schema import case_provider, issued_number, service_case, trace_number
from fhirpa.um.inquiry import Inquiry


def find_cases(connection: Connection, inquiry: Inquiry, limit: int) -> list[str]:
    """Ids of the matching cases, newest first, at most `limit`.

    Member id (or subscriber id and birth date) and the NPI of a provider of the case must both match;
    numbers only narrow, so a number alone shows nothing. Numbers that a case had once still find it.
    """
    member_key = _member(connection, inquiry)
    if member_key is None or not inquiry.provider_npis:
        return []
    query = case_query(member_key, inquiry, limit)
    return [row.case_id for row in connection.execute(query)]


def case_query(member_key: str, inquiry: Inquiry, limit: int) -> Select[tuple[str]]:
    """The query for one member's cases; within one kind of number any may match."""
    case = service_case.c
    seen_by = select(case_provider.c.case_id).where(case_provider.c.npi.in_(inquiry.provider_npis))
    conditions = [case.member_key == member_key, case.case_id.in_(seen_by)]
    for kind, numbers in (
        ("authorization", inquiry.authorization_numbers),
        ("reference", inquiry.administrative_reference_numbers),
    ):
        if numbers:
            issued = select(issued_number.c.case_id).where(
                issued_number.c.number.in_(numbers), issued_number.c.kind == kind
            )
            conditions.append(case.case_id.in_(issued))
    if inquiry.trace_numbers:
        digests = [trace_digest(x) for x in inquiry.trace_numbers]
        traced = select(trace_number.c.case_id).where(trace_number.c.digest.in_(digests))
        conditions.append(case.case_id.in_(traced))
    query = select(case.case_id).where(*conditions)
    return query.order_by(case.received_at.desc(), case.case_id).limit(limit)


def _member(connection: Connection, inquiry: Inquiry) -> str | None:
    """The one person asked about; another birth date than the roster's means somebody else."""
    asked = inquiry.patient_birth_date
    person = find_person(connection, inquiry.member_ids, asked)
    if person is not None:
        member_key, birth_date = person
        if asked is None or birth_date is None or asked == birth_date:
            return member_key
    return find_dependent(connection, inquiry.member_ids, asked) if asked is not None else None

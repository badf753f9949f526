"""Writing and reading cases: the snapshot, its rows, events and determinations, in one transaction."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Table, bindparam, insert, select, union_all, update
from sqlalchemy.exc import IntegrityError

from fhirpa.store import benefits, case_rows, codec, events, submissions
from fhirpa.store.dialect import insert_new, inserted, upsert
from fhirpa.store.errors import DuplicateSubmission, NotFound, NumberTaken, StaleCase
from fhirpa.store.records import NewDetermination, NewEvent, Submission
from fhirpa.store.schema import (
    appeal,
    authorization,
    benefit_draw,
    case_provider,
    determination,
    issued_number,
    service_case,
    service_line,
    trace_number,
)
from fhirpa.um.case import Case
from fhirpa.um.determination import BenefitDraw

# Statements of the submit path are built once: SQLAlchemy then also keeps their cache keys.
_ADD = {
    table: insert(table)
    for table in (
        issued_number,
        authorization,
        determination,
        service_line,
        case_provider,
        trace_number,
        benefit_draw,
    )
}
_SNAPSHOT = select(service_case.c.snapshot).where(service_case.c.case_id == bindparam("case_id"))
_TAKEN = union_all(
    select(issued_number.c.case_id).where(issued_number.c.number == bindparam("number")),
    select(service_case.c.case_id).where(service_case.c.case_number == bindparam("number")),
)


def save(connection: Connection, case: Case, submission: Submission, new_events: Sequence[NewEvent]) -> None:
    """Writes a new case. Raises DuplicateSubmission, NumberTaken, ValueError (no event)."""
    row = {**case_rows.case_row(case), "sender": submission.sender}
    if not inserted(connection, service_case, row, "case_number"):
        raise NumberTaken("the case number is in use")
    if not submissions.record(connection, submission, case.case_id):
        raise DuplicateSubmission(submissions.find(connection, submission) or "")
    _issue(connection, case, known=())
    _insert(connection, authorization, case_rows.authorization_rows(case))
    _determine(connection, case, case_rows.opening_determinations(case))
    _insert(connection, service_line, case_rows.line_rows(case))
    _insert(connection, case_provider, case_rows.provider_rows(case))
    _insert(connection, trace_number, case_rows.trace_rows(case))
    booked = [benefits.booking_event(case)] if case.draws else []
    _insert(connection, benefit_draw, case_rows.draw_rows(case, case.updated_at, {}))
    events.start_chain(connection, case.case_id, [*new_events, *booked] if new_events else [])


def change(
    connection: Connection,
    case: Case,
    expected_version: int,
    new_events: Sequence[NewEvent],
    determinations: Sequence[NewDetermination],
    submission: Submission | None,
) -> None:
    """Writes a case's next version. Raises StaleCase, NotFound, NumberTaken, DuplicateSubmission."""
    if case.version != expected_version + 1:
        raise ValueError("the changed case must carry the version after the expected one")
    drawn = _drawn(connection, case.case_id)
    _advance(connection, case, expected_version)
    if submission is not None and not submissions.record(connection, submission, case.case_id):
        raise DuplicateSubmission(submissions.find(connection, submission) or "")
    numbers = select(issued_number.c.number).where(issued_number.c.case_id == case.case_id)
    _issue(connection, case, known=connection.execute(numbers).scalars())
    upsert(connection, authorization, case_rows.authorization_rows(case))
    upsert(connection, appeal, case_rows.appeal_rows(case))
    _determine(connection, case, determinations)
    events.extend_chain(connection, case.case_id, new_events)  # first: a line moves by what its event says
    upsert(connection, service_line, case_rows.line_rows(case))
    insert_new(connection, case_provider, case_rows.provider_rows(case))
    insert_new(connection, trace_number, case_rows.trace_rows(case))
    ledger = benefits.ledger_of(connection, case.case_id)
    _insert(connection, benefit_draw, case_rows.draw_rows(case, case.updated_at, ledger))
    if case.draws != drawn:
        events.extend_chain(connection, case.case_id, [benefits.booking_event(case)])


def load(connection: Connection, case_id: str) -> Case:
    """The case. Raises NotFound."""
    snapshot = connection.execute(_SNAPSHOT, {"case_id": case_id}).scalar()
    if snapshot is None:
        raise NotFound(f"no case {case_id}")
    return codec.decode_case(snapshot)


def number_taken(connection: Connection, number: str) -> bool:
    """True if a case has this number, whatever it numbers."""
    return connection.execute(_TAKEN, {"number": number}).first() is not None


def _advance(connection: Connection, case: Case, expected_version: int) -> None:
    row = case_rows.case_row(case)
    key = service_case.c.case_id == row.pop("case_id")
    changed = update(service_case).where(key, service_case.c.version == expected_version).values(row)
    if connection.execute(changed).rowcount != 1:
        if connection.execute(select(service_case.c.version).where(key)).first() is None:
            raise NotFound(f"no case {case.case_id}")
        raise StaleCase(f"case {case.case_id} is not at version {expected_version} any more")


def _issue(connection: Connection, case: Case, known: Iterable[str]) -> None:
    """Books the case's new numbers. Raises NumberTaken if another case has one of them."""
    taken = set(known)
    try:
        rows = [x for x in case_rows.number_rows(case) if x["number"] not in taken]
        _insert(connection, issued_number, rows)
    except IntegrityError:
        raise NumberTaken("an authorization or reference number is in use") from None


def _determine(connection: Connection, case: Case, new: Sequence[NewDetermination]) -> None:
    _insert(connection, determination, [case_rows.determination_row(case, x) for x in new])


def _drawn(connection: Connection, case_id: str) -> tuple[BenefitDraw, ...]:
    """What the case has drawn up to now; () for a case that there is not, of which `_advance` tells."""
    snapshot = connection.execute(_SNAPSHOT, {"case_id": case_id}).scalar()
    return () if snapshot is None else codec.decode_case(snapshot).draws


def _insert(connection: Connection, table: Table, rows: list[case_rows.Row]) -> None:
    if rows:
        connection.execute(_ADD[table], rows)

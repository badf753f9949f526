"""Which bundle was decided as which case."""

from typing import Any

from sqlalchemy import Connection, bindparam, select

from fhirpa.store.dialect import inserted
from fhirpa.store.keys import digest
from fhirpa.store.records import Submission
from fhirpa.store.schema import submission as table

_FIND = select(table.c.case_id).where(table.c.key == bindparam("wanted"))


def find(connection: Connection, submission: Submission) -> str | None:
    """The case that the same sender's same bundle was decided as."""
    return connection.execute(_FIND, {"wanted": _key(submission)}).scalar()


def record(connection: Connection, submission: Submission, case_id: str) -> bool:
    """Books the bundle; False if it is booked already (waits for a transaction that is booking it)."""
    row: dict[str, Any] = {
        "key": _key(submission),
        "sender": submission.sender,
        "system": submission.identifier.system,
        "value": submission.identifier.value,
        "content_hash": submission.content_hash,
        "case_id": case_id,
        "exchange_id": submission.exchange_id,
        "received_at": submission.received_at,
    }
    return inserted(connection, table, row, "key")


def _key(submission: Submission) -> str:
    identifier = submission.identifier
    return digest(submission.sender, identifier.system, identifier.value, submission.content_hash)

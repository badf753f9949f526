"""The event log: insert-only, one hash chain per case.

An event's hash covers the hash before it, what happened, when, by whom, and a salted digest of its body.
The body lies in a table of its own, so that it can be purged when its retention ends; the chain stays
whole, and a tombstone event says what was purged. The record of a decision goes with its event's body.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from fhirpa.store import codec, decisions
from fhirpa.store.dialect import for_update
from fhirpa.store.errors import NotFound
from fhirpa.store.keys import digest
from fhirpa.store.records import NewEvent
from fhirpa.store.schema import case_event, case_event_body, decision_record, service_case

TOMBSTONE = "bodies-purged"
BOOKING = "benefit-booked"  # what the case draws from then on, all of it; see `benefits`
_KEPT = frozenset({TOMBSTONE, BOOKING})  # no words of anybody, and sums rest on them
_SALT_BYTES = 16
_ADD_EVENT = insert(case_event)
_ADD_BODY = insert(case_event_body)


def start_chain(connection: Connection, case_id: str, events: Sequence[NewEvent]) -> None:
    """Writes the first events of a new case. Raises ValueError if there is none."""
    if not events:
        raise ValueError("a case opens with at least one event")
    _append(connection, case_id, events, 0, "")


def extend_chain(connection: Connection, case_id: str, events: Sequence[NewEvent]) -> None:
    """Writes further events. Raises NotFound for a case without events."""
    if not events:
        return
    lock = select(service_case.c.version).where(service_case.c.case_id == case_id)
    connection.execute(for_update(connection, lock))  # two writers of one case follow each other
    query = (
        select(case_event.c.seq, case_event.c.hash)
        .where(case_event.c.case_id == case_id)
        .order_by(case_event.c.seq.desc())
        .limit(1)
    )
    head = connection.execute(query).first()
    if head is None:
        raise NotFound(f"case {case_id} has no events")
    _append(connection, case_id, events, head.seq, head.hash)


def _append(connection: Connection, case_id: str, events: Sequence[NewEvent], seq: int, hash_: str) -> None:
    rows, bodies, decided = [], [], []
    for event in events:
        seq += 1
        content = event.body
        if event.decision is not None:
            text = codec.encode_decision(event.decision.record)
            decided.append((seq, event, event.decision, text))
            content = {**content, **decisions.body_of(event.decision, text, secrets.token_hex(_SALT_BYTES))}
        body, salt = codec.encode(content), secrets.token_hex(_SALT_BYTES)
        row: dict[str, Any] = {
            "case_id": case_id,
            "seq": seq,
            "type": event.type,
            "at": event.at,
            "actor_role": event.actor_role,
            "actor_id": event.actor_id or "",
            "body_digest": digest(salt, body),
            "prev_hash": hash_,
        }
        hash_ = event_hash(
            hash_, case_id, seq, event.type, event.at, event.actor_role, event.actor_id, row["body_digest"]
        )
        rows.append({**row, "hash": hash_})
        bodies.append({"case_id": case_id, "seq": seq, "salt": salt, "body": body})
    connection.execute(_ADD_EVENT, rows)
    connection.execute(_ADD_BODY, bodies)
    for number, event, decision, text in decided:
        decisions.keep_rules(connection, decision, event.at)
        decisions.add(connection, case_id, number, event.at, decision, text)


def event_hash(
    prev_hash: str,
    case_id: str,
    seq: int,
    kind: str,
    at: datetime,
    actor_role: str,
    actor_id: str | None,
    body_digest: str,
) -> str:
    """The link of the chain: a digest over every column of the event."""
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    return digest(prev_hash, case_id, str(seq), kind, instant, actor_role, actor_id or "", body_digest)


def purge_bodies(connection: Connection, case_id: str, seqs: Sequence[int], tombstone: NewEvent) -> None:
    """Deletes the bodies of these events, and the decisions kept beside them; writes the tombstone.

    Its body must name the events in `purged`.

    Raises ValueError for a tombstone or a booking, NotFound if the case has no such event.
    """
    chosen = (case_event.c.case_id == case_id) & case_event.c.seq.in_(seqs)
    types = list(connection.execute(select(case_event.c.type).where(chosen)).scalars())
    if len(types) != len(set(seqs)):
        raise NotFound(f"case {case_id} has no such events")
    if _KEPT & set(types):
        raise ValueError("tombstones and bookings are kept")
    extend_chain(connection, case_id, [tombstone])
    body = case_event_body.c
    connection.execute(delete(case_event_body).where(body.case_id == case_id, body.seq.in_(seqs)))
    kept = decision_record.c
    connection.execute(delete(decision_record).where(kept.case_id == case_id, kept.seq.in_(seqs)))

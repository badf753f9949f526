"""Cases as reviewers look for them: by number, by what waits; their log and their peer-to-peer record."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, union_all

from fhirpa.store import codec
from fhirpa.store.errors import NotFound
from fhirpa.store.records import KeptEvent, KeptNotice, QueuedAppeal, QueuedCase
from fhirpa.store.schema import (
    appeal,
    case_event,
    case_event_body,
    issued_number,
    outbox,
    peer_to_peer,
    service_case,
    service_line,
)
from fhirpa.um.peer_to_peer import PeerToPeer
from fhirpa.um.terms import LineState

_PENDED = tuple(x for x in LineState if x.is_pended)


def case_id_of(connection: Connection, number: str) -> str:
    """The id of the case with this number. Raises NotFound."""
    query = select(service_case.c.case_id).where(service_case.c.case_number == number)
    found = connection.execute(query).scalar()
    if found is None:
        raise NotFound(f"no case {number}")
    return str(found)


def find_case_id(connection: Connection, any_number: str) -> str:
    """The case with this id, case number, authorization number or reference number. Raises NotFound."""
    case, number = service_case.c, issued_number.c
    query = union_all(
        select(case.case_id).where(or_(case.case_id == any_number, case.case_number == any_number)),
        select(number.case_id).where(number.number == any_number),
    )
    found = connection.execute(query).scalar()
    if found is None:
        raise NotFound(f"no case, authorization or reference {any_number}")
    return str(found)


def notices_of(connection: Connection, case_id: str) -> list[KeptNotice]:
    """What was queued for somebody about a case, oldest first."""
    query = select(outbox).where(outbox.c.case_id == case_id).order_by(outbox.c.id)
    return [
        KeptNotice(x.created_at, x.kind, x.topic, x.state, codec.decode_plain(x.payload))
        for x in connection.execute(query)
    ]


def sender_of(connection: Connection, case_id: str) -> str:
    """Who submitted the case. Raises NotFound."""
    query = select(service_case.c.sender).where(service_case.c.case_id == case_id)
    found = connection.execute(query).scalar()
    if found is None:
        raise NotFound(f"no case {case_id}")
    return str(found)


def open_cases(
    connection: Connection,
    states: Sequence[LineState] = (),
    discipline: str | None = None,
    line_of_business: str | None = None,
    free_for: str | None = None,
    limit: int = 200,
    *,
    late_too: bool = False,
) -> list[QueuedCase]:
    """Open cases with a line in one of these states (none given: any open one).

    Those with a missed clock come first, then by due time. `free_for`: only those that nobody has, or this
    person. `late_too`: also those with a missed clock, whatever their state and whoever has them.
    """
    line, case = service_line.c, service_case.c
    wanted = select(line.case_id).where(line.state.in_(states or _PENDED))
    if discipline is not None:
        wanted = wanted.where(line.discipline == discipline)
    chosen = and_(case.case_id.in_(wanted))
    if free_for is not None:
        chosen = and_(chosen, or_(case.assigned_to.is_(None), case.assigned_to == free_for))
    if late_too:
        chosen = or_(chosen, case.late_since.is_not(None))
    query = select(service_case).where(case.is_pended, chosen)
    if line_of_business is not None:
        query = query.where(case.lob == line_of_business)
    late = (case.late_since.is_(None), case.late_since)
    order = (*late, case.due_at.is_(None), case.due_at, case.received_at, case.case_id)
    query = query.order_by(*order).limit(limit)
    found = connection.execute(query).all()
    lines = _open_lines(connection, [x.case_id for x in found])
    return [
        QueuedCase(
            case_id=x.case_id,
            case_number=x.case_number,
            line_of_business=x.lob,
            level=x.level,
            received_at=x.received_at,
            due_at=x.due_at,
            due_rule=x.due_rule,
            late_since=x.late_since,
            assigned_to=x.assigned_to,
            states=tuple(dict.fromkeys(s for s, _ in lines.get(x.case_id, ()))),
            disciplines=tuple(dict.fromkeys(d for _, d in lines.get(x.case_id, ()) if d)),
        )
        for x in found
    ]


def open_appeals(connection: Connection, reviewer: str | None = None) -> list[QueuedAppeal]:
    """Appeals that wait for a decision, the first due first; `reviewer`: only those of this person."""
    query = select(appeal, service_case.c.case_number, service_case.c.lob).join(
        service_case, service_case.c.case_id == appeal.c.case_id
    )
    query = query.where(appeal.c.awaits.is_not(None))
    if reviewer is not None:
        query = query.where(appeal.c.reviewer == reviewer, appeal.c.awaits == "plan")
    query = query.order_by(appeal.c.due_at.is_(None), appeal.c.due_at, appeal.c.received_at, appeal.c.number)
    return [
        QueuedAppeal(
            number=x.number,
            case_number=x.case_number,
            line_of_business=x.lob,
            expedited=x.expedited,
            received_at=x.received_at,
            due_at=x.due_at,
            awaits=x.awaits,
            reviewer=x.reviewer,
            external=x.external,
        )
        for x in connection.execute(query)
    ]


def _open_lines(connection: Connection, case_ids: Sequence[str]) -> dict[str, list[tuple[str, str | None]]]:
    line = service_line.c
    query = select(line.case_id, line.state, line.discipline)
    query = query.where(line.case_id.in_(case_ids), line.state.in_(_PENDED))
    out: dict[str, list[tuple[str, str | None]]] = {}
    for row in connection.execute(query.order_by(line.case_id, line.sequence)):
        out.setdefault(row.case_id, []).append((row.state, row.discipline))
    return out


def events_of(connection: Connection, case_id: str) -> list[KeptEvent]:
    """The log of a case, oldest first."""
    query = (
        select(case_event, case_event_body.c.body)
        .outerjoin(case_event_body)
        .where(case_event.c.case_id == case_id)
        .order_by(case_event.c.seq)
    )
    return [
        KeptEvent(x.seq, x.type, x.at, x.actor_role, x.actor_id, x.body and codec.decode_plain(x.body))
        for x in connection.execute(query)
    ]


def add_talks(
    connection: Connection, case_id: str, sequences: Sequence[int], talks: Sequence[PeerToPeer]
) -> None:
    """Writes entries of the peer-to-peer record, each for all of these lines."""
    rows: list[dict[str, Any]] = [
        {
            "case_id": case_id,
            "sequence": sequence,
            "event": talk.event,
            "at": talk.at,
            "staff_id": talk.by,
            "contact": talk.contact,
            "lead_ends_at": talk.lead_ends_at,
        }
        for sequence in sequences
        for talk in talks
    ]
    if rows:
        connection.execute(insert(peer_to_peer), rows)

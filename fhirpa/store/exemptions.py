"""Preauthorization exemptions: their insert-only history, and the decided cases that an evaluation counts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from fhirpa.store import codec
from fhirpa.store.records import KeptExemptionEvent, NewExemptionEvent
from fhirpa.store.schema import determination, exemption_event, service_case
from fhirpa.um.case import Case
from fhirpa.um.gold_card import EventKind, Exemption, ExemptionEvent, exemptions
from fhirpa.um.gold_card_history import LineOutcome, line_outcome
from fhirpa.um.terms import DeterminationKind

_EVENTS = select(exemption_event).order_by(exemption_event.c.id)
_OF_PROVIDERS = _EVENTS.where(exemption_event.c.npi.in_(bindparam("npis", expanding=True)))
_DETERMINATIONS = (
    select(determination.c.sequence, determination.c.kind, determination.c.decided_at)
    .where(determination.c.case_id == bindparam("case_id"))
    .order_by(determination.c.id)
)


def of_providers(connection: Connection, npis: Sequence[str]) -> tuple[Exemption, ...]:
    """The exemptions that these providers have or had."""
    if not npis:
        return ()
    return exemptions(_event(row) for row in connection.execute(_OF_PROVIDERS, {"npis": list(npis)}))


def history(connection: Connection, npi: str | None) -> tuple[KeptExemptionEvent, ...]:
    """All entries of one provider, or of all."""
    query = _EVENTS if npi is None else _EVENTS.where(exemption_event.c.npi == npi)
    return tuple(
        KeptExemptionEvent(row.id, _event(row), row.at, codec.decode_plain(row.body))
        for row in connection.execute(query)
    )


def add(connection: Connection, new: NewExemptionEvent) -> int:
    """Writes an entry; its number."""
    event, review = new.event, new.review
    body = {**new.body, "review": review} if review else new.body
    row = {
        "npi": event.npi,
        "service": event.service,
        "kind": event.kind,
        "at": new.at,
        "told_on": event.told_on,
        "effective": event.effective,
        "actor_id": event.by,
        "reason": event.reason,
        "reviewer_id": review.reviewer.id if review else None,
        "license_active": review.reviewer.license_active if review else None,
        "sample_size": len(review.claims) if review else None,
        "sample_met": review.met if review else None,
        "body": codec.encode(body),
    }
    key = connection.execute(insert(exemption_event), row).inserted_primary_key
    return int(key[0]) if key else 0


def _event(row: Any) -> ExemptionEvent:
    return ExemptionEvent(
        npi=row.npi,
        service=row.service,
        kind=EventKind(row.kind),
        told_on=row.told_on,
        by=row.actor_id,
        reason=row.reason,
        effective=row.effective,
    )


def decided_cases(
    connection: Connection, start: datetime, end: datetime
) -> Iterator[tuple[Case, Mapping[int, LineOutcome]]]:
    """Cases with a determination in the span, each with the outcome of every line that has one."""
    within = (determination.c.decided_at >= start) & (determination.c.decided_at < end)
    chosen = select(determination.c.case_id).where(within).distinct()
    ids = list(connection.execute(chosen.order_by(determination.c.case_id)).scalars())
    snapshot = select(service_case.c.snapshot).where(service_case.c.case_id == bindparam("case_id"))
    for case_id in ids:
        text = connection.execute(snapshot, {"case_id": case_id}).scalar_one()
        determined: dict[int, list[tuple[DeterminationKind, datetime]]] = {}
        for row in connection.execute(_DETERMINATIONS, {"case_id": case_id}):
            determined.setdefault(row.sequence, []).append((DeterminationKind(row.kind), row.decided_at))
        outcomes = {sequence: line_outcome(found) for sequence, found in determined.items()}
        yield codec.decode_case(text), {k: x for k, x in outcomes.items() if x is not None}

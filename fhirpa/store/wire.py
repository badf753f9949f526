"""Exchanges as they were on the wire (compressed), and the outbox."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, or_, select

from fhirpa.store import codec
from fhirpa.store.keys import fit
from fhirpa.store.records import Exchange, KeptExchange, SubmittedBody
from fhirpa.store.schema import exchange, outbox, submission

_LEVEL = 3  # of zlib; measured on request bundles: bench/store.py
_NOTHING: Final = zlib.compress(b"")
_ADD_EXCHANGE = insert(exchange)
_ADD_MESSAGE = insert(outbox)


def save_exchange(connection: Connection, new: Exchange) -> None:
    """Keeps one request and its answer."""
    row = {
        "exchange_id": new.exchange_id,
        "received_at": new.received_at,
        "finished_at": new.finished_at,
        "guide_version": new.guide_version,
        "operation": new.operation,
        "client": new.client,
        "status": new.status,
        "media": new.media,
        "request": zlib.compress(new.request, _LEVEL),
        "response": zlib.compress(new.response, _LEVEL),
        "case_id": new.case_id,
        "request_id": new.request_id or None,
        "report": zlib.compress(new.report, _LEVEL) if new.report else None,
    }
    connection.execute(_ADD_EXCHANGE, row)


def find_exchanges(connection: Connection, any_id: str, limit: int) -> list[KeptExchange]:
    """Exchanges by their id or by the request id, the latest first."""
    columns = (exchange.c[f.name] for f in fields(KeptExchange))
    wanted = or_(exchange.c.exchange_id == any_id, exchange.c.request_id == any_id)
    query = select(*columns).where(wanted).order_by(exchange.c.received_at.desc(), exchange.c.exchange_id)
    return [_kept(row) for row in connection.execute(query.limit(limit)).mappings()]


def _kept(row: RowMapping) -> KeptExchange:
    report = row["report"]
    whole = dict(row) | {"request_id": row["request_id"] or "", "report": zlib.decompress(report or _NOTHING)}
    return KeptExchange(**whole)


def submitted_body(connection: Connection, case_id: str) -> SubmittedBody | None:
    """The bundle of the case's latest submission; None if its exchange is not kept any more."""
    latest = (
        select(submission.c.exchange_id)
        .where(submission.c.case_id == case_id)
        .order_by(submission.c.received_at.desc(), submission.c.key)
        .limit(1)
        .scalar_subquery()
    )
    query = select(exchange.c.media, exchange.c.request, exchange.c.guide_version)
    row = connection.execute(query.where(exchange.c.exchange_id == latest)).first()
    return row and SubmittedBody(row.media, zlib.decompress(row.request), row.guide_version)


def enqueue(
    connection: Connection,
    addressed: Iterable[tuple[str, str]],
    case_id: str | None,
    payload: Mapping[str, Any],
    at: datetime,
) -> None:
    """Puts one message per (kind, topic) behind those of the same topic; due at once."""
    text = codec.encode(payload)
    rows = [
        {
            "created_at": at,
            "kind": kind,
            "topic": fit(topic),
            "case_id": case_id,
            "payload": text,
            "state": "waiting",
            "attempts": 0,
            "next_at": at,
        }
        for kind, topic in addressed
    ]
    connection.execute(_ADD_MESSAGE, rows)

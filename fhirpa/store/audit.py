"""Checking the event log, and the anchors that make a cut-off end visible.

A chain shows a changed or missing link, but not that its last links were taken away. An anchor records
the heads of all chains that grew since the anchor before; anchors form a chain themselves. The digest of
an anchor that was published elsewhere (printed, sent, signed) shows when anchors were taken away too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, exists, insert, select

from fhirpa.store import codec, decisions
from fhirpa.store.events import TOMBSTONE, event_hash
from fhirpa.store.keys import digest
from fhirpa.store.schema import (
    anchor,
    anchor_head,
    case_event,
    case_event_body,
    decision_record,
    rule_set,
    service_case,
)
from fhirpa.store.unit import Unit

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was written. `case_id` is '' for an anchor, `seq` then its number."""

    key: str
    case_id: str
    seq: int
    text: str

    def __str__(self) -> str:
        where = f"case {self.case_id}, event {self.seq}" if self.case_id else f"anchor {self.seq}"
        return f"{where}: {self.text}"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A recorded state of all chains. `digest` is what to publish."""

    id: int
    at: datetime
    heads: int  # how many chains grew since the anchor before
    digest: str


def take_anchor(unit: Unit, at: datetime) -> Anchor:
    """Record the heads of all chains that grew since the last anchor."""
    last = unit.reader.execute(select(anchor).order_by(anchor.c.id.desc()).limit(1)).first()
    number, previous = (last.id + 1, last.digest) if last else (1, "")
    heads = [
        {"anchor_id": number, "case_id": x.case_id, "seq": x.seq, "hash": x.hash} for x in _new_heads(unit)
    ]
    new = Anchor(number, at, len(heads), _anchor_digest(previous, number, at, heads))
    row = {"id": number, "at": at, "heads": len(heads), "prev_digest": previous, "digest": new.digest}
    unit.writer.execute(insert(anchor), row)
    if heads:
        unit.writer.execute(insert(anchor_head), heads)
    return new


def _new_heads(unit: Unit) -> Sequence[Any]:
    later = case_event.alias()
    grown = exists().where(later.c.case_id == case_event.c.case_id, later.c.seq > case_event.c.seq)
    known = exists().where(
        anchor_head.c.case_id == case_event.c.case_id, anchor_head.c.seq == case_event.c.seq
    )
    query = select(case_event.c.case_id, case_event.c.seq, case_event.c.hash).where(~grown, ~known)
    return unit.reader.execute(query.order_by(case_event.c.case_id)).all()


def _anchor_digest(previous: str, number: int, at: datetime, heads: Sequence[Any]) -> str:
    lines = [f"{x['case_id']} {x['seq']} {x['hash']}" for x in heads]
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    return digest(previous, str(number), instant, *sorted(lines))


def verify_events(unit: Unit, published: Sequence[str] = ()) -> list[Problem]:
    """Every problem in the chains, bodies and anchors; [] when all is as it was written.

    `published` are digests of anchors that were kept elsewhere: each must still be there.
    """
    return [
        *_check_chains(unit),
        *_check_cases(unit),
        *_check_decisions(unit),
        *_check_anchors(unit, published),
    ]


def verify_case(unit: Unit, case_id: str) -> list[Problem]:
    """Every problem in the chain of one case, and in the decisions and rules that it binds."""
    chain = unit.reader.execute(_chain_query().where(case_event.c.case_id == case_id)).all()
    if not chain:
        return [Problem("chain-missing", case_id, 1, "the case has no events at all")]
    return [*_check_chain(chain), *_check_decisions(unit, case_id), *_check_heads(unit, case_id)]


# --- chains --------------------------------------------------------------------------------------------


def _check_chains(unit: Unit) -> Iterator[Problem]:
    query = _chain_query().execution_options(yield_per=_BATCH)
    chain: list[Row[Any]] = []
    for row in unit.reader.execute(query):
        if chain and chain[0].case_id != row.case_id:
            yield from _check_chain(chain)
            chain = []
        chain.append(row)
    if chain:
        yield from _check_chain(chain)


def _chain_query() -> Select[Any]:
    body = case_event_body.c
    query = select(case_event, body.salt, body.body).outerjoin(case_event_body)
    return query.order_by(case_event.c.case_id, case_event.c.seq)


def _check_chain(chain: Sequence[Row[Any]]) -> Iterator[Problem]:
    """The problems of one case's events, given in order."""
    purged = _purged(chain)
    seq, hash_ = 0, ""
    for row in chain:
        if row.seq != seq + 1:
            yield Problem("event-missing", row.case_id, seq + 1, "the event is missing")
        elif row.prev_hash != hash_:
            yield Problem("chain-broken", row.case_id, row.seq, "it does not follow the event before it")
        if row.hash != _hash_of(row):
            yield Problem("event-changed", row.case_id, row.seq, "the event was changed")
        yield from _check_body(row, purged)
        seq, hash_ = row.seq, row.hash


def _check_body(row: Row[Any], purged: frozenset[int]) -> Iterator[Problem]:
    if row.body is None:
        if row.seq not in purged:
            yield Problem("body-missing", row.case_id, row.seq, "the body is missing without a tombstone")
    elif digest(row.salt, row.body) != row.body_digest:
        yield Problem("body-changed", row.case_id, row.seq, "the body was changed")


def _hash_of(row: Row[Any]) -> str:
    return event_hash(
        row.prev_hash,
        row.case_id,
        row.seq,
        row.type,
        row.at,
        row.actor_role,
        row.actor_id,
        row.body_digest,
    )


def _purged(chain: Sequence[Row[Any]]) -> frozenset[int]:
    """The events whose bodies a tombstone with an unchanged body says were purged."""
    stones = [x for x in chain if x.type == TOMBSTONE and x.body is not None]
    sound = [x for x in stones if digest(x.salt, x.body) == x.body_digest]
    return frozenset(seq for x in sound for seq in codec.decode_plain(x.body)["purged"])


def _check_cases(unit: Unit) -> Iterator[Problem]:
    first = exists().where(case_event.c.case_id == service_case.c.case_id)
    query = select(service_case.c.case_id).where(~first).order_by(service_case.c.case_id)
    for case_id in unit.reader.execute(query).scalars():
        yield Problem("chain-missing", case_id, 1, "the case has no events at all")


# --- decisions -----------------------------------------------------------------------------------------


def _check_decisions(unit: Unit, case_id: str | None = None) -> Iterator[Problem]:
    """Each event that tells of a decision must have its record and its rules, as its body says."""
    body, kept = case_event_body.c, decision_record.c
    record = (kept.case_id == case_event.c.case_id) & (kept.seq == case_event.c.seq)
    query = (
        select(case_event.c.case_id, case_event.c.seq, body.body, kept.content, rule_set.c.digest)
        .join(case_event_body)
        .outerjoin(decision_record, record)
        .outerjoin(rule_set, rule_set.c.version == kept.rules_version)
        .where(case_event.c.type == decisions.EVENT)
        .order_by(case_event.c.case_id, case_event.c.seq)
        .execution_options(yield_per=_BATCH)
    )
    if case_id is not None:
        query = query.where(case_event.c.case_id == case_id)
    for row in unit.reader.execute(query):
        told = codec.decode_plain(row.body)
        if row.content is None:
            yield Problem("record-missing", row.case_id, row.seq, "the kept decision is missing")
        elif not decisions.is_whole(row.content, told):
            yield Problem("record-changed", row.case_id, row.seq, "the kept decision was changed")
        elif row.digest != told.get("rules_digest"):
            yield Problem("rules-changed", row.case_id, row.seq, "the kept rules are not those that decided")


# --- anchors -------------------------------------------------------------------------------------------


def _check_anchors(unit: Unit, published: Sequence[str]) -> Iterator[Problem]:
    number, previous, digests = 0, "", set()
    for row in unit.reader.execute(select(anchor).order_by(anchor.c.id)).all():
        if row.id != number + 1 or row.prev_digest != previous:
            yield Problem("anchor-missing", "", number + 1, "it does not follow the anchor before it")
        query = select(anchor_head).where(anchor_head.c.anchor_id == row.id).order_by(anchor_head.c.case_id)
        heads = [x._asdict() for x in unit.reader.execute(query)]
        if len(heads) != row.heads or row.digest != _anchor_digest(row.prev_digest, row.id, row.at, heads):
            yield Problem("anchor-changed", "", row.id, "the anchor or its list of heads was changed")
        number, previous = row.id, row.digest
        digests.add(row.digest)
    if not digests.issuperset(published):
        yield Problem("anchor-missing", "", number + 1, "an anchor that was published is not there")
    yield from _check_heads(unit)


def _check_heads(unit: Unit, case_id: str | None = None) -> Iterator[Problem]:
    """Anchored heads must still be events: else the end of a chain was cut off (or written anew)."""
    head = anchor_head.c
    same = (case_event.c.case_id == head.case_id) & (case_event.c.seq == head.seq)
    query = (
        select(head.case_id, head.seq, case_event.c.hash.label("present"))
        .outerjoin(case_event, same)
        .where(case_event.c.hash.is_(None) | (case_event.c.hash != head.hash))
        .order_by(head.case_id, head.seq)
    )
    if case_id is not None:
        query = query.where(head.case_id == case_id)
    for row in unit.reader.execute(query):
        if row.present is None:
            yield Problem("chain-cut", row.case_id, row.seq, "an anchored event is missing")
        else:
            yield Problem("chain-rewritten", row.case_id, row.seq, "it is not the event that was anchored")

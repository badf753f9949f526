"""Decisions of the engine with all that they took, and the rules by version: what a later replay needs.

A record lies beside the event that tells of it. The event's body holds the salted digest of the record and
the digest of the rules, so the hash chain of the case covers both; the two are purged together.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select

from fhirpa.store import codec
from fhirpa.store.dialect import insert_new
from fhirpa.store.keys import digest
from fhirpa.store.records import DecisionFilter, KeptDecision, KeptRules, NewDecision
from fhirpa.store.schema import decision_record, rule_set, service_case

EVENT = "decided"  # the type of the event that tells of a decision
_BATCH = 200
_FOUND = "rules found kept"  # of a connection: their versions
_KNOWN = select(rule_set.c.digest).where(rule_set.c.version == bindparam("version"))
_ADD = insert(decision_record)
_COLUMNS = select(
    decision_record.c.case_id,
    decision_record.c.seq,
    decision_record.c.decided_at,
    decision_record.c.content,
    service_case.c.case_number,
).join(service_case, service_case.c.case_id == decision_record.c.case_id)


def keep_rules(connection: Connection, new: NewDecision, at: datetime) -> None:
    """Writes the files of the rules that decided, unless this version is kept already.

    What was once found kept is not looked for again on the same connection: rules are never taken away.
    """
    version, source = new.record.rules_version, new.source
    found = connection.info.setdefault(_FOUND, set())
    if version in found:
        return
    if connection.execute(_KNOWN, {"version": version}).first() is not None:
        found.add(version)
        return
    files = {path: data.decode() for path, data in source.files.items()}
    row = {
        "version": version,
        "digest": source.digest,
        "kept_at": at,
        "content": codec.pack(codec.encode(files).encode()),
    }
    insert_new(connection, rule_set, [row])


def add(connection: Connection, case_id: str, seq: int, at: datetime, new: NewDecision, text: bytes) -> None:
    """Writes the record of the event with this number; `text` is its canonical text."""
    row = {
        "case_id": case_id,
        "seq": seq,
        "decided_at": at,
        "rules_version": new.record.rules_version,
        "plan_code": new.record.decision.plan_code or "",
        "content": codec.pack(text),
    }
    connection.execute(_ADD, row)


def body_of(new: NewDecision, text: bytes, salt: str) -> dict[str, str]:
    """What the event of a decision says: who can prove what was decided on."""
    return {
        "record": record_digest(salt, text),
        "salt": salt,
        "rules": new.record.rules_version,
        "rules_digest": new.source.digest,
        "program": new.record.program,
    }


def record_digest(salt: str, text: bytes) -> str:
    """The digest of a record's canonical text; without the salt nothing can be guessed back from it."""
    return digest(salt, text.decode())


def is_whole(content: bytes, told: Mapping[str, Any]) -> bool:
    """True if a kept record is the one that its event tells of."""
    try:
        text = codec.unpack(content)
        return record_digest(told.get("salt", ""), text) == told.get("record")
    except ValueError:  # not compressed, or no text
        return False


def of_case(connection: Connection, case_id: str) -> list[KeptDecision]:
    """The decisions of one case, oldest first; those that were purged are not there any more."""
    query = _COLUMNS.where(decision_record.c.case_id == case_id).order_by(decision_record.c.seq)
    return [_kept(row) for row in connection.execute(query)]


def stream(connection: Connection, wanted: DecisionFilter) -> Iterator[KeptDecision]:
    """Decisions in the order of their time, a batch in memory at once."""
    query = _filtered(_COLUMNS, wanted).order_by(
        decision_record.c.decided_at, decision_record.c.case_id, decision_record.c.seq
    )
    rows = connection.execute(query.execution_options(yield_per=_BATCH))
    return (_kept(row) for row in rows)


def _filtered(query: Select[Any], wanted: DecisionFilter) -> Select[Any]:
    query = query.where(decision_record.c.decided_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(decision_record.c.decided_at < wanted.until)
    if wanted.plan is not None:
        query = query.where(decision_record.c.plan_code == wanted.plan)
    return query


def _kept(row: Any) -> KeptDecision:
    return KeptDecision(row.case_id, row.case_number, row.seq, row.decided_at, row.content)


def rules_of(connection: Connection, version: str) -> KeptRules | None:
    """The kept files of a version; the one that begins so, if only one does. None: not kept."""
    kept = rule_set.c
    query = select(rule_set).where(kept.version.startswith(version, autoescape=True)).limit(2)
    found = connection.execute(query).all()
    if len(found) != 1:
        return None
    row = found[0]
    files = codec.decode_plain(codec.unpack(row.content).decode())
    return KeptRules(row.version, row.digest, row.kept_at, {k: v.encode() for k, v in files.items()})


def versions(connection: Connection) -> list[str]:
    """The versions of all rules that ever decided here, oldest first."""
    query = select(rule_set.c.version).order_by(rule_set.c.kept_at, rule_set.c.version)
    return list(connection.execute(query).scalars())

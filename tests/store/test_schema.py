"""The database itself refuses what the law forbids."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from fhirpa.store import schema
from fhirpa.store.dialect import open_engine, refuse_changes, writing
from fhirpa.store.errors import StoreError

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
CASE = {"case_id": "c", "sequence": 1}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = writing(open_engine(f"sqlite:///{tmp_path}/store.db", 2))
    with opened.begin() as connection:
        schema.metadata.create_all(connection)
        for statement in refuse_changes("sqlite", "case_event"):
            connection.execute(text(statement))
        connection.execute(insert(schema.member), {"member_key": "m"})
        connection.execute(
            insert(schema.service_case),
            {
                "case_id": "c",
                "case_number": "C1",
                "member_key": "m",
                "sender": "s",
                "lob": "COM",
                "plan_code": "P",
                "level": "standard",
                "received_at": NOW,
                "updated_at": NOW,
                "is_pended": True,
                "rules_version": "1",
                "version": 1,
                "snapshot": "{}",
            },
        )
    yield opened
    opened.dispose()


def determine(engine: Engine, kind: str, role: str, **more: Any) -> None:
    row = {**CASE, "kind": kind, "actor_role": role, "actor_id": "x", "decided_at": NOW}
    row |= {"rules_version": "1", "criteria": "[]", "license_active": None, "rule_id": None} | more
    with engine.begin() as connection:
        connection.execute(insert(schema.determination), row)


@pytest.mark.parametrize("kind", ["denied_medical", "reduced"])
@pytest.mark.parametrize("role", ["engine", "system", "provider", "intake", "therapist"])
def test_nobody_but_a_director_denies_for_medical_necessity(engine: Engine, kind: str, role: str) -> None:
    with pytest.raises(IntegrityError):
        determine(engine, kind, role, license_active=True)


@pytest.mark.parametrize("license_active", [None, False])
def test_a_director_without_an_active_licence_does_not_deny(
    engine: Engine, license_active: bool | None
) -> None:
    with pytest.raises(IntegrityError):
        determine(engine, "denied_medical", "medical_director", license_active=license_active)


def test_a_director_with_an_active_licence_may_deny(engine: Engine) -> None:
    determine(engine, "denied_medical", "medical_director", license_active=True)
    with engine.begin() as connection:
        assert connection.execute(select(schema.determination.c.kind)).scalar_one() == "denied_medical"


@pytest.mark.parametrize(("role", "rule"), [("engine", "B1"), ("system", "B1"), ("therapist", None)])
def test_an_administrative_denial_needs_a_person_and_a_rule(
    engine: Engine, role: str, rule: str | None
) -> None:
    with pytest.raises(IntegrityError):
        determine(engine, "denied_administrative", role, rule_id=rule)


def test_an_event_can_be_added_but_neither_changed_nor_removed(engine: Engine) -> None:
    row = {"case_id": "c", "seq": 1, "type": "received", "at": NOW, "actor_role": "provider"}
    row |= {"actor_id": "", "body_digest": "d", "prev_hash": "", "hash": "h"}
    with engine.begin() as connection:
        connection.execute(insert(schema.case_event), row)
    for statement in (update(schema.case_event).values(type="other"), delete(schema.case_event)):
        with pytest.raises(IntegrityError, match="insert-only"), engine.begin() as connection:
            connection.execute(statement)


def test_instants_and_decimals_come_back_as_they_were(engine: Engine) -> None:
    draw = {"member_key": "m", "bucket": "PT", "year": 2026, "visits": Decimal("-1.50")}
    with engine.begin() as connection:
        connection.execute(insert(schema.benefit_draw), {**draw, **CASE, "at": NOW})
        found = connection.execute(select(schema.benefit_draw)).one()
    assert (str(found.visits), found.at) == ("-1.50", NOW)


def test_a_naive_time_is_refused(engine: Engine) -> None:
    draw = {"member_key": "m", "bucket": "PT", "year": 2026, "visits": Decimal(1), **CASE}
    with pytest.raises(StatementError, match="time zone"), engine.begin() as connection:
        connection.execute(insert(schema.benefit_draw), {**draw, "at": NOW.replace(tzinfo=None)})


def test_an_sqlite_address_without_a_file_is_refused() -> None:
    with pytest.raises(StoreError):
        open_engine("sqlite://", 1)

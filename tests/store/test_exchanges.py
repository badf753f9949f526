"""An exchange is found again by the id that a sender quotes, with its validation report."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, select, text

import fhirpa.store
from fhirpa.store import Store
from fhirpa.store.dialect import open_engine
from fhirpa.store.schema import exchange as exchange_table
from tests.store.conftest import settings_for
from tests.store.samples import NOW, exchange

REPORT = b'{"level":"standard","findings":[]}'


def test_an_exchange_is_found_by_its_own_id_and_by_the_request_id(store: Store) -> None:
    kept = replace(exchange("x1"), request_id="r1", report=REPORT, client="ehr", status=400)
    with store.write() as unit:
        unit.save_exchange(kept)
    with store.read() as unit:
        (found,) = unit.find_exchanges("x1")
        assert unit.find_exchanges("r1") == [found]
        assert unit.find_exchanges("r2") == []
    assert (found.exchange_id, found.request_id, found.report) == ("x1", "r1", REPORT)
    assert (found.operation, found.guide_version, found.status, found.client) == (
        "submit",
        "2.2.1",
        400,
        "ehr",
    )
    assert (found.received_at, found.finished_at, found.case_id) == (NOW, NOW, None)


def test_an_exchange_without_a_report_has_an_empty_one(store: Store) -> None:
    with store.write() as unit:
        unit.save_exchange(exchange("x1"))
    with store.read() as unit:
        (found,) = unit.find_exchanges("x1")
    assert (found.request_id, found.report) == ("", b"")


def test_a_request_id_that_was_used_again_finds_all_of_them_the_latest_first(store: Store) -> None:
    with store.write() as unit:
        for number in range(25):
            at = NOW + timedelta(minutes=number)
            unit.save_exchange(replace(exchange(f"x{number}"), request_id="same", received_at=at))
    with store.read() as unit:
        found = unit.find_exchanges("same")
    assert [x.exchange_id for x in found] == [f"x{n}" for n in range(24, 4, -1)]


def test_a_report_is_kept_compressed(store: Store, raw: Engine) -> None:
    large = REPORT * 500
    with store.write() as unit:
        unit.save_exchange(replace(exchange("x1"), report=large))
    with raw.connect() as connection:
        row = connection.execute(select(exchange_table.c.report)).one()
    assert len(row.report) < len(large) / 10


def test_a_database_of_the_first_schema_keeps_its_exchanges(empty_url: str) -> None:
    engine = open_engine(settings_for(empty_url).database_url, 1)
    config = Config()
    config.set_main_option("script_location", str(Path(fhirpa.store.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        assert "report" not in {c["name"] for c in inspect(connection).get_columns("exchange")}
        connection.execute(text("INSERT INTO meta (key, value) VALUES ('mode', 'sandbox')"))
        old = {c.name for c in exchange_table.columns} - {"report", "request_id"}
        row = {"exchange_id": "old", "received_at": NOW, "finished_at": NOW, "guide_version": "2.2.1"}
        row |= {"operation": "submit", "client": None, "status": 200, "media": "json", "case_id": None}
        row |= {"request": b"x", "response": b"y"}
        assert set(row) == old
        connection.execute(exchange_table.insert().values(row))
    engine.dispose()
    store = Store.open(settings_for(empty_url))
    with store.read() as unit:
        (found,) = unit.find_exchanges("old")
    store.close()
    assert (found.exchange_id, found.request_id, found.report) == ("old", "", b"")

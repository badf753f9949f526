"""Exchanges are kept as they were; a case's bundle is found again."""

import json
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from fhirpa.store import Store, SubmittedBody
from fhirpa.store.keys import fit
from fhirpa.store.schema import exchange as exchange_table
from fhirpa.store.schema import outbox
from tests.store.samples import ENROLMENT, NOW, event, exchange, make_case, submission_of


@pytest.fixture
def store(store: Store) -> Store:
    """Case c1 was opened by exchange x1."""
    case = make_case("c1")
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        unit.save_case(case, submission_of(case), [event()])
        unit.save_exchange(exchange("x1", "c1", b'{"first": 1}'))
    return store


def body(store: Store, case_id: str = "c1") -> SubmittedBody | None:
    with store.read() as unit:
        return unit.submitted_body(case_id)


def test_the_bundle_of_a_case_comes_back_byte_for_byte(store: Store) -> None:
    assert body(store) == SubmittedBody("json", b'{"first": 1}', "2.2.1")


def test_a_repeat_of_the_bundle_does_not_take_its_place(store: Store) -> None:
    with store.write() as unit:
        later = replace(exchange("x9", "c1", b"<repeat/>"), media="xml", received_at=NOW + timedelta(days=1))
        unit.save_exchange(later)
    assert body(store) == SubmittedBody("json", b'{"first": 1}', "2.2.1")


def test_an_update_takes_its_place(store: Store) -> None:
    with store.write() as unit:
        case = unit.load_case("c1")
        update = submission_of(case, content="1", exchange_id="x2")
        update = replace(update, received_at=NOW + timedelta(days=1))
        unit.change_case(replace(case, version=2), 1, [event("updated")], submission=update)
        unit.save_exchange(replace(exchange("x2", "c1", b"<update/>"), media="xml", guide_version="2.0.1"))
    assert body(store) == SubmittedBody("xml", b"<update/>", "2.0.1")


def test_a_case_without_a_kept_exchange_has_no_bundle(store: Store) -> None:
    other = make_case("c2")
    with store.write() as unit:
        unit.save_case(other, submission_of(other, exchange_id="gone"), [event()])
    assert body(store, "c2") is None
    assert body(store, "nobody") is None


def test_an_exchange_is_kept_compressed_with_all_that_was_said(store: Store, raw: Engine) -> None:
    large = b"0123456789" * 2000
    with store.write() as unit:
        unit.save_exchange(replace(exchange("x3", None, large), client="ehr", operation="inquire"))
    with raw.connect() as connection:
        row = connection.execute(select(exchange_table).where(exchange_table.c.exchange_id == "x3")).one()
    assert len(row.request) < len(large) / 10
    assert (zlib.decompress(row.request), zlib.decompress(row.response)) == (large, b"<answer/>")
    assert (row.client, row.operation, row.status, row.case_id) == ("ehr", "inquire", 200, None)
    assert (row.received_at, row.finished_at, row.media) == (NOW, NOW, "json")


def test_messages_of_a_topic_wait_in_the_order_they_were_put_in(store: Store, raw: Engine) -> None:
    with store.write() as unit:
        for number in range(3):
            unit.enqueue("notice", topic="clinic", case_id="c1", payload={"number": number}, at=NOW)
    with raw.connect() as connection:
        rows = connection.execute(
            select(outbox).where(outbox.c.topic == "clinic").order_by(outbox.c.id)
        ).all()
    assert [json.loads(x.payload) for x in rows] == [{"number": 0}, {"number": 1}, {"number": 2}]
    assert {(x.kind, x.state, x.attempts, x.case_id, x.next_at) for x in rows} == {
        ("notice", "waiting", 0, "c1", NOW)
    }


def test_a_long_topic_is_stood_for_by_a_digest() -> None:
    assert fit("clinic") == "clinic"
    assert len(fit("x" * 201)) < 100
    assert fit("x" * 201) != fit("x" * 202)

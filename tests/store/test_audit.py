"""Whatever is done to the event log behind the store's back is found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Table, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from fhirpa.store import NotFound, Problem, Store, take_anchor, verify_events
from fhirpa.store.keys import digest
from fhirpa.store.schema import (
    anchor,
    anchor_head,
    case_event,
    case_event_body,
    metadata,
)
from tests.store.samples import ENROLMENT, NOW, event, make_case, submission_of

Tamper = Callable[..., None]


@pytest.fixture
def store(store: Store) -> Store:
    """Two cases with three events each."""
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        for name in ("c1", "c2"):
            case = make_case(name)
            events = [event("received"), event("line-opened", sequence=1), event("answered")]
            unit.save_case(case, submission_of(case), events)
    return store


@pytest.fixture
def tamper(raw: Engine) -> Tamper:
    """Executes statements past triggers and foreign keys, as somebody with the database's password could."""

    def execute(*statements: Any) -> None:
        with raw.begin() as connection:
            _disarm(connection)
            for statement in statements:
                connection.execute(statement)

    return execute


def _disarm(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
    for name in list(triggers):
        connection.execute(text(f"DROP TRIGGER {name}"))


def at(case_id: str, seq: int) -> Any:
    return (case_event.c.case_id == case_id) & (case_event.c.seq == seq)


def body_at(case_id: str, seq: int) -> Any:
    return (case_event_body.c.case_id == case_id) & (case_event_body.c.seq == seq)


def found(store: Store, *published: str) -> list[tuple[str, str, int]]:
    with store.read() as unit:
        return [(x.key, x.case_id, x.seq) for x in verify_events(unit, published)]


def anchored(store: Store, days: int = 0) -> str:
    with store.write() as unit:
        return take_anchor(unit, NOW + timedelta(days=days)).digest


def test_an_untouched_log_is_whole(store: Store) -> None:
    anchored(store)
    with store.write() as unit:
        unit.add_events("c1", [event("looked-at")])
    published = anchored(store, 1)
    assert found(store, published) == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": "other"},
        {"at": NOW + timedelta(microseconds=1)},
        {"actor_role": "engine"},
        {"actor_id": "x"},
        {"body_digest": "0" * 64},
    ],
)
def test_a_changed_field_is_found(store: Store, tamper: Tamper, change: dict[str, Any]) -> None:
    tamper(update(case_event).where(at("c1", 2)).values(change))
    assert ("event-changed", "c1", 2) in found(store)


def test_a_changed_event_whose_hash_was_made_anew_breaks_the_chain(store: Store, tamper: Tamper) -> None:
    tamper(update(case_event).where(at("c1", 2)).values(hash="0" * 64))
    assert ("chain-broken", "c1", 3) in found(store)


def test_an_event_removed_from_the_middle_is_found(store: Store, tamper: Tamper) -> None:
    tamper(delete(case_event_body).where(body_at("c1", 2)), delete(case_event).where(at("c1", 2)))
    assert found(store) == [("event-missing", "c1", 2)]


def test_an_event_removed_and_the_rest_renumbered_is_found(store: Store, tamper: Tamper) -> None:
    tamper(
        delete(case_event_body).where(body_at("c1", 2)),
        delete(case_event).where(at("c1", 2)),
        update(case_event_body).where(body_at("c1", 3)).values(seq=2),
        update(case_event).where(at("c1", 3)).values(seq=2),
    )
    assert ("chain-broken", "c1", 2) in found(store)


def test_two_events_in_each_others_place_are_found(store: Store, tamper: Tamper) -> None:
    places = [(1, 90), (2, 1), (90, 2)]
    tamper(*(update(case_event).where(at("c1", old)).values(seq=new) for old, new in places))
    assert {x[0] for x in found(store)} >= {"chain-broken", "event-changed"}


def test_a_cut_off_end_is_found_once_it_was_anchored(store: Store, tamper: Tamper) -> None:
    anchored(store)
    tamper(delete(case_event_body).where(body_at("c2", 3)), delete(case_event).where(at("c2", 3)))
    assert found(store) == [("chain-cut", "c2", 3)]


def test_a_case_whose_events_are_all_gone_is_found_without_an_anchor(store: Store, tamper: Tamper) -> None:
    tamper(
        delete(case_event_body).where(case_event_body.c.case_id == "c1"),
        delete(case_event).where(case_event.c.case_id == "c1"),
    )
    assert found(store) == [("chain-missing", "c1", 1)]


def test_a_case_that_was_removed_whole_is_found_once_it_was_anchored(store: Store, tamper: Tamper) -> None:
    anchored(store)
    tables = [x for x in reversed(metadata.sorted_tables) if "case_id" in x.c and x is not anchor_head]
    tamper(*(delete(x).where(x.c.case_id == "c1") for x in tables))
    assert found(store) == [("chain-cut", "c1", 3)]


def test_a_chain_written_anew_from_the_start_is_found_once_it_was_anchored(
    store: Store, tamper: Tamper, raw: Engine
) -> None:
    """Somebody who knows how hashes are made can forge a whole chain; the anchor still has the old head."""
    anchored(store)
    with store.write() as unit:
        forged = replace(make_case("c3"), case_id="c3")
        unit.save_case(forged, submission_of(forged), [event("a"), event("b"), event("c")])
    with raw.connect() as connection:
        heads = connection.execute(select(case_event).where(case_event.c.case_id == "c3")).all()
    tamper(*(update(case_event).where(at("c1", x.seq)).values(hash=x.hash) for x in heads))
    assert ("chain-rewritten", "c1", 3) in found(store)


def test_a_changed_body_is_found(store: Store, tamper: Tamper) -> None:
    tamper(update(case_event_body).where(body_at("c1", 2)).values(body='{"sequence":2}'))
    assert found(store) == [("body-changed", "c1", 2)]


def test_a_changed_salt_is_found(store: Store, tamper: Tamper) -> None:
    tamper(update(case_event_body).where(body_at("c1", 2)).values(salt="0"))
    assert found(store) == [("body-changed", "c1", 2)]


def test_a_body_that_is_missing_without_a_tombstone_is_found(store: Store, tamper: Tamper) -> None:
    tamper(delete(case_event_body).where(body_at("c1", 2)))
    assert found(store) == [("body-missing", "c1", 2)]


# --- purging -------------------------------------------------------------------------------------------


def purge(store: Store, case_id: str, *seqs: int) -> None:
    with store.write() as unit:
        unit.purge_event_bodies(case_id, seqs, at=NOW, actor_id="schedule", reason="retention ended")


def test_a_purged_body_leaves_the_log_whole(store: Store, raw: Engine) -> None:
    purge(store, "c1", 1, 2)
    assert found(store) == []
    with raw.connect() as connection:
        rows = connection.execute(select(case_event_body.c.seq).where(case_event_body.c.case_id == "c1"))
        assert sorted(rows.scalars()) == [3, 4]


def test_a_tombstone_of_one_event_does_not_excuse_another(store: Store, tamper: Tamper) -> None:
    purge(store, "c1", 1)
    tamper(delete(case_event_body).where(body_at("c1", 2)))
    assert found(store) == [("body-missing", "c1", 2)]


def test_a_tombstone_that_was_changed_excuses_nothing(store: Store, tamper: Tamper) -> None:
    purge(store, "c1", 1)
    tamper(
        delete(case_event_body).where(body_at("c1", 2)),
        update(case_event_body).where(body_at("c1", 4)).values(body='{"purged":[1,2],"reason":""}'),
    )
    assert {("body-missing", "c1", 2), ("body-changed", "c1", 4)} <= set(found(store))


def test_a_tombstone_is_not_purged(store: Store) -> None:
    purge(store, "c1", 1)
    with pytest.raises(ValueError, match="tombstone"):
        purge(store, "c1", 4)


def test_only_what_is_there_is_purged(store: Store) -> None:
    with pytest.raises(NotFound):
        purge(store, "c1", 1, 9)
    with pytest.raises(NotFound), store.write() as unit:
        unit.add_events("nobody", [event("looked-at")])


# --- anchors -------------------------------------------------------------------------------------------


def test_an_anchor_records_only_chains_that_grew(store: Store) -> None:
    with store.write() as unit:
        assert take_anchor(unit, NOW).heads == 2
        unit.add_events("c1", [event("looked-at")])
        assert take_anchor(unit, NOW).heads == 1
        assert take_anchor(unit, NOW).heads == 0


def test_a_removed_anchor_is_found_in_the_middle(store: Store, tamper: Tamper) -> None:
    for day in range(3):
        anchored(store, day)
    tamper(delete(anchor_head).where(anchor_head.c.anchor_id == 2), delete(anchor).where(anchor.c.id == 2))
    assert found(store) == [("anchor-missing", "", 2)]


def test_a_removed_head_is_found(store: Store, tamper: Tamper) -> None:
    anchored(store)
    tamper(delete(anchor_head).where(anchor_head.c.case_id == "c1"))
    assert found(store) == [("anchor-changed", "", 1)]


def test_a_changed_anchor_is_found(store: Store, tamper: Tamper) -> None:
    anchored(store)
    tamper(update(anchor).values(at=NOW + timedelta(days=1)))
    assert found(store) == [("anchor-changed", "", 1)]


def test_anchors_removed_from_the_end_are_found_by_what_was_published(store: Store, tamper: Tamper) -> None:
    published = anchored(store)
    tamper(delete(anchor_head), delete(anchor))
    assert found(store) == []
    assert found(store, published) == [("anchor-missing", "", 1)]


def test_a_problem_reads_as_a_sentence() -> None:
    assert str(Problem("chain-cut", "c1", 3, "an anchored event is missing")) == (
        "case c1, event 3: an anchored event is missing"
    )
    assert str(Problem("anchor-missing", "", 2, "it is not there")) == "anchor 2: it is not there"


def test_a_body_cannot_be_guessed_back_from_its_digest(store: Store, raw: Engine) -> None:
    with raw.connect() as connection:
        digests = list(
            connection.execute(select(case_event.c.body_digest).where(case_event.c.seq == 1)).scalars()
        )
    assert len(set(digests)) == 2  # the same body twice, under two salts
    assert digest("", "{}") not in digests


def test_an_event_hash_that_is_computed_right_but_out_of_nowhere_is_no_event(
    store: Store, tamper: Tamper
) -> None:
    row = {"case_id": "c1", "seq": 5, "type": "x", "at": NOW, "actor_role": "system", "actor_id": ""}
    tamper(insert(case_event).values(**row, body_digest="0", prev_hash="0", hash="0"))
    assert {("event-missing", "c1", 4), ("event-changed", "c1", 5)} <= set(found(store))


@pytest.mark.parametrize(("table", "column"), [(anchor, "digest"), (anchor_head, "hash")])
def test_an_anchor_can_be_neither_changed_nor_removed(
    store: Store, raw: Engine, table: Table, column: str
) -> None:
    anchored(store)
    for statement in (update(table).values({column: "0" * 64}), delete(table)):
        with pytest.raises(IntegrityError, match="insert-only"), raw.begin() as connection:
            connection.execute(statement)

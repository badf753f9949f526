"""A decision is kept with all that it took; whatever is done to it or to its rules behind the store shows."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, text, update

from fhirpa.policies.load import load_rule_files, load_rules
from fhirpa.store import (
    DecisionFilter,
    NewDecision,
    NewEvent,
    NotFound,
    Refused,
    Store,
    UnknownFormat,
    codec,
    verify_case,
    verify_events,
)
from fhirpa.store.schema import case_event_body, decision_record, rule_set
from fhirpa.um.context import DecisionContext, Provider
from fhirpa.um.determination import Decision
from fhirpa.um.replay import DecisionInput, DecisionRecord
from fhirpa.um.terms import ActorRole
from tests.store.samples import ENROLMENT, NOW, event, make_case, submission_of

RULES = load_rules()
Tamper = Callable[..., None]
_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda x: timezone(timedelta(minutes=x)))
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC) | _ZONES))
st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False))


def record(name: str = "c1", plan: str = "PLAN") -> DecisionRecord:
    context = DecisionContext(NOW, (ENROLMENT,), {"1234567893": Provider("1234567893", "Clinic", True)})
    taken = DecisionInput(make_case(name).request, context)
    return DecisionRecord(taken, Decision(plan_code=plan, rules_version=RULES.version), "0.1.0")


def decided(name: str = "c1", plan: str = "PLAN", at: datetime = NOW) -> NewEvent:
    new = NewDecision(record(name, plan), RULES.source)
    return NewEvent("decided", at, ActorRole.ENGINE, RULES.version, {"version": 1}, new)


@pytest.fixture
def store(store: Store) -> Store:
    """Two cases, each with its decision as the second event, a day apart."""
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        for days, (name, plan) in enumerate((("c1", "PLAN"), ("c2", "OTHER"))):
            case = make_case(name)
            events = [event("received"), decided(name, plan, NOW + timedelta(days=days))]
            unit.save_case(case, submission_of(case), events)
    return store


@pytest.fixture
def tamper(raw: Engine) -> Tamper:
    """Executes statements past triggers and foreign keys."""

    def execute(*statements: Any) -> None:
        with raw.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            else:
                names = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
                for name in list(connection.execute(names).scalars()):
                    connection.execute(text(f"DROP TRIGGER {name}"))
            for statement in statements:
                connection.execute(statement)

    return execute


def found(store: Store) -> list[tuple[str, str, int]]:
    with store.read() as unit:
        return [(x.key, x.case_id, x.seq) for x in verify_events(unit)]


# --- the text ------------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(st.from_type(DecisionRecord))
def test_any_decision_comes_back_equal_and_with_the_same_bytes(made: DecisionRecord) -> None:
    text_ = codec.encode_decision(made)
    again = codec.decode_decision(text_)
    assert again == made
    assert codec.encode_decision(again) == text_


def test_a_text_from_before_a_field_was_added_reads_with_its_default() -> None:
    older = json.loads(codec.encode_decision(record()))
    del older["record"]["taken"]["context"]["exemptions"]
    del older["record"]["taken"]["request"]["evidence"]["red_flags"]
    older["record"]["taken"]["request"]["former"] = [1]
    assert codec.decode_decision(json.dumps(older).encode()) == record()


def test_a_text_of_a_later_format_is_told_and_not_guessed_at() -> None:
    later = json.loads(codec.encode_decision(record())) | {"format": codec.RECORD_FORMAT + 1}
    with pytest.raises(UnknownFormat):
        codec.decode_decision(json.dumps(later).encode())


@pytest.mark.parametrize("other", [b"", b"{}", b"[]", b'{"format": 1, "record": {}}'])
def test_another_text_is_no_decision(other: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        codec.decode_decision(other)


# --- what is kept --------------------------------------------------------------------------------------


def test_what_a_decision_took_comes_back_as_it_was(store: Store) -> None:
    with store.read() as unit:
        (kept,) = unit.decisions_of("c1")
    assert codec.decode_decision(codec.unpack(kept.content)) == record()
    assert (kept.case_number, kept.seq, kept.decided_at) == ("C-c1", 2, NOW)


def test_decisions_are_found_by_time_and_plan(store: Store) -> None:
    def named(**wanted: Any) -> list[str]:
        with store.read() as unit:
            return [x.case_id for x in unit.stream_decisions(DecisionFilter(**{"since": NOW, **wanted}))]

    day = timedelta(days=1)
    assert named() == ["c1", "c2"]
    assert named(since=NOW + day) == ["c2"]
    assert named(until=NOW + day) == ["c1"]
    assert named(plan="OTHER") == ["c2"]


def test_rules_are_kept_once_per_version_and_can_be_loaded_again(store: Store, raw: Engine) -> None:
    with store.read() as unit:
        kept = unit.kept_rules(RULES.version)
        assert unit.kept_rules(RULES.version[:6]) == kept
        assert unit.kept_rules("none") is None
        assert unit.rules_versions() == [RULES.version]
    assert kept is not None
    assert load_rule_files(kept.files) == RULES
    with raw.connect() as connection:
        assert len(connection.execute(select(rule_set.c.version)).all()) == 1


@pytest.mark.parametrize(
    "statement",
    [
        update(decision_record).values(content=b"x"),
        update(rule_set).values(content=b"x"),
        delete(rule_set),
    ],
)
def test_the_database_refuses_to_change_them(store: Store, statement: Any) -> None:
    with pytest.raises(Refused), store.write() as unit:
        unit.writer.execute(statement)


# --- what shows ----------------------------------------------------------------------------------------


def test_an_untouched_store_is_whole(store: Store) -> None:
    assert found(store) == []


@pytest.mark.parametrize(
    "content", [b"x", codec.pack(b"{}"), codec.pack(codec.encode_decision(record("c9")))]
)
def test_a_changed_decision_is_found(store: Store, tamper: Tamper, content: bytes) -> None:
    tamper(update(decision_record).where(decision_record.c.case_id == "c1").values(content=content))
    assert found(store) == [("record-changed", "c1", 2)]
    with store.read() as unit:
        assert [x.key for x in verify_case(unit, "c1")] == ["record-changed"]
        assert verify_case(unit, "c2") == []


def test_a_removed_decision_is_found(store: Store, tamper: Tamper) -> None:
    tamper(delete(decision_record).where(decision_record.c.case_id == "c2"))
    assert found(store) == [("record-missing", "c2", 2)]


def test_changed_rules_are_found_at_every_decision_that_they_made(store: Store, tamper: Tamper) -> None:
    tamper(update(rule_set).values(digest="0" * 64))
    assert found(store) == [("rules-changed", "c1", 2), ("rules-changed", "c2", 2)]


def test_a_record_that_was_changed_together_with_its_event_breaks_the_chain(
    store: Store, tamper: Tamper
) -> None:
    body = case_event_body
    tamper(update(body).where(body.c.case_id == "c1", body.c.seq == 2).values(body="{}"))
    assert ("body-changed", "c1", 2) in found(store)


def test_a_purge_takes_the_decision_with_the_body_of_its_event(store: Store) -> None:
    with store.write() as unit:
        unit.purge_event_bodies("c1", [2], at=NOW, actor_id="retention", reason="schedule 7")
    with store.read() as unit:
        assert unit.decisions_of("c1") == []
        assert len(unit.decisions_of("c2")) == 1
    assert found(store) == []


def test_a_case_is_found_by_every_number_of_its_own(store: Store) -> None:
    with store.read() as unit:
        assert [unit.find_case_id(x) for x in ("c1", "C-c1", "A-c1")] == ["c1"] * 3
        with pytest.raises(NotFound):
            unit.find_case_id("A-c9")


def test_an_unknown_version_of_the_rules_keeps_no_decision(store: Store) -> None:
    """A decision without its rules could never be made again: the foreign key refuses it."""
    other = replace(record("c1"), decision=Decision(rules_version="other"))
    row: dict[str, Any] = {
        "case_id": "c1",
        "seq": 1,
        "decided_at": NOW,
        "rules_version": "other",
        "plan_code": "",
    }
    row["content"] = codec.pack(codec.encode_decision(other))
    with pytest.raises(Refused), store.write() as unit:
        unit.writer.execute(decision_record.insert(), row)

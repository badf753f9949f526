"""The database itself refuses what the law forbids, whatever program writes to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from fhirpa.store import Refused, Store, StoreError, schema
from fhirpa.store.dialect import open_engine
from fhirpa.um.case import Case
from fhirpa.um.terms import ActorRole, DeterminationKind, LineState
from tests.store.adverse import BY_ROLE, DENIAL, hire, notify, offer, referred, step
from tests.store.samples import ENROLMENT, NOW, draw, event, make_case, pended_line, submission_of

CASE = {"case_id": "c", "sequence": 1}


@pytest.fixture
def case(store: Store) -> Case:
    """A case with one line before the director, and all that a denial needs beside it."""
    case = make_case("c", pended_line("R1"), draws=(draw("2"),))
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        unit.save_case(case, submission_of(case), [event()])
        hire(unit)
        offer(unit)
        notify(unit)
        return referred(unit, case)


def in_state(case: Case, state: LineState) -> Case:
    return replace(case, lines=(replace(case.lines[0], state=state),), version=case.version + 1)


def determine(raw: Engine, kind: str, role: str, **more: Any) -> None:
    row = {**CASE, "kind": kind, "actor_role": role, "decided_at": NOW}
    row |= {"rules_version": "1", "criteria": "[]", "license_active": None, "rule_id": None}
    row |= {"actor_id": BY_ROLE.get(role, "x"), "criterion_id": "LBP-1", "citation": "Policy"} | more
    with raw.begin() as connection:
        connection.execute(insert(schema.determination), row)


# --- who may deny --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["denied_medical", "reduced"])
@pytest.mark.parametrize("role", ["engine", "system", "provider", "intake", "therapist"])
@pytest.mark.usefixtures("case")
def test_nobody_but_a_director_denies_for_medical_necessity(raw: Engine, kind: str, role: str) -> None:
    with pytest.raises(IntegrityError):
        determine(raw, kind, role, license_active=True)


@pytest.mark.parametrize("license_active", [None, False])
@pytest.mark.usefixtures("case")
def test_a_director_without_an_active_licence_does_not_deny(raw: Engine, license_active: bool | None) -> None:
    with pytest.raises(IntegrityError):
        determine(raw, "denied_medical", "medical_director", license_active=license_active)


@pytest.mark.usefixtures("case")
def test_a_director_with_an_active_licence_may_deny(raw: Engine) -> None:
    determine(raw, "denied_medical", "medical_director", license_active=True)
    with raw.begin() as connection:
        assert connection.execute(select(schema.determination.c.kind)).scalar_one() == "denied_medical"


@pytest.mark.parametrize(("role", "rule"), [("engine", "B1"), ("system", "B1"), ("therapist", None)])
@pytest.mark.usefixtures("case")
def test_an_administrative_denial_needs_a_person_and_a_rule(raw: Engine, role: str, rule: str | None) -> None:
    with pytest.raises(IntegrityError):
        determine(raw, "denied_administrative", role, rule_id=rule)


# --- what a line's state needs -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state", [LineState.DENIED_MEDICAL, LineState.DENIED_ADMINISTRATIVE, LineState.MODIFIED]
)
def test_a_line_is_not_denied_or_cut_without_a_determination(
    store: Store, case: Case, state: LineState
) -> None:
    with pytest.raises(Refused, match="without its determination"), store.write() as unit:
        unit.change_case(in_state(case, state), 2, [step("review-deny")])
    with store.read() as unit:
        assert unit.load_case("c") == case


def test_a_case_does_not_open_with_a_denied_line(store: Store, case: Case) -> None:
    denied = replace(make_case("d", pended_line("R2")), lines=in_state(case, LineState.DENIED_MEDICAL).lines)
    denied = replace(denied, lines=(replace(denied.lines[0], administrative_reference_number="R2"),))
    with pytest.raises(Refused, match=r"without its determination|does not begin"), store.write() as unit:
        unit.save_case(denied, submission_of(denied), [event()])


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize("state", ["denied_medical", "denied_administrative", "modified"])
def test_a_plain_sql_update_does_not_deny_either(raw: Engine, state: str) -> None:
    with (
        pytest.raises(IntegrityError, match=r"without its determination|no such step"),
        raw.begin() as connection,
    ):
        connection.execute(update(schema.service_line).values(state=state))


def test_a_determination_of_another_line_does_not_count(store: Store, case: Case) -> None:
    with pytest.raises(Refused, match=r"without its determination|peer-to-peer"), store.write() as unit:
        unit.change_case(
            in_state(case, LineState.DENIED_MEDICAL),
            2,
            [step("review-deny")],
            [replace(DENIAL, sequence=2)],
        )


def test_a_line_is_denied_together_with_the_directors_determination(store: Store, case: Case) -> None:
    denied = in_state(case, LineState.DENIED_MEDICAL)
    with store.write() as unit:
        unit.change_case(denied, 2, [step("review-deny")], [DENIAL])
    with store.read() as unit:
        assert unit.load_case("c") == denied


def test_a_denial_that_was_taken_back_does_not_serve_again(store: Store, case: Case) -> None:
    with store.write() as unit:
        unit.change_case(in_state(case, LineState.DENIED_MEDICAL), 2, [step("review-deny")], [DENIAL])
    opened = replace(case, version=4)
    certified = replace(DENIAL, kind=DeterminationKind.CERTIFIED_IN_PART)
    with store.write() as unit:
        unit.change_case(opened, 3, [step("review-correct")])
    with store.write() as unit:
        unit.change_case(replace(case, version=5), 4, [step("review-certify")], [certified])
    with pytest.raises(Refused, match="without its determination"), store.write() as unit:
        unit.change_case(
            in_state(replace(case, version=5), LineState.DENIED_MEDICAL), 5, [step("review-deny")]
        )


def test_the_engine_does_not_modify_but_a_therapist_with_the_providers_consent_may(
    store: Store, case: Case
) -> None:
    modified = in_state(case, LineState.MODIFIED)
    partly = replace(DENIAL, kind=DeterminationKind.CERTIFIED_IN_PART, license_active=None)
    by_engine = replace(partly, actor_role=ActorRole.ENGINE, actor_id="")
    with pytest.raises(Refused, match="without its determination"), store.write() as unit:
        unit.change_case(modified, 2, [step("review-certify")], [by_engine])
    with store.write() as unit:
        by_therapist = replace(partly, actor_role=ActorRole.THERAPIST, actor_id="pt")
        unit.change_case(modified, 2, [step("review-certify")], [by_therapist])


# --- what is written stays -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table", ["case_event", "determination", "benefit_draw", "issued_number", "submission", "peer_to_peer"]
)
def test_rows_of_record_can_be_neither_changed_nor_removed(
    store: Store, case: Case, raw: Engine, table: str
) -> None:
    with store.write() as unit:
        unit.change_case(in_state(case, LineState.DENIED_MEDICAL), 2, [step("review-deny")], [DENIAL])
    rows = schema.metadata.tables[table]
    for statement in (update(rows).values(case_id="other"), delete(rows)):
        with pytest.raises(IntegrityError, match="insert-only"), raw.begin() as connection:
            connection.execute(statement)


def test_sqlite_does_not_replace_an_event_behind_the_triggers_back(
    tmp_path: Path, open_store: Callable[[str], Store]
) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    case = make_case("c", pended_line("R1"))
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        unit.save_case(case, submission_of(case), [event()])
    with pytest.raises(Refused, match="insert-only"), store.write() as unit:
        unit.writer.execute(text("INSERT OR REPLACE INTO case_event SELECT * FROM case_event"))


@pytest.mark.usefixtures("case")
def test_an_event_body_can_be_purged_but_not_changed(raw: Engine) -> None:
    with pytest.raises(IntegrityError, match="insert-only"), raw.begin() as connection:
        connection.execute(update(schema.case_event_body).values(body="{}"))
    with raw.begin() as connection:
        assert connection.execute(delete(schema.case_event_body)).rowcount == 3


# --- values --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("case")
def test_instants_and_decimals_come_back_as_they_were(raw: Engine) -> None:
    booked = {"member_key": "m", "bucket": "OT", "year": 2026, "visits": Decimal("-1.50")}
    with raw.begin() as connection:
        connection.execute(insert(schema.benefit_draw), {**booked, **CASE, "at": NOW})
        query = select(schema.benefit_draw).where(schema.benefit_draw.c.bucket == "OT")
        found = connection.execute(query).one()
    assert (str(found.visits), found.at) == ("-1.50", NOW)


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize("at", [NOW.replace(tzinfo=None)])
def test_a_naive_time_is_refused(raw: Engine, at: datetime) -> None:
    booked = {"member_key": "m", "bucket": "PT", "year": 2026, "visits": Decimal(1), **CASE, "at": at}
    with pytest.raises(StatementError, match="time zone"), raw.begin() as connection:
        connection.execute(insert(schema.benefit_draw), booked)


def test_an_sqlite_address_without_a_file_is_refused() -> None:
    with pytest.raises(StoreError):
        open_engine("sqlite://", 1)

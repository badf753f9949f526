"""A line moves in the database along the rows of the state machine only, whatever program writes."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from fhirpa.store import NewEvent, Refused, Store, schema
from fhirpa.um.case import Case
from fhirpa.um.terms import ActorRole, AppealStage, LineState
from fhirpa.um.transitions import Stage, stored_moves
from tests.store.samples import ENROLMENT, NOW, event, make_case, pended_line, submission_of


@pytest.fixture
def case(store: Store) -> Case:
    case = make_case("c", pended_line("R1"))
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        unit.save_case(case, submission_of(case), [event()])
    return case


def move(store: Store, case: Case, action: str, role: ActorRole, **line: object) -> None:
    after = replace(case, lines=(replace(case.lines[0], **line),), version=2)  # type: ignore[arg-type]
    with store.write() as unit:
        unit.change_case(after, 1, [NewEvent(action, NOW, role)])


def test_the_database_holds_the_same_table_as_the_code(raw: Engine) -> None:
    with raw.connect() as connection:
        rows = {tuple(x) for x in connection.execute(select(schema.line_transition))}
    assert rows == stored_moves()


def test_nobody_changes_the_table(raw: Engine) -> None:
    rows = schema.line_transition
    for statement in (update(rows).values(role="engine"), delete(rows)):
        with pytest.raises(IntegrityError, match="insert-only"), raw.begin() as connection:
            connection.execute(statement)


def test_a_step_of_the_table_is_taken(store: Store, case: Case) -> None:
    move(store, case, "review-refer", ActorRole.THERAPIST, state=LineState.PENDED_DIRECTOR)


@pytest.mark.parametrize(
    ("action", "role", "state"),
    [
        ("review-refer", ActorRole.INTAKE, LineState.PENDED_DIRECTOR),
        ("review-refer", ActorRole.ENGINE, LineState.PENDED_DIRECTOR),
        ("review-refer", ActorRole.THERAPIST, LineState.CERTIFIED),
        ("review-certify", ActorRole.INTAKE, LineState.CERTIFIED),
        ("supply-time-over", ActorRole.SYSTEM, LineState.CERTIFIED),
        ("updated", ActorRole.PROVIDER, LineState.CANCELLED),
        ("line-changed", ActorRole.ENGINE, LineState.CANCELLED),
    ],
)
def test_no_other_step_is_taken(
    store: Store, case: Case, action: str, role: ActorRole, state: LineState
) -> None:
    with pytest.raises(Refused, match="no such step"):
        move(store, case, action, role, state=state)


def test_an_open_line_is_not_appealed(store: Store, case: Case) -> None:
    with pytest.raises(Refused, match="no such step"):
        move(store, case, "review-appeal", ActorRole.INTAKE, appeal=AppealStage.APPEALED)


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize("state", [x for x in LineState if x is not LineState.PENDED_CLINICAL])
def test_plain_sql_moves_no_line(raw: Engine, state: LineState) -> None:
    with pytest.raises(IntegrityError), raw.begin() as connection:
        connection.execute(update(schema.service_line).values(state=state))


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize(
    "state", [LineState.PENDED_DIRECTOR, LineState.MODIFIED, LineState.DENIED_ADMINISTRATIVE]
)
def test_no_line_begins_where_only_people_lead(raw: Engine, state: LineState) -> None:
    row = {"case_id": "c", "sequence": 2, "state": state, "is_evaluation": False}
    with pytest.raises(IntegrityError), raw.begin() as connection:
        connection.execute(insert(schema.service_line), row)


def test_every_stage_is_reached_and_every_decided_one_can_be_left() -> None:
    sources = {source for source, *_ in stored_moves()}
    targets = {target for _, target, *_ in stored_moves()}
    everything = {x.value for x in Stage} - {"returned", "p2p_offered"}
    assert targets == everything - {"received"}
    assert everything - sources == {"cancelled"}

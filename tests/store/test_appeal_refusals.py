"""An appeal that is decided by the wrong person, or unlawfully left, is refused by the database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fhirpa.store import NewDetermination, NewEvent, Refused, Store
from fhirpa.um.appeal import Appeal, AppealForm, FiledBy, Filing
from fhirpa.um.case import Case
from fhirpa.um.staff import Staff
from fhirpa.um.terms import ActorRole, AppealStage, DeterminationKind, LineState
from tests.store.adverse import DENIAL, DIRECTOR, INTAKE, THERAPIST, hire, notify, offer, referred, step
from tests.store.samples import ENROLMENT, NOW, event, make_case, pended_line, submission_of

LATER = NOW + timedelta(days=1)
REVIEWER = replace(DIRECTOR, staff_id="dr-2")
FILING = Filing(FiledBy.MEMBER, "Ana", NOW, AppealForm.WRITTEN, "")
UPHELD = replace(DENIAL, kind=DeterminationKind.UPHELD, actor_id="dr-2", decided_at=LATER, appeal_number="P1")


@pytest.fixture
def case(store: Store) -> Case:
    """A case with one line that a director denied and that was appealed."""
    opened = make_case("c", pended_line("R1"))
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        unit.save_case(opened, submission_of(opened), [event()])
        before = referred(unit, opened)
        hire(unit, DIRECTOR, THERAPIST, INTAKE, REVIEWER)
        offer(unit)
        notify(unit)
        denied = _with(before, state=LineState.DENIED_MEDICAL)
        unit.change_case(denied, before.version, [step("review-deny")], [DENIAL])
        filed = replace(_with(denied, appeal=AppealStage.APPEALED), appeals=(Appeal("P1", (1,), FILING),))
        unit.change_case(filed, denied.version, [step("review-appeal", ActorRole.INTAKE)])
    return filed


def _with(case: Case, **line: Any) -> Case:
    lines = (replace(case.lines[0], **line), *case.lines[1:])
    return replace(case, lines=lines, version=case.version + 1)


def decide(
    store: Store,
    case: Case,
    *new: NewDetermination,
    people: tuple[Staff, ...] = (),
    readers: tuple[str, ...] = ("provider", "member"),
    action: str = "review-uphold",
    role: ActorRole = ActorRole.MEDICAL_DIRECTOR,
    **line: Any,
) -> None:
    after = replace(_with(case, **(line or {"appeal": AppealStage.UPHELD})), updated_at=LATER)
    with store.write() as unit:
        unit.upsert_staff(people)
        for reader in readers:
            unit.enqueue("notice", topic=reader, case_id="c", payload={}, at=LATER)
        unit.change_case(after, case.version, [NewEvent(action, LATER, role, "dr-2")], new)


def test_with_everything_the_appeal_is_decided(store: Store, case: Case) -> None:
    decide(store, case, UPHELD)
    with store.read() as unit:
        found = unit.load_case("c").lines[0]
    assert (found.state, found.appeal) == (LineState.DENIED_MEDICAL, AppealStage.UPHELD)


@pytest.mark.parametrize(
    ("reviewer", "message"),
    [
        (DIRECTOR, "took part before"),
        (replace(REVIEWER, supervisor="dr"), "reports to one who did"),
        (replace(REVIEWER, active=False), "staff"),
        (replace(REVIEWER, npi="1234567893"), "conflict of interest"),
        (replace(REVIEWER, conflicts=frozenset({"1234567893"})), "conflict of interest"),
    ],
    ids=["own decision", "subordinate", "not active", "own practice", "an interest"],
)
def test_the_wrong_reviewer_does_not_decide(store: Store, case: Case, reviewer: Staff, message: str) -> None:
    npi = case.request.requester.npi
    own = replace(
        reviewer,
        npi=npi if reviewer.npi else None,
        conflicts=frozenset({npi or ""}) if reviewer.conflicts else frozenset(),
    )
    with pytest.raises(Refused, match=message):
        decide(store, case, replace(UPHELD, actor_id=own.staff_id), people=(own,))


def test_a_therapist_does_not_decide_an_appeal(store: Store, case: Case) -> None:
    other = replace(THERAPIST, staff_id="pt-2")
    by = replace(UPHELD, actor_id="pt-2", actor_role=ActorRole.THERAPIST)
    with pytest.raises(Refused, match="a licensed director"):
        decide(store, case, by, people=(other,))


def test_both_are_told_in_the_same_transaction(store: Store, case: Case) -> None:
    with pytest.raises(Refused, match="no notices"):
        decide(store, case, UPHELD, readers=("provider",))


def test_an_appeal_does_not_end_without_its_determination(store: Store, case: Case) -> None:
    with pytest.raises(Refused, match="ends with its determination"):
        decide(store, case)


def test_an_appeal_of_another_case_does_not_serve(store: Store, case: Case) -> None:
    with pytest.raises(Refused, match="no such appeal"):
        decide(store, case, replace(UPHELD, appeal_number="P2"))


def test_nobody_speaks_for_a_reviewer_outside_whom_nobody_asked(store: Store, case: Case) -> None:
    outside = replace(
        UPHELD, kind=DeterminationKind.CERTIFIED, actor_role=ActorRole.EXTERNAL, actor_id="IRO 7"
    )
    with pytest.raises(Refused, match="no review outside"):
        decide(store, case, outside, state=LineState.CERTIFIED, appeal=None, action="review-overturn")


def test_the_file_goes_outside_without_the_plans_answer(store: Store, case: Case) -> None:
    decide(
        store,
        case,
        action="review-external",
        role=ActorRole.INTAKE,
        appeal=AppealStage.EXTERNAL_REVIEW,
    )

"""An adverse determination that lacks one thing is refused by the database, whatever program writes it.

Each test leaves out, or spoils, one of the things of `tests.store.adverse`; the last ones give all of them.
"""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from fhirpa.store import NewDetermination, Refused, Store
from fhirpa.um.case import Case
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.staff import LicenceType, Staff, StaffRole
from fhirpa.um.terms import ActorRole, DeterminationKind, LineState
from tests.store.adverse import (
    DENIAL,
    DIRECTOR,
    INTAKE,
    LICENCE,
    OFFER,
    THERAPIST,
    hire,
    notify,
    offer,
    referred,
    step,
)
from tests.store.samples import ENROLMENT, NOW, event, make_case, pended_line, submission_of

KINDS = pytest.mark.parametrize("kind", [DeterminationKind.DENIED_MEDICAL, DeterminationKind.REDUCED])
STATES = {
    DeterminationKind.DENIED_MEDICAL: LineState.DENIED_MEDICAL,
    DeterminationKind.REDUCED: LineState.MODIFIED,
}


@pytest.fixture
def case(store: Store) -> Case:
    """A case with one line before the director."""
    case = make_case("c", pended_line("R1"))
    with store.write() as unit:
        unit.enrol(ENROLMENT)
        unit.save_case(case, submission_of(case), [event()])
        return referred(unit, case)


def decide(store: Store, case: Case, new: NewDetermination) -> None:
    state = STATES.get(new.kind, LineState.CERTIFIED)
    after = replace(case, lines=(replace(case.lines[0], state=state),), version=3)
    action = "review-deny" if new.kind in STATES else "review-certify"
    with store.write() as unit:
        unit.change_case(after, 2, [step(action)], [new])


def prepare(store: Store, *people: Staff, talk: bool = True, notices: bool = True) -> None:
    with store.write() as unit:
        hire(unit, *people)
        if talk:
            offer(unit)
        if notices:
            notify(unit)


@KINDS
def test_with_everything_the_determination_stands(store: Store, case: Case, kind: DeterminationKind) -> None:
    prepare(store)
    decide(store, case, replace(DENIAL, kind=kind))
    with store.read() as unit:
        assert unit.load_case("c").lines[0].state is STATES[kind]


@KINDS
@pytest.mark.parametrize(
    "person",
    [
        replace(DIRECTOR, active=False),
        replace(DIRECTOR, licence=replace(LICENCE, expires=date(2026, 11, 23))),
        replace(DIRECTOR, licence=replace(LICENCE, state="OK")),
        replace(DIRECTOR, licence=replace(LICENCE, administrative=True)),
        replace(THERAPIST, staff_id="dr"),
        replace(INTAKE, staff_id="dr"),
    ],
    ids=["inactive", "expired", "other-state", "administrative-licence", "therapist", "intake"],
)
def test_who_is_no_licensed_director_does_not_decide(
    store: Store, case: Case, person: Staff, kind: DeterminationKind
) -> None:
    prepare(store, DIRECTOR)
    with store.write() as unit:
        unit.upsert_staff([person])
    with pytest.raises(Refused, match=r"licence of a director|who is on the staff"):
        decide(store, case, replace(DENIAL, kind=kind))


def test_nobody_who_is_not_on_the_staff_decides_anything(store: Store, case: Case) -> None:
    prepare(store)
    for role in (ActorRole.INTAKE, ActorRole.THERAPIST, ActorRole.MEDICAL_DIRECTOR):
        made_up = replace(DENIAL, kind=DeterminationKind.CERTIFIED, actor_role=role, actor_id="nobody")
        with pytest.raises(Refused, match="who is on the staff"):
            decide(store, case, made_up)


def test_nobody_decides_in_a_role_that_is_not_theirs(store: Store, case: Case) -> None:
    prepare(store)
    as_director = replace(DENIAL, kind=DeterminationKind.CERTIFIED, actor_id="pt")
    with pytest.raises(Refused, match="who is on the staff"):
        decide(store, case, as_director)


@KINDS
def test_without_an_offer_of_peer_to_peer_nothing_is_denied(
    store: Store, case: Case, kind: DeterminationKind
) -> None:
    prepare(store, talk=False)
    with pytest.raises(Refused, match="peer-to-peer"):
        decide(store, case, replace(DENIAL, kind=kind))


@pytest.mark.parametrize("event_kind", [TalkEvent.DECLINED, TalkEvent.NO_ANSWER])
def test_an_offer_that_was_declined_still_stands_for_its_lead_time(
    store: Store, case: Case, event_kind: TalkEvent
) -> None:
    prepare(store, talk=False)
    with store.write() as unit:
        offer(unit, replace(OFFER, lead_ends_at=NOW + timedelta(minutes=1)))
        offer(unit, replace(OFFER, event=event_kind, lead_ends_at=None))
    with pytest.raises(Refused, match="peer-to-peer"):
        decide(store, case, DENIAL)


def test_a_talk_that_was_held_is_enough(store: Store, case: Case) -> None:
    prepare(store, talk=False)
    with store.write() as unit:
        offer(unit, replace(OFFER, lead_ends_at=NOW + timedelta(days=1)))
        offer(unit, replace(OFFER, event=TalkEvent.HELD, lead_ends_at=None))
    decide(store, case, DENIAL)


def test_only_a_physician_holds_the_talk(store: Store, case: Case) -> None:
    prepare(store)
    with pytest.raises(Refused, match="a physician holds the talk"), store.write() as unit:
        offer(unit, replace(OFFER, event=TalkEvent.HELD, by="pt"))


def test_an_offer_without_its_lead_time_is_none(store: Store, case: Case) -> None:
    prepare(store)
    for ends in (None, OFFER.at):
        with pytest.raises(Refused), store.write() as unit:
            offer(unit, replace(OFFER, lead_ends_at=ends))


@KINDS
@pytest.mark.parametrize("spoilt", [{"criterion_id": None}, {"citation": ""}], ids=["criterion", "citation"])
def test_it_rests_on_a_criterion_and_its_source(
    store: Store, case: Case, kind: DeterminationKind, spoilt: dict[str, str | None]
) -> None:
    prepare(store)
    with pytest.raises(Refused, match="no criterion and citation"):
        decide(store, case, replace(DENIAL, kind=kind, **spoilt))


@pytest.mark.parametrize("readers", [("provider",), ("member",), ("provider", "provider")])
def test_both_notices_are_queued_in_the_same_transaction(
    store: Store, case: Case, readers: tuple[str, ...]
) -> None:
    prepare(store, notices=False)
    with store.write() as unit:
        notify(unit, *readers)
    with pytest.raises(Refused, match="no notices"):
        decide(store, case, DENIAL)


def test_notices_of_another_moment_do_not_count(store: Store, case: Case) -> None:
    prepare(store)
    with pytest.raises(Refused, match="no notices"):
        decide(store, case, replace(DENIAL, decided_at=NOW + timedelta(seconds=1)))


@pytest.mark.parametrize(
    "person",
    [
        Staff("x", "X", StaffRole.MEDICAL_DIRECTOR),
        Staff("x", "X", StaffRole.THERAPIST, licence=LICENCE),
        Staff("x", "X", StaffRole.MEDICAL_DIRECTOR, licence=replace(LICENCE, type=LicenceType.PT)),
    ],
)
def test_a_role_without_its_licence_is_not_on_the_staff(store: Store, person: Staff) -> None:
    with pytest.raises(Refused), store.write() as unit:
        unit.upsert_staff([person])

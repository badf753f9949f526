"""All that the database wants to see beside an adverse determination, to be given or left out."""

from dataclasses import replace
from datetime import date, timedelta

from fhirpa.store import NewDetermination, NewEvent, Unit
from fhirpa.um.case import Case
from fhirpa.um.peer_to_peer import PeerToPeer, TalkEvent
from fhirpa.um.staff import Licence, LicenceType, Staff, StaffRole
from fhirpa.um.terms import ActorRole, DeterminationKind, LineState
from tests.store.samples import NOW

LICENCE = Licence(LicenceType.MD, "TX", "L-1", date(2030, 1, 31))
DIRECTOR = Staff("dr", "Director", StaffRole.MEDICAL_DIRECTOR, licence=LICENCE)
THERAPIST = Staff("pt", "Therapist", StaffRole.THERAPIST, licence=replace(LICENCE, type=LicenceType.PT))
INTAKE = Staff("in", "Intake", StaffRole.INTAKE)
BY_ROLE = {"medical_director": "dr", "therapist": "pt", "intake": "in"}
OFFER = PeerToPeer(TalkEvent.OFFERED, NOW - timedelta(days=3), "dr", "telephone", NOW - timedelta(days=1))
DENIAL = NewDetermination(
    1,
    DeterminationKind.DENIED_MEDICAL,
    ActorRole.MEDICAL_DIRECTOR,
    "dr",
    NOW,
    license_active=True,
    criterion_id="LBP-1",
    citation="Policy LBP, version 1",
)


def hire(unit: Unit, *people: Staff) -> None:
    """The staff, one of each role unless told otherwise."""
    unit.upsert_staff(people or (DIRECTOR, THERAPIST, INTAKE))


def offer(unit: Unit, talk: PeerToPeer = OFFER, case_id: str = "c") -> None:
    """A peer-to-peer entry for the first two lines."""
    unit.add_talks(case_id, (1, 2), (talk,))


def notify(unit: Unit, *readers: str, case_id: str = "c") -> None:
    """Notices of the moment of the decision."""
    for reader in readers or ("provider", "member"):
        unit.enqueue("notice", topic=reader, case_id=case_id, payload={}, at=NOW)


def step(action: str, role: ActorRole = ActorRole.MEDICAL_DIRECTOR) -> NewEvent:
    """The event of one step of a line, at the moment of the decision."""
    return NewEvent(action, NOW, role, BY_ROLE.get(role.value))


def referred(unit: Unit, case: Case) -> Case:
    """The saved case with its one line put before the director."""
    line = replace(case.lines[0], state=LineState.PENDED_DIRECTOR)
    after = replace(case, lines=(line,), version=case.version + 1)
    unit.change_case(after, case.version, [step("review-refer", ActorRole.THERAPIST)])
    return after

"""The plan's own people: roles, licences, and who may decide what.

Tex. Ins. Code 4201.152 (a physician licensed in Texas, not by an administrative-medicine licence), 28 TAC
19.1705(d), 42 CFR 422.566(d). The table `MAY` is the whole of who may do what; `MedicalDirector` is the only
type that an adverse determination takes, and nobody else can be made into one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from fhirpa.um.terms import ActorRole, Discipline


class StaffRole(StrEnum):
    """What a member of staff is. No value stands for software."""

    INTAKE = "intake"
    THERAPIST = "therapist"
    MEDICAL_DIRECTOR = "medical_director"


class LicenceType(StrEnum):
    """The licences that count in therapy review."""

    PT = "PT"
    OT = "OT"
    MD = "MD"
    DO = "DO"


class Act(StrEnum):
    """What a person does to a case in review."""

    TAKE = "take"
    RELEASE = "release"
    ASK = "ask"
    CERTIFY = "certify"
    REFER = "refer"
    PEER_TO_PEER = "peer-to-peer"
    TALK = "talk"  # a peer-to-peer talk that was held: the physician records it
    DENY = "deny"
    DENY_ADMINISTRATIVELY = "deny-administratively"
    CORRECT = "correct"
    WITHDRAW = "withdraw"
    MOVE_DATES = "move-dates"  # the last day of an authorization, without new visits
    REDUCE = "reduce"  # an approved course is cut short
    APPEAL = "appeal"
    APPEAL_ASSIGN = "appeal-assign"  # a reviewer is named
    APPEAL_EVIDENCE = "appeal-evidence"  # something new is heard
    APPEAL_EXPEDITE = "appeal-expedite"
    APPEAL_EXTEND = "appeal-extend"  # the time to decide it
    UPHOLD = "uphold"
    OVERTURN = "overturn"
    EXTERNAL = "external"  # the file goes to a reviewer outside the plan
    EXTERNAL_OUTCOME = "external-outcome"
    EXTEND_TIME = "extend-time"  # the turnaround clock, once
    DOWNGRADE = "downgrade"  # an expedited request is handled as a standard one

    @property
    def event(self) -> str:
        """The type of the event that records the act; `um.transitions` calls it the action."""
        return f"review-{self.value}"


_ALL: Final = frozenset(StaffRole)
_CLINICIANS: Final = frozenset({StaffRole.THERAPIST, StaffRole.MEDICAL_DIRECTOR})
_DIRECTOR: Final = frozenset({StaffRole.MEDICAL_DIRECTOR})
MAY: Final[Mapping[Act, frozenset[StaffRole]]] = MappingProxyType(
    {
        Act.TAKE: _ALL,
        Act.RELEASE: _ALL,
        Act.ASK: _CLINICIANS,
        Act.CERTIFY: _CLINICIANS,
        Act.REFER: frozenset({StaffRole.THERAPIST}),
        Act.PEER_TO_PEER: _CLINICIANS,
        Act.TALK: _DIRECTOR,
        Act.DENY: _DIRECTOR,
        Act.DENY_ADMINISTRATIVELY: _ALL,
        Act.CORRECT: _ALL,  # only what the same role may decide (um.review_close)
        Act.WITHDRAW: frozenset({StaffRole.INTAKE}),
        Act.MOVE_DATES: _CLINICIANS,
        Act.REDUCE: _DIRECTOR,
        Act.APPEAL: frozenset({StaffRole.INTAKE}),
        Act.APPEAL_ASSIGN: frozenset({StaffRole.INTAKE}),
        Act.APPEAL_EVIDENCE: frozenset({StaffRole.INTAKE, StaffRole.MEDICAL_DIRECTOR}),
        Act.APPEAL_EXPEDITE: frozenset({StaffRole.INTAKE}),
        Act.APPEAL_EXTEND: frozenset({StaffRole.INTAKE}),
        Act.UPHOLD: _DIRECTOR,
        Act.OVERTURN: _DIRECTOR,
        Act.EXTERNAL: frozenset({StaffRole.INTAKE}),
        Act.EXTERNAL_OUTCOME: frozenset({StaffRole.INTAKE}),
        Act.EXTEND_TIME: _CLINICIANS,
        Act.DOWNGRADE: _CLINICIANS,
    }
)
NEEDED_LICENCES: Final[Mapping[StaffRole, frozenset[LicenceType]]] = MappingProxyType(
    {
        StaffRole.INTAKE: frozenset(),
        StaffRole.THERAPIST: frozenset({LicenceType.PT, LicenceType.OT}),
        StaffRole.MEDICAL_DIRECTOR: frozenset({LicenceType.MD, LicenceType.DO}),
    }
)
STATE: Final = "TX"  # where the plan's members are reviewed


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that an act lacks: a stable key, and a sentence for the person who tried."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Licence:
    """A professional licence. `administrative`: an administrative-medicine licence (HB 3812)."""

    type: LicenceType
    state: str
    number: str
    expires: date  # the last day on which it is good
    administrative: bool = False


@dataclass(frozen=True, slots=True)
class Staff:
    """One person of the plan who works on cases."""

    staff_id: str
    name: str
    role: StaffRole
    active: bool = True
    licence: Licence | None = None
    npi: str | None = None
    specialty: str | None = None  # NUCC taxonomy code
    supervisor: str | None = None  # staff id of whoever directs this person's work
    conflicts: frozenset[str] = frozenset()  # NPIs of providers with whom the person has an interest

    @property
    def actor_role(self) -> ActorRole:
        """The role as events and determinations name it."""
        return ActorRole(self.role.value)


def licence_lacks(staff: Staff, at: datetime) -> tuple[Lack, ...]:
    """What the person's licence lacks for clinical work at this instant; () for those who need none.

    The day counts in UTC, which begins earlier than the plan's: on its last evening a licence is over.
    """
    needed = NEEDED_LICENCES[staff.role]
    licence = staff.licence
    if not needed:
        return ()
    if licence is None:
        return (Lack("licence-missing", f"{staff.staff_id} has no licence on file"),)
    lacks = []
    if licence.type not in needed:
        lacks.append(Lack("licence-type", f"a {licence.type} licence does not fit the role {staff.role}"))
    if licence.state != STATE:
        lacks.append(Lack("licence-state", f"the licence is of {licence.state}, not of {STATE}"))
    if licence.expires < at.astimezone(UTC).date():
        lacks.append(Lack("licence-expired", f"the licence expired on {licence.expires.isoformat()}"))
    if licence.administrative:
        lacks.append(
            Lack("licence-administrative", "an administrative-medicine licence does not serve for review")
        )
    return tuple(lacks)


def act_lacks(staff: Staff, act: Act, at: datetime) -> tuple[Lack, ...]:
    """Why this person may not do this now; () if they may."""
    if not staff.active:
        return (Lack("staff-inactive", f"{staff.staff_id} is not active"),)
    if staff.role not in MAY[act]:
        who = ", ".join(sorted(MAY[act]))
        return (Lack("role", f"{act} is not for the role {staff.role}; it needs: {who}"),)
    return licence_lacks(staff, at)


def discipline_lacks(staff: Staff, discipline: Discipline | None) -> tuple[Lack, ...]:
    """PT reviews PT, OT reviews OT; a physician reviews both."""
    if staff.role is not StaffRole.THERAPIST or discipline is None or staff.licence is None:
        return ()
    if staff.licence.type.value == discipline.value:
        return ()
    return (Lack("discipline", f"the line is {discipline}; {staff.staff_id} is a {staff.licence.type}"),)


def conflict_lacks(staff: Staff, npis: Iterable[str]) -> tuple[Lack, ...]:
    """Nobody works on a request of their own practice, or of a provider in whom they have an interest."""
    own = staff.conflicts | ({staff.npi} if staff.npi else set())
    if own.isdisjoint(npis):
        return ()
    return (Lack("conflict-of-interest", f"{staff.staff_id} has an interest in a provider of this request"),)


@dataclass(frozen=True, slots=True)
class MedicalDirector:
    """A medical director who may decide at this instant. Raises ValueError for anybody else."""

    staff: Staff
    at: datetime

    def __post_init__(self) -> None:
        lacks = act_lacks(self.staff, Act.DENY, self.at)
        if lacks:
            raise ValueError("; ".join(x.text for x in lacks))


def medical_director(staff: Staff, at: datetime, act: Act = Act.DENY) -> "MedicalDirector | tuple[Lack, ...]":
    """The person as a medical director at this instant, or what lacks for the act."""
    return act_lacks(staff, act, at) or MedicalDirector(staff, at)

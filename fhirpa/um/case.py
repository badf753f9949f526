"""The case: the payer's record of an authorization request, and how it opens from a decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from fhirpa.um.appeal import Appeal, Awaits
from fhirpa.um.clock_events import ClockEvent
from fhirpa.um.determination import (
    BenefitDraw,
    CertifiedService,
    CriterionResult,
    Due,
    InformationItem,
)
from fhirpa.um.peer_to_peer import PeerToPeer
from fhirpa.um.request import AuthorizationRequest, ExternalId, ServiceLine
from fhirpa.um.steps import StepTaken
from fhirpa.um.terms import ActorRole, AppealStage, Discipline, LineOfBusiness, LineState, ReviewKind


@dataclass(frozen=True, slots=True)
class Authorization:
    """An authorization number and what it stands for."""

    number: str
    certified: CertifiedService
    issued_at: datetime
    extended: int = 0  # how often its last day was put later without a visit more


@dataclass(frozen=True, slots=True)
class Referral:
    """What a therapist puts before the medical director: the facts, and a neutral question."""

    summary: str
    question: str
    by: str  # staff id
    at: datetime


@dataclass(frozen=True, slots=True)
class AdverseReason:
    """Why a director did not certify, in the director's own words (Tex. Ins. Code 4201.303)."""

    reason: str  # specific to this member
    criterion_id: str
    citation: str  # description and source of the criterion
    rationale: str  # the clinical basis in plain language, without any rating or likelihood
    source: str = ""  # where the fact stands: document, page, date; or that nothing was sent
    would_change: str = ""  # what further evidence could change the decision


@dataclass(frozen=True, slots=True)
class Decider:
    """The person who decided a line."""

    staff_id: str
    role: ActorRole
    npi: str | None = None
    specialty: str | None = None  # NUCC
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """An approved course that was cut short: what stood before, and from which day it does not any more."""

    before: CertifiedService
    after: CertifiedService
    effective: date


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One service line of a case with its current result."""

    line: ServiceLine
    state: LineState
    discipline: Discipline | None = None
    policy_id: str | None = None
    diagnosis_group: str | None = None
    is_evaluation: bool = False
    authorization: Authorization | None = None  # present with a pended state: a block is certified
    administrative_reference_number: str | None = None
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    information: tuple[InformationItem, ...] = ()
    criteria: tuple[CriterionResult, ...] = ()
    steps: tuple[StepTaken, ...] = ()  # of the engine's last decision on it; () on cases older than this
    human_reviewed: bool = False
    review: ReviewKind = ReviewKind.CLINICAL  # what a person looks at, while the line is pended
    received_at: datetime | None = None  # of a line that an update added or put anew; None: with the case
    referral: Referral | None = None
    peer_to_peer: tuple[PeerToPeer, ...] = ()
    adverse: AdverseReason | None = None
    decided_by: Decider | None = None  # a person; None: the engine, or nobody yet
    plan_since: datetime | None = None  # since when the plan of treatment is as it stands; None: from receipt
    appeal: AppealStage | None = None  # how far an objection to the determination has come
    cut: Cut | None = None  # the course was approved, and then cut short
    clock: tuple[ClockEvent, ...] = ()  # what happened to its turnaround clock (um.clock_case)
    due: Due | None = None  # when the open line must be decided, by which rule


@dataclass(frozen=True, slots=True)
class Case:
    """The current state of one case."""

    case_id: str  # uuid
    case_number: str  # short, for people
    request: AuthorizationRequest
    lines: tuple[CaseLine, ...]
    received_at: datetime
    updated_at: datetime
    member_key: str
    plan_code: str
    line_of_business: LineOfBusiness
    rules_version: str
    due: Due | None = None  # the earliest of its open lines
    information_due: Due | None = None
    draws: tuple[BenefitDraw, ...] = ()
    notes: tuple[str, ...] = ()
    version: int = 1
    update_notes: tuple[str, ...] = ()  # on how the last update was read
    earlier_names: tuple[ExternalId, ...] = ()  # identifiers and URLs of the Claims that were updated since
    assigned_to: str | None = None  # staff id of whoever works on it
    appeals: tuple[Appeal, ...] = ()  # oldest first

    @property
    def is_pended(self) -> bool:
        """True while any line waits for somebody."""
        return any(x.state.is_pended for x in self.lines)

    @property
    def is_with_the_plan(self) -> bool:
        """True while somebody of the plan has to act: on an open line, or on an appeal."""
        return self.is_pended or any(x.awaits is Awaits.PLAN for x in self.appeals)

    def appeal_of(self, sequence: int) -> Appeal | None:
        """The last appeal that is about this line."""
        return next((x for x in reversed(self.appeals) if sequence in x.sequences), None)


def drawing(lines: Iterable[CaseLine]) -> dict[int, Decimal]:
    """The most visits that each line may draw: those certified; any where no authorization is needed."""
    out: dict[int, Decimal] = {}
    for item in lines:
        if item.state is LineState.NOT_REQUIRED:
            out[item.line.sequence] = Decimal("Infinity")
        elif item.authorization is not None and item.state is not LineState.CANCELLED:
            out[item.line.sequence] = item.authorization.certified.visits or Decimal(0)
    return out

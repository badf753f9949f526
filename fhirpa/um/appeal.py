"""Appeals: an objection to a determination, first with the plan, then before a reviewer outside of it.

42 CFR 422 subpart M, 42 CFR 438 subpart F, Tex. Ins. Code 4201.351-.403, 29 CFR 2560.503-1(h).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fhirpa.um.determination import Due
from fhirpa.um.terms import ActorRole


class FiledBy(StrEnum):
    """Who objects."""

    MEMBER = "member"
    PROVIDER = "provider"
    REPRESENTATIVE = "representative"


class AppealForm(StrEnum):
    """How it came."""

    WRITTEN = "written"
    ORAL = "oral"


class AppealOutcome(StrEnum):
    """What became of it."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"
    PARTLY_OVERTURNED = "partly_overturned"


class ExternalReviewer(StrEnum):
    """Who reviews from outside, and binds the plan."""

    IRO = "IRO"  # independent review organization
    IRE = "IRE"  # Medicare's independent review entity
    FAIR_HEARING = "fair_hearing"  # State fair hearing, with or without external medical review


class Awaits(StrEnum):
    """Whose decision an appeal waits for."""

    PLAN = "plan"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Filing:
    """An appeal as it came in."""

    by: FiledBy
    name: str  # who, as intake wrote it down
    received_at: datetime
    form: AppealForm
    grounds: str  # what is said against the decision
    expedited: bool = False
    good_cause: str = ""  # why it came late
    consent: str = ""  # the member's consent, or what shows that a representative is one
    continue_services: bool = False  # the member asks that a cut-short service goes on meanwhile
    specialty: str | None = None  # NUCC code of the reviewer that the provider asked for


@dataclass(frozen=True, slots=True)
class Heard:
    """What was sent or said for an appeal, beyond what the first decision rested on."""

    text: str
    by: str  # who sent or said it
    at: datetime
    taken_by: str  # staff id


@dataclass(frozen=True, slots=True)
class MoreTime:
    """The one extension of the time to decide an appeal."""

    days: int
    why: str
    by: str  # staff id
    at: datetime


@dataclass(frozen=True, slots=True)
class External:
    """A review outside the plan."""

    reviewer: ExternalReviewer
    requested_by: str
    requested_at: datetime
    send_by: Due  # when the plan's file must be there
    due: Due | None  # when the reviewer decides
    outcome: AppealOutcome | None = None
    decided_at: datetime | None = None
    reference: str = ""  # the reviewer's own number, or who decided


@dataclass(frozen=True, slots=True)
class AppealDecision:
    """The plan's own answer."""

    outcome: AppealOutcome
    at: datetime
    staff_id: str
    role: ActorRole
    reason: str
    specialty: str | None = None
    late: bool = False  # after it was due


@dataclass(frozen=True, slots=True)
class Appeal:
    """An objection to what was decided of some lines of a case."""

    number: str
    sequences: tuple[int, ...]
    filing: Filing
    due: Due | None = None  # of the plan's answer; None: it goes outside at once
    acknowledged_at: datetime | None = None  # when the letter that it has arrived was queued
    reviewer: str | None = None  # staff id of whoever decides it
    heard: tuple[Heard, ...] = ()
    more_time: MoreTime | None = None
    decision: AppealDecision | None = None
    external: External | None = None

    @property
    def awaits(self) -> Awaits | None:
        """Whose decision is outstanding; None: it is over."""
        if self.external is not None:
            return Awaits.EXTERNAL if self.external.outcome is None else None
        return Awaits.PLAN if self.decision is None else None

    @property
    def open_due(self) -> Due | None:
        """When whoever has it now must have decided."""
        if self.awaits is Awaits.EXTERNAL and self.external is not None:
            return self.external.due
        return self.due if self.awaits is Awaits.PLAN else None

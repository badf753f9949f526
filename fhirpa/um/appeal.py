"""Appeals: an objection to a determination, first with the plan, then before a reviewer outside of it.

42 CFR 422 subpart M, 42 CFR 438 subpart F, Tex. Ins. Code 4201.351-.403, 29 CFR 2560.503-1(h).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fhirpa.um.determination import Due
from fhirpa.um.terms import ActorRole, LineOfBusiness


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
    continue_services: bool = False  # the member asks that a cut-short service goes on meanwhile
    specialty: str | None = None  # NUCC code of the reviewer that the provider asked for


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


@dataclass(frozen=True, slots=True)
class Appeal:
    """An objection to what was decided of some lines of a case."""

    number: str
    sequences: tuple[int, ...]
    filing: Filing
    due: Due | None = None  # of the plan's answer; None: it goes outside at once
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


# --- rules ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """So many calendar days from the day of a notice."""

    days: int
    citation: str


@dataclass(frozen=True, slots=True)
class ExternalRules:
    """How a review outside the plan comes about. Clock ids are those of the turnaround rules."""

    reviewer: ExternalReviewer
    automatic: bool  # the plan sends the file itself when it upholds
    send: str  # clock id: the plan's file
    decide: str  # clock id
    decide_expedited: str
    file_within: TimeLimit | None = None  # from the plan's own answer
    at_once: bool = False  # where life is in danger, before the plan's own appeal


@dataclass(frozen=True, slots=True)
class ReductionRules:
    """Whether and how an approved course may be cut short for want of necessity."""

    medical: bool  # False: only for misrepresentation
    lead: str  # lead time id
    continue_within: TimeLimit | None  # to ask that services go on during the appeal
    citation: str


@dataclass(frozen=True, slots=True)
class AppealRules:
    """What binds one line of business after a determination."""

    file_within: TimeLimit
    decide: str  # clock id
    decide_expedited: str
    external: ExternalRules
    reduction: ReductionRules


@dataclass(frozen=True, slots=True)
class AfterDecision:
    """Rules on what follows a determination."""

    template_version: str  # of the letters
    extension_days: int  # dates of an authorization, once, without new visits
    appeals: Mapping[LineOfBusiness, AppealRules]

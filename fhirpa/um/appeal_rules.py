"""What binds a line of business after a determination: `fhirpa/policies/appeals.yaml`, and its clocks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fhirpa.um.appeal import ExternalReviewer, FiledBy
from fhirpa.um.clock import TurnaroundRules
from fhirpa.um.clock_calendar import HolidayTableEnds
from fhirpa.um.clock_count import due_for, earliest_after_notice
from fhirpa.um.determination import Due
from fhirpa.um.terms import LevelOfService, LineOfBusiness


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """So many calendar days from the day of a notice."""

    days: int
    citation: str

    def last_day(self, noticed: date) -> date:
        """The last day of the limit; the day of the notice is day 0."""
        return noticed + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class ConsentRules:
    """Whoever files for the member shows that they may."""

    needed_by: frozenset[FiledBy]
    citation: str


@dataclass(frozen=True, slots=True)
class SpecialtyRules:
    """A provider may ask for a reviewer of the same or a similar specialty; both are clock ids."""

    ask: str  # from the determination
    decide: str  # from the request


@dataclass(frozen=True, slots=True)
class ExternalRules:
    """How a review outside the plan comes about."""

    reviewer: ExternalReviewer
    automatic: bool  # the plan sends the file itself when it upholds
    at_once: bool  # an expedited matter need not wait for the plan's own answer
    send: str  # clock id: the plan's file
    decide: Mapping[LevelOfService, str]  # clock ids; empty: no time limit of the plan's concern
    file_within: TimeLimit | None = None  # from the plan's own answer


@dataclass(frozen=True, slots=True)
class ReductionRules:
    """Whether and how an approved course may be cut short for want of necessity."""

    medical: bool  # False: only for misrepresentation
    citation: str
    lead: str | None = None  # lead time id of the notice
    continue_within: TimeLimit | None = None  # to ask that services go on during the appeal


@dataclass(frozen=True, slots=True)
class AppealRules:
    """Appeals of one line of business."""

    file_within: TimeLimit
    acknowledge: str  # clock id of the letter that the appeal has arrived
    decide: Mapping[LevelOfService, tuple[str, ...]]  # clock ids, the earliest wins
    consent: ConsentRules
    external: ExternalRules
    reduction: ReductionRules
    extension: TimeLimit | None = None  # of the plan's answer, once; None: there is none
    specialty: SpecialtyRules | None = None


@dataclass(frozen=True, slots=True)
class AfterDecision:
    """Rules on what follows a determination. `clock` holds the clocks that the others name by id."""

    template_version: str  # of the letters
    lines: Mapping[LineOfBusiness, AppealRules]
    clock: TurnaroundRules

    def due(self, clock_id: str, at: datetime) -> Due:
        """When this clock ends, started at `at`; beyond the holidays that are loaded it may end early."""
        try:
            instant = due_for(self.clock, clock_id, at)
        except HolidayTableEnds:
            instant = due_for(self.clock.past_the_table(), clock_id, at)
        return Due(instant, clock_id, self.label(clock_id))

    def earliest(self, clock_ids: Iterable[str], at: datetime) -> Due:
        """The due time that binds."""
        return min((self.due(key, at) for key in clock_ids), key=lambda x: x.at)

    def label(self, clock_id: str) -> str:
        """What a clock is, in plain text."""
        return self.clock.clocks[clock_id].label

    def appeal_due(self, lob: LineOfBusiness, level: LevelOfService, received_at: datetime) -> Due:
        """When the plan must answer an appeal; an expedited one never later than a standard one."""
        decide = self.lines[lob].decide
        keys = decide[LevelOfService.STANDARD]
        return self.earliest(
            (*decide[level], *keys) if level is LevelOfService.EXPEDITED else keys, received_at
        )

    def reduction_from(self, lob: LineOfBusiness, noticed_at: datetime) -> date:
        """The first day on which an approved course may be cut short after a notice of it."""
        lead = self.lines[lob].reduction.lead
        at = noticed_at if lead is None else earliest_after_notice(self.clock, lead, noticed_at)
        day = self.day(at)
        return day + timedelta(days=1) if day == self.day(noticed_at) else day

    def day(self, at: datetime) -> date:
        """The plan's day of an instant."""
        return at.astimezone(self.clock.zone).date()

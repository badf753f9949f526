"""The turnaround clock: when a decision, an answer, a notice or an appeal is due.

Pure functions of the rules and of instants, as in `clock_count`. Sources are cited clock by clock in
`fhirpa/policies/turnaround.yaml`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from fhirpa.um.clock_calendar import AvailabilityWindow, OpenDays
from fhirpa.um.clock_count import (
    binding,
    due_of,
    earliest,
    earliest_after_notice,
    extended,
    in_order,
    tolled,
)
from fhirpa.um.clock_events import ClockEvent
from fhirpa.um.clock_rules import (
    AppealStep,
    Clock,
    ClockUnit,
    Downgrade,
    Ground,
    LeadTime,
    LevelRules,
    LineRules,
    Notice,
    RequestKind,
    TolledBy,
)
from fhirpa.um.clock_state import Reckoning, reckon
from fhirpa.um.determination import Due
from fhirpa.um.terms import LevelOfService, LineOfBusiness


@dataclass(frozen=True, slots=True)
class TurnaroundRules:
    """All turnaround rules of one version; the functions of this module read them."""

    version: str
    zone: ZoneInfo
    end_of_business_day: time
    end_of_calendar_day: time
    window: AvailabilityWindow
    calendars: Mapping[ClockUnit, OpenDays]
    clocks: Mapping[str, Clock]
    lead_times: Mapping[str, LeadTime]
    levels: Mapping[tuple[LineOfBusiness, LevelOfService], LevelRules]
    lines: Mapping[LineOfBusiness, LineRules]
    grounds: Mapping[str, Ground]
    notices: Mapping[str, Notice]  # what a missed clock calls for
    peer_to_peer_afterwards: str  # lead time of the offer where the service was over when it was asked for
    supply_until_due: str  # the text where the decision's due time ends the time to supply

    def decision_due(
        self,
        lob: LineOfBusiness,
        level: LevelOfService,
        received_at: datetime,
        kind: RequestKind = RequestKind.PREAUTHORIZATION,
    ) -> Due:
        """See the function of this name."""
        return decision_due(self, lob, level, received_at, kind)

    def awaiting_due(
        self,
        lob: LineOfBusiness,
        level: LevelOfService,
        received_at: datetime,
        asked_at: datetime,
        kind: RequestKind = RequestKind.PREAUTHORIZATION,
    ) -> Due:
        """See the function of this name."""
        return awaiting_due(self, lob, level, received_at, asked_at, kind)

    def information_due(
        self, lob: LineOfBusiness, level: LevelOfService, asked_at: datetime, due: Due
    ) -> Due:
        """See the function of this name."""
        return information_due(self, lob, level, asked_at, due)

    def peer_to_peer_earliest(
        self, lob: LineOfBusiness, offered_at: datetime, *, afterwards: bool = False
    ) -> datetime:
        """See the function of this name."""
        return peer_to_peer_earliest(self, lob, offered_at, afterwards=afterwards)

    def reduction_earliest(self, lob: LineOfBusiness, noticed_at: datetime) -> datetime:
        """See the function of this name."""
        return reduction_earliest(self, lob, noticed_at)

    def appeal_due(
        self,
        lob: LineOfBusiness,
        level: LevelOfService,
        received_at: datetime,
        *,
        informed_at: datetime | None = None,
        extended_by: int | None = None,
    ) -> Due:
        """See the function of this name."""
        return appeal_due(self, lob, level, received_at, informed_at=informed_at, extended_by=extended_by)

    def appeal_step(self, lob: LineOfBusiness, step: AppealStep, at: datetime) -> Due | None:
        """See the function of this name."""
        return appeal_step(self, lob, step, at)

    def reckon(self, lob: LineOfBusiness, events: Sequence[ClockEvent]) -> Reckoning:
        """See `clock_state.reckon`."""
        return reckon(self, lob, events)

    def grounds_of(self, lob: LineOfBusiness) -> Mapping[str, Ground]:
        """The grounds for which a clock of this line of business may be extended, by id."""
        return {key: self.grounds[key] for key in self.lines[lob].grounds}

    def downgrade_of(self, lob: LineOfBusiness) -> Downgrade:
        """When an expedited request of this line of business may be handled as a standard one."""
        return self.lines[lob].downgrade

    def extension_supply(self, lob: LineOfBusiness, kind: RequestKind, asked_at: datetime) -> Due | None:
        """The provider's time to send what an extension waits for; None where no clock stops for that."""
        keys = binding(self, lob, LevelOfService.STANDARD, kind)
        tollings = [t for key in keys if (t := self.clocks[key].tolling) is not None]
        dues = [due_of(self, t.supply, asked_at) for t in tollings if t.by is TolledBy.EXTENSION_NOTICE]
        return earliest(dues) if dues else None

    def missed_notice(self, lob: LineOfBusiness) -> Notice | None:
        """The notice that a missed clock calls for; None where the law has none."""
        key = self.lines[lob].missed
        return self.notices[key] if key is not None else None

    def past_the_table(self) -> "TurnaroundRules":
        """These rules for times of which no holidays are loaded: there every weekday is open.

        A due time then comes on the true day or earlier. Not for lead times, which would end early too.
        """
        calendars = {unit: c.for_all_years() for unit, c in self.calendars.items()}
        window = replace(self.window, calendar=self.window.calendar.for_all_years())
        return replace(self, calendars=calendars, window=window)


def decision_due(
    rules: TurnaroundRules,
    lob: LineOfBusiness,
    level: LevelOfService,
    received_at: datetime,
    kind: RequestKind = RequestKind.PREAUTHORIZATION,
) -> Due:
    """When a complete request must be decided: the earliest of all clocks that bind it.

    An expedited request is bound by the standard clocks too, so it is never due later than a standard one.
    """
    return earliest(due_of(rules, key, received_at) for key in binding(rules, lob, level, kind))


def awaiting_due(
    rules: TurnaroundRules,
    lob: LineOfBusiness,
    level: LevelOfService,
    received_at: datetime,
    asked_at: datetime,
    kind: RequestKind = RequestKind.PREAUTHORIZATION,
) -> Due:
    """When a request must be decided after information was asked for at `asked_at` and none has come yet.

    As `decision_due`, but a clock that an information request stops (1 TAC 353.425(d)) gives way to the time
    allowed for an incomplete request, unless it had run out before anybody asked.
    """

    def one(key: str) -> Due:
        due = due_of(rules, key, received_at)
        tolling = rules.clocks[key].tolling
        if tolling is None or tolling.by is not TolledBy.INFORMATION_REQUEST or asked_at > due.at:
            return due
        return tolled(rules, key, received_at, asked_at)

    return earliest(one(key) for key in binding(rules, lob, level, kind))


def information_due(
    rules: TurnaroundRules, lob: LineOfBusiness, level: LevelOfService, asked_at: datetime, due: Due
) -> Due:
    """Until when the provider is asked to supply what was asked for at `asked_at`.

    The supply time of the line and level, but never later than `due`, when the decision is due.
    """
    supply = due_of(rules, rules.levels[lob, level].supply, asked_at)
    return supply if supply.at <= due.at else replace(due, text=rules.supply_until_due)


def upgraded_due(
    rules: TurnaroundRules, lob: LineOfBusiness, received_at: datetime, raised_at: datetime
) -> Due:
    """When a standard request must be decided that became expedited at `raised_at`.

    The expedited time from then, never later than the standard due time.
    """
    in_order(received_at, raised_at, "the request to expedite")
    return earliest(
        (
            decision_due(rules, lob, LevelOfService.EXPEDITED, raised_at),
            decision_due(rules, lob, LevelOfService.STANDARD, received_at),
        )
    )


def peer_to_peer_earliest(
    rules: TurnaroundRules, lob: LineOfBusiness, offered_at: datetime, *, afterwards: bool = False
) -> datetime:
    """The earliest instant at which an adverse determination may follow a peer-to-peer offer.

    `afterwards`: the service was over when it was asked for (28 TAC 19.1703, retrospective review); the later
    of the two lead times then holds.
    """
    earliest_at = earliest_after_notice(rules, rules.lines[lob].peer_to_peer, offered_at)
    if not afterwards:
        return earliest_at
    return max(earliest_at, earliest_after_notice(rules, rules.peer_to_peer_afterwards, offered_at))


def reduction_earliest(rules: TurnaroundRules, lob: LineOfBusiness, noticed_at: datetime) -> datetime:
    """The earliest instant at which authorized care may be reduced or ended after a notice of it.

    The notice itself where the line of business has no rule (42 CFR 438.404(c)(1), 431.211; 29 CFR
    2560.503-1(f)(2)(ii)(A)).
    """
    lead = rules.lines[lob].reduction
    return noticed_at if lead is None else earliest_after_notice(rules, lead, noticed_at)


def appeal_due(
    rules: TurnaroundRules,
    lob: LineOfBusiness,
    level: LevelOfService,
    received_at: datetime,
    *,
    informed_at: datetime | None = None,
    extended_by: int | None = None,
) -> Due:
    """When an appeal that came in at `received_at` must be decided: the earliest of its clocks.

    `informed_at`: when all information for it was there (None: not yet, or at receipt where no clock asks);
    `extended_by`: days of its one extension. An expedited appeal is never due later than a standard one.
    Raises ClockError where no clock of it can be extended by so many days.
    """
    line = rules.lines[lob]
    keys = line.appeal[level]
    if level is LevelOfService.EXPEDITED:
        keys = (*keys, *line.appeal[LevelOfService.STANDARD])
    if extended_by is None:
        dues = [due_of(rules, key, received_at) for key in keys]
    else:
        dues = [_appeal_extended(rules, key, received_at, extended_by) for key in keys]
    if level is LevelOfService.EXPEDITED and informed_at is not None:
        dues += [due_of(rules, key, informed_at) for key in line.appeal_informed]
    return earliest(dues)


def appeal_step(rules: TurnaroundRules, lob: LineOfBusiness, step: AppealStep, at: datetime) -> Due | None:
    """Until when a step may or must be taken, counted from what it follows; None: this line has no such step.

    From what: the notice of the determination (FILE, CONTINUE, SPECIALTY_ASK), the decision on the appeal
    (EXTERNAL_FILE), the request itself (SPECIALTY_DECIDE, EXTERNAL_SEND, EXTERNAL_DECIDE...).
    """
    key = rules.lines[lob].steps.get(step)
    return None if key is None else due_of(rules, key, at)


def _appeal_extended(rules: TurnaroundRules, key: str, received_at: datetime, days: int) -> Due:
    return replace(due_of(rules, key, received_at), at=extended(rules, key, received_at, days))

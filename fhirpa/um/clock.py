"""The turnaround rules: what binds a request, and when a decision or an answer is due.

The methods are pure functions of rules and instants. Counting is in `clock_count`, the state of one clock
after all that happened to it in `clock_state`; sources are cited in `fhirpa/policies/turnaround.yaml`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from fhirpa.um.clock_calendar import AvailabilityWindow, OpenDays
from fhirpa.um.clock_count import binding, due_of, earliest, earliest_after_notice, tolled
from fhirpa.um.clock_events import ClockEvent
from fhirpa.um.clock_rules import (
    Clock,
    ClockUnit,
    Downgrade,
    Ground,
    LeadTime,
    LevelRules,
    LineRules,
    MissedNotice,
    RequestKind,
    TolledBy,
)
from fhirpa.um.clock_state import Reckoning, reckon
from fhirpa.um.determination import Due
from fhirpa.um.terms import LevelOfService, LineOfBusiness


@dataclass(frozen=True, slots=True)
class TurnaroundRules:
    """All turnaround rules of one version. Instants must be aware (else ClockError)."""

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
    notices: Mapping[str, MissedNotice]  # what a missed clock calls for
    hospital_places: frozenset[str]  # places of service of a member in hospital
    peer_to_peer_afterwards: str  # lead time of the offer where the service was over when it was asked for
    supply_until_due: str  # the text where the decision's due time ends the time to supply

    def decision_due(
        self,
        lob: LineOfBusiness,
        level: LevelOfService,
        received_at: datetime,
        kind: RequestKind = RequestKind.PREAUTHORIZATION,
    ) -> Due:
        """When a complete request must be decided: the earliest of all clocks that bind it.

        An expedited request is bound by the standard clocks too: it is never due later than a standard one.
        """
        return earliest(due_of(self, key, received_at) for key in binding(self, lob, level, kind))

    def awaiting_due(
        self,
        lob: LineOfBusiness,
        level: LevelOfService,
        received_at: datetime,
        asked_at: datetime,
        kind: RequestKind = RequestKind.PREAUTHORIZATION,
    ) -> Due:
        """When a request must be decided after information was asked for at `asked_at` and none has come yet.

        As `decision_due`, but a clock that an information request stops (1 TAC 353.425(d)) gives way to the
        time allowed for an incomplete request, unless it had run out before anybody asked.
        """

        def one(key: str) -> Due:
            due = due_of(self, key, received_at)
            tolling = self.clocks[key].tolling
            if tolling is None or tolling.by is not TolledBy.INFORMATION_REQUEST or asked_at > due.at:
                return due
            return tolled(self, key, received_at, asked_at)

        return earliest(one(key) for key in binding(self, lob, level, kind))

    def information_due(
        self, lob: LineOfBusiness, level: LevelOfService, asked_at: datetime, due: Due
    ) -> Due:
        """Until when the provider is asked to supply what was asked for at `asked_at`.

        The supply time of the line and level, but never later than `due`, when the decision is due.
        """
        return self.capped(due_of(self, self.levels[lob, level].supply, asked_at), due)

    def extension_supply(self, lob: LineOfBusiness, kind: RequestKind, asked_at: datetime) -> Due | None:
        """The provider's time to send what an extension waits for; None where no clock stops for that."""
        keys = binding(self, lob, LevelOfService.STANDARD, kind)
        tollings = [t for key in keys if (t := self.clocks[key].tolling) is not None]
        dues = [due_of(self, t.supply, asked_at) for t in tollings if t.by is TolledBy.EXTENSION_NOTICE]
        return earliest(dues) if dues else None

    def capped(self, supply: Due, due: Due) -> Due:
        """The time to supply, or the decision's own due time where that comes first."""
        return supply if supply.at <= due.at else replace(due, text=self.supply_until_due)

    def peer_to_peer_earliest(
        self, lob: LineOfBusiness, offered_at: datetime, *, afterwards: bool = False
    ) -> datetime:
        """The earliest instant at which an adverse determination may follow a peer-to-peer offer.

        `afterwards`: the service was over when it was asked for (28 TAC 19.1703, retrospective review); the
        later of the two lead times then holds.
        """
        earliest_at = earliest_after_notice(self, self.lines[lob].peer_to_peer, offered_at)
        if not afterwards:
            return earliest_at
        return max(earliest_at, earliest_after_notice(self, self.peer_to_peer_afterwards, offered_at))

    def reckon(self, lob: LineOfBusiness, events: Sequence[ClockEvent]) -> Reckoning:
        """The state of the clock that these events of one line tell of (`clock_state.reckon`)."""
        return reckon(self, lob, events)

    def grounds_of(self, lob: LineOfBusiness) -> Mapping[str, Ground]:
        """The grounds for which a clock of this line of business may be extended, by id."""
        return {key: self.grounds[key] for key in self.lines[lob].grounds}

    def downgrade_of(self, lob: LineOfBusiness) -> Downgrade:
        """When an expedited request of this line of business may be handled as a standard one."""
        return self.lines[lob].downgrade

    def letter_due(self, lob: LineOfBusiness, told_at: datetime) -> Due | None:
        """Until when the letter about a downgrade must be out; None where the law names no time."""
        key = self.lines[lob].downgrade.letter
        return None if key is None else due_of(self, key, told_at)

    def missed_notice(self, lob: LineOfBusiness) -> MissedNotice | None:
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

"""The earliest lawful instant of an adverse determination, beside the time when the decision is due.

Where the first lies behind the second, only certifying is left, or a determination after the due time with
its breach on record (28 TAC 19.1703, 19.1710, 1 TAC 353.425(d)(3); domain: planning rule).
"""

from dataclasses import dataclass
from datetime import datetime

from fhirpa.um.case import Case, CaseLine
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.review import offer_ends_at
from fhirpa.um.rules import RuleSet


@dataclass(frozen=True, slots=True)
class AdverseTime:
    """When a medical director may decide adversely at the earliest.

    `assumes_offer_now`: no peer-to-peer talk was offered yet; the instant holds if one is offered now.
    """

    at: datetime
    assumes_offer_now: bool
    due_at: datetime | None

    @property
    def is_in_time(self) -> bool:
        """True if that instant is not past the due time of the decision."""
        return self.due_at is None or self.at <= self.due_at


def earliest_adverse(case: Case, line: CaseLine, now: datetime, rules: RuleSet) -> AdverseTime | None:
    """The earliest lawful instant from `now` on; None for a line that is not open, and without lead times.

    A talk that was held is enough at once; an offer that was made has its lead time; where none was made, one
    that is made now counts. What was asked of the provider is waited for. Raises HolidayTableEnds beyond the
    loaded holidays: a guess would be too early.
    """
    if not line.state.is_pended or rules.turnaround is None:
        return None
    record = [x for x in line.peer_to_peer if x.at <= now]
    offers = [x.lead_ends_at for x in record if x.event is TalkEvent.OFFERED and x.lead_ends_at is not None]
    held = any(x.event is TalkEvent.HELD for x in record)
    moments = [now]
    if not held:
        stands = min(offers) if offers else offer_ends_at(case, (line,), now, rules)
        moments += [stands] if stands is not None else []
    if line.information and case.information_due is not None:
        moments.append(case.information_due.at)
    due = line.due or case.due
    return AdverseTime(max(moments), not (held or offers), due.at if due is not None else None)

"""Peer-to-peer: the talk that is offered to the provider before an adverse determination.

Tex. Ins. Code 4201.206, 28 TAC 19.1710, 1 TAC 353.425(d)(3): what is kept is the number given, when it was
offered, when it was held, and how it went.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fhirpa.um.staff import Lack


class TalkEvent(StrEnum):
    """What happened about a peer-to-peer talk."""

    OFFERED = "offered"
    HELD = "held"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class PeerToPeer:
    """One entry of a line's peer-to-peer record. `lead_ends_at`: when an offer has stood long enough."""

    event: TalkEvent
    at: datetime
    by: str  # staff id
    contact: str  # how the provider was reached, or whom the physician spoke with
    lead_ends_at: datetime | None = None


def counts(entry: PeerToPeer, plan_since: datetime | None) -> bool:
    """True for an entry about the plan of treatment as it stands; None: the plan never changed."""
    return plan_since is None or entry.at >= plan_since


def opportunity_lacks(
    record: Iterable[PeerToPeer], at: datetime, plan_since: datetime | None = None
) -> tuple[Lack, ...]:
    """What the provider's opportunity to talk lacks for an adverse determination at this instant.

    A talk that was held is enough; else an offer must have stood for its lead time, also if it was declined
    or not answered. What was said about an earlier plan of treatment (before `plan_since`) does not count.
    """
    entries = [x for x in record if x.at <= at and counts(x, plan_since)]
    if any(x.event is TalkEvent.HELD for x in entries):
        return ()
    ends = [x.lead_ends_at for x in entries if x.event is TalkEvent.OFFERED and x.lead_ends_at]
    if not ends:
        return (Lack("peer-to-peer-missing", "no peer-to-peer talk was offered to the provider"),)
    earliest = min(ends)
    if at < earliest:
        told = earliest.strftime("%Y-%m-%d %H:%M UTC")
        return (Lack("peer-to-peer-lead", f"the offer of a peer-to-peer talk stands until {told}"),)
    return ()

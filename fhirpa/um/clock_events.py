"""What happens to the clock of a service line: the line keeps these events, all else is reckoned."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fhirpa.um.clock_rules import RequestKind
from fhirpa.um.terms import LevelOfService


class ClockEventKind(StrEnum):
    """What happened."""

    STARTED = "started"  # the request for the line came in; a clock of its own begins
    RAISED = "raised"  # expedited handling was asked for later
    DOWNGRADED = "downgraded"  # expedited handling was declined: standard clocks, from receipt
    ASKED = "asked"  # the line waits for nothing but information; the provider was asked for it
    ANSWERED = "answered"  # that information arrived
    WAIT_ENDED = "wait_ended"  # a person goes on without it, or the time to send it is over
    EXTENDED = "extended"  # once per clock
    MISSED = "missed"  # the due time passed and the line was still open
    ENDED = "ended"  # the line was decided or cancelled
    REOPENED = "reopened"  # by a correction: the same clock goes on as if it had never ended


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """One event. `at` is the instant that counts, such as the receipt of a request.

    `level` and `request` belong to STARTED, `days` (None: all that the rule allows) and `ground` to EXTENDED;
    `by` is the staff id of the person who acted, '' for the provider or the house.
    """

    kind: ClockEventKind
    at: datetime
    level: LevelOfService | None = None
    request: RequestKind | None = None
    days: int | None = None
    ground: str = ""
    by: str = ""


def current(events: tuple[ClockEvent, ...]) -> tuple[ClockEvent, ...]:
    """The events of the clock that runs or ran last: from the last start on."""
    starts = [i for i, x in enumerate(events) if x.kind is ClockEventKind.STARTED]
    return events[starts[-1] :] if starts else ()

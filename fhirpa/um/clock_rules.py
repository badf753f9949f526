"""What the turnaround rules are made of: clocks, lead times, and which clocks bind a request."""

from dataclasses import dataclass
from enum import StrEnum


class ClockUnit(StrEnum):
    """What a limit counts. Day units other than calendar days have a calendar of the same name."""

    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"  # Medicaid: days on which HHSC offices work
    WORKING_DAYS = "working_days"  # Insurance Code: weekdays that are no legal holiday
    HOURS = "hours"  # elapsed


class ClockStart(StrEnum):
    """When a clock begins to run."""

    AT_ONCE = "at_once"
    IN_WINDOW = "in_window"  # at the next opening of the availability window, if outside it


class TolledBy(StrEnum):
    """Which notice stops a clock until the information arrives."""

    INFORMATION_REQUEST = "information_request"
    EXTENSION_NOTICE = "extension_notice"


@dataclass(frozen=True, slots=True)
class Tolling:
    """How a clock goes on after information was asked for; all but `by` are clock ids."""

    by: TolledBy
    supply: str  # time to supply, from the notice
    decide: str  # time to decide, from the answer
    silence: str | None = (
        None  # time to decide if nothing arrives, from receipt; else `decide` from supply's end
    )
    ceiling: str | None = None  # a clock from receipt that is not stopped


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock: so many units after an instant."""

    key: str
    label: str  # plain text for providers and staff, with the limit in it
    citation: str
    limit: int
    unit: ClockUnit
    start: ClockStart = ClockStart.AT_ONCE
    extension_days: int | None = None  # calendar days, once
    tolling: Tolling | None = None
    rolls_forward: bool = False  # calendar days: a due day that is no working day moves to the next one
    after_hours_rolls: bool = False  # open days: receipt after hours counts from the next open day


@dataclass(frozen=True, slots=True)
class LeadTime:
    """How long a notice must come before the act it announces; in days, never in hours."""

    key: str
    label: str
    citation: str
    limit: int
    unit: ClockUnit


@dataclass(frozen=True, slots=True)
class LevelRules:
    """The clocks of one line of business and level of service, by id."""

    decide: tuple[str, ...]  # the earliest wins
    supply: str

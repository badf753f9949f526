"""What the turnaround rules are made of: clocks, lead times, and which clocks bind a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fhirpa.um.terms import LevelOfService


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


class RequestKind(StrEnum):
    """What a request asks for, as far as other clocks bind it than those of its level of service."""

    PREAUTHORIZATION = "preauthorization"  # care that has not begun, or is not over
    CONTINUATION = "continuation"  # more of a running course
    HOSPITAL = "hospital"  # the member is in hospital
    DISCHARGE = "discharge"  # needed for discharge from hospital
    STABILIZATION = "stabilization"  # after stabilization, or life-threatening
    ADVANCE = "advance"  # an item that needs no authorization: asked all the same
    RETROSPECTIVE = "retrospective"  # the care was over when it was asked for


class Support(StrEnum):
    """Who, of those who know the member, asks for expedited handling or supports it."""

    NONE = "none"  # nobody but the member
    PROVIDER = "provider"
    PHYSICIAN = "physician"


@dataclass(frozen=True, slots=True)
class Tolling:
    """How a clock goes on after information was asked for; all but `by` are clock ids."""

    by: TolledBy
    supply: str  # time to supply, from the notice
    decide: str  # time to decide, from the answer
    # Time to decide if nothing arrives, from receipt; None: `decide`, from the end of the time to supply.
    silence: str | None = None
    ceiling: str | None = None  # a clock from receipt that is not stopped
    director: str | None = None  # if nothing arrives: when the medical director has the case, from receipt


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
    answered: str | None = None  # a clock from the answer (or the end of the time to send it) that also binds


@dataclass(frozen=True, slots=True)
class LeadTime:
    """How long a notice must come before the act it announces; in days, never in hours."""

    key: str
    label: str
    citation: str
    limit: int
    unit: ClockUnit


@dataclass(frozen=True, slots=True)
class MissedNotice:
    """What the law makes of a missed clock: appeal rights are to be told, by this rule."""

    key: str
    label: str
    citation: str


@dataclass(frozen=True, slots=True)
class Ground:
    """A reason for which the law lets a clock be extended."""

    key: str
    text: str
    citation: str
    stops: bool = False  # the clock is also stopped, until the information arrives


@dataclass(frozen=True, slots=True)
class Downgrade:
    """How an expedited request may be handled as a standard one: never where one of these supports it."""

    forced_by: frozenset[Support]
    citation: str
    letter: str | None = None  # the clock of the letter that follows the oral notice


@dataclass(frozen=True, slots=True)
class LevelRules:
    """The clocks of one line of business and level of service, by id."""

    decide: tuple[str, ...]  # the earliest wins
    supply: str


@dataclass(frozen=True, slots=True)
class KindRules:
    """The clocks of one kind of request, by id, beside those of the level (`alone`: instead of them)."""

    decide: tuple[str, ...]
    alone: bool = False
    level: LevelOfService | None = None  # only at this level; None: at each


@dataclass(frozen=True, slots=True)
class LineRules:
    """What else holds in one line of business; ids of lead times, clocks, grounds and notices."""

    peer_to_peer: str  # lead time of the offer
    grounds: tuple[str, ...]  # for an extension
    downgrade: Downgrade
    kinds: Mapping[RequestKind, KindRules] = field(default_factory=dict)
    missed: str | None = None  # notice that a missed clock calls for

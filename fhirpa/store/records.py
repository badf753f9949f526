"""What callers hand in and get back that is not already a type of `um`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fhirpa.um.accumulators import DrawKey
from fhirpa.um.determination import BenefitDraw, CriterionResult
from fhirpa.um.gold_card import ExemptionEvent
from fhirpa.um.gold_card_rescission import SampleReview
from fhirpa.um.replay import DecisionRecord
from fhirpa.um.request import ExternalId
from fhirpa.um.rules import RuleSource
from fhirpa.um.terms import ActorRole, DeterminationKind


@dataclass(frozen=True, slots=True)
class RosterMember:
    """One line of a roster file: a person's enrolment in one plan for one span. `line` is for messages."""

    line: int
    member_id: str
    subscriber_id: str | None
    family: str | None
    given: str | None
    birth_date: date | None
    gender: str | None
    language: str | None
    plan_code: str
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Submission:
    """What makes a submit the same as an earlier one: sender, Bundle.identifier and content.

    `exchange_id` is the exchange that carries it, so that the case's own bundle is found again and not
    a later repeat of an older one.
    """

    sender: str
    identifier: ExternalId
    content_hash: str
    received_at: datetime
    exchange_id: str


@dataclass(frozen=True, slots=True)
class SubmittedBody:
    """The bundle a case was opened or last updated with, as it was on the wire."""

    media: str  # 'json' | 'xml'
    body: bytes
    guide_version: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer as they were on the wire (not compressed).

    `request_id` is the X-Request-Id of the answer, `report` what validation found, as JSON; '' and b'' where
    there is none.
    """

    exchange_id: str
    received_at: datetime
    finished_at: datetime
    guide_version: str
    operation: str
    client: str | None
    status: int
    media: str
    request: bytes
    response: bytes
    case_id: str | None = None
    request_id: str = ""
    report: bytes = b""


@dataclass(frozen=True, slots=True)
class KeptExchange:
    """An exchange without its bodies, to be looked into: who asked what, the status, the report (JSON)."""

    exchange_id: str
    request_id: str
    received_at: datetime
    finished_at: datetime
    guide_version: str
    operation: str
    client: str | None
    status: int
    case_id: str | None
    report: bytes


@dataclass(frozen=True, slots=True)
class QueuedCase:
    """One open case of the queue, without clinical facts."""

    case_id: str
    case_number: str
    line_of_business: str
    level: str
    received_at: datetime
    due_at: datetime | None
    due_rule: str | None
    late_since: datetime | None  # when an open line was due and missed
    assigned_to: str | None
    states: tuple[str, ...]  # of the open lines
    disciplines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueuedAppeal:
    """One open appeal, without clinical facts."""

    number: str
    case_number: str
    line_of_business: str
    expedited: bool
    received_at: datetime
    due_at: datetime | None
    awaits: str  # plan, external
    reviewer: str | None
    external: str | None


@dataclass(frozen=True, slots=True)
class WatchedCase:
    """A case that time does something to, and when."""

    case_id: str
    watch_at: datetime


@dataclass(frozen=True, slots=True)
class BreachCount:
    """How many clocks of one rule were missed in one line of business."""

    line_of_business: str
    rule: str
    count: int


@dataclass(frozen=True, slots=True)
class LateCount:
    """How many open cases of one line of business are past their due time."""

    line_of_business: str
    count: int


@dataclass(frozen=True, slots=True)
class BookedCase:
    """One case's draws in the three places where they stand."""

    case_id: str
    case_number: str
    member_key: str
    events: tuple[BenefitDraw, ...]
    case: tuple[BenefitDraw, ...]
    ledger: Mapping[DrawKey, tuple[Decimal, Decimal]]  # visits and amount


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """One event of a case's log; `body` is None when it was purged."""

    seq: int
    type: str
    at: datetime
    actor_role: str
    actor_id: str
    body: Any


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """A message of the outbox about a case: what kind, for whom, and where it is on its way."""

    at: datetime
    kind: str
    topic: str
    state: str
    payload: Any


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision of the engine to keep, with the files of the rules that made it."""

    record: DecisionRecord
    source: RuleSource


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """A decision as it is kept; `content` is compressed (`codec.unpack`, `codec.decode_decision`)."""

    case_id: str
    case_number: str
    seq: int  # of the event that tells of it
    decided_at: datetime
    content: bytes


@dataclass(frozen=True, slots=True)
class KeptRules:
    """The files of one version of the rules, by path, with the digest that was taken when they were kept."""

    version: str
    digest: str
    kept_at: datetime
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Decisions from `since` on and before `until` (None: no end), of one plan (None: of all)."""

    since: datetime
    until: datetime | None = None
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that happened to a case. `body` holds plain JSON values; it alone may carry PHI.

    With a `decision`, what it took is kept beside the event, and the body binds it to the chain.
    """

    type: str
    at: datetime
    actor_role: ActorRole
    actor_id: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    decision: NewDecision | None = None


@dataclass(frozen=True, slots=True)
class NewDetermination:
    """What was decided for one line, by whom, under which rule.

    `license_active` is the state of the person's licence at that moment; the database refuses a denial or
    reduction for medical necessity without it, and an administrative denial without a person and `rule_id`.
    `criterion_id` and `citation` are what an adverse determination rests on.
    """

    sequence: int
    kind: DeterminationKind
    actor_role: ActorRole
    actor_id: str
    decided_at: datetime
    license_active: bool | None = None
    rule_id: str | None = None
    criteria: tuple[CriterionResult, ...] = ()
    criterion_id: str | None = None
    citation: str | None = None
    appeal_number: str | None = None


@dataclass(frozen=True, slots=True)
class NewExemptionEvent:
    """What somebody did to an exemption. `body` holds plain JSON values, no PHI; `review` of a rescission."""

    event: ExemptionEvent
    at: datetime
    body: Mapping[str, Any] = field(default_factory=dict)
    review: SampleReview | None = None


@dataclass(frozen=True, slots=True)
class KeptExemptionEvent:
    """The same as it is kept, under its number."""

    id: int
    event: ExemptionEvent
    at: datetime
    body: Mapping[str, Any]

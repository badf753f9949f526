"""The authorization request: what is asked, in the field's own terms."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from fhirpa.um.evidence import Evidence
from fhirpa.um.terms import Change, CodeKind, LevelOfService, QuantityUnit, ReviewType, UpdateSign


@dataclass(frozen=True, slots=True)
class Span:
    """A span of calendar days, both ends included; None means open on that side."""

    start: date | None = None
    end: date | None = None

    def contains(self, day: date) -> bool:
        """True if the day lies within the span."""
        return (self.start is None or day >= self.start) and (self.end is None or day <= self.end)

    def overlaps(self, other: "Span") -> bool:
        """True if the two spans share a day."""
        return (self.start is None or other.end is None or self.start <= other.end) and (
            other.start is None or self.end is None or other.start <= self.end
        )


@dataclass(frozen=True, slots=True)
class ExternalId:
    """An identifier as the sender gave it."""

    system: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Party:
    """A person or organization of the request: requesting, rendering or ordering provider, or insurer.

    `path` is where the party stands in what was sent; it is quoted back in business errors.
    """

    npi: str | None = None
    name: str | None = None
    taxonomies: tuple[str, ...] = ()
    identifiers: tuple[ExternalId, ...] = ()
    state: str | None = None
    is_person: bool = False
    resolved: bool = True  # False: referenced, but not contained in the request
    path: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """The member (patient) or the subscriber as sent."""

    member_id: str | None = None
    identifiers: tuple[ExternalId, ...] = ()
    family: str | None = None
    given: tuple[str, ...] = ()
    birth_date: date | None = None
    gender: str | None = None
    language: str | None = None
    state: str | None = None
    postal_code: str | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class CoverageSent:
    """The coverage as sent. `member_id` is the identifier of type MB."""

    member_id: str | None = None
    subscriber_id: str | None = None
    plan_code: str | None = None  # Coverage class 'plan'
    group_code: str | None = None
    period: Span | None = None  # None: from the service date, open-ended
    relationship: str | None = None  # 'self', 'child', 'spouse', ... or None
    payer_name: str | None = None
    active: bool = True
    others: int = 0  # how many other active coverages were sent beside it
    path: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """The service asked for: a code and the kind of code set it is from."""

    kind: CodeKind
    code: str | None = None
    system: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True)
class Frequency:
    """So many times per so many weeks, and for how many weeks if that was said."""

    visits_per_week: Decimal
    weeks: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One requested service line (one Claim.item)."""

    sequence: int
    service: Service
    service_end: Service | None = None
    modifiers: tuple[str, ...] = ()
    service_type: str | None = None  # X12 1365 code of Claim.item.category
    revenue_code: str | None = None
    place_of_service: str | None = None
    quantity: Decimal | None = None
    unit: QuantityUnit | None = None
    frequency: Frequency | None = None
    period: Span | None = None
    review_type: ReviewType = ReviewType.INITIAL
    diagnoses: tuple[str, ...] = ()  # ICD-10-CM codes that this line points at, without dots; () = all
    rendering: Party | None = None
    trace_numbers: tuple[ExternalId, ...] = ()
    authorization_number: str | None = None  # previous authorization that the sender names
    administrative_reference_number: str | None = None
    epsdt: bool | None = None
    cancelled: bool = False
    path: str = ""  # e.g. Bundle.entry[0].resource.item[0]
    flag: Change | None = None  # how the sender flags it in an update


@dataclass(frozen=True, slots=True)
class SupportingEntry:
    """One entry of what was sent in support; `digest` tells whether it says the same as another."""

    sequence: int
    digest: str
    cancelled: bool = False
    flag: Change | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A whole request as the decision sees it. Times are aware; codes are upper case and without dots."""

    bundle_identifier: ExternalId
    trace_numbers: tuple[ExternalId, ...]  # Claim.identifier
    created: datetime | None
    requester: Party
    insurer: Party
    patient: Person
    subscriber: Person | None
    coverage: CoverageSent
    lines: tuple[ServiceLine, ...]
    level_of_service: LevelOfService = LevelOfService.STANDARD
    review_type: ReviewType = ReviewType.INITIAL
    event_period: Span | None = None  # dates of the event as a whole
    providers: tuple[Party, ...] = ()  # care team that covers the whole request
    diagnoses: tuple[str, ...] = ()  # all ICD-10-CM codes in order, without dots
    evidence: Evidence = field(default_factory=Evidence)
    messages: tuple[str, ...] = ()  # free text from the sender
    sender_id: str | None = None  # interchange sender
    related_claim: ExternalId | None = None
    accident: bool = False
    findings: tuple[str, ...] = ()  # remarks of the reader, free of PHI; never a reason to refuse
    claim_url: str | None = None  # fullUrl of the Claim: one of the names by which an update knows it
    related_url: str | None = None  # that of the Claim that is updated
    update: UpdateSign = UpdateSign.NONE
    cancels_all: bool = False  # the whole request is cancelled, whichever lines it names
    subsetted: bool = False  # it says that it holds only what changed
    supporting: tuple[SupportingEntry, ...] = ()

    @property
    def service_start(self) -> date | None:
        """First requested day of service over all lines, else the event's first day."""
        starts = [x.period.start for x in self.lines if x.period and x.period.start]
        if starts:
            return min(starts)
        return self.event_period.start if self.event_period else None

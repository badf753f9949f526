"""What the payer already knows when it decides: roster, enrolment, authorizations, use of benefits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from fhirpa.um.gold_card import Exemption
from fhirpa.um.request import Span
from fhirpa.um.terms import Discipline, LineState


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A member's enrolment in a plan; `member_key` is the payer's own stable key for the person.

    `brought_along`: known from a request only, as the sandbox enrols whom a tester brings; not from a roster.
    """

    member_key: str
    member_id: str
    plan_code: str
    period: Span
    birth_date: date | None = None
    subscriber_id: str | None = None
    brought_along: bool = False


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of the roster (or, in the sandbox, any whose NPI is well formed)."""

    npi: str
    name: str | None
    in_network: bool
    taxonomies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PriorLine:
    """A line of another case of the same member that is certified or still pended."""

    case_number: str
    sequence: int
    discipline: Discipline | None
    policy_id: str | None
    service_code: str | None
    diagnosis_group: str | None
    requester_npi: str | None
    period: Span
    state: LineState
    received_at: datetime
    authorization_number: str | None = None
    certified_visits: Decimal | None = None
    is_evaluation: bool = False


@dataclass(frozen=True, slots=True)
class BenefitUse:
    """What is taken of one bucket in one benefit year: what was used, and what is reserved for later.

    It counts what the limit counts. `case_number`: whose visits they are, None where no case has them.
    """

    bucket: str
    year: int
    visits: Decimal
    case_number: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """All of it, loaded inside the transaction that will hold the decision."""

    received_at: datetime
    enrolments: tuple[Enrolment, ...]  # all spans of the matched member; () = unknown member
    providers: dict[str, Provider]  # by NPI, those known of the request's NPIs
    prior_lines: tuple[PriorLine, ...] = ()
    benefit_use: tuple[BenefitUse, ...] = ()
    subscriber_known: bool = False
    exemptions: tuple[Exemption, ...] = ()  # of the NPIs that ask or order, ended ones too
    line_received: Mapping[int, datetime] = field(default_factory=dict)  # of lines that came earlier

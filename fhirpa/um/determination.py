"""What the engine proposes and what was decided, line by line."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fhirpa.um.evidence import Source
from fhirpa.um.request import Service, Span
from fhirpa.um.steps import StepTaken
from fhirpa.um.terms import (
    CriterionStatus,
    Discipline,
    EngineResult,
    LineOfBusiness,
    QuantityUnit,
    ReviewKind,
)


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion applied to one line's discipline group.

    `question` is the neutral sentence a provider or reviewer may read; `status` never leaves um and audit.
    """

    criterion_id: str
    status: CriterionStatus
    question: str
    citation: str = ""
    facts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class InformationItem:
    """One thing to send: a LOINC attachment code or our questionnaire, with the reason in plain words."""

    key: str  # e.g. 'plan-of-care'
    text: str
    loinc: str | None = None
    questionnaire_items: tuple[str, ...] = ()  # linkIds of our documentation questionnaire


@dataclass(frozen=True, slots=True)
class CertifiedService:
    """What is certified on a line: quantity, unit, visits behind it, and the period."""

    service: Service
    quantity: Decimal | None
    unit: QuantityUnit | None
    visits: Decimal | None
    period: Span
    modifiers: tuple[str, ...] = ()

    @property
    def amount(self) -> tuple[Decimal | None, QuantityUnit | None]:
        """What is certified, as asked; the visits where no quantity was asked (a frequency only)."""
        if self.quantity is None and self.visits is not None:
            return self.visits, QuantityUnit.VISITS
        return self.quantity, self.unit


@dataclass(frozen=True, slots=True)
class BenefitDraw:
    """Visits that a line draws in a benefit year: on a limit of the plan, or where none holds on no bucket.

    Visits that need no authorization are counted in a bucket of their own (`benefits.free_bucket`).
    """

    bucket: str  # '' where no limit holds: the visits are counted as authorized, and limit nothing
    year: int
    visits: Decimal
    sequence: int  # the line that carries the draw
    shared_by: tuple[int, ...] = ()  # the lines that share these visits; () = the carrier alone
    discipline: Discipline | None = None
    habilitative: bool = False
    rate: Decimal = Decimal(1)  # what one visit takes of the limit: 1, or its units or dollars

    @property
    def amount(self) -> Decimal:
        """What the draw takes of the limit, in what the limit counts."""
        return self.visits * self.rate


@dataclass(frozen=True, slots=True)
class LineRecommendation:
    """The engine's proposal for one line. Reasons are keys of the reason texts; notes are neutral text."""

    sequence: int
    result: EngineResult
    discipline: Discipline | None = None
    policy_id: str | None = None
    diagnosis_group: str | None = None
    certified: CertifiedService | None = None
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    information: tuple[InformationItem, ...] = ()
    criteria: tuple[CriterionResult, ...] = ()
    steps: tuple[StepTaken, ...] = ()  # the road of the line through the decision
    is_evaluation: bool = False
    review: ReviewKind = ReviewKind.CLINICAL  # what a person looks at, where the line is pended


@dataclass(frozen=True, slots=True)
class BusinessError:
    """A reason why a request cannot be worked on, in X12's terms (901 code, 889 follow-up action).

    `element` names the X12 element (e.g. 2010C-NM109), `path` the place in what was sent.
    """

    code: str
    follow_up: str
    text: str
    element: str
    path: str
    key: str  # our own stable code with a documentation page


@dataclass(frozen=True, slots=True)
class Due:
    """When a decision is due, and the rule that says so."""

    at: datetime
    rule: str
    text: str
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The engine's whole answer: either errors, or one recommendation per line."""

    errors: tuple[BusinessError, ...] = ()
    lines: tuple[LineRecommendation, ...] = ()
    draws: tuple[BenefitDraw, ...] = ()
    due: Due | None = None
    information_due: Due | None = None
    line_of_business: LineOfBusiness | None = None
    plan_code: str | None = None
    member_key: str | None = None
    rules_version: str = ""
    notes: tuple[str, ...] = ()

"""Evidence: what was sent in support of a request, each fact with where it came from.

Unknown is None or an empty tuple, never False.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fhirpa.um.terms import Discipline


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was found: the kind of resource, its path in what was sent, its date."""

    resource: str
    path: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis (ICD-10-CM without dots), with onset where it was said."""

    code: str
    source: Source
    onset: date | None = None
    principal: bool = False


@dataclass(frozen=True, slots=True)
class Surgery:
    """A surgical procedure with its date; code or plain text."""

    source: Source
    day: date | None = None
    code: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A therapist's evaluation (or re-evaluation)."""

    source: Source
    day: date | None = None
    discipline: Discipline | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal of the plan of care; `status` is 'met', 'advanced', 'not_advanced' or None."""

    text: str | None = None
    baseline: str | None = None
    target: str | None = None
    target_date: date | None = None
    current: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class PlanOfCare:
    """The plan of care. Visits are per week; interventions are short texts or procedure codes."""

    source: Source
    day: date | None = None
    start: date | None = None
    end: date | None = None
    visits_per_week: Decimal | None = None
    weeks: Decimal | None = None
    goals: tuple[Goal, ...] = ()
    interventions: tuple[str, ...] = ()
    home_programme: bool | None = None
    signed: bool | None = None
    discharge_plan: bool | None = None


@dataclass(frozen=True, slots=True)
class MeasureScore:
    """One outcome measure score. `measure` is our id (ODI, LEFS, ...) or the sender's text, upper case."""

    measure: str
    score: Decimal
    source: Source
    day: date | None = None
    sd_from_mean: Decimal | None = None  # norm-referenced tests: standard deviations from the mean
    side: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The physician's (or NPP's) order or referral for therapy."""

    source: Source
    day: date | None = None
    ordering_npi: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """An attached document by LOINC type; the bytes stay in the exchange."""

    source: Source
    loinc: str | None = None
    title: str | None = None
    content_type: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All facts of one request."""

    diagnoses: tuple[Diagnosis, ...] = ()
    surgeries: tuple[Surgery, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    plans_of_care: tuple[PlanOfCare, ...] = ()
    measures: tuple[MeasureScore, ...] = ()
    orders: tuple[Order, ...] = ()
    documents: tuple[Document, ...] = ()
    onset: date | None = None
    red_flags: bool | None = None  # True: a red flag was recorded
    red_flags_cleared: bool | None = None
    setting_reason: str | None = None  # why therapy is at home
    visits_attended: Decimal | None = None
    visits_scheduled: Decimal | None = None
    screening_date: date | None = None  # THSteps checkup or developmental screening
    regression_or_setback: bool | None = None

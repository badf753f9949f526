"""What a therapist knows about a patient, as plain values; builder_questionnaire and builder_clinical write
them as FHIR.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """An ICD-10-CM code with dots; with an onset it is sent as a Condition, too."""

    code: str
    recorded: date | None = None
    onset: date | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal of the plan of care. `status` is met, advanced or not_advanced."""

    text: str
    baseline: str | None = None
    target: str | None = None
    due: date | None = None
    current: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class PlanOfCare:
    """The plan of care; interventions are procedure codes, None is left out."""

    day: date | None
    start: date
    end: date | None
    per_week: Decimal | None
    weeks: int | None
    goals: tuple[Goal, ...]
    interventions: tuple[str, ...]
    home_programme: bool | None = True
    signed: bool | None = True
    discharge_plan: bool | None = True
    decreasing: bool | None = None  # visits become fewer over the plan
    intensive: bool | None = None  # a defined intensive course
    exceptional: tuple[str, ...] = ()  # what calls for three or more visits a week


@dataclass(frozen=True, slots=True)
class Score:
    """One score of an outcome measure; `sd` is the distance from the norm's mean in standard deviations.

    Unit and part go with a Measurement only: the questionnaire asks for neither.
    """

    measure: str
    value: Decimal
    day: date
    unit: str | None = None  # UCUM
    sd: Decimal | None = None
    side: str | None = None
    part: str | None = None  # joint motion ('knee flexion')


@dataclass(frozen=True, slots=True)
class Protocol:
    """What the surgeon allows. `weight_bearing`: NWB, TTWB, PWB, WBAT or FWB."""

    weight_bearing: str | None = None
    precautions: str | None = None
    from_week: Decimal | None = None  # weeks after the operation from which therapy may begin
    immobilised_until: date | None = None  # last day of cast or fixation


@dataclass(frozen=True, slots=True)
class PriorTherapy:
    """Earlier therapy for the same condition; discipline is PT or OT."""

    discipline: str | None = None
    start: date | None = None
    end: date | None = None
    visits: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Documentation:
    """Answers to the payer's documentation questionnaire for one discipline; None is left out."""

    discipline: str
    authored: date
    evaluated: date | None = None
    onset: date | None = None
    surgery: tuple[date | None, str | None] | None = None
    plan: PlanOfCare | None = None
    scores: tuple[Score, ...] = ()
    ordered: date | None = None
    red_flags: bool | None = False
    red_flags_cleared: bool | None = None
    home_reason: str | None = None
    attended: int | None = None
    scheduled: int | None = None
    screening: date | None = None
    setback: bool | None = None
    protocol: Protocol | None = None
    prior: tuple[PriorTherapy, ...] = ()
    positional_test: bool | None = None  # True: positive
    falls: int | None = None  # in the last twelve months
    lymphedema_stage: int | None = None  # ISL, 0 to 3
    garment_plan: bool | None = None
    untestable_reason: str | None = None
    functional_description: str | None = None
    gestational_age: Decimal | None = None  # weeks
    attendance_reason: str | None = None
    visits_used: int | None = None  # of the running authorization
    home_programme_followed: bool | None = None
    plateau: bool | None = None
    recommends: str | None = None  # continue, decrease or stop
    maintenance: bool | None = None
    maintenance_reason: str | None = None
    caregiver_programme: bool | None = None
    homebound: bool | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A page from the chart: LOINC document type, title, day and text."""

    loinc: str
    title: str
    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A surgical procedure (CPT)."""

    code: str
    label: str
    day: date


@dataclass(frozen=True, slots=True)
class Measurement:
    """A score sent as an Observation instead of a questionnaire answer."""

    score: Score


@dataclass(frozen=True, slots=True)
class Finding:
    """A single fact sent as an Observation of that name instead of a questionnaire answer."""

    name: str
    value: str | bool | int
    day: date


@dataclass(frozen=True, slots=True)
class ChartedPlan:
    """A plan of care sent as CarePlan and Goals instead of questionnaire answers."""

    plan: PlanOfCare


Exhibit = Documentation | Note | Operation | Measurement | Finding | ChartedPlan

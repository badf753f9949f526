"""Evidence: what was sent in support of a request, each fact with where it came from.

Unknown is None or an empty tuple, never False. A day that lies in the future, or after the request was
received, stays as it was sent: whoever judges the fact sees it. How each fact is read: docs/evidence.md.
"""

from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from fhirpa.um.terms import Discipline


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was found: the kind of resource, its path in what was sent, its date."""

    resource: str
    path: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Where one of the single facts of the evidence (a field that has no source of its own) was told."""

    fact: str  # name of the field of Evidence
    source: Source


class LicenceKind(StrEnum):
    """What a clinician is licensed as, as far as therapy cares."""

    PT = "PT"
    PTA = "PTA"
    OT = "OT"
    OTA = "OTA"
    PHYSICIAN = "physician"  # MD or DO
    PA = "PA"
    APRN = "APRN"  # nurse practitioner, clinical nurse specialist
    PODIATRIST = "podiatrist"
    DENTIST = "dentist"
    CHIROPRACTOR = "chiropractor"
    OTHER = "other"

    @property
    def discipline(self) -> Discipline | None:
        """The discipline of a therapist or assistant."""
        by_kind = {"PT": Discipline.PT, "PTA": Discipline.PT, "OT": Discipline.OT, "OTA": Discipline.OT}
        return by_kind.get(self)

    @property
    def is_assistant(self) -> bool:
        """True for those who may treat, but neither evaluate nor write a plan of care."""
        return self in (LicenceKind.PTA, LicenceKind.OTA)


@dataclass(frozen=True, slots=True)
class Clinician:
    """Who evaluated, signed, ordered or wrote: as what licensed (None: not told), and the NPI."""

    licence: LicenceKind | None = None
    npi: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis (ICD-10-CM without dots), with onset where it was said."""

    code: str
    source: Source
    onset: date | None = None
    principal: bool = False


@dataclass(frozen=True, slots=True)
class Surgery:
    """A surgical procedure with its date; code (CPT, ICD-10-PCS, SNOMED CT) or plain text."""

    source: Source
    day: date | None = None
    code: str | None = None
    text: str | None = None
    side: str | None = None  # left, right, both
    complications: tuple[str, ...] = ()  # codes or short texts


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is laid down for the time after an operation or a fracture.

    `weight_bearing`: NWB, TTWB, PWB, WBAT or FWB, else as told. `therapy_from_week`: weeks after the
    operation from which the protocol lets therapy begin. `immobilised_until`: end of cast or fixation.
    """

    source: Source
    weight_bearing: str | None = None
    precautions: str | None = None
    therapy_from_week: Decimal | None = None
    immobilised_until: date | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A therapist's evaluation that took place. `re_evaluation` None: it was not told which of the two."""

    source: Source
    day: date | None = None
    discipline: Discipline | None = None
    performer: Clinician | None = None
    re_evaluation: bool | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal of the plan of care; `status` is 'met', 'advanced', 'not_advanced' or None.

    `baseline`, `target` and `current` are as told, a number with its unit where it is one. `term` is
    'short' or 'long'. `measure` is the outcome measure that the goal is written in.
    """

    text: str | None = None
    baseline: str | None = None
    target: str | None = None
    target_date: date | None = None
    current: str | None = None
    status: str | None = None
    term: str | None = None
    measure: str | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class PlanOfCare:
    """The plan of care. Visits are per week; interventions are short texts or procedure codes.

    `signed` is True where a signature was told, with who signed and when as far as told; an author is not
    a signer.
    """

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
    discipline: Discipline | None = None
    visits: Decimal | None = None  # in all
    minutes_per_visit: Decimal | None = None
    author: Clinician | None = None
    signed_by: Clinician | None = None
    signed_on: date | None = None


@dataclass(frozen=True, slots=True)
class MeasureScore:
    """One outcome measure score. `measure` is our id (ODI, LEFS, ...) or the sender's text, upper case.

    `unit` is that of the score: '%', 'points', 'm', 's', 'm/s', 'kg', 'deg', ...; None where neither the
    sender nor the measure settles it (ODI 38 may be points of 50 or percent), and then the score stands as
    sent. The last fields are those of norm-referenced tests, as told.
    """

    measure: str
    score: Decimal
    source: Source
    day: date | None = None
    sd_from_mean: Decimal | None = None  # norm-referenced tests: standard deviations from the mean
    side: str | None = None
    unit: str | None = None
    part: str | None = None  # subscale, subtest or joint motion, as told
    percentile: Decimal | None = None
    age_equivalent_months: Decimal | None = None
    percent_delay: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The physician's (or NPP's) order or referral for therapy, with what it asks for as far as told."""

    source: Source
    day: date | None = None
    ordering_npi: str | None = None
    orderer: Clinician | None = None
    visits: Decimal | None = None
    visits_per_week: Decimal | None = None
    weeks: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PriorTherapy:
    """Earlier therapy for which the sender gives dates, a count of visits or words."""

    source: Source
    discipline: Discipline | None = None
    start: date | None = None
    end: date | None = None
    visits: Decimal | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """An encounter that tells where the member was: 'home', 'inpatient', 'emergency', 'outpatient'."""

    source: Source
    setting: str
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Equipment:
    """An orthosis, garment, walking aid or other device that was ordered."""

    source: Source
    day: date | None = None
    code: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """An attached document by LOINC type; the bytes stay in the exchange."""

    source: Source
    loinc: str | None = None
    title: str | None = None
    content_type: str | None = None
    day: date | None = None
    author: Clinician | None = None
    signed_by: Clinician | None = None  # who authenticated it


@dataclass(frozen=True, slots=True)
class Evidence:
    """All facts of one request. `source_of` tells where a fact without a source of its own was found."""

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
    protocols: tuple[Protocol, ...] = ()
    prior_therapy: tuple[PriorTherapy, ...] = ()
    stays: tuple[Stay, ...] = ()
    equipment: tuple[Equipment, ...] = ()
    visits_used: Decimal | None = None  # of the running authorization or the benefit year, as told
    attendance_reason: str | None = None  # why visits were missed
    plateau: bool | None = None  # True: no further change is expected
    home_programme_followed: bool | None = None
    homebound: bool | None = None
    falls: Decimal | None = None  # in the last twelve months
    positional_test: bool | None = None  # True: Dix-Hallpike or roll test positive
    lymphedema_stage: Decimal | None = None  # ISL 0 to 3
    gestational_age_weeks: Decimal | None = None  # at birth; for the corrected age of a preterm child
    functional_description: str | None = None  # in words, where no test can tell
    untestable_reason: str | None = None  # why a norm-referenced test was not possible
    maintenance: bool | None = None  # True: a maintenance programme is asked for
    maintenance_reason: str | None = None  # risk of decline, and why a therapist's skill is needed
    caregiver_programme: bool | None = None  # the caregiver is taught to carry on
    garment_plan: bool | None = None  # lymphedema: compression garment planned
    decreasing_frequency: bool | None = None  # visits are planned to become fewer
    intensive_programme: bool | None = None  # a defined intensive course, as for Parkinson disease
    exceptional_situations: tuple[str, ...] = ()  # reasons for three or more visits a week, as told
    therapist_recommends: str | None = None  # continue, decrease, stop
    told: tuple[Told, ...] = ()

    def source_of(self, fact: str) -> Source | None:
        """Where a single fact, by its field's name, was told; None if it was not, or in a fact of its own."""
        return next((t.source for t in self.told if t.fact == fact), None)


def overlay(before: Evidence, fresh: Evidence) -> Evidence:
    """What counts when only changes were sent: a kind of fact that was sent now replaces that kind."""
    changed = {name: x for name, x in _values(fresh).items() if x not in (None, ()) and name != "told"}
    kept = (t for t in before.told if t.fact not in changed)
    return replace(before, **changed, told=(*kept, *fresh.told))


def without_sources(evidence: Evidence) -> Evidence:
    """The facts without where they were found, for comparing what two senders, or two forms, say."""
    bare = {name: _bare(x) for name, x in _values(evidence).items()}
    return replace(evidence, **{**bare, "told": ()})


_NOWHERE = Source("", "")


def _values(of: Any) -> dict[str, Any]:
    return {f.name: getattr(of, f.name) for f in fields(of)}


def _bare(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_bare(x) for x in value)
    if isinstance(value, Source):
        return _NOWHERE
    if hasattr(value, "__dataclass_fields__"):
        return replace(value, **{name: _bare(x) for name, x in _values(value).items()})
    return value

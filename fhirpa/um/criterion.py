"""A criterion of a policy, as data: what is looked at, against which value, and what is asked if unknown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from fhirpa.um.determination import InformationItem
from fhirpa.um.evidence import Surgery
from fhirpa.um.terms import Discipline, LineOfBusiness


class CriterionKind(StrEnum):
    """What a criterion looks at. Each kind is one function in `um.criteria`."""

    ORDER = "order"
    ORDER_DATE = "order_date"
    EVALUATION = "evaluation"
    PLAN_OF_CARE = "plan_of_care"
    IMPAIRMENT = "impairment"
    ACTIVE_SHARE = "active_share"
    PASSIVE_SHARE = "passive_share"
    DISTINCT_GOALS = "distinct_goals"
    RED_FLAGS = "red_flags"
    HOME_PROGRAMME = "home_programme"
    SURGERY = "surgery"
    NO_SURGERY = "no_surgery"
    ONSET = "onset"
    PROGRESS = "progress"
    ATTENDANCE = "attendance"
    TRANSITION = "transition"
    SCREENING = "screening"
    NORM_SCORE = "norm_score"
    FREQUENCY = "frequency"
    HOME_REASON = "home_reason"
    NO_DIAGNOSIS = "no_diagnosis"
    NO_OPERATION = "no_operation"


class Road(StrEnum):
    """Who goes on with a line when a criterion is not settled by the data."""

    INFORMATION = "information"  # the provider is asked for a named item
    CLINICAL = "clinical"  # a therapist reviewer reads it
    NOBODY = "nobody"  # the line goes on: only what was recorded counts


@dataclass(frozen=True, slots=True)
class Operations:
    """A kind of operation: by a word of its name, or by the beginning of its code."""

    words: frozenset[str] = frozenset()  # lower case, whole words
    codes: tuple[str, ...] = ()  # CPT, ICD-10-PCS, SNOMED CT

    def include(self, surgery: Surgery) -> bool:
        """True if an operation is of this kind."""
        named = set(re.findall(r"[a-z0-9]+", (surgery.text or "").lower()))
        return bool(named & self.words) or (surgery.code or "").startswith(self.codes or ("?",))


@dataclass(frozen=True, slots=True)
class PerLine:
    """A number that may differ by line of business."""

    default: int
    by_line: Mapping[LineOfBusiness, int] = field(default_factory=dict)

    def of(self, lob: LineOfBusiness) -> int:
        """The number that holds in a line of business."""
        return self.by_line.get(lob, self.default)


@dataclass(frozen=True, slots=True)
class ImpairmentCut:
    """One way to show a functional limitation: a score beyond a cut, any score, or a diagnosis.

    The last two compare the worse side with the better one; a score of one side alone does not tell.
    """

    measure: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    diagnoses: tuple[str, ...] = ()  # prefixes
    below_other_side: Decimal | None = None  # at least so many points apart
    share_of_other_side: Decimal | None = None  # below this share of the better side

    @property
    def compares_sides(self) -> bool:
        """True if both sides are needed."""
        return self.below_other_side is not None or self.share_of_other_side is not None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion with the values that a policy gives it; unused values stay None or empty."""

    id: str
    kind: CriterionKind
    question: str  # the neutral sentence that a provider or reviewer reads
    citation: str
    ask: Mapping[Discipline, InformationItem] = field(default_factory=dict)
    on_file: frozenset[str] = frozenset()  # LOINC types of documents that a person can read instead
    when_not_met: Road = Road.CLINICAL
    when_undetermined: Road = Road.INFORMATION
    holds: bool = True  # False: asked for, but the block does not wait for it
    urgent: bool = False  # not met goes to a clinician before anything is asked
    lines_of_business: frozenset[LineOfBusiness] = frozenset()  # empty: all
    age_below: int | None = None  # years; applies only below
    days: PerLine | None = None  # longest time before the requested start
    days_after: int = 0  # latest time after the requested start
    share: Decimal | None = None
    at_most: Decimal | None = None
    weeks: Decimal | None = None
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # part -> linkIds that tell it
    prefixes: tuple[str, ...] = ()
    sevenths: frozenset[str] = frozenset()  # seventh characters of those diagnoses; empty: all
    taxonomies: tuple[str, ...] = ()  # prefixes of the specialties that may order
    from_block: int = 0  # applies from this block on: 0 the first, 1 the first renewal
    on_renewal: bool = False  # of a diagnosis policy: read again on each renewal
    operations: Operations | None = None  # operations that call for a clinician's eye
    education: str | None = None  # text to pass on while the criterion is open

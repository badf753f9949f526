"""A criterion of a policy, as data: when it is met, what is asked if unknown, who reads it otherwise."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from fhirpa.um.determination import InformationItem
from fhirpa.um.evidence import Surgery
from fhirpa.um.expression.evaluate import Expression
from fhirpa.um.expression.vocabulary import Parameter
from fhirpa.um.terms import Discipline


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
    question: str  # the neutral sentence that a provider or reviewer reads
    citation: str
    met_when: Expression
    applies_when: Expression | None = None  # None: always; undetermined counts as applying
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    ask: Mapping[Discipline, InformationItem] = field(default_factory=dict)
    on_file: frozenset[str] = frozenset()  # LOINC types of documents that a person can read instead
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # fact -> linkIds that tell it
    when_not_met: Road = Road.CLINICAL
    when_undetermined: Road = Road.INFORMATION
    holds: bool = True  # False: asked for, but the block does not wait for it
    urgent: bool = False  # not met goes to a clinician before anything is asked
    from_block: int = 0  # applies from this block on: 0 the first, 1 the first renewal
    on_renewal: bool = False  # of a diagnosis policy: read again on each renewal
    education: str | None = None  # text to pass on while the criterion is open

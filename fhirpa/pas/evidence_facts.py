"""Collecting facts while the resources are read, and the names of outcome measures."""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from fhirpa.pas.access import codings, label_of, number, obj, text
from fhirpa.pas.codes import LOINC
from fhirpa.pas.measure_names import is_known_measure, measure_name
from fhirpa.um.evidence import (
    Diagnosis,
    Document,
    Evaluation,
    Evidence,
    Goal,
    MeasureScore,
    Order,
    PlanOfCare,
    Source,
    Surgery,
)

_MEASURES_BY_LOINC = {
    "97909-6": "ODI",
    "72514-3": "NPRS",
    "64098-7": "6MWT",
    "89423-8": "TUG",
    "76804-4": "PROMIS-PF",
}


@dataclass(slots=True)
class Facts:
    """Facts found so far. Of single facts, what is said later (or in a later document) stands."""

    diagnoses: list[Diagnosis] = field(default_factory=list)
    surgeries: list[Surgery] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    plans_of_care: list[PlanOfCare] = field(default_factory=list)
    loose_goals: list[tuple[Source, Goal]] = field(default_factory=list)
    measures: list[MeasureScore] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    onset: date | None = None
    red_flags: bool | None = None
    red_flags_cleared: bool | None = None
    setting_reason: str | None = None
    visits_attended: Decimal | None = None
    visits_scheduled: Decimal | None = None
    screening_date: date | None = None
    regression_or_setback: bool | None = None

    def freeze(self) -> Evidence:
        """The evidence; goals without a plan of care become a plan that says nothing else."""
        if self.loose_goals:
            source = self.loose_goals[0][0]
            plan = PlanOfCare(source, goals=tuple(goal for _, goal in self.loose_goals))
            self.plans_of_care.append(plan)
            self.loose_goals = []
        return Evidence(
            diagnoses=tuple(self.diagnoses),
            surgeries=tuple(self.surgeries),
            evaluations=tuple(self.evaluations),
            plans_of_care=tuple(self.plans_of_care),
            measures=tuple(self.measures),
            orders=tuple(self.orders),
            documents=tuple(self.documents),
            onset=self.onset,
            red_flags=self.red_flags,
            red_flags_cleared=self.red_flags_cleared,
            setting_reason=self.setting_reason,
            visits_attended=self.visits_attended,
            visits_scheduled=self.visits_scheduled,
            screening_date=self.screening_date,
            regression_or_setback=self.regression_or_setback,
        )


def measure_of(concept: Any) -> str | None:
    """The measure of a code: by LOINC, by a local code or text that is one of ours, else by its text."""
    found = codings(concept)
    for coding in found:
        if coding.system == LOINC and coding.code in _MEASURES_BY_LOINC:
            return _MEASURES_BY_LOINC[coding.code]
    names = [text(obj(concept).get("text")), *(c.code for c in found), *(c.display for c in found)]
    for name in names:
        if name and is_known_measure(measure_name(name)):
            return measure_name(name)
    label = label_of(concept) or next((c.code for c in found), None)
    return measure_name(label) if label else None


def score_of(value: Any) -> Decimal | None:
    """A number from a number, a Quantity, or a coded answer whose text is a number."""
    plain = number(value)
    if plain is not None or not isinstance(value, dict):
        return plain
    if "value" in value:
        return number(value["value"])
    ways = [value.get("text"), value.get("display"), *(c.display for c in codings(value))]
    ways += [c.code for c in codings(value) if c.system != LOINC]
    return next((n for n in map(number, ways) if n is not None), None)


def unit_of(value: Any) -> str | None:
    """The unit of a Quantity, its code first."""
    return text(obj(value).get("code")) or text(obj(value).get("unit"))


def side_of(word: Any) -> str | None:
    """'left', 'right' or 'both' from a text or a coded body side (SNOMED CT)."""
    if isinstance(word, dict):
        by_code = {"7771000": "left", "24028007": "right", "51440002": "both"}
        for coding in codings(word):
            if coding.code in by_code:
                return by_code[coding.code]
        word = label_of(word) or next((c.code for c in codings(word)), None)
    found = text(word)
    words = set(re.findall(r"[a-z]+", found.lower())) if found else set()
    if words & {"both", "bilateral"} or {"left", "right"} <= words:
        return "both"
    return next((s for s in ("left", "right") if s in words), None)

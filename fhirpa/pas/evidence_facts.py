"""Collecting facts while the resources are read, and reading values out of them."""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from fhirpa.pas.access import codings, label_of, number, obj, objects, text
from fhirpa.pas.codes import CPT, HCPCS, LOINC
from fhirpa.pas.measure_names import is_known_measure, measure_name
from fhirpa.um.evidence import (
    Clinician,
    Diagnosis,
    Document,
    Equipment,
    Evaluation,
    Evidence,
    Goal,
    MeasureScore,
    Order,
    PlanOfCare,
    PriorTherapy,
    Protocol,
    Source,
    Stay,
    Surgery,
    Told,
)

_MEASURES_BY_LOINC = {
    "97909-6": "ODI",
    "72514-3": "NPRS",
    "64098-7": "6MWT",
    "89423-8": "TUG",
    "76804-4": "PROMIS-PF",
    "79530-2": "AM-PAC",
}
_ORDINAL = (  # how much a coded answer scores
    "http://hl7.org/fhir/StructureDefinition/ordinalValue",
    "http://hl7.org/fhir/StructureDefinition/itemWeight",
)
_OF_MOST = re.compile(r"\s*(\d{1,4}(?:\.\d{1,4})?)\s*(?:/|out of|of)\s*(\d{1,4})\s*").fullmatch
_LISTS = (
    *("diagnoses", "surgeries", "evaluations", "measures", "orders"),
    *("protocols", "prior_therapy", "stays", "equipment"),
)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed the resource at a path, and when."""

    path: str
    by: Clinician | None
    day: date | None


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
    protocols: list[Protocol] = field(default_factory=list)
    prior_therapy: list[PriorTherapy] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    equipment: list[Equipment] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    single: dict[str, tuple[Any, Source]] = field(default_factory=dict)

    def tell(self, fact: str, value: Any, source: Source) -> None:
        """A single fact, by its name in Evidence; None says nothing."""
        if value is not None:
            self.single[fact] = (value, source)

    def freeze(self) -> Evidence:
        """The evidence; goals without a plan of care become a plan that says nothing else."""
        plans, held = list(self.plans_of_care), {g.source for p in self.plans_of_care for g in p.goals}
        loose = [(source, goal) for source, goal in self.loose_goals if goal.source not in held]
        if loose:
            plans.append(PlanOfCare(loose[0][0], goals=tuple(goal for _, goal in loose)))
        signed = {s.path: s for s in self.signatures}
        found: dict[str, Any] = {name: tuple(getattr(self, name)) for name in _LISTS}
        found |= {fact: value for fact, (value, _) in self.single.items()}
        return Evidence(
            plans_of_care=tuple(_signed_plan(p, signed.get(p.source.path)) for p in plans),
            documents=tuple(_signed_document(d, signed.get(d.source.path)) for d in self.documents),
            told=tuple(Told(fact, source) for fact, (_, source) in self.single.items()),
            **found,
        )


def _signed_plan(plan: PlanOfCare, signature: Signature | None) -> PlanOfCare:
    if signature is None:
        return plan
    return replace(plan, signed=True, signed_by=signature.by, signed_on=signature.day)


def _signed_document(document: Document, signature: Signature | None) -> Document:
    return document if signature is None else replace(document, signed_by=signature.by)


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
    """A number from a number, a Quantity, or a coded answer with an ordinal value or a number as its text."""
    plain = number(value)
    if plain is not None or not isinstance(value, dict):
        return plain
    if "value" in value:
        return number(value["value"])
    ordinals = (
        number(e.get("valueDecimal"))
        for coding in (*objects(value.get("coding")), value)
        for e in objects(coding.get("extension"))
        if e.get("url") in _ORDINAL
    )
    ordinal = next((n for n in ordinals if n is not None), None)
    if ordinal is not None:
        return ordinal
    ways = [value.get("text"), value.get("display"), *(c.display for c in codings(value))]
    ways += [c.code for c in codings(value) if c.system != LOINC]
    return next((n for n in map(number, ways) if n is not None), None)


def score_of_most(value: Any) -> tuple[Decimal, Decimal] | None:
    """(score, largest possible) of a Ratio or of a text such as '20/50'; None for everything else."""
    if isinstance(value, dict):
        score = number(obj(value.get("numerator")).get("value"))
        most = number(obj(value.get("denominator")).get("value"))
        if score is not None and most is not None:
            return score, most
        value = value.get("text")
    match = _OF_MOST(value) if isinstance(value, str) else None
    return (Decimal(match[1]), Decimal(match[2])) if match else None


def unit_of(value: Any) -> str | None:
    """The unit of a Quantity, its code first; of a text, the percent sign at its end."""
    if isinstance(value, str):
        return "%" if value.rstrip().endswith("%") else None
    quantity = obj(value)
    if "value" not in quantity:  # a Coding has a code as well
        return None
    return text(quantity.get("code")) or text(quantity.get("unit"))


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


def intervention_of(concept: Any) -> str | None:
    """What is done in treatment: the procedure code, else the text, else whichever code there is."""
    found = codings(concept)
    by_code = next((c.code.upper() for c in found if c.system in (CPT, HCPCS)), None)
    return by_code or label_of(concept) or text(concept) or next((c.code for c in found), None)

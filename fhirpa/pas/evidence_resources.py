"""Facts of single clinical resources: Observation, Condition, Procedure, documents, orders, care plans."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from fhirpa.fhir.bundle import BundleGraph, Entry, Target
from fhirpa.pas.access import (
    Json,
    code_of,
    codings,
    date_or_period,
    day,
    first_text,
    icd10,
    identifier_value,
    label_of,
    obj,
    objects,
    period,
    rows,
    text,
    value_of,
)
from fhirpa.pas.codes import CPT, LOINC, NPI
from fhirpa.pas.evidence_facts import Facts, measure_of, score_of, side_of, unit_of
from fhirpa.pas.measure_names import in_points, is_known_measure
from fhirpa.pas.read_amounts import read_frequency
from fhirpa.um.evidence import Diagnosis, Document, Goal, MeasureScore, Order, PlanOfCare, Source, Surgery

_ICD10PCS = ("http://www.cms.gov/Medicare/Coding/ICD10", "http://hl7.org/fhir/sid/icd-10-pcs")
_SURGICAL_CPT = re.compile(r"^[1-6]\d{4}$")
_OTHER_PROCEDURE = re.compile(r"^([0789]\d{4}|\d{4}[TF]|[A-Z]\d{4})$")
_NO_MEASURE = ("vital-signs", "laboratory", "social-history", "imaging")
_ORDER_LOINC = "57154-7"
_LOINC_SUCCESSORS = {"68568-5": "11507-1", "11495-9": "18735-1"}  # deprecated documents, still sent
_GOAL_STATES = {
    "achieved": "met",
    "sustaining": "met",
    "improving": "advanced",
    "in-progress": None,
    "not-achieved": "not_advanced",
    "no-change": "not_advanced",
    "worsening": "not_advanced",
    "no-progress": "not_advanced",
    "not-attainable": "not_advanced",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A resource of the evidence, the graph it stands in, and its path from the Bundle as sent.

    `root` is the path of the graph's own Bundle, other than 'Bundle' where that one is nested in an entry.
    """

    graph: BundleGraph
    entry: Entry
    resource: Json
    path: str
    root: str = "Bundle"

    @property
    def type(self) -> str:
        """resourceType, or ''."""
        return text(self.resource.get("resourceType")) or ""

    def source(self, on: date | None = None) -> Source:
        """This resource as the source of a fact."""
        return Source(self.type, self.path, on)

    def find(self, reference: Any) -> Target | None:
        """What a reference in this resource leads to."""
        return self.graph.find(reference, self.entry)

    def at(self, target: Target) -> "Found":
        """A resource that this one leads to."""
        path = self.root + target.path.removeprefix("Bundle")
        return Found(self.graph, target.entry, target.resource, path, self.root)


def read_observation(found: Found, facts: Facts) -> None:
    """A measure score, and one per component."""
    resource = found.resource
    span = date_or_period(resource, "effective")
    on = (span.end or span.start if span else None) or _first_day(resource, "effectiveInstant", "issued")
    side = side_of(resource.get("bodySite"))
    codes = {c.code for k in objects(resource.get("category")) for c in codings(k)}
    plain = not codes & set(_NO_MEASURE)
    parts = [(found.path, resource)]
    parts += [(f"{found.path}.component[{i}]", c) for i, c in rows(resource.get("component"))]
    for path, part in parts:
        value = value_of(part)
        name, score = measure_of(part.get("code")), score_of(value)
        if name and score is not None and (plain or is_known_measure(name)):
            score = in_points(name, score, unit_of(value))
            facts.measures.append(MeasureScore(name, score, Source(found.type, path, on), day=on, side=side))


def read_condition(found: Found, facts: Facts) -> None:
    """A diagnosis with onset; it completes the same diagnosis of the Claim if there is one."""
    code = icd10(found.resource.get("code"))
    if code is None:
        return
    span = date_or_period(found.resource, "onset")
    onset = span.start if span else None
    for index, known in enumerate(facts.diagnoses):
        if known.code == code:
            facts.diagnoses[index] = replace(known, onset=known.onset or onset)
            return
    recorded = _first_day(found.resource, "recordedDate")
    facts.diagnoses.append(Diagnosis(code, found.source(recorded), onset))


def read_procedure(found: Found, facts: Facts) -> None:
    """A surgery, unless its code says that it is some other procedure (therapy, imaging, a test)."""
    concept = found.resource.get("code")
    span = date_or_period(found.resource, "performed")
    on = span.start or span.end if span else None
    cpt, pcs = code_of(concept, CPT), code_of(concept, *_ICD10PCS)
    codes = [c.code for c in codings(concept)]
    if cpt and not _SURGICAL_CPT.match(cpt):
        return
    if pcs and not pcs.startswith("0"):
        return
    if not cpt and not pcs and codes and all(_OTHER_PROCEDURE.match(c) for c in codes):
        return
    code = cpt or pcs or next(iter(codes), None)
    label = label_of(concept)
    if code or label:
        facts.surgeries.append(Surgery(found.source(on), on, code, label))


def read_document(found: Found, facts: Facts) -> None:
    """An attached document, by LOINC type. Only an order's date and author are facts as well."""
    resource = found.resource
    written = period(obj(resource.get("context")).get("period"))  # date is when it was filed
    on = (written.start if written else None) or _first_day(resource, "date")
    loinc = code_of(resource.get("type"), LOINC)
    loinc = _LOINC_SUCCESSORS.get(loinc, loinc) if loinc else None
    contents = [obj(c.get("attachment")) for c in objects(resource.get("content"))] or [{}]
    for attachment in contents:
        facts.documents.append(
            Document(
                found.source(on),
                loinc,
                title=first_text(
                    attachment.get("title"), resource.get("description"), label_of(resource.get("type"))
                ),
                content_type=text(attachment.get("contentType")),
                day=on,
            )
        )
    if loinc == _ORDER_LOINC:
        authors = [*objects(resource.get("author")), resource.get("authenticator")]
        npi = next((n for n in (_npi(found, a) for a in authors) if n), None)
        facts.orders.append(Order(found.source(on), on, npi))


def read_service_request(found: Found, facts: Facts) -> None:
    """An order for therapy: when and by whom. A request without either says nothing about an order."""
    if found.resource.get("intent") in ("proposal", "plan", "directive", "option"):
        return
    on = _first_day(found.resource, "authoredOn")
    npi = _npi(found, found.resource.get("requester"))
    if on or npi:
        facts.orders.append(Order(found.source(on), on, npi))


def read_care_plan(found: Found, facts: Facts) -> None:
    """A plan of care: period, frequency of the first timed activity, interventions and goals."""
    resource = found.resource
    span = period(resource.get("period"))
    details = [obj(a.get("detail")) for a in objects(resource.get("activity"))]
    timings = (read_frequency(d.get("scheduledTiming")) for d in details)
    frequency = next((t for t in timings if t), None)
    goals = (found.find(r) for r in objects(resource.get("goal")))
    names = (_intervention(d) for d in details)
    on = _first_day(resource, "created")
    facts.plans_of_care.append(
        PlanOfCare(
            found.source(on),
            day=on,
            start=span.start if span else None,
            end=span.end if span else None,
            visits_per_week=frequency.visits_per_week if frequency else None,
            weeks=frequency.weeks if frequency else None,
            goals=tuple(goal_of(g.resource) for g in goals if g and g.resource.get("resourceType") == "Goal"),
            interventions=tuple(n for n in names if n),
        )
    )


def _intervention(detail: Json) -> str | None:
    """What will be done: the activity's own words, else its code, which says it as well."""
    said = label_of(detail.get("code")) or text(detail.get("description"))
    return said or next((c.code for c in codings(detail.get("code")) if c.code), None)


def read_goal(found: Found, facts: Facts) -> None:
    """A goal that no care plan holds."""
    facts.loose_goals.append((found.source(_first_day(found.resource, "startDate")), goal_of(found.resource)))


def goal_of(resource: Json) -> Goal:
    """A Goal resource as a goal of the plan of care; the first target counts."""
    target = next(iter(objects(resource.get("target"))), {})
    quantity = obj(target.get("detailQuantity"))
    amount = score_of(quantity) if quantity else None
    wanted = f"{amount} {text(quantity.get('unit')) or ''}".strip() if amount is not None else None
    states = (_GOAL_STATES.get(c.code) for c in codings(resource.get("achievementStatus")))
    return Goal(
        text=label_of(resource.get("description")),
        target=first_text(target.get("detailString"), wanted, label_of(target.get("detailCodeableConcept"))),
        target_date=day(target.get("dueDate")),
        status=next((s for s in states if s), None),
    )


def _first_day(resource: Json, *names: str) -> date | None:
    return next((d for d in (day(resource.get(n)) for n in names) if d), None)


def _npi(found: Found, reference: Any) -> str | None:
    """NPI of the person a reference leads to, directly or by way of a role; else of the organization."""
    target = found.find(reference)
    if target is None:
        named = obj(obj(reference).get("identifier"))
        return identifier_value({"identifier": [named]}, NPI)
    own = identifier_value(target.resource, NPI)
    if own or target.resource.get("resourceType") != "PractitionerRole":
        return own
    parts = (
        found.graph.find(target.resource.get(name), target.entry) for name in ("practitioner", "organization")
    )
    return next((n for n in (identifier_value(p.resource, NPI) for p in parts if p) if n), None)


READERS: dict[str, Callable[[Found, Facts], None]] = {
    "Observation": read_observation,
    "Condition": read_condition,
    "Procedure": read_procedure,
    "DocumentReference": read_document,
    "ServiceRequest": read_service_request,
    "CarePlan": read_care_plan,
    "Goal": read_goal,
}

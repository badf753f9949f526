"""Evidence as FHIR resources of its own: conditions, procedures, observations, documents, plans, orders."""

import base64
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import escape

from fhirpa.testkit.builder_evidence import (
    ChartedPlan,
    Diagnosis,
    Finding,
    Goal,
    Measurement,
    Note,
    Operation,
    PlanOfCare,
    Score,
)
from fhirpa.testkit.builder_terms import (
    CPT,
    HL7,
    ICD10CM,
    LOINC,
    UCUM,
    X12_SERVICE_TYPE,
    Json,
    concept,
    moment,
    procedure_system,
    reference,
)
from fhirpa.testkit.guide import Guide

_MEASURES = {  # the LOINC code of a measure, where there is one
    "ODI": "97909-6",
    "NPRS": "72514-3",
    "TUG": "89423-8",
}
_SIDES = {"left": "7771000", "right": "24028007"}  # SNOMED CT
_CORE = "http://hl7.org/fhir/us/core/CodeSystem/"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the evidence is about, who wrote it, and under which version."""

    patient: Json
    author: Json
    guide: Guide


def condition(of: Diagnosis, about: Subject, at: str) -> Json:
    """An encounter diagnosis with its onset."""
    return {
        "resourceType": "Condition",
        "id": at,
        **about.guide.meta("Condition"),
        "clinicalStatus": concept(HL7 + "condition-clinical", "active"),
        "verificationStatus": concept(HL7 + "condition-ver-status", "confirmed"),
        "category": [concept(HL7 + "condition-category", "encounter-diagnosis")],
        "code": concept(ICD10CM, of.code),
        "subject": reference(about.patient),
        **({"onsetDateTime": of.onset.isoformat()} if of.onset else {}),
        **({"recordedDate": of.recorded.isoformat()} if of.recorded else {}),
    }


def procedure(of: Operation, about: Subject, at: str) -> Json:
    """A completed operation."""
    return {
        "resourceType": "Procedure",
        "id": at,
        **about.guide.meta("Procedure"),
        "status": "completed",
        "code": {**concept(CPT, of.code), "text": of.label},
        "subject": reference(about.patient),
        "performedDateTime": of.day.isoformat(),
    }


def observation(of: Measurement, about: Subject, at: str) -> Json:
    """One score of an outcome measure."""
    score = of.score
    unit = score.unit or "{score}"
    return {
        **_observed(score.measure, score.day, about, at),
        "valueQuantity": {"value": score.value, "unit": unit, "system": UCUM, "code": unit},
        **_site(score),
    }


def finding(of: Finding, about: Subject, at: str) -> Json:
    """One single fact, by the name that charts give it."""
    kind = {bool: "valueBoolean", int: "valueInteger", str: "valueString"}[type(of.value)]
    return {**_observed(of.name, of.day, about, at), kind: of.value}


def _observed(name: str, day: date, about: Subject, at: str) -> Json:
    loinc = _MEASURES.get(name)
    coded = {"coding": [{"system": LOINC, "code": loinc}]} if loinc else {}
    return {
        "resourceType": "Observation",
        "id": at,
        **about.guide.meta("Observation"),
        "status": "final",
        "category": [concept(HL7 + "observation-category", "therapy")],
        "code": {**coded, "text": name},
        "subject": reference(about.patient),
        "effectiveDateTime": day.isoformat(),
        "performer": [reference(about.author)],
    }


def _site(score: Score) -> Json:
    """Side (coded) and joint motion (in words) of a score."""
    side = concept("http://snomed.info/sct", _SIDES[score.side], display=score.side) if score.side else {}
    words = {"text": score.part} if score.part else {}
    return {"bodySite": side | words} if side or words else {}


def document(of: Note, about: Subject, at: str) -> Json:
    """A page from the chart, its text inside."""
    return {
        "resourceType": "DocumentReference",
        "id": at,
        **about.guide.meta("DocumentReference"),
        "status": "current",
        "docStatus": "final",
        "type": {**concept(LOINC, of.loinc), "text": of.title},
        "category": [concept(_CORE + "us-core-documentreference-category", "clinical-note")],
        "subject": reference(about.patient),
        "date": moment(of.day, "12:00"),
        "author": [
            about.author["practitioner"] if about.guide.document_by_person else reference(about.author)
        ],
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "data": base64.b64encode(of.text.encode()).decode(),
                    "title": of.title,
                    "creation": moment(of.day, "12:00"),
                }
            }
        ],
        "context": {"period": {"start": of.day.isoformat(), "end": of.day.isoformat()}},
    }


def charted_plan(of: ChartedPlan, about: Subject, at: str) -> list[Json]:
    """A CarePlan and its Goals, the plan first."""
    plan = of.plan
    goals = [_goal(g, about, f"{at}-goal-{i}") for i, g in enumerate(plan.goals, 1)]
    words = "; ".join(g.text for g in plan.goals)
    activities = [
        {
            "detail": {
                "code": concept(procedure_system(c), c),
                "status": "scheduled",
                **_timing(plan),
            }
        }
        for c in plan.interventions
    ]
    return [
        {
            "resourceType": "CarePlan",
            "id": at,
            **about.guide.meta("CarePlan"),
            "text": {
                "status": "generated",
                "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(words)}</div>',
            },
            "status": "active",
            "intent": "plan",
            "category": [concept(_CORE + "careplan-category", "assess-plan")],
            "subject": reference(about.patient),
            "period": {
                "start": plan.start.isoformat(),
                **({"end": plan.end.isoformat()} if plan.end else {}),
            },
            **({"created": plan.day.isoformat()} if plan.day else {}),
            "author": reference(about.author),
            "goal": [reference(g) for g in goals],
            "activity": activities,
        },
        *goals,
    ]


def _timing(plan: PlanOfCare) -> Json:
    """So many times a week for so many weeks, as far as the plan says it."""
    repeat: Json = {}
    if plan.weeks is not None:
        weeks = {"value": Decimal(plan.weeks), "unit": "week", "system": UCUM, "code": "wk"}
        repeat["boundsDuration"] = weeks
    if plan.per_week is not None:
        repeat |= {"frequency": int(plan.per_week), "period": Decimal(1), "periodUnit": "wk"}
    return {"scheduledTiming": {"repeat": repeat}} if repeat else {}


def _goal(of: Goal, about: Subject, at: str) -> Json:
    due = {"dueDate": of.due.isoformat()} if of.due else {}
    return {
        "resourceType": "Goal",
        "id": at,
        **about.guide.meta("Goal"),
        "lifecycleStatus": "active",
        "description": {"text": of.text},
        "subject": reference(about.patient),
        **(
            {"target": [{"measure": {"text": of.text}, "detailString": of.target, **due}]}
            if of.target
            else {}
        ),
    }


def order(day: date, service_type: str, requester: Json, about: Subject, at: str) -> Json:
    """The ordering practitioner's order for therapy; the service is an X12 1365 service type."""
    return {
        "resourceType": "ServiceRequest",
        "id": at,
        **about.guide.meta("ServiceRequest"),
        "status": "active",
        "intent": "order",
        "code": concept(X12_SERVICE_TYPE, service_type),
        "subject": reference(about.patient),
        "authoredOn": day.isoformat(),
        "requester": reference(requester),
    }

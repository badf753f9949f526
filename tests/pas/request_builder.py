"""A small PT request bundle, complete for both versions of the guide, for tests to bend."""

from copy import deepcopy
from typing import Any

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.codes import (
    COVERAGE_CLASS,
    CPT,
    ICD10CM,
    IDENTIFIER_TYPE,
    NPI,
    NUCC,
    POS,
    SD,
    TEMP_CODES,
    X12,
    X12_CERTIFICATION_TYPE,
    X12_QUANTITY_UNIT,
    X12_RELATIONSHIP,
    X12_REQUEST_TYPE,
    X12_SERVICE_TYPE,
)

Json = dict[str, Any]
BASE = "https://ehr.example/fhir/"
CLINIC_NPI = "1245319599"
THERAPIST_NPI = "1679576722"


def concept(system: str, code: str, **more: str) -> Json:
    return {"coding": [{"system": system, "code": code, **more}]}


def ext(name: str, **value: Any) -> Json:
    return {"url": name if ":" in name else SD + name, **value}


def cancelled(flag: Any = True) -> Json:
    return ext("modifierextension-infoCancelled", valueBoolean=flag)


def ref(kind_and_id: str) -> Json:
    return {"reference": kind_and_id}


def certification(code: str) -> Json:
    return ext("extension-certificationType", valueCodeableConcept=concept(X12_CERTIFICATION_TYPE, code))


def item(sequence: int = 1, code: str = "97110", **more: Any) -> Json:
    return {
        "extension": [
            ext("extension-itemTraceNumber", valueIdentifier={"system": "urn:t", "value": f"T{sequence}"}),
            ext("extension-serviceItemRequestType", valueCodeableConcept=concept(X12_REQUEST_TYPE, "HS")),
            certification("I"),
        ],
        "sequence": sequence,
        "careTeamSequence": [1],
        "diagnosisSequence": [1],
        "category": concept(X12_SERVICE_TYPE, "PT"),
        "productOrService": concept(CPT, code),
        "modifier": [concept(CPT, "GP")],
        "servicedPeriod": {"start": "2026-03-02", "end": "2026-04-24"},
        "locationCodeableConcept": concept(POS, "11"),
        "quantity": {"value": 12, "system": X12_QUANTITY_UNIT, "code": "VS"},
        **more,
    }


def claim() -> Json:
    return {
        "resourceType": "Claim",
        "id": "c1",
        "identifier": [{"system": "urn:trace", "value": "E1"}],
        "status": "active",
        "type": concept("http://terminology.hl7.org/CodeSystem/claim-type", "professional"),
        "use": "preauthorization",
        "patient": ref("Patient/p1"),
        "created": "2026-03-01T09:00:00-06:00",
        "insurer": ref("Organization/payer"),
        "provider": ref("Organization/clinic"),
        "priority": concept("http://terminology.hl7.org/CodeSystem/processpriority", "normal"),
        "careTeam": [
            {
                "extension": [ext("extension-careTeamClaimScope", valueBoolean=True)],
                "sequence": 1,
                "provider": ref("PractitionerRole/role"),
            }
        ],
        "diagnosis": [
            {
                "extension": [ext("extension-diagnosisRecordedDate", valueDate="2026-02-20")],
                "sequence": 1,
                "diagnosisCodeableConcept": concept(ICD10CM, "M54.50"),
                "type": [concept(TEMP_CODES, "principal")],
            }
        ],
        "insurance": [{"sequence": 1, "focal": True, "coverage": ref("Coverage/cov")}],
        "item": [item()],
    }


def parties() -> list[Json]:
    return [
        {
            "resourceType": "Organization",
            "id": "clinic",
            "active": True,
            "identifier": [{"system": NPI, "value": CLINIC_NPI}],
            "name": "North Clinic",
            "address": [{"state": "TX"}],
        },
        {"resourceType": "Organization", "id": "payer", "active": True, "name": "Example Health Plan"},
        {
            "resourceType": "Coverage",
            "id": "cov",
            "status": "active",
            "identifier": [{"type": concept(IDENTIFIER_TYPE, "MB"), "system": "urn:m", "value": "MEM1"}],
            "subscriber": ref("Patient/p1"),
            "subscriberId": "SUB1",
            "beneficiary": ref("Patient/p1"),
            "relationship": concept(X12_RELATIONSHIP, "18"),
            "period": {"start": "2026-01-01"},
            "payor": [ref("Organization/payer")],
            "class": [
                {"type": concept(COVERAGE_CLASS, "plan"), "value": "SANDBOX-COM"},
                {"type": concept(COVERAGE_CLASS, "group"), "value": "G7"},
            ],
        },
        {
            "resourceType": "Patient",
            "id": "p1",
            "identifier": [
                {"type": concept(IDENTIFIER_TYPE, "MR"), "system": "urn:ehr", "value": "REC9"},
                {"system": "urn:min", "value": "PAT1"},
            ],
            "name": [{"family": "Rivera", "given": ["Ana"]}],
            "gender": "female",
            "birthDate": "1980-05-06",
            "address": [{"state": "TX", "postalCode": "75001"}],
            "communication": [
                {"language": concept("urn:ietf:bcp:47", "en")},
                {"language": concept("urn:ietf:bcp:47", "es"), "preferred": True},
            ],
        },
        {
            "resourceType": "PractitionerRole",
            "id": "role",
            "practitioner": ref("Practitioner/pt"),
            "organization": ref("Organization/clinic"),
            "specialty": [concept(NUCC, "2251X0800X")],
        },
        {
            "resourceType": "Practitioner",
            "id": "pt",
            "identifier": [{"system": NPI, "value": THERAPIST_NPI}],
            "name": [{"family": "Okafor", "given": ["Ben"]}],
        },
    ]


def entry(resource: Json) -> Json:
    return {"fullUrl": f"{BASE}{resource['resourceType']}/{resource['id']}", "resource": resource}


def bundle(*more: Json, of: Json | None = None) -> Json:
    """A request bundle: the Claim first, the parties, then whatever else is given."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": "urn:sub", "value": "B1"},
        "timestamp": "2026-03-01T09:00:01-06:00",
        "entry": [entry(r) for r in (of or claim(), *parties(), *more)],
    }


def with_support(*resources: Json) -> Json:
    """A bundle whose Claim points at these resources as additional information."""
    asking = claim()
    asking["supportingInfo"] = [
        support(i, f"{r['resourceType']}/{r['id']}") for i, r in enumerate(resources, 1)
    ]
    return bundle(*resources, of=asking)


def support(sequence: int, target: str) -> Json:
    report = {"url": "reportTypeCode", "valueCodeableConcept": concept(X12 + "755", "PY")}
    return {
        "extension": [ext("extension-documentInformation", extension=[report])],
        "sequence": sequence,
        "category": concept(TEMP_CODES, "additionalInformation"),
        "valueReference": ref(target),
    }


def graph(of: Json) -> BundleGraph:
    return BundleGraph(deepcopy(of))

"""Organizations, clinicians, member, subscriber and coverage as resources."""

from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.builder_people import Clinician, Person, Practice
from fhirpa.testkit.builder_terms import (
    COVERAGE_CLASS,
    EIN,
    HL7,
    NPI,
    NUCC,
    X12_RELATIONSHIP,
    X12_ROLE,
    Json,
    concept,
    identifier,
    reference,
)
from fhirpa.testkit.guide import Guide

MEMBER_SYSTEM = "https://lonestarplan.example/member-id"
RECORD_SYSTEM = "https://ehr.example/mrn"


def organization(practice: Practice, guide: Guide, kind: str = "Organization") -> Json:
    """An Organization; `kind` is Insurer, Requestor or Organization."""
    role = {"Insurer": "X3", "Requestor": "1P"}.get(kind)
    identifiers = [identifier(NPI, practice.npi)] if practice.npi else []
    return {
        "resourceType": "Organization",
        "id": practice.slug,
        **guide.meta(kind),
        "identifier": [*identifiers, identifier(EIN, practice.ein)],
        "active": True,
        **({"type": [concept(X12_ROLE, role)]} if role else {}),
        "name": practice.name,
        "telecom": [{"system": "phone", "value": practice.phone, "use": "work"}],
        "address": [_address(practice.street, practice.city, practice.postal_code)],
    }


def practitioner(clinician: Clinician, guide: Guide) -> Json:
    """The person behind a role."""
    return {
        "resourceType": "Practitioner",
        "id": clinician.slug,
        **guide.meta("Practitioner"),
        "identifier": [identifier(NPI, clinician.npi)],
        "name": [{"use": "official", "family": clinician.family, "given": [clinician.given]}],
    }


def practitioner_role(clinician: Clinician, guide: Guide, contained: bool = False) -> Json:
    """Who works where as what; `contained` carries the Practitioner inside the role."""
    person = practitioner(clinician, guide)
    return {
        "resourceType": "PractitionerRole",
        "id": f"{clinician.slug}-role",
        **guide.meta("PractitionerRole"),
        **({"contained": [person]} if contained else {}),
        "active": True,
        "practitioner": {"reference": f"#{person['id']}"} if contained else reference(person),
        "organization": {"reference": f"Organization/{clinician.practice.slug}"},
        "specialty": [concept(NUCC, clinician.taxonomy)],
        "telecom": [{"system": "phone", "value": clinician.practice.phone, "use": "work"}],
    }


def member(person: Person, identity: Identity, guide: Guide, dependent: bool) -> Json:
    """The beneficiary."""
    return {
        "resourceType": "Patient",
        "id": f"patient-{identity.serial}",
        **guide.meta("Beneficiary"),
        "identifier": [
            identifier(MEMBER_SYSTEM, identity.member_id(dependent), "MB"),
            identifier(RECORD_SYSTEM, f"MRN{identity.serial}", "MR"),
        ],
        "name": [{"use": "official", "family": identity.family, "given": [identity.given(person.gender)]}],
        "telecom": [{"system": "phone", "value": "512-555-0199", "use": "home"}],
        "gender": person.gender,
        "birthDate": person.born.isoformat(),
        "address": [_address("1200 Live Oak Lane", person.city, person.postal_code)],
        "communication": [{"language": concept("urn:ietf:bcp:47", person.language), "preferred": True}],
    }


def subscriber(person: Person, identity: Identity, guide: Guide) -> Json:
    """The subscriber, where the member is a dependent."""
    return {
        "resourceType": "Patient",
        "id": f"subscriber-{identity.serial}",
        **guide.meta("Subscriber"),
        "identifier": [identifier(MEMBER_SYSTEM, identity.member_id(False), "MB")],
        "name": [
            {
                "use": "official",
                "family": identity.family,
                "given": [identity.given(person.gender, "subscriber")],
            }
        ],
        "gender": person.gender,
        "birthDate": person.born.isoformat(),
        "address": [_address("1200 Live Oak Lane", person.city, person.postal_code)],
    }


def parent(of: Json, subscriber: Json, guide: Guide) -> Json:
    """The subscriber once more, as the child's parent."""
    return {
        "resourceType": "RelatedPerson",
        "id": subscriber["id"].replace("subscriber", "parent"),
        **guide.meta("RelatedPerson"),
        "active": True,
        "patient": reference(of),
        "relationship": [concept(HL7 + "v3-RoleCode", "PRN")],
        "name": subscriber["name"],
    }


def coverage(
    beneficiary: Json,
    holder: Json,
    payer: Json,
    identity: Identity,
    guide: Guide,
    plan: str | None,
    period: Json,
) -> Json:
    """The coverage; `holder` is the subscriber's Patient, which may be the beneficiary."""
    dependent = holder is not beneficiary
    fhir, x12 = ("child", "19") if dependent else ("self", "18")
    related = {
        "coding": [
            {"system": HL7 + "subscriber-relationship", "code": fhir},
            {"system": X12_RELATIONSHIP, "code": x12},
        ]
    }
    classes = [("plan", plan)] if plan else []
    return {
        "resourceType": "Coverage",
        "id": f"coverage-{identity.serial}",
        **guide.meta("Coverage"),
        "identifier": [identifier(MEMBER_SYSTEM, identity.member_id(dependent), "MB")],
        "status": "active",
        "subscriber": reference(holder),
        "subscriberId": identity.subscriber_id,
        "beneficiary": reference(beneficiary),
        "relationship": related,
        **({"period": period} if period else {}),
        "payor": [reference(payer)],
        **(
            {"class": [{"type": concept(COVERAGE_CLASS, kind), "value": value} for kind, value in classes]}
            if classes
            else {}
        ),
    }


def _address(street: str, city: str, postal_code: str) -> Json:
    return {"line": [street], "city": city, "state": "TX", "postalCode": postal_code, "country": "US"}

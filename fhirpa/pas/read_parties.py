"""Reading who is involved: providers, insurer, member, subscriber and coverage."""

import re
from typing import Any

from fhirpa.fhir.bundle import Entry, Target
from fhirpa.pas.access import (
    Json,
    codings,
    day,
    external_ids,
    first_text,
    has_type,
    identifier_of_type,
    identifier_value,
    obj,
    objects,
    period,
    rows,
    text,
)
from fhirpa.pas.codes import COVERAGE_CLASS, NPI, NUCC, X12_RELATIONSHIP
from fhirpa.pas.read_context import Reading
from fhirpa.um.request import CoverageSent, Party, Person

_RELATIONSHIPS = {  # X12 1069 as FHIR subscriber-relationship
    "18": "self",
    "01": "spouse",
    "19": "child",
    "53": "common",
    "G8": "other",
    "20": "other",
    "21": "other",
    "39": "other",
    "40": "other",
}
_RELATIONSHIP_SYSTEM = "http://terminology.hl7.org/CodeSystem/subscriber-relationship"
_TAXONOMY = re.compile(r"^[0-9A-Z]{9}X$")
_NO_MEMBER_ID = ("MR", "SS", "SB", "DL", "PPN", "PI", "NPI", "TAX", "AN")  # table 0203: not the payer's ids
_SSN = "http://hl7.org/fhir/sid/us-ssn"
_PROVIDERS = ("Organization", "Practitioner", "PractitionerRole")


def read_party(reading: Reading, reference: Any, at: str, holder: Entry | None = None) -> Party:
    """The provider or payer that a reference leads to; `at` is where the reference stands.

    The NPI is the practitioner's, else the organization's. A reference that leads nowhere, or to no
    provider, gives a party that is not resolved, with what the reference itself tells.
    """
    target = reading.find(reference, holder)
    if target is None or target.resource.get("resourceType") not in _PROVIDERS:
        identifiers = external_ids([obj(reference).get("identifier")])
        npi = next((i.value for i in identifiers if i.system == NPI), None)
        return Party(
            npi=npi,
            name=text(obj(reference).get("display")),
            identifiers=identifiers,
            resolved=False,
            path=at,
        )
    if target.resource.get("resourceType") == "PractitionerRole":
        return _role(reading, target)
    return _plain(target)


def _plain(target: Target) -> Party:
    resource = target.resource
    person = resource.get("resourceType") == "Practitioner"
    return Party(
        npi=identifier_value(resource, NPI),
        name=_human_name(resource) if person else text(resource.get("name")),
        taxonomies=_taxonomies(*(q.get("code") for q in objects(resource.get("qualification")))),
        identifiers=external_ids(resource.get("identifier")),
        state=_state(resource.get("address")),
        is_person=person,
        path=target.path,
    )


def _role(reading: Reading, target: Target) -> Party:
    role = target.resource
    person = _part(reading, role.get("practitioner"), target, "Practitioner")
    organization = _part(reading, role.get("organization"), target, "Organization")
    parts = [p for p in (person, organization) if p]
    known = [_plain(p) for p in parts]
    if filled_reference(role.get("practitioner")) and person is None:
        reading.note(f"{target.path}.practitioner", "leads to no Practitioner in the Bundle")
    own = identifier_value(role, NPI)
    identifiers = [i for p in known for i in p.identifiers] + list(external_ids(role.get("identifier")))
    states = [_state(obj(p.resource).get("address")) for p in _locations(reading, target)]
    return Party(
        npi=next((p.npi for p in known if p.npi), None) or own,
        name=next((p.name for p in known if p.name), None),
        taxonomies=_merged(
            _taxonomies(*objects(role.get("specialty")), *objects(role.get("code"))),
            *(p.taxonomies for p in known),
        ),
        identifiers=tuple(dict.fromkeys(identifiers)),
        state=next((s for s in (*states, *(p.state for p in known)) if s), None),
        is_person=person is not None,
        resolved=bool(parts) or own is not None,
        path=person.path if person else target.path,
    )


def filled_reference(reference: Any) -> bool:
    """True if there is a literal reference."""
    return text(obj(reference).get("reference")) is not None


def _part(reading: Reading, reference: Any, holder: Target, kind: str) -> Target | None:
    found = reading.find(reference, holder.entry)
    return found if found and found.resource.get("resourceType") == kind else None


def _locations(reading: Reading, role: Target) -> list[Target]:
    found = (_part(reading, r, role, "Location") for r in objects(role.resource.get("location")))
    return [t for t in found if t]


def _taxonomies(*concepts: Any) -> tuple[str, ...]:
    codes = (c.code.upper() for concept in concepts for c in codings(concept) if c.system == NUCC)
    return tuple(dict.fromkeys(codes))


def _merged(*tuples: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for values in tuples for value in values))


def qualification_taxonomies(concept: Any) -> tuple[str, ...]:
    """Provider taxonomies of a care team qualification: X12 127 (PRV03) carries NUCC codes."""
    return tuple(dict.fromkeys(c.code for c in codings(concept) if _TAXONOMY.match(c.code)))


def _human_name(resource: Json) -> str | None:
    names = objects(resource.get("name"))
    if not names:
        return None
    given = [t for t in map(text, _list(names[0].get("given"))) if t]
    family = text(names[0].get("family"))
    return " ".join([*given, *([family] if family else [])]) or text(names[0].get("text"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _state(address: Any) -> str | None:
    found = objects(address) if isinstance(address, list) else [obj(address)]
    return next((s.upper() for s in (text(a.get("state")) for a in found) if s), None)


def member_identifiers(patient: Json) -> list[str]:
    """Patient identifiers that may be the payer's: no record number, social security number and the like."""
    out = []
    for identifier in objects(patient.get("identifier")):
        value = text(identifier.get("value"))
        if value and identifier.get("system") != _SSN and not has_type(identifier, *_NO_MEMBER_ID):
            out.append(value)
    return list(dict.fromkeys(out))


def read_person(reading: Reading, reference: Any, at: str, holder: Entry | None = None) -> Person | None:
    """The Patient that a reference leads to; None if it leads to no Patient."""
    target = reading.find(reference, holder)
    if target is None or target.resource.get("resourceType") != "Patient":
        if filled_reference(reference):
            reading.note(at, "leads to no Patient in the Bundle")
        return None
    patient = target.resource
    name = next(iter(objects(patient.get("name"))), {})
    address = next(iter(objects(patient.get("address"))), {})
    return Person(
        member_id=identifier_of_type(patient, "MB"),
        identifiers=external_ids(patient.get("identifier")),
        family=text(name.get("family")),
        given=tuple(t for t in map(text, _list(name.get("given"))) if t),
        birth_date=day(patient.get("birthDate")),
        gender=text(patient.get("gender")),
        language=_language(patient),
        state=_state(address),
        postal_code=text(address.get("postalCode")),
        path=target.path,
    )


def _language(patient: Json) -> str | None:
    spoken = objects(patient.get("communication"))
    spoken.sort(key=lambda c: c.get("preferred") is not True)
    return next((c.code for s in spoken for c in codings(s.get("language"))), None)


def read_coverage(reading: Reading) -> tuple[CoverageSent, Person | None]:
    """The coverage that is to decide (the focal insurance, else the first) and its subscriber."""
    insurances = sorted(rows(reading.resource.get("insurance")), key=lambda i: i[1].get("focal") is not True)
    if not insurances:
        return CoverageSent(path=f"{reading.claim.path}.insurance"), None
    index, insurance = insurances[0]
    at = f"{reading.claim.path}.insurance[{index}].coverage"
    target = reading.find(insurance.get("coverage"))
    if target is None or target.resource.get("resourceType") != "Coverage":
        reading.note(at, "leads to no Coverage in the Bundle")
        return CoverageSent(path=at), None
    coverage = target.resource
    sent = CoverageSent(
        member_id=identifier_of_type(coverage, "MB"),
        subscriber_id=text(coverage.get("subscriberId")),
        plan_code=_class(coverage, "plan"),
        group_code=_class(coverage, "group"),
        period=period(coverage.get("period")),
        relationship=_relationship(coverage.get("relationship")),
        payer_name=_payer_name(reading, target),
        active=coverage.get("status", "active") == "active",
        others=sum(_is_active(reading, other) for _, other in insurances[1:]),
        path=target.path,
    )
    subscriber = read_person(reading, coverage.get("subscriber"), f"{target.path}.subscriber", target.entry)
    return sent, subscriber


def _is_active(reading: Reading, insurance: Json) -> bool:
    """True unless the coverage says otherwise: one that is not in the Bundle may be active."""
    target = reading.find(insurance.get("coverage"))
    return target is None or target.resource.get("status", "active") == "active"


def _class(coverage: Json, code: str) -> str | None:
    for entry in objects(coverage.get("class")):
        kinds = codings(entry.get("type"))
        if any(c.code == code and c.system in (COVERAGE_CLASS, None) for c in kinds):
            return text(entry.get("value"))
    return None


def _relationship(concept: Any) -> str | None:
    found = codings(concept)
    fhir = (c.code for c in found if c.system == _RELATIONSHIP_SYSTEM)
    x12 = (_RELATIONSHIPS.get(c.code) for c in found if c.system == X12_RELATIONSHIP)
    return next(fhir, None) or next((r for r in x12 if r), None)


def _payer_name(reading: Reading, coverage: Target) -> str | None:
    payor = next(iter(objects(coverage.resource.get("payor"))), {})
    target = reading.find(payor, coverage.entry)
    return first_text(target.resource.get("name") if target else None, payor.get("display"))

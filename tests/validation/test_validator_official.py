"""What the differential with HL7's validator found (tests/official): each once wrong here, now as there."""

from typing import Any

import pytest

from fhirpa.validation import Finding, Validator, load_set

Json = dict[str, Any]

VALIDATOR = Validator(load_set("pas-2.2.1"))
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
UUID = "urn:uuid:0f4c6b4e-1b5c-4c1e-9b61-4c1d0c0a9b11"


def errors(resource: Json, profile: str | None = None) -> list[Finding]:
    return [f for f in VALIDATOR.validate(resource, profile).issues if f.is_error]


def brief(resource: Json, profile: str | None = None) -> list[tuple[str, str | None, str | None]]:
    return [(str(f.kind), f.expression, f.key) for f in errors(resource, profile)]


def basic(**members: Any) -> Json:
    return {"resourceType": "Basic", "code": {"text": "x"}, **members}


def bundle(full_url: str, **members: Any) -> Json:
    entry = {"fullUrl": full_url, "resource": basic(**members)}
    return {"resourceType": "Bundle", "type": "collection", "entry": [entry]}


# --- invariants and bindings


def test_an_invariant_whose_expression_finds_nothing_is_broken() -> None:
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "12345"}
    resource = {"resourceType": "Organization", "identifier": [npi], "active": True, "name": "Clinic"}
    keys = [key for _, _, key in brief(resource, CORE + "us-core-organization")]
    assert keys == ["us-core-16", "us-core-17"]


def test_a_reference_by_identifier_only_keeps_its_rules() -> None:
    subject = {"identifier": {"system": "http://example.org/ids", "value": "1"}}
    assert errors(basic(subject=subject)) == []


def test_only_what_is_contained_may_refer_to_its_container() -> None:
    inner = basic(id="inner", subject={"reference": "#"})
    patient = {"resourceType": "Patient", "contained": [inner]}
    assert errors(patient) == []
    assert ("invariant", "Basic.subject", "ref-1") in brief(basic(subject={"reference": "#"}))


@pytest.mark.parametrize(
    ("name", "value", "is_wrong"), [("valueBoolean", True, False), ("valueCode", "x", True)]
)
def test_a_binding_holds_for_the_types_of_a_choice_that_can_be_bound(
    name: str, value: Any, is_wrong: bool
) -> None:
    url = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-observationExtract"
    extension = {"url": url, name: value}
    resource = {"resourceType": "Questionnaire", "status": "draft", "extension": [extension]}
    assert any(kind == "binding" for kind, _, _ in brief(resource)) is is_wrong


def test_a_reason_for_absence_does_not_stand_in_for_a_code_that_must_be_of_a_set() -> None:
    reason = {"extension": [{"url": ABSENT, "valueCode": "unknown"}]}
    assert brief({"resourceType": "Patient", "_gender": reason}) == [("binding", "Patient.gender", None)]
    assert errors({"resourceType": "Patient", "_birthDate": reason}) == []


# --- references


@pytest.mark.parametrize(
    ("reference", "is_wrong"),
    [
        ("Patient/1", False),
        ("Patient/1/_history/2", False),
        ("https://example.org/fhir/Patient/1", False),
        (UUID, False),
        ("relative", True),
        ("Patient/1/2", True),
        ("https://example.org/fhir/Patient/1 ", True),
        ('"https://example.org/fhir/Patient/1"', True),
    ],
)
def test_the_text_of_a_reference_is_a_url_or_type_and_id(reference: str, is_wrong: bool) -> None:
    found = brief(basic(subject={"reference": reference}))
    assert found == ([("reference", "Basic.subject", None)] if is_wrong else [])


@pytest.mark.parametrize(
    ("reference", "is_wrong"),
    [
        ({"reference": "Patient/1", "type": "Patient"}, False),
        ({"reference": "Patient/1", "type": "Group"}, True),
        ({"display": "x", "type": "Group"}, False),
        ({"display": "x", "type": "Basic"}, True),
        ({"display": "x", "type": "Nonsense"}, True),
    ],
)
def test_the_type_that_a_reference_states_is_allowed_and_that_of_its_target(
    reference: Json, is_wrong: bool
) -> None:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": reference,
    }
    assert brief(observation) == ([("reference", "Observation.subject.type", None)] if is_wrong else [])


# --- ids, identifiers, addresses


def test_an_element_id_stands_once_in_a_resource() -> None:
    one, other = {"id": "a", "text": "x"}, {"id": "b", "text": "x"}
    resource = basic(identifier=[{"id": "a", "value": "1"}], code=one)
    assert [(kind, key) for kind, _, key in brief(resource)] == [("structure", "id-repeated")]
    assert errors(basic(identifier=[{"id": "a", "value": "1"}], code=other)) == []


def test_resources_inside_have_element_ids_of_their_own() -> None:
    inner = basic(id="inner", subject={"reference": "#"}, identifier=[{"id": "a", "value": "1"}])
    assert errors(basic(contained=[inner], identifier=[{"id": "a", "value": "1"}])) == []


def test_a_contained_resource_has_an_id_of_its_own() -> None:
    nameless, named = basic(subject={"reference": "#"}), basic(id="a", subject={"reference": "#"})
    assert brief(basic(contained=[nameless])) == [("structure", "Basic.contained[0]", "contained-id")]
    assert brief(basic(contained=[named, named])) == [("structure", "Basic.contained[1]", "contained-id")]


@pytest.mark.parametrize(
    ("identifier", "wrong"),
    [
        ({"system": "urn:ietf:rfc:3986", "value": UUID}, None),
        ({"system": "urn:ietf:rfc:3986", "value": "not a uri"}, "value"),
        ({"system": "https://example.org/ids", "value": "not a uri"}, None),
        ({"system": "ids", "value": "1"}, "system"),
    ],
)
def test_the_system_of_an_identifier_is_absolute_and_means_what_it_says(
    identifier: Json, wrong: str | None
) -> None:
    found = brief(basic(identifier=[identifier]))
    assert found == ([("type", f"Basic.identifier[0].{wrong}", None)] if wrong else [])


@pytest.mark.parametrize(
    ("uri", "is_wrong"),
    [
        (UUID, False),
        ("urn:oid:2.16.840.1.113883", False),
        ("urn:example:x", False),
        ("urn:uuid:0f4c6b4e1b5c4c1e9b614c1d0c0a9b11", True),
        (UUID.replace("0f4c", "0F4C"), True),
        ("urn:oid:1.2.x", True),
    ],
)
def test_a_uri_that_begins_as_a_uuid_or_oid_is_one(uri: str, is_wrong: bool) -> None:
    found = brief(basic(code={"coding": [{"system": uri, "code": "x"}]}))
    assert found == ([("structure", "Basic.code.coding[0].system", "value-form")] if is_wrong else [])


@pytest.mark.parametrize(
    ("full_url", "identifier", "is_wrong"),
    [
        ("https://example.org/fhir/Basic/1", "1", False),
        ("https://example.org/fhir/Basic/1", "2", True),
        ("https://example.org/fhir/Basic/1", None, True),
        ("https://example.org/fhir/Patient/1", "1", True),
        ("https://example.org/files/Report/1", "2", False),
        (UUID, "2", False),
    ],
)
def test_the_address_of_an_entry_is_that_of_its_resource(
    full_url: str, identifier: str | None, is_wrong: bool
) -> None:
    found = brief(bundle(full_url, **({"id": identifier} if identifier else {})))
    assert found == ([("bundle", "Bundle.entry[0].fullUrl", None)] if is_wrong else [])


# --- extensions


def test_the_url_of_an_extension_has_no_version() -> None:
    url = CORE + "us-core-birthsex"
    right, wrong = ({"url": u, "valueCode": "F"} for u in (url, url + "|7.0.0"))
    assert errors({"resourceType": "Patient", "extension": [right]}) == []
    assert ("extension", "Patient.extension[0]", None) in brief(
        {"resourceType": "Patient", "extension": [wrong]}
    )


def test_a_context_of_a_type_that_r4_does_not_have_allows_nothing() -> None:
    """PAS 2.0.1 lets its extensions stand in "Examples.item" beside what it means."""
    validator = Validator(load_set("pas-2.0.1"))
    extension = {"url": PAS + "extension-serviceLineNumber", "valuePositiveInt": 1}
    request = {"resourceType": "CommunicationRequest", "status": "active"}
    right = {**request, "payload": [{"contentString": "x", "extension": [extension]}]}
    wrong = {**request, "sender": {"display": "x", "extension": [extension]}}
    found = [[str(f.kind) for f in validator.validate(r).issues if f.is_error] for r in (right, wrong)]
    assert found == [[], ["extension"]]


# --- profiles


def test_a_type_of_r4_can_be_named_where_a_profile_can() -> None:
    base = "http://hl7.org/fhir/StructureDefinition/"
    assert VALIDATOR.knows(base + "Basic")
    assert not VALIDATOR.knows(base + "Basics")
    assert errors(basic(), base + "Basic") == errors(basic(), base + "DomainResource|4.0.1") == []
    assert brief(basic(), base + "Patient") == [("profile", "Basic", None)]
    assert (
        VALIDATOR.validate(basic(meta={"profile": [base + "Basic"]})).issues
        == VALIDATOR.validate(basic()).issues
    )

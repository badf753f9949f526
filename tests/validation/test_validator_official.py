"""What the differential with HL7's validator found (tests/official): each once wrong here, now as there."""

from typing import Any

import pytest

from fhirpa.validation import Finding, Validator, load_set

Json = dict[str, Any]

VALIDATOR = Validator(load_set("pas-2.2.1"))
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"


def errors(resource: Json, profile: str | None = None) -> list[Finding]:
    return [f for f in VALIDATOR.validate(resource, profile).issues if f.is_error]


def brief(resource: Json, profile: str | None = None) -> list[tuple[str, str | None, str | None]]:
    return [(str(f.kind), f.expression, f.key) for f in errors(resource, profile)]


def test_an_invariant_whose_expression_finds_nothing_is_broken() -> None:
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "12345"}
    resource = {"resourceType": "Organization", "identifier": [npi], "active": True, "name": "Clinic"}
    keys = [key for _, _, key in brief(resource, CORE + "us-core-organization")]
    assert keys == ["us-core-16", "us-core-17"]


def test_a_reference_by_identifier_only_keeps_its_rules() -> None:
    subject = {"identifier": {"system": "http://example.org/ids", "value": "1"}}
    assert errors({"resourceType": "Basic", "code": {"text": "x"}, "subject": subject}) == []


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

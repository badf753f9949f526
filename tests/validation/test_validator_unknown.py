"""What cannot be known here makes no error: value sets that are not to be had, in bindings and invariants."""

from pathlib import Path
from typing import Any

import pytest

from fhirpa.validation import Validator, load_set
from tests.validation.own_profiles import KNOWN_SET, UNKNOWN_SET, URL, findings, row, validator

Json = dict[str, Any]


def severities(folder: Path, expression: str, resource: Json) -> list[str]:
    """Of what is found of one invariant on a resource."""
    rule = {"key": "own-1", "expression": expression}
    profile = row(resource["resourceType"], {})
    profile["root"]["constraints"] = [rule]
    issues = validator(folder, {URL: profile}).validate(resource, URL).issues
    return [f.severity for f in issues if f.key == "own-1"]


def member(value_set: str) -> str:
    return f"maritalStatus.memberOf('{value_set}')"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (member(KNOWN_SET), ["error"]),
        (member(UNKNOWN_SET), ["information"]),
        (f"maritalStatus.where(memberOf('{UNKNOWN_SET}')).exists()", ["information"]),
        (f"maritalStatus.where(memberOf('{UNKNOWN_SET}').not()).empty()", []),
        (f"maritalStatus.where(memberOf('{UNKNOWN_SET}')).exists() and birthDate.exists()", ["error"]),
        (f"maritalStatus.all(memberOf('{UNKNOWN_SET}')) or active", []),
        (f"maritalStatus.where(memberOf('{UNKNOWN_SET}')).exists() or active", []),
        (
            f"maritalStatus.where(memberOf('{UNKNOWN_SET}') and memberOf('{UNKNOWN_SET}').not()).exists()",
            ["error"],
        ),
        (
            f"maritalStatus.where(memberOf('{UNKNOWN_SET}') != memberOf('{KNOWN_SET}')).exists()",
            ["information"],
        ),
        (f"maritalStatus.where(conformsTo('{UNKNOWN_SET}')).exists()", ["information"]),
        (f"gender.memberOf('{UNKNOWN_SET}').exists() or gender.hasValue().not()", []),
        ("gender.where(memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')).exists()", ["error"]),
    ],
)
def test_an_invariant_is_an_error_only_if_it_is_broken_whatever_the_unknown_is(
    tmp_path: Path, expression: str, expected: list[str]
) -> None:
    resource = {
        "resourceType": "Patient",
        "active": True,
        "_gender": {"extension": [{"url": "http://example.org/reason", "valueCode": "unknown"}]},
        "maritalStatus": {"coding": [{"system": "urn:x", "code": "1"}]},
    }
    assert severities(tmp_path, expression, resource) == expected


def test_many_unknown_memberships_take_no_exponential_time(tmp_path: Path) -> None:
    resource = {
        "resourceType": "Patient",
        "name": [{"text": str(n)} for n in range(200)],
        "communication": [
            {"language": {"coding": [{"system": "urn:x", "code": str(n)}]}} for n in range(200)
        ],
    }
    expression = f"communication.where(language.memberOf('{UNKNOWN_SET}')).count() = 201"
    assert severities(tmp_path, expression, resource) == ["information"]


def test_a_binding_to_an_unknown_value_set_is_one_note_and_none_for_what_has_no_code(tmp_path: Path) -> None:
    children = {"maritalStatus": {"binding": {"strength": "required", "valueSet": UNKNOWN_SET}}}
    resource = {"resourceType": "Patient", "maritalStatus": {"coding": [{"system": "urn:x", "code": "1"}]}}
    issues = findings(tmp_path, children, resource)
    said = [(f.severity, f.expression) for f in issues if UNKNOWN_SET in f.text]
    assert said == [("information", "Patient.maritalStatus")]


def test_a_code_that_a_short_list_of_r4_leaves_out_is_a_note_and_one_of_another_system_a_warning() -> None:
    own = Validator(load_set("pas-2.2.1"))
    system = "http://terminology.hl7.org/CodeSystem/v2-0203"
    found = {}
    for used in (system, "urn:x"):
        kind = {"coding": [{"system": used, "code": "MB"}]}
        resource = {"resourceType": "Patient", "identifier": [{"type": kind, "value": "1"}]}
        issues = own.validate(resource).issues
        found[used] = [f.severity for f in issues if f.expression == "Patient.identifier[0].type"]
    assert found == {system: ["information"], "urn:x": ["warning"]}

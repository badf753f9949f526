"""Bindings beside the one binding of R4: maximum value sets, and additional ones by their purpose."""

from pathlib import Path
from typing import Any

import pytest

from tests.validation.own_profiles import KNOWN_SET, UNKNOWN_SET, findings

Json = dict[str, Any]
FREE = {"strength": "example", "valueSet": UNKNOWN_SET}


def severities(folder: Path, binding: Json, concept: Json) -> list[str]:
    """Of what is said of Patient.maritalStatus under a binding of a profile, beside R4's own warning."""
    issues = findings(folder, {"maritalStatus": {"binding": binding}}, {"resourceType": "Patient", **concept})
    return [f.severity for f in issues if f.kind == "binding" and f.profile]


def status(system: str, code: str) -> Json:
    return {"maritalStatus": {"coding": [{"system": system, "code": code}]}}


@pytest.mark.parametrize(
    ("purpose", "outside"),
    [
        ("maximum", ["error"]),
        ("required", ["error"]),
        ("extensible", ["warning"]),
        ("current", ["information"]),
        ("minimum", []),
        ("preferred", []),
        ("candidate", []),
        ("ui", []),
        ("starter", []),
        ("component", []),
    ],
)
def test_an_additional_binding_counts_by_its_purpose(
    tmp_path: Path, purpose: str, outside: list[str]
) -> None:
    binding = FREE | {"additional": [{"purpose": purpose, "valueSet": KNOWN_SET}]}
    assert severities(tmp_path / "in", binding, status("urn:s", "a")) == []
    assert severities(tmp_path / "out", binding, status("urn:s", "z")) == outside


def test_an_additional_binding_for_some_usage_only_is_held_against_nobody(tmp_path: Path) -> None:
    additional = {"purpose": "required", "valueSet": KNOWN_SET, "limited": True}
    assert severities(tmp_path, FREE | {"additional": [additional]}, status("urn:s", "z")) == []


def test_an_additional_binding_to_an_unknown_value_set_is_no_fault(tmp_path: Path) -> None:
    additional = {"purpose": "required", "valueSet": UNKNOWN_SET}
    binding = {"strength": "required", "valueSet": KNOWN_SET, "additional": [additional]}
    assert severities(tmp_path, binding, status("urn:s", "a")) == []


def test_a_maximum_value_set_is_an_error_and_a_minimum_one_none(tmp_path: Path) -> None:
    assert severities(tmp_path / "max", FREE | {"max": KNOWN_SET}, status("urn:s", "z")) == ["error"]
    assert severities(tmp_path / "min", FREE | {"min": KNOWN_SET}, status("urn:s", "z")) == []


def test_text_without_a_code_is_enough_unless_the_binding_is_required(tmp_path: Path) -> None:
    concept = {"maritalStatus": {"text": "x"}}
    for strength, expected in (("required", ["error"]), ("extensible", [])):
        binding = {"strength": strength, "valueSet": KNOWN_SET}
        assert severities(tmp_path / strength, binding, concept) == expected


def test_a_code_that_its_own_system_lacks_is_said_there_and_not_again_for_the_value_set(
    tmp_path: Path,
) -> None:
    binding = {"strength": "required", "valueSet": "http://hl7.org/fhir/ValueSet/event-status"}
    coding = {"system": "http://hl7.org/fhir/event-status", "code": "none"}
    resource = {"resourceType": "Patient", "maritalStatus": {"coding": [coding]}}
    issues = findings(tmp_path, {"maritalStatus": {"binding": binding}}, resource)
    assert [f.expression for f in issues if f.is_error] == ["Patient.maritalStatus.coding[0]"]

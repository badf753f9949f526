"""Slicing by every kind of discriminator, with profiles written for the purpose over the real base types."""

from pathlib import Path
from typing import Any

import pytest

from tests.validation.own_profiles import errors, findings

Json = dict[str, Any]


def telecom(**slicing: Any) -> Json:
    """Patient.telecom in slices phone (one at least) and email (one at most), by system."""
    slices = {
        "phone": {"min": 1, "max": "*", "children": {"system": {"fixed": "phone"}, "value": {"min": 1}}},
        "email": {"min": 0, "max": 1, "children": {"system": {"pattern": "email"}}},
    }
    return {
        "telecom": {"slicing": {"by": [["value", "system"]], "rules": "open", **slicing}, "slices": slices}
    }


def patient(*systems: str) -> Json:
    return {"resourceType": "Patient", "telecom": [{"system": s, "value": "1"} for s in systems]}


@pytest.mark.parametrize(
    ("slicing", "systems", "expected"),
    [
        ({}, ("phone", "email", "fax"), []),
        ({}, ("fax",), [("slicing", "Patient.telecom")]),
        ({}, ("phone", "email", "email"), [("slicing", "Patient.telecom")]),
        ({"rules": "closed"}, ("phone", "fax"), [("slicing", "Patient.telecom[1]")]),
        ({"ordered": True}, ("phone", "fax", "email"), []),
        ({"ordered": True}, ("email", "phone"), [("slicing", "Patient.telecom[1]")]),
        ({"rules": "openAtEnd"}, ("email", "phone", "fax"), []),
        ({"rules": "openAtEnd"}, ("phone", "fax", "email"), [("slicing", "Patient.telecom[2]")]),
    ],
)
def test_slices_are_counted_and_rules_and_order_kept(
    tmp_path: Path, slicing: Json, systems: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert errors(tmp_path, telecom(**slicing), patient(*systems)) == expected


def test_what_a_slice_demands_inside_is_said_there_and_the_slice_is_named(tmp_path: Path) -> None:
    resource = {"resourceType": "Patient", "telecom": [{"system": "phone", "rank": 1}]}
    (found,) = [f for f in findings(tmp_path, telecom(), resource) if f.is_error]
    assert (found.kind, found.expression) == ("cardinality", "Patient.telecom[0].value")
    assert "slice telecom:phone" in found.text


def by(kind: str, path: str, rules: str = "closed", **slices: Json) -> Json:
    return {"slicing": {"by": [[kind, path]], "rules": rules}, "slices": slices}


def test_a_slice_can_be_told_by_what_exists(tmp_path: Path) -> None:
    sliced = by(
        "exists",
        "period",
        now={"min": 0, "max": 1, "children": {"period": {"max": 0}}},
        then={"min": 0, "max": 1, "children": {"period": {"min": 1}}},
    )
    once = [{"text": "a"}, {"text": "b", "period": {"start": "2020"}}]
    resource = {"resourceType": "Patient", "address": [*once, {"text": "c"}]}
    assert errors(tmp_path, {"address": sliced}, resource) == [("slicing", "Patient.address")]


def test_a_slice_can_be_told_by_the_type_of_a_choice(tmp_path: Path) -> None:
    sliced = by("type", "$this", flag={"min": 0, "max": 1, "types": ["boolean"]})
    resource = {"resourceType": "Patient", "deceasedDateTime": "2020"}
    assert errors(tmp_path, {"deceased[x]": sliced}, resource) == [("slicing", "Patient.deceased")]


def test_a_slice_can_be_told_by_the_type_of_a_target(tmp_path: Path) -> None:
    role = {"types": [{"code": "Reference", "targets": ["PractitionerRole"]}], "min": 0, "max": 0}
    sliced = by("type", "$this.resolve()", "open", role=role)
    contained = [{"resourceType": "PractitionerRole", "id": "a"}]
    resource = {
        "resourceType": "Patient",
        "contained": contained,
        "generalPractitioner": [{"reference": "#a"}],
    }
    found = errors(tmp_path, {"generalPractitioner": sliced}, resource)
    assert found == [("slicing", "Patient.generalPractitioner")]


def test_a_slice_can_be_told_by_a_pattern_deeper_down_and_by_two_paths(tmp_path: Path) -> None:
    coding = {"children": {"system": {"fixed": "urn:s"}, "code": {"fixed": "c"}}}
    one = {"min": 0, "max": 1, "children": {"type": {"children": {"coding": coding}}}}
    paths = [["value", "type.coding.system"], ["value", "type.coding.code"]]
    sliced = {"slicing": {"by": paths, "rules": "open"}, "slices": {"one": one}}
    item = {"type": {"coding": [{"system": "urn:s", "code": "c"}]}, "value": "1"}
    other = {"type": {"coding": [{"system": "urn:s", "code": "d"}]}, "value": "1"}
    resource = {"resourceType": "Patient", "identifier": [item, other, item]}
    assert errors(tmp_path, {"identifier": sliced}, resource) == [("slicing", "Patient.identifier")]


def test_slices_of_a_slice_are_counted_among_its_items(tmp_path: Path) -> None:
    home = {"min": 1, "max": 1, "children": {"system": {"fixed": "phone"}, "use": {"fixed": "home"}}}
    children = telecom()
    children["telecom"]["slices"]["phone"] |= {
        "slicing": {"by": [["value", "use"]], "rules": "open"},
        "slices": {"home": home},
    }
    resource = patient("phone", "email")
    resource["telecom"][1]["use"] = "home"
    (found,) = [f for f in findings(tmp_path, children, resource) if f.is_error]
    assert (found.kind, found.expression) == ("slicing", "Patient.telecom")
    assert "phone/home" in found.text


def test_limits_of_values_and_lengths_are_kept(tmp_path: Path) -> None:
    children = {
        "multipleBirth[x]": {"types": ["integer"], "maxValue": 3},
        "birthDate": {"minValue": "1900-01-01"},
        "language": {"maxLength": 2},
    }
    resource = {
        "resourceType": "Patient",
        "multipleBirthInteger": 4,
        "birthDate": "1890-01-01",
        "language": "en-US",
    }
    found = errors(tmp_path, children, resource)
    assert sorted(found) == [
        ("type", "Patient.birthDate"),
        ("type", "Patient.language"),
        ("type", "Patient.multipleBirth"),
    ]

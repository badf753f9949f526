"""Slices by profile, by what is not known, default slices, extensions; and what a fault at a slice says."""

from pathlib import Path
from typing import Any

import pytest

from tests.validation.own_profiles import KNOWN_SET, UNKNOWN_SET, errors, findings, row

Json = dict[str, Any]
OTHER = "http://example.org/other"


def by(kind: str, path: str, rules: str = "closed", **slices: Json) -> Json:
    """A slicing by one discriminator; slices are optional and repeat unless they say otherwise."""
    limits: Json = {"min": 0, "max": "*"}
    return {
        "slicing": {"by": [[kind, path]], "rules": rules},
        "slices": {name: limits | content for name, content in slices.items()},
    }


def coded(*codings: tuple[str, str]) -> Json:
    category = [{"coding": [{"system": s, "code": c}]} for s, c in codings]
    return {"resourceType": "CarePlan", "status": "draft", "intent": "plan", "category": category} | {
        "subject": {"display": "x"}
    }


def bound(value_set: str, **limits: Any) -> Json:
    return {"binding": {"strength": "required", "valueSet": value_set}, **limits}


def test_a_slice_can_be_told_by_the_profile_of_a_data_type(tmp_path: Path) -> None:
    other = row("Identifier", {"system": {"min": 1}})
    sliced = by("profile", "$this", good={"max": 1, "types": [{"code": "Identifier", "profiles": [OTHER]}]})
    item = {"system": "urn:s", "value": "1"}
    resource = {"resourceType": "Patient", "identifier": [item, {"value": "2"}, item]}
    assert errors(tmp_path, {"identifier": sliced}, resource, other=other) == [
        ("slicing", "Patient.identifier[1]"),
        ("slicing", "Patient.identifier"),
    ]


def test_a_slice_can_be_told_by_the_profile_of_what_a_reference_leads_to(tmp_path: Path) -> None:
    other = row("Organization", {"telecom": {"min": 1}})
    reference = {"types": [{"code": "Reference", "targets": [OTHER]}], "max": 1}
    sliced = by("profile", "resolve()", reachable=reference)
    contained = [
        {"resourceType": "Organization", "id": i, "name": i, "telecom": [{"system": "phone", "value": "1"}]}
        for i in ("a", "b", "c")
    ]
    del contained[1]["telecom"]
    resource = {
        "resourceType": "Patient",
        "contained": contained,
        "generalPractitioner": [{"reference": f"#{i}"} for i in ("a", "b", "c")],
    }
    assert errors(tmp_path, {"generalPractitioner": sliced}, resource, other=other) == [
        ("slicing", "Patient.generalPractitioner[1]"),
        ("slicing", "Patient.generalPractitioner"),
    ]


def test_a_slice_can_be_told_by_the_profile_of_a_resource_in_an_entry(tmp_path: Path) -> None:
    other = row("Patient", {"gender": {"min": 1}})
    inside = {"resource": {"types": [{"code": "Patient", "profiles": [OTHER]}]}}
    sliced = by("profile", "resource", "open", known={"min": 1, "max": 1, "children": inside})
    patient: Json = {"resourceType": "Patient", "id": "a"}
    entry = {"fullUrl": "http://example.org/Patient/a", "resource": patient}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry]}
    assert ("slicing", "Bundle.entry") in errors(tmp_path / "a", {"entry": sliced}, bundle, other=other)
    patient["gender"] = "male"
    assert errors(tmp_path / "b", {"entry": sliced}, bundle, other=other) == []


def test_profiles_that_ask_for_each_other_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    reference = {"types": [{"code": "Reference", "targets": [OTHER]}], "min": 1}
    link = {"link": by("profile", "other.resolve()", "open", next={"children": {"other": reference}})}
    first = {
        "resourceType": "Patient",
        "id": "a",
        "link": [{"other": {"reference": "#b"}, "type": "seealso"}],
    }
    second = {
        "resourceType": "Patient",
        "id": "b",
        "link": [{"other": {"reference": "#"}, "type": "seealso"}],
    }
    found = errors(tmp_path, link, {**first, "contained": [second]}, other=row("Patient", link))
    assert found == []


@pytest.mark.parametrize(
    ("codings", "limits", "expected"),
    [
        ([("urn:x", "1")], {"min": 1}, []),
        ([], {"min": 1}, [("slicing", "CarePlan.category")]),
        ([("urn:x", "1"), ("urn:x", "2")], {"max": 1}, []),
    ],
)
def test_what_may_be_of_a_slice_counts_only_in_favour(
    tmp_path: Path, codings: list[tuple[str, str]], limits: Json, expected: list[Any]
) -> None:
    sliced = by("value", "$this", one=bound(UNKNOWN_SET, **limits))
    resource = coded(*codings)
    if not codings:
        del resource["category"]
    assert errors(tmp_path, {"category": sliced}, resource) == expected


def test_the_certain_slice_is_taken_before_one_that_is_only_possible(tmp_path: Path) -> None:
    known = bound(KNOWN_SET, max=1)
    sliced = by("value", "$this", maybe=bound(UNKNOWN_SET), sure=known)
    found = errors(tmp_path, {"category": sliced}, coded(("urn:s", "a"), ("urn:s", "b"), ("urn:x", "1")))
    assert found == [("slicing", "CarePlan.category")]


def test_an_item_that_is_of_a_slice_by_none_of_the_known_parts_is_of_none(tmp_path: Path) -> None:
    inside = {"use": {"fixed": "official"}, "type": bound(UNKNOWN_SET)}
    sliced = {
        "slicing": {"by": [["value", "use"], ["value", "type"]], "rules": "closed"},
        "slices": {"one": {"min": 0, "max": "*", "children": inside}},
    }
    kind = {"coding": [{"system": "urn:x", "code": "1"}]}
    items = [{"use": "official", "type": kind}, {"use": "old", "type": kind}]
    resource = {"resourceType": "Patient", "identifier": items}
    assert errors(tmp_path, {"identifier": sliced}, resource) == [("slicing", "Patient.identifier[1]")]


def test_the_default_slice_takes_what_is_of_no_other(tmp_path: Path) -> None:
    default = {"children": {"use": {"min": 1}}, "max": 1}
    sliced = by("value", "system", phone={"children": {"system": {"fixed": "phone"}}})
    sliced["slices"]["@default"] = {"min": 0, **default}
    items: list[Json] = [{"system": s, "value": "1"} for s in ("fax", "phone", "email")]
    items[0]["use"] = "home"
    resource = {"resourceType": "Patient", "telecom": items}
    assert sorted(errors(tmp_path, {"telecom": sliced}, resource)) == [
        ("cardinality", "Patient.telecom[2].use"),
        ("slicing", "Patient.telecom"),
    ]


def test_a_discriminator_inside_a_pattern_is_told_by_its_part(tmp_path: Path) -> None:
    kind = {"pattern": {"coding": [{"system": "urn:s", "code": "a"}]}}
    sliced = by("value", "type.coding.system", one={"max": 1, "children": {"type": kind}})
    item = {"type": {"coding": [{"system": "urn:s", "code": "a"}]}, "value": "1"}
    other = {"type": {"coding": [{"system": "urn:t", "code": "a"}]}, "value": "1"}
    resource = {"resourceType": "Patient", "identifier": [item, other, item]}
    assert errors(tmp_path, {"identifier": sliced}, resource) == [
        ("slicing", "Patient.identifier[1]"),
        ("slicing", "Patient.identifier"),
    ]


def test_extensions_are_sliced_by_url_even_where_the_profile_does_not_say_so(tmp_path: Path) -> None:
    one = {"min": 1, "max": 1, "types": [{"code": "Extension", "profiles": [OTHER]}]}
    children = {"contact": {"children": {"extension": {"slices": {"one": one}}}}}
    resource = {"resourceType": "Patient", "contact": [{"name": {"text": "x"}}]}
    other = row("Extension", {"url": {"fixed": OTHER}}, context=[["element", "Patient.contact"]])
    found = errors(tmp_path, children, resource, other=other)
    assert found == [("slicing", "Patient.contact[0].extension")]


def test_an_extension_in_a_slice_of_an_extension_is_counted(tmp_path: Path) -> None:
    inner = {"min": 1, "max": 1, "children": {"url": {"fixed": "in"}, "value[x]": {"types": ["string"]}}}
    outer = {
        "extension": {"slicing": {"by": [["value", "url"]], "rules": "closed"}, "slices": {"in": inner}},
        "url": {"fixed": OTHER},
    }
    other = row("Extension", outer, context=[["element", "Patient"]])
    within = [{"url": "in", "valueCode": "x"}]
    resource: Json = {"resourceType": "Patient", "extension": [{"url": OTHER, "extension": within}]}
    (found,) = [f for f in findings(tmp_path / "a", {}, resource, other=other) if f.is_error]
    assert (found.kind, found.expression) == ("type", "Patient.extension[0].extension[0].value")
    assert "slice extension:in" in found.text
    resource["extension"][0]["extension"] = [{"url": "out", "valueString": "x"}]
    said = [f for f in findings(tmp_path / "b", {}, resource, other=other) if f.is_error]
    assert ("slicing", "Patient.extension[0].extension") in [(f.kind, f.expression) for f in said]


def identifiers(rules: str = "closed", **limits: Any) -> Json:
    kind = {"pattern": {"coding": [{"system": "urn:s", "code": "a"}]}}
    member = {"children": {"type": kind, "system": {"fixed": "urn:member"}}, **limits}
    other = {"children": {"type": {"pattern": {"text": "x"}}, "system": {"fixed": "urn:other"}}}
    sliced = by("pattern", "type", rules, member=member, other=other)
    sliced["slicing"]["by"].append(["value", "system"])
    return {"identifier": sliced}


def test_a_fault_at_a_closed_slicing_names_the_nearest_slice_and_what_keeps_the_item_out(
    tmp_path: Path,
) -> None:
    item = {"type": {"coding": [{"system": "urn:s", "code": "a"}]}, "system": "urn:secret", "value": "1"}
    resource = {"resourceType": "Patient", "identifier": [item]}
    (found,) = [f for f in findings(tmp_path, identifiers(min=1), resource) if f.is_error]
    assert found.expression == "Patient.identifier[0]"
    assert "nearest is slice member: system must be 'urn:member'" in found.text
    assert "urn:secret" not in found.text


def test_a_missing_slice_names_the_item_that_comes_nearest(tmp_path: Path) -> None:
    items = [{"value": "1"}, {"type": {"coding": [{"system": "urn:s", "code": "z"}]}, "system": "urn:member"}]
    resource = {"resourceType": "Patient", "identifier": items}
    (found,) = [f for f in findings(tmp_path, identifiers("open", min=1), resource) if f.is_error]
    assert found.expression == "Patient.identifier"
    assert "The nearest is Patient.identifier[1]: type.coding.code must be 'a'." in found.text


def test_a_missing_slice_says_what_tells_it_where_nothing_comes_near(tmp_path: Path) -> None:
    resource = {"resourceType": "Patient", "identifier": [{"value": "1"}]}
    (found,) = [f for f in findings(tmp_path, identifiers("open", min=1), resource) if f.is_error]
    assert "(type.coding.system must be 'urn:s', type.coding.code must be 'a', system must be" in found.text
    assert "nearest" not in found.text

"""Extensions: where they may stand, in which list, with which value, and what must be inside."""

from pathlib import Path
from typing import Any

import pytest

from fhirpa.validation import Finding
from tests.validation.own_profiles import row, validator

Json = dict[str, Any]
OWN = "http://example.org/own"
AROUND = "http://example.org/around"
CLOSED = {"by": [["value", "url"]], "rules": "closed"}


def extension(*contexts: list[str], url: str = OWN, **more: Any) -> Json:
    """The definition of an extension with a string."""
    children = {"url": {"fixed": url}, "value[x]": {"types": ["string"]}}
    return row("Extension", children, context=list(contexts)) | more


def found(folder: Path, definition: Json, resource: Json, **others: Json) -> list[Finding]:
    profiles = {OWN: definition} | {f"http://example.org/{n}": r for n, r in others.items()}
    issues = validator(folder, profiles).validate({"resourceType": "Patient", **resource}).issues
    return [f for f in issues if f.is_error]


def brief(faults: list[Finding]) -> list[tuple[str, str | None]]:
    return [(str(f.kind), f.expression) for f in faults]


HERE: Json = {"extension": [{"url": OWN, "valueString": "x"}]}
RESOURCES: dict[str, Json] = {
    "resource": HERE,
    "name": {"name": [{"text": "x", **HERE}]},
    "official name": {"name": [{"text": "y"}, {"text": "x", "use": "official", **HERE}]},
    "period": {"address": [{"text": "x", "period": {"start": "2020", **HERE}}]},
    "contact": {"contact": [{"name": {"text": "x"}, **HERE}]},
    "date": {"birthDate": "2020-01-01", "_birthDate": HERE},
    "choice": {"deceasedBoolean": True, "_deceasedBoolean": HERE},
    "reference": {"managingOrganization": {"display": "x", **HERE}},
}


@pytest.mark.parametrize(
    ("kind", "expression", "allowed"),
    [
        ("element", "Element", set(RESOURCES)),
        ("element", "Patient", {"resource"}),
        ("element", "Resource", {"resource"}),
        ("element", "CanonicalResource", set()),
        ("element", "HumanName", {"name", "official name"}),
        ("element", "Patient.name", {"name", "official name"}),
        (
            "element",
            "http://hl7.org/fhir/StructureDefinition/Patient#Patient.name",
            {"name", "official name"},
        ),
        ("element", "Period", {"period"}),
        ("element", "Address.period", {"period"}),
        ("element", "Patient.address.period", {"period"}),
        ("element", "Patient.contact", {"contact"}),
        ("element", "BackboneElement", {"contact"}),
        ("element", "date", {"date"}),
        ("element", "decimal", set()),
        ("element", "Patient.birthDate", {"date"}),
        ("element", "Patient.deceased[x]", {"choice"}),
        ("element", "Reference", {"reference"}),
        ("element", "SomethingOfTheFuture", set(RESOURCES)),
        ("extension", AROUND, set()),
        ("fhirpath", "Patient.name.where(use = 'official')", {"official name"}),
        ("fhirpath", "use = 'official'", {"official name"}),
        ("fhirpath", "descendants()", set(RESOURCES) - {"resource"}),
    ],
)
def test_an_extension_stands_only_where_its_definition_allows(
    tmp_path: Path, kind: str, expression: str, allowed: set[str]
) -> None:
    own = validator(tmp_path, {OWN: extension([kind, expression])})
    passed = set()
    for name, resource in RESOURCES.items():
        faults = [f for f in own.validate({"resourceType": "Patient", **resource}).issues if f.is_error]
        assert {str(f.kind) for f in faults} <= {"extension"}
        assert all("example.org/own" in f.text for f in faults)
        if not faults:
            passed.add(name)
    assert passed == allowed


@pytest.mark.parametrize(
    ("context", "inside", "expected"),
    [
        (AROUND, HERE, []),
        ("http://example.org/another", HERE, [("extension", "Patient.extension[0].extension[0]")]),
        (
            f"{AROUND}#part",
            {"extension": [{"url": "part", **HERE}]},
            [],
        ),
        (
            f"{AROUND}#other",
            {"extension": [{"url": "part", **HERE}]},
            [("extension", "Patient.extension[0].extension[0].extension[0]")],
        ),
    ],
)
def test_an_extension_of_another_stands_only_there(
    tmp_path: Path, context: str, inside: Json, expected: list[Any]
) -> None:
    part = {"min": 0, "max": "*", "children": {"url": {"fixed": "part"}}}
    children = {"extension": {"slicing": CLOSED | {"rules": "open"}, "slices": {"part": part}}}
    around = row("Extension", children | {"url": {"fixed": AROUND}}, context=[["element", "Patient"]])
    resource = {"extension": [{"url": AROUND, **inside}]}
    assert brief(found(tmp_path, extension(["extension", context]), resource, around=around)) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("$this is HumanName and use = 'official'", []),
        ("use = 'old'", [("extension", "Patient.name[1].extension[0]")]),
        ("%extension.value = 'x' and %resource.birthDate.empty()", []),
        ("text.empty()", [("extension", "Patient.name[1].extension[0]")]),
    ],
)
def test_a_rule_about_the_element_around_is_kept(tmp_path: Path, rule: str, expected: list[Any]) -> None:
    definition = extension(["element", "HumanName"], contextInvariants=[rule])
    faults = found(tmp_path, definition, RESOURCES["official name"])
    assert brief(faults) == expected
    assert all(rule in f.text for f in faults)


def test_an_extension_that_changes_the_meaning_stands_in_the_list_of_those_and_no_other(
    tmp_path: Path,
) -> None:
    plain, modifier = extension(["element", "Patient"]), extension(["element", "Patient"])
    modifier["root"]["modifier"] = True
    wrong = {"modifierExtension": HERE["extension"]}
    assert brief(found(tmp_path / "a", plain, wrong)) == [("extension", "Patient.modifierExtension[0]")]
    assert brief(found(tmp_path / "b", modifier, HERE)) == [("extension", "Patient.extension[0]")]
    assert found(tmp_path / "c", modifier, wrong) == []


def test_a_modifier_extension_in_a_data_type_that_has_none_is_an_error(tmp_path: Path) -> None:
    modifier = extension(["element", "Element"])
    modifier["root"]["modifier"] = True
    resource = {"name": [{"text": "x", "modifierExtension": HERE["extension"]}]}
    assert ("structure", "Patient.name[0].modifierExtension") in brief(found(tmp_path, modifier, resource))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"url": OWN, "valueString": "x"}, []),
        ({"url": OWN, "valueCode": "x"}, [("type", "Patient.extension[0].value")]),
        ({"url": OWN, "valueMarkdown": "x"}, [("type", "Patient.extension[0].value")]),
        ({"url": "own", "valueString": "x"}, [("extension", "Patient.extension[0]")]),
        ({"url": OWN + "/", "valueString": "x"}, []),
    ],
)
def test_the_value_is_of_the_type_and_the_url_that_of_the_definition(
    tmp_path: Path, sent: Json, expected: list[Any]
) -> None:
    assert brief(found(tmp_path, extension(["element", "Patient"]), {"extension": [sent]})) == expected


def complex_extension() -> Json:
    """One mandatory part with a value, and one that may be left out."""
    need = {"min": 1, "max": 1, "children": {"url": {"fixed": "need"}, "value[x]": {"min": 1}}}
    may = {"min": 0, "max": 1, "children": {"url": {"fixed": "may"}}}
    children = {
        "extension": {"slicing": CLOSED, "slices": {"need": need, "may": may}},
        "url": {"fixed": OWN},
        "value[x]": {"max": 0},
    }
    return row("Extension", children, context=[["element", "Patient"]])


@pytest.mark.parametrize(
    ("content", "expected", "words"),
    [
        ({"extension": [{"url": "need", "valueString": "x"}]}, [], ""),
        (
            {"extension": [{"url": "may", "valueString": "x"}]},
            [("slicing", "Patient.extension[0].extension")],
            "url need",
        ),
        ({"valueString": "x"}, [("cardinality", "Patient.extension[0].value")], "not allowed"),
        (
            {"extension": [{"url": "need", "extension": [{"url": "x", "valueString": "y"}]}]},
            [("cardinality", "Patient.extension[0].extension[0].value")],
            "slice extension:need",
        ),
    ],
)
def test_a_complex_extension_holds_what_its_definition_demands(
    tmp_path: Path, content: Json, expected: list[Any], words: str
) -> None:
    faults = found(tmp_path, complex_extension(), {"extension": [{"url": OWN, **content}]})
    assert set(expected) <= set(brief(faults))
    assert not expected or any(words in f.text for f in faults)
    assert bool(faults) is bool(expected)

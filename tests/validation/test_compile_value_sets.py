"""Value sets are worked out when they are compiled; where a list is not there or licensed, nobody knows."""

from pathlib import Path

import pytest

from fhirpa.validation.compiler import build_folder
from fhirpa.validation.elements import ValueSet
from fhirpa.validation.tables import TableSet, load_set
from tests.validation.small_packages import (
    GUIDE,
    Json,
    code_system,
    core_definitions,
    value_set,
    write_package,
)

SYSTEM = f"{GUIDE}/s"
TREE: list[Json] = [
    {
        "code": "animal",
        "display": "Animal",
        "concept": [
            {"code": "bird", "property": [{"code": "legs", "valueInteger": 2}]},
            {"code": "cow", "property": [{"code": "legs", "valueInteger": 4}]},
        ],
    },
    {
        "code": "bat",
        "property": [{"code": "parent", "valueCode": "animal"}, {"code": "flies", "valueBoolean": True}],
    },
    {"code": "stone"},
]


def compiled(folder: Path, *definitions: Json) -> TableSet:
    core = write_package(folder, "hl7.fhir.r4.core", "4.0.1", core_definitions())
    guide = write_package(folder, "example.guide", "1.0.0", list(definitions))
    build_folder([core, guide], folder / "out", ["example.guide#1.0.0"])
    return load_set("guide-1.0.0", folder / "out")


def worked_out(folder: Path, *include: Json, **more: object) -> ValueSet:
    tables = compiled(folder, code_system(SYSTEM, *TREE), value_set(f"{GUIDE}/v", *include, **more))
    found = tables.value_set(f"{GUIDE}/v")
    assert found is not None
    return found


def filtered(name: str, op: str, value: str) -> Json:
    return {"system": SYSTEM, "filter": [{"property": name, "op": op, "value": value}]}


@pytest.mark.parametrize(
    ("name", "op", "value", "codes"),
    [
        ("concept", "is-a", "animal", "animal bird cow bat"),
        ("concept", "descendent-of", "animal", "bird cow bat"),
        ("concept", "is-not-a", "animal", "stone"),
        ("concept", "generalizes", "bat", "bat animal"),
        ("concept", "in", "cow,stone", "cow stone"),
        ("concept", "not-in", "cow,stone", "animal bird bat"),
        ("code", "regex", "b.*", "bird bat"),
        ("legs", "=", "4", "cow"),
        ("flies", "=", "true", "bat"),
        ("legs", "exists", "true", "bird cow"),
        ("parent", "=", "animal", "bird cow bat"),
    ],
)
def test_filters(tmp_path: Path, name: str, op: str, value: str, codes: str) -> None:
    found = worked_out(tmp_path, filtered(name, op, value))
    assert found.codes == {SYSTEM: frozenset(codes.split())}
    assert not found.unknown


def test_a_filter_on_a_display_is_not_computed(tmp_path: Path) -> None:
    found = worked_out(tmp_path, filtered("display", "regex", "A.*"))
    assert found.has(SYSTEM, "animal") is None


def test_a_whole_system_is_named_and_not_listed_again(tmp_path: Path) -> None:
    found = worked_out(tmp_path, {"system": SYSTEM})
    assert found.codes == {SYSTEM: frozenset({"animal", "bird", "cow", "bat", "stone"})}
    assert f'"valueset {GUIDE}/v|1.0.0":{{"all":["{SYSTEM}"]}}' in (
        tmp_path / "out" / "tables" / "example.guide-1.0.0.json"
    ).read_text(encoding="utf-8")


def test_what_is_excluded_is_out_and_imports_are_followed(tmp_path: Path) -> None:
    tables = compiled(
        tmp_path,
        code_system(SYSTEM, *TREE),
        value_set(f"{GUIDE}/inner", {"system": SYSTEM}),
        value_set(
            f"{GUIDE}/v",
            compose={
                "include": [{"valueSet": [f"{GUIDE}/inner"]}],
                "exclude": [filtered("concept", "is-a", "animal")],
            },
        ),
    )
    found = tables.value_set(f"{GUIDE}/v")
    assert found is not None
    assert found.codes == {SYSTEM: frozenset({"stone"})}


def test_several_imports_in_one_include_mean_what_they_share(tmp_path: Path) -> None:
    tables = compiled(
        tmp_path,
        code_system(SYSTEM, *TREE),
        value_set(f"{GUIDE}/a", filtered("concept", "in", "cow,bat")),
        value_set(f"{GUIDE}/b", filtered("concept", "in", "bat,stone")),
        value_set(f"{GUIDE}/v", {"valueSet": [f"{GUIDE}/a", f"{GUIDE}/b"]}),
    )
    found = tables.value_set(f"{GUIDE}/v")
    assert found is not None
    assert found.codes == {SYSTEM: frozenset({"bat"})}


def test_a_value_set_that_imports_itself_is_unknown(tmp_path: Path) -> None:
    found = worked_out(tmp_path, {"valueSet": [f"{GUIDE}/v"]})
    assert found.has("http://example.org/any", "x") is None


@pytest.mark.parametrize(
    "system",
    [
        "http://snomed.info/sct",
        "http://loinc.org",
        "http://www.ama-assn.org/go/cpt",
        "https://codesystem.x12.org/005010/306",
        "https://www.nubc.org/CodeSystem/TypeOfBill",
        "http://hl7.org/fhir/sid/icd-10-cm",
    ],
)
def test_codes_of_a_licensed_system_are_dropped_even_where_a_guide_lists_them(
    tmp_path: Path, system: str
) -> None:
    listed = {"system": system, "concept": [{"code": "secret"}]}
    found = worked_out(tmp_path, listed, {"system": SYSTEM, "concept": [{"code": "cow"}]})
    assert found.has(system, "secret") is None
    assert found.has(SYSTEM, "cow") is True
    assert found.has(SYSTEM, "stone") is False
    assert found.has("http://example.org/other", "x") is False
    assert found.has_code("x") is None
    written = (tmp_path / "out" / "tables" / "example.guide-1.0.0.json").read_text(encoding="utf-8")
    assert "secret" not in written


def test_a_code_system_of_a_licensed_owner_is_not_written(tmp_path: Path) -> None:
    system = "http://hl7.org/fhir/sid/icd-10-cm"
    tables = compiled(tmp_path, code_system(system, "secret"))
    assert tables.code_system(system) is None
    assert tables.missing[system] == "CodeSystem"


def test_codes_of_a_system_without_case_are_found_in_any_case(tmp_path: Path) -> None:
    tables = compiled(
        tmp_path,
        code_system(SYSTEM, "Red", "blue", caseSensitive=False),
        value_set(f"{GUIDE}/v", {"system": SYSTEM, "concept": [{"code": "Red"}]}),
    )
    found, system = tables.value_set(f"{GUIDE}/v"), tables.code_system(SYSTEM)
    assert found is not None
    assert system is not None
    assert (found.has(SYSTEM, "RED"), found.has(SYSTEM, "blue")) == (True, False)
    assert (system.has("BLUE"), system.has("green")) == (True, False)


def test_a_fragment_rules_nothing_out(tmp_path: Path) -> None:
    tables = compiled(
        tmp_path,
        code_system(SYSTEM, "a", content="fragment"),
        value_set(f"{GUIDE}/v", {"system": SYSTEM}),
    )
    found, system = tables.value_set(f"{GUIDE}/v"), tables.code_system(SYSTEM)
    assert found is not None
    assert system is not None
    assert (found.has(SYSTEM, "a"), found.has(SYSTEM, "b")) == (True, None)
    assert (system.has("a"), system.has("b")) == (True, None)


def test_a_value_set_that_brings_only_its_expansion_is_read_from_it(tmp_path: Path) -> None:
    contains = [{"system": SYSTEM, "code": "cow", "contains": [{"system": SYSTEM, "code": "bat"}]}]
    given = {"resourceType": "ValueSet", "url": f"{GUIDE}/v", "expansion": {"contains": contains}}
    found = compiled(tmp_path, given).value_set(f"{GUIDE}/v")
    assert found is not None
    assert found.codes == {SYSTEM: frozenset({"cow", "bat"})}


def test_displays_of_others_do_not_travel(tmp_path: Path) -> None:
    own = "http://hl7.org/fhir/example-system"
    tables = compiled(tmp_path, code_system(own, "left"), code_system(SYSTEM, "right"))
    hl7, other = tables.code_system(own), tables.code_system(SYSTEM)
    assert hl7 is not None
    assert other is not None
    assert (hl7.display("left"), other.display("right")) == ("Left", None)


def test_a_system_whose_codes_nobody_gave_is_in_as_a_whole(tmp_path: Path) -> None:
    absent = "http://example.org/absent"
    found = worked_out(tmp_path, {"system": absent})
    assert (found.whole, found.unknown) == ({absent}, {absent})
    assert found.has(absent, "1") is None
    part = {"system": absent, "filter": [{"property": "code", "op": "regex", "value": "1"}]}
    assert worked_out(tmp_path, part).whole == frozenset()

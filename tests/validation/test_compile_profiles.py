"""Profiles become the difference to their base type; a differential gives what a snapshot would."""

from pathlib import Path

import pytest

from fhirpa.validation.compiler import build_folder
from fhirpa.validation.elements import Profile
from fhirpa.validation.tables import TableSet, load_set
from tests.validation.small_packages import (
    GUIDE,
    HL7,
    Json,
    code_system,
    core_definitions,
    profile,
    value_set,
    write_package,
)

CORE = "hl7.fhir.r4.core"


def compiled(folder: Path, *definitions: Json) -> TableSet:
    """The set of a guide with these definitions."""
    core = write_package(folder, CORE, "4.0.1", core_definitions())
    guide = write_package(folder, "example.guide", "1.0.0", list(definitions), {CORE: "4.0.1"})
    build_folder([core, guide], folder / "out", ["example.guide#1.0.0"])
    return load_set("guide-1.0.0", folder / "out")


def only(folder: Path, *differential: Json) -> tuple[TableSet, Profile]:
    tables = compiled(folder, profile("p", *differential))
    found = tables.profile(f"{GUIDE}/StructureDefinition/p")
    assert found is not None
    return tables, found


def test_an_element_keeps_what_the_profile_leaves_alone(tmp_path: Path) -> None:
    _, found = only(tmp_path, {"id": "Thing.name", "min": 1, "mustSupport": True})
    assert found.root.children is not None
    name = found.root.children["name"]
    assert (name.min, name.max, name.types[0].code, name.must_support) == (1, 1, "string", True)
    assert name.stated == {"min", "mustSupport"}
    assert list(found.root.children) == ["name"]


def test_a_snapshot_and_a_differential_that_say_the_same_give_the_same(tmp_path: Path) -> None:
    change = {"id": "Thing.part.code", "path": "Thing.part.code", "max": "1"}
    thing = next(d for d in core_definitions() if d["url"] == HL7 + "Thing")
    elements = [{**e, "max": "1"} if e["id"] == change["id"] else e for e in thing["snapshot"]["element"]]
    tables = compiled(
        tmp_path, profile("short", change), profile("long", change, snapshot={"element": elements})
    )
    short, long = (tables.profile(f"{GUIDE}/StructureDefinition/{n}") for n in ("short", "long"))
    assert short is not None
    assert long is not None
    assert short.root == long.root


def test_a_differential_builds_on_its_parent_profile(tmp_path: Path) -> None:
    child = profile(
        "child", {"id": "Thing.name", "max": "0"}, baseDefinition=f"{GUIDE}/StructureDefinition/parent"
    )
    tables = compiled(tmp_path, profile("parent", {"id": "Thing.part", "min": 1}), child)
    found = tables.profile(f"{GUIDE}/StructureDefinition/child|1.0.0")
    assert found is not None
    assert found.root.children is not None
    assert found.root.children["part"].min == 1
    assert found.root.children["name"].max == 0


def test_invariants_of_base_types_stand_at_the_base_type_alone(tmp_path: Path) -> None:
    own = {"key": "own-1", "severity": "warning", "human": "Mine.", "expression": "true"}
    inherited = {"key": "ele-1", "severity": "error", "human": "Again.", "expression": "said otherwise"}
    tables, found = only(tmp_path, {"id": "Thing.name", "constraint": [own, inherited]})
    assert found.root.children is not None
    assert [(c.key, c.severity) for c in found.root.children["name"].constraints] == [("own-1", "warning")]
    assert [c.key for c in tables.base("Thing").constraints] == ["thg-1"]
    assert [c.key for c in tables.base("Coding").constraints] == ["ele-1"]
    assert tables.base("Thing").children["name"].constraints == ()


def test_a_slice_of_a_slice_stands_inside_it(tmp_path: Path) -> None:
    by_code = {"discriminator": [{"type": "value", "path": "code"}], "rules": "open"}
    _, found = only(
        tmp_path,
        {"id": "Thing.part", "slicing": by_code},
        {"id": "Thing.part:first", "max": "3"},
        {"id": "Thing.part:first.code", "min": 1},
        {"id": "Thing.part:first/special", "max": "1"},
        {"id": "Thing.part:second"},
    )
    assert found.root.children is not None
    part = found.root.children["part"]
    assert part.slicing is not None
    assert part.slices is not None
    assert [(d.kind, d.path) for d in part.slicing.discriminators] == [("value", "code")]
    first, second = part.slices["first"], part.slices["second"]
    assert (first.min, first.max, second.min, second.max) == (0, 3, 0, None)
    assert first.slices is not None
    assert first.slices["special"].max == 1
    assert first.children is not None
    assert first.children["code"].min == 1


def test_elements_below_a_data_type_and_below_a_content_reference_are_found(tmp_path: Path) -> None:
    _, found = only(
        tmp_path,
        {"id": "Thing.part.code.system", "fixedUri": "http://example.org/s"},
        {"id": "Thing.part.part.code", "max": "1"},
    )
    assert found.root.children is not None
    below = found.root.children["part"].children
    assert below is not None
    assert below["code"].children is not None
    assert below["code"].children["system"].fixed == "http://example.org/s"
    assert below["part"].children is not None
    assert below["part"].children["code"].max == 1


def test_slices_of_a_choice_are_told_apart_by_type_where_nothing_else_is_said(tmp_path: Path) -> None:
    _, found = only(
        tmp_path, {"id": "Thing.value[x]:valueCoding", "type": [{"code": "Coding"}], "min": 1, "max": "1"}
    )
    assert found.root.children is not None
    choice = found.root.children["value[x]"]
    assert choice.slicing is not None
    assert [(d.kind, d.path) for d in choice.slicing.discriminators] == [("type", "$this")]
    assert choice.slices is not None
    assert [t.code for t in choice.slices["valueCoding"].types] == ["Coding"]


def test_an_extension_has_its_contexts_and_is_found_by_url(tmp_path: Path) -> None:
    url = f"{GUIDE}/StructureDefinition/x"
    extension = profile(
        "x",
        {"id": "Extension.url", "fixedUri": url},
        {"id": "Extension.value[x]", "min": 1, "type": [{"code": "code"}]},
        type="Extension",
        kind="complex-type",
        baseDefinition=HL7 + "Extension",
        context=[{"type": "element", "expression": "Thing.part"}],
    )
    tables = compiled(tmp_path, extension, profile("p", {"id": "Thing.name", "min": 1}))
    found = tables.extension(url)
    assert found is not None
    assert [(c.kind, c.expression) for c in found.context] == [("element", "Thing.part")]
    assert found.root.children is not None
    assert [t.code for t in found.root.children["value[x]"].types] == ["code"]
    assert tables.extension(f"{GUIDE}/StructureDefinition/p") is None


def test_an_element_that_the_base_type_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"StructureDefinition/p: the base type has no element Thing\.colour"
    ):
        only(tmp_path, {"id": "Thing.colour", "min": 1})


def test_a_version_that_is_not_there_is_answered_by_the_one_that_is(tmp_path: Path) -> None:
    bound = {"strength": "required", "valueSet": f"{GUIDE}/v|9.0"}
    tables = compiled(
        tmp_path,
        profile("p", {"id": "Thing.name", "binding": bound}),
        value_set(f"{GUIDE}/v", {"system": f"{GUIDE}/s"}),
        code_system(f"{GUIDE}/s", "a"),
    )
    assert tables.aliases == {f"{GUIDE}/v|9.0": f"{GUIDE}/v|1.0.0"}
    found = tables.value_set(f"{GUIDE}/v|9.0")
    assert found is not None
    assert found.has(f"{GUIDE}/s", "a") is True
    assert "not there, and what answers" in (tmp_path / "out" / "README.md").read_text()


def test_what_nobody_defines_is_named_as_missing(tmp_path: Path) -> None:
    bound = {"strength": "extensible", "valueSet": f"{GUIDE}/nowhere"}
    tables, _ = only(tmp_path, {"id": "Thing.name", "binding": bound})
    assert tables.missing == {f"{GUIDE}/nowhere": "ValueSet"}
    assert tables.value_set(f"{GUIDE}/nowhere") is None


def test_an_additional_binding_for_some_usage_only_is_marked(tmp_path: Path) -> None:
    def additional(purpose: str, *more: dict[str, object]) -> dict[str, object]:
        parts = [
            {"url": "purpose", "valueCode": purpose},
            {"url": "valueSet", "valueCanonical": f"{GUIDE}/v"},
        ]
        url = "http://hl7.org/fhir/tools/StructureDefinition/additional-binding"
        return {"url": url, "extension": [*parts, *more]}

    usage = {"url": "usage", "valueUsageContext": {"code": {"code": "venue"}}}
    bound = {
        "strength": "example",
        "valueSet": f"{GUIDE}/w",
        "extension": [additional("required"), additional("required", usage), additional("starter")],
    }
    _, found = only(tmp_path, {"id": "Thing.name", "binding": bound})
    binding = (found.root.children or {})["name"].binding
    assert binding is not None
    assert [(a.purpose, a.severity) for a in binding.additional] == [
        ("required", "error"),
        ("required", None),
        ("starter", None),
    ]


def test_a_type_that_r4_does_not_have_is_a_key_error(tmp_path: Path) -> None:
    tables, _ = only(tmp_path, {"id": "Thing.name", "min": 1})
    assert not tables.is_type("Wing")
    with pytest.raises(KeyError):
        tables.base("Wing")


def test_base_types_hold_what_they_inherit_in_order(tmp_path: Path) -> None:
    tables, _ = only(tmp_path, {"id": "Thing.name", "min": 1})
    assert list(tables.base("Coding").children) == ["id", "extension", "system", "code"]
    part = tables.base("Thing").children["part"]
    assert part.children is not None
    assert list(part.children) == ["id", "extension", "modifierExtension", "code", "part"]
    assert part.children["modifierExtension"].is_modifier


def test_definitions_by_hand_are_merged_and_marked(tmp_path: Path) -> None:
    supplements = tmp_path / "out" / "supplements"
    supplements.mkdir(parents=True)
    (supplements / "other.yaml").write_text(
        "package: example.other\nversion: 2.0.0\ndefinitions:\n"
        "- {resourceType: StructureDefinition, url: 'http://example.org/hand', type: Thing, kind: resource,\n"
        f"   baseDefinition: '{HL7}Thing', differential: {{element: [{{id: Thing.part, max: '1'}}]}}}}\n"
    )
    tables = compiled(tmp_path, profile("p", {"id": "Thing.name", "min": 1}))
    found = tables.profile("http://example.org/hand|2.0.0")
    assert found is not None
    assert found.root.children is not None
    assert found.root.children["part"].max == 1
    assert '"handWritten":true' in (tmp_path / "out" / "tables" / "example.other-2.0.0.json").read_text()

"""The ids of findings: stable, documented, one for each thing that the validator says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from fhirpa.validation import Finding, Kind, Validator, load_set
from fhirpa.validation.finding import Notes

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Ids of findings")[2].partition("\n## ")[0]
ROWS = [row for row in SECTION.splitlines() if row.startswith("|")]
DOCUMENTED = {name for row in ROWS for name in re.findall(r"`([a-z]+/[a-zA-Z<>-]+)`", row)}


def said() -> Iterator[tuple[str, str]]:
    """Kind and constant cause of each call in the validator that notes a finding without key."""
    for file in (ROOT / "fhirpa" / "validation").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            kinds = [ast.unparse(a).removeprefix("Kind.") for a in node.args if ast.unparse(a)[:5] == "Kind."]
            named = {k.arg: k.value for k in node.keywords}
            positional = node.args[3:4] if node.func.attr == "say" else []
            cause = named.get("cause") or next(iter(positional), None)
            if kinds and "key" not in named and isinstance(cause, ast.Constant):
                yield str(Kind[kinds[0]]), str(cause.value)


def test_every_kind_is_documented() -> None:
    assert {name.partition("/")[0] for name in DOCUMENTED} == {str(kind) for kind in Kind}


def test_every_aspect_that_the_validator_names_is_documented() -> None:
    renamed = {"binding/binding": "binding/not-in-set", "slicing/slice": "slicing/unmatched"}
    found = {renamed.get(f"{kind}/{cause}", f"{kind}/{cause}") for kind, cause in said()}
    assert len(found) > 15
    assert found - DOCUMENTED == set()


def test_what_is_found_has_a_documented_id() -> None:
    resource = {
        "resourceType": "Patient",
        "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"]},
        "gender": "sometimes",
        "maritalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"}]},
        "managingOrganization": {"reference": "Patient/1"},
        "name": [{"period": {"start": "2026-01-02", "end": "2026-01-01"}}],
        "active": "yes",
        "extension": [{"url": "http://example.org/own", "valueBoolean": True}],
    }
    found = {f.rule for f in Validator(load_set("pas-2.2.1")).validate(resource).issues}
    expected = {
        "structure/value-type",
        "cardinality/min",
        "binding/not-in-set",
        "reference/target",
        "invariant/per-1",
        "extension/unknown",
    }
    assert expected <= found
    general = {re.sub(r"^(structure|invariant)/.*", r"\1/<key>", rule) for rule in found}
    assert general <= DOCUMENTED


def test_an_id_does_not_depend_on_slice_or_value_set() -> None:
    for cause, code, rule in (
        ("slice certificationType", "required", "slicing/min"),
        ("slice certificationType", None, "slicing/max"),
        ("slice", None, "slicing/unmatched"),
        ("http://example.org/vs", "not-supported", "slicing/unknown-set"),
        ("http://example.org/vs", "code-invalid", "slicing/not-in-set"),
    ):
        assert only(cause, code).rule == rule


def only(cause: str, code: str | None) -> Finding:
    notes = Notes()
    notes.add(Kind.SLICING, "error", (None, "Patient", None), "text", cause=cause, code=code)
    (finding,) = notes.findings()
    return finding

"""The invariants of the tables: all can be read, and the commonest are found broken by key and place."""

from collections.abc import Iterator
from typing import Any

import pytest

from fhirpa.fhir.tables import resource_types
from fhirpa.validation import Validator, load_set
from fhirpa.validation.elements import Constraint, Element
from fhirpa.validation.rules import compiled

Json = dict[str, Any]

VALIDATOR = Validator(load_set("pas-2.2.1"))


def _all(element: Element) -> Iterator[Constraint]:
    yield from element.constraints
    for below in (*(element.children or {}).values(), *(element.slices or {}).values()):
        yield from _all(below)


@pytest.mark.parametrize("name", ["pas-2.0.1", "pas-2.2.1"])
def test_the_engine_reads_every_invariant_of_the_tables(name: str) -> None:
    tables = load_set(name)
    found = [c for r in resource_types() for c in tables.base(r).constraints]
    found += [c for r in resource_types() for e in tables.base(r).children.values() for c in _all(e)]
    for canonical in tables.canonicals("profile"):
        profile = tables.profile(canonical)
        assert profile is not None
        found += _all(profile.root)
    assert len({c.key for c in found}) > 200
    assert {c.key for c in found if compiled(c.expression) is None} == set()


@pytest.mark.parametrize(
    ("key", "place", "resource"),
    [
        ("per-1", "Patient.name[0].period", {"name": [{"period": {"start": "2026-02", "end": "2025"}}]}),
        ("cpt-2", "Patient.telecom[0]", {"telecom": [{"value": "1"}]}),
        ("att-1", "Patient.photo[0]", {"photo": [{"data": "AAAA"}]}),
        ("pat-1", "Patient.contact[0]", {"contact": [{"gender": "male"}]}),
        ("ele-1", "Patient.name[0]", {"name": [{"id": "a"}]}),
        ("ele-1", "Patient.birthDate", {"_birthDate": {"id": "a"}}),
        ("dom-4", "Patient", {"contained": [{"resourceType": "Patient", "meta": {"versionId": "1"}}]}),
        ("bdl-1", "Bundle", {"resourceType": "Bundle", "type": "collection", "total": 1}),
        ("bdl-5", "Bundle.entry[0]", {"resourceType": "Bundle", "type": "batch", "entry": [{"id": "a"}]}),
        ("org-1", "Organization", {"resourceType": "Organization", "active": True}),
    ],
)
def test_a_broken_invariant_is_named_by_its_key(key: str, place: str, resource: Json) -> None:
    issues = VALIDATOR.validate({"resourceType": "Patient", **resource}).issues
    assert (key, place) in [(f.key, f.expression) for f in issues if f.is_error]


def test_an_element_with_a_value_may_have_an_id_beside_it() -> None:
    resource = {"resourceType": "Patient", "birthDate": "2000-01-01", "_birthDate": {"id": "a"}}
    assert VALIDATOR.validate(resource).is_valid


@pytest.mark.parametrize(("content", "key"), [("<script>1</script>", "txt-1"), (" <p/> ", "txt-2")])
def test_a_fault_of_the_narrative_is_said_by_one_rule(content: str, key: str) -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>'
    resource = {"resourceType": "Patient", "text": {"status": "generated", "div": div}}
    (found,) = VALIDATOR.validate(resource).issues
    assert (found.key, found.expression) == (key, "Patient.text.div")


def test_a_best_practice_rule_is_a_note() -> None:
    (note,) = VALIDATOR.validate({"resourceType": "Patient", "active": True}).issues
    assert (note.severity, note.key) == ("information", "dom-6")

"""Breaking the form of R4 itself: names, JSON types, lists, lexical forms, mandatory elements, choices."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fhirpa.fhir.tables import Element as Wire
from fhirpa.fhir.tables import Kind, type_table
from tests.validation.mutation.edits import GONE, Edit
from tests.validation.mutation.mutant import Mutant, Said
from tests.validation.mutation.specimens import SAMPLES
from tests.validation.mutation.walk import Typed, objects

Json = dict[str, Any]

# By type, values of the right JSON type that do not have its form, with the key of the fault.
_FORM: Final = "value-form"
WRONG_FORMS: Final[Mapping[str, tuple[tuple[str, Any], ...]]] = {
    "base64Binary": ((_FORM, "QUJ"), (_FORM, "QU=C"), (_FORM, "é")),
    "canonical": ((_FORM, "http://example.org/a b"),),
    "code": ((_FORM, " a"), (_FORM, "a  b"), (_FORM, "a\n")),
    "date": ((_FORM, "2026-1-2"), ("date-not-real", "2026-02-30"), (_FORM, "2026-01-02T00:00:00Z")),
    "dateTime": (
        (_FORM, "2026-01-02T03:04:05"), (_FORM, "2026-01-02T03:04Z"), ("date-not-real", "2025-02-29"),
    ),
    "decimal": (("value-type", "1.0"),),
    "id": ((_FORM, "a b"), (_FORM, "x" * 65), (_FORM, "a_b")),
    "instant": ((_FORM, "2026-01-02"), (_FORM, "2026-01-02T03:04:05"), (_FORM, "2026-01-02T24:00:00Z")),
    "integer": (("number-range", 2**31), ("value-type", "1"), ("value-type", True)),
    "markdown": (("text-character", "a\x01"), ("empty-value", "")),
    "oid": ((_FORM, "1.2.3"), (_FORM, "urn:oid:3.1")),
    "positiveInt": (("number-range", 0), ("number-range", -1)),
    "string": (("text-character", "a\x01"), ("empty-value", "")),
    "time": ((_FORM, "24:00:00"), (_FORM, "10:00")),
    "unsignedInt": (("number-range", -1),),
    "uri": ((_FORM, "a b"),),
    "url": ((_FORM, "a\tb"),),
    "uuid": ((_FORM, "urn:uuid:1"), (_FORM, "00000000-0000-4000-8000-000000000001")),
    "xhtml": ((_FORM, "<p/>"), (_FORM, "text"), (_FORM, "<div>no namespace</div>")),
}  # fmt: skip
_EXTRA: Final = {"extension": [{"url": "http://example.org/x", "valueBoolean": True}]}


def structure_mutants(resource: Json) -> Iterator[Mutant]:
    """Mutants of the form of every object and value of a resource."""
    for at in objects(resource):
        yield from _of_object(at)
        for name, value in at.value.items():
            wire = type_table(at.type).elements.get(name)
            if wire is not None:
                yield from _of_element(at, wire, value)


def _mutant(operator: str, at: Typed, name: str, key: str, place: str, *edits: Edit) -> Mutant:
    rule = f"{at.type}.{name}" if name else at.type
    return Mutant(f"form: {operator}", rule, (Said("structure", place, key),), edits)


def _of_object(at: Typed) -> Iterator[Mutant]:
    value, place = at.value, at.place
    yield _mutant(
        "unknown name", at, "", "element-unknown", f"{place}.noSuchName", Edit(value, "noSuchName", "x")
    )
    for label, names in type_table(at.type).required.items():
        present = [n for name in names for n in (name, f"_{name}") if n in value]
        if present and len(present) < len(value):
            edits = [Edit(value, n, GONE) for n in present]
            yield _mutant("mandatory", at, label, "element-missing", f"{place}.{label}", *edits)
    if at.type == "Extension":
        content = [n for n in value if n.lstrip("_").startswith("value") or n == "extension"]
        edits = [Edit(value, n, GONE) for n in content]
        yield _mutant("extension", at, "none", "extension-without-content", place, *edits)
        if "extension" not in value:
            edit = Edit(value, "extension", _EXTRA["extension"])
            yield _mutant("extension", at, "both", "extension-with-both", place, edit)


def _of_element(at: Typed, wire: Wire, value: Any) -> Iterator[Mutant]:
    place, name = f"{at.place}.{wire.label}", wire.name
    owner = at.value
    if wire.many:
        yield _mutant("single for list", at, name, "list-expected", place, Edit(owner, name, value[0]))
        yield _mutant("empty list", at, name, "empty-value", place, Edit(owner, name, []))
        box, key, spot = value, 0, f"{place}[0]"
    else:
        yield _mutant("null", at, name, "null-value", place, Edit(owner, name, None))
        yield _mutant("list for single", at, name, "list-unexpected", place, Edit(owner, name, [value]))
        box, key, spot = owner, name, place
    if wire.type in SAMPLES:
        yield from _of_value(at, wire, box, key, spot)
        if wire.is_primitive and not wire.attribute:
            yield from _beside(at, wire, value, place)
    elif wire.kind is Kind.RESOURCE:
        yield from _of_resource(at, wire, box, key, spot)
    else:
        yield _mutant("text for object", at, name, "object-expected", spot, Edit(box, key, "x"))
        yield _mutant("empty object", at, name, "empty-value", spot, Edit(box, key, {}))
    if wire.is_choice:
        others = (w for w in type_table(at.type).elements.values() if w.label == wire.label)
        other = next((w for w in others if w.name != name and w.type in SAMPLES), None)
        if other is not None:
            edit = Edit(owner, other.name, SAMPLES[other.type])
            yield _mutant("two of a choice", at, wire.label, "choice-repeated", place, edit)


def _of_resource(at: Typed, wire: Wire, box: Any, key: Any, place: str) -> Iterator[Mutant]:
    for number, (fault, value) in enumerate(
        (
            ("resource-expected", "x"),
            ("resource-type-missing", {}),
            ("resource-type-missing", {"id": "x"}),
            ("resource-type-unknown", {"resourceType": "NoSuch"}),
            ("resource-type-unknown", {"resourceType": 5}),
        )
    ):
        yield _mutant("resource", at, f"{wire.name} {number}", fault, place, Edit(box, key, value))


def _of_value(at: Typed, wire: Wire, box: Any, key: Any, place: str) -> Iterator[Mutant]:
    yield _mutant("object for value", at, wire.name, "value-type", place, Edit(box, key, {"value": "x"}))
    other = "x" if wire.type in ("boolean", "decimal", "integer", "positiveInt", "unsignedInt") else 5
    yield _mutant("json type", at, wire.name, "value-type", place, Edit(box, key, other))
    for number, (fault, value) in enumerate(WRONG_FORMS.get(wire.type, ())):
        name = f"{wire.name} ({wire.type} {number})"
        yield _mutant("lexical", at, name, fault, place, Edit(box, key, value))


def _beside(at: Typed, wire: Wire, value: Any, place: str) -> Iterator[Mutant]:
    beside = f"_{wire.name}"
    if not wire.many:
        edit = Edit(at.value, beside, "x")
        yield _mutant("text beside value", at, wire.name, "object-expected", place, edit)
        yield _mutant("empty beside value", at, wire.name, "empty-value", place, Edit(at.value, beside, {}))
        return
    longer = [None] * len(value) + [_EXTRA]
    yield _mutant("alignment", at, wire.name, "lists-misaligned", place, Edit(at.value, beside, longer))
    yield _mutant("single beside list", at, wire.name, "list-expected", place, Edit(at.value, beside, _EXTRA))
    nulls = [None] * len(value)
    yield _mutant("nulls beside list", at, wire.name, "empty-value", place, Edit(at.value, beside, nulls))
    empty = Edit(at.value, wire.name, [*value, None])
    yield _mutant("null in list", at, wire.name, "null-value", f"{place}[{len(value)}]", empty)

"""Specimens: resources in which everything that a profile names stands, so that every rule has its object.

A specimen meets what the tables say of each element for itself (types, values, patterns, slices, codes where
they are known). It need not meet the invariants: mutation tests look at what a change adds to the findings.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from fhirpa.fhir.tables import Element as Wire
from fhirpa.fhir.tables import Kind, resource_types, type_table
from fhirpa.validation.elements import ANY_SYSTEM, Binding, Element, Profile, TypeRef, ValueSet
from fhirpa.validation.tables import TableSet

Json = dict[str, Any]

SAMPLES: Final[Mapping[str, Any]] = {
    "base64Binary": "QUJD",
    "boolean": True,
    "canonical": "http://example.org/x",
    "code": "x",
    "date": "2026-01-02",
    "dateTime": "2026-01-02T03:04:05Z",
    "decimal": 1,
    "id": "x",
    "instant": "2026-01-02T03:04:05Z",
    "integer": 1,
    "markdown": "x",
    "oid": "urn:oid:1.2.3",
    "positiveInt": 1,
    "string": "x",
    "time": "03:04:05",
    "unsignedInt": 1,
    "uri": "http://example.org/x",
    "url": "http://example.org/x",
    "uuid": "urn:uuid:00000000-0000-4000-8000-000000000001",
    "xhtml": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>',
}
_DEEPEST: Final = 12
_CONTENT: Final = frozenset({"value", "extension"})
# Value sets that no table can list: system and code of a member.
_COMPUTED: Final = {
    "all-languages": ("urn:ietf:bcp:47", "en"),
    "languages": ("urn:ietf:bcp:47", "en"),
    "mimetypes": ("urn:ietf:bcp:13", "text/plain"),
    "currencies": ("urn:iso:std:iso:4217", "USD"),
    "ucum-units": ("http://unitsofmeasure.org", "1"),
}
_CODES: Final = dict(_COMPUTED.values())
# What every type has and what is not looked into.
_COMMON: Final = frozenset({"implicitRules", "contained", "extension", "modifierExtension"})


class Specimens:
    """Builds specimens from one set of tables."""

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables

    def of(self, profile: Profile) -> Json:
        """A resource (or an extension, or another data type) of a profile."""
        made = self._object(profile.type, profile.root, 0)
        if profile.type in resource_types():
            made = {"resourceType": profile.type, "meta": {"profile": [profile.canonical]}, **made}
        return made

    def of_type(self, type_name: str) -> Json:
        """A resource with every element that R4 gives its type, each once, and two levels down."""
        return {"resourceType": type_name, **self._whole(type_name, 0)}

    def value(self, wire: Wire, element: Element | None = None, depth: int = 0) -> Any:
        """A value for an element: of the type that the wire name says, and of the profile's demands."""
        if element is not None and element.fixed is not None:
            return copy.deepcopy(element.fixed)
        if wire.kind is Kind.RESOURCE:
            return self._resource(element, depth)
        if wire.type in SAMPLES:
            return self._primitive(wire, element)
        made = self._object(wire.type, element, depth)
        if element is not None:
            self._coded(wire.type, element.binding if "binding" in element.stated else None, made)
            if wire.type in ("Reference", "canonical") and "reference" not in made:
                made = {"reference": f"{self._target(element)}/1", **made}
            if element.pattern is not None:
                made = _merged(made, element.pattern)
        return made or self._filler(wire.type)

    def _object(self, type_name: str, element: Element | None, depth: int) -> Json:
        made: Json = {}
        if depth > _DEEPEST:
            return made
        table = type_table(type_name)
        stated = element.children or {} if element is not None else {}
        profile = self._only_profile(type_name, element)
        if profile is not None:
            stated = {**(profile.root.children or {}), **stated}
        for child in stated.values():
            wire = _wire(table.elements, child)
            if wire is not None and child.max != 0:
                self._put(made, wire, child, depth + 1)
        for label, names in table.required.items():
            if not any(name in made for name in names) and f"{label}[x]" not in stated:
                wire = table.elements[names[0]]
                made[wire.name] = _as_many(wire, [self.value(wire, self.plain(type_name, label), depth + 1)])
        if type_name == "Extension" and not any(table.elements[n].label in _CONTENT for n in made):
            made["valueBoolean"] = True
        return made

    def plain(self, type_name: str, label: str) -> Element | None:
        """What R4 says of an element of a type or backbone, without what stands below."""
        first, *path = type_name.split(".")
        found: Mapping[str, Element] = self._tables.base(first).children
        for step in path:
            found = found[step].children or {}
        element = found.get(label) or found.get(label + "[x]")
        return replace(element, children=None) if element is not None else None

    def _put(self, made: Json, wire: Wire, child: Element, depth: int) -> None:
        items: list[Any] = []
        for slice_ in (child.slices or {}).values():
            if slice_.max == 0:
                continue
            own = _wire(type_table_of(wire), slice_) if wire.is_choice else wire
            own = own or wire
            item = self._slice_item(own, slice_, child, depth)
            if wire.is_choice:
                made[own.name] = item
                return
            items += [item, *(copy.deepcopy(item) for _ in range(1, slice_.min))]
        if child.max is not None and len(items) > child.max:
            items = items[: child.max]
        while len(items) < max(child.min, 1):
            items.append(self.value(wire, child, depth))
        made[wire.name] = _as_many(wire, items)

    def _slice_item(self, wire: Wire, slice_: Element, sliced: Element, depth: int) -> Any:
        for inner in (slice_.slices or {}).values():
            if inner.max != 0:
                return self._slice_item(wire, inner, slice_, depth)
        item = self.value(wire, slice_, depth)
        if isinstance(item, dict) and isinstance(sliced.pattern, dict):
            item = _merged(item, sliced.pattern)
        return item

    def _only_profile(self, type_name: str, element: Element | None) -> Profile | None:
        """The profile that the type of an element must meet, where there is only one for this type."""
        found = [p for t in (element.types if element else ()) if t.code == type_name for p in t.profiles]
        profile = self._tables.profile(found[0]) if found else None
        return profile if profile and profile.type == type_name else None

    def _resource(self, element: Element | None, depth: int) -> Json:
        for ref in element.types if element else ():
            for canonical in ref.profiles:
                profile = self._tables.profile(canonical)
                if profile is not None and depth < _DEEPEST:
                    made = self._object(profile.type, profile.root, depth + 1)
                    return {"resourceType": profile.type, "meta": {"profile": [profile.canonical]}, **made}
            if ref.code in resource_types():
                return {"resourceType": ref.code, **self._object(ref.code, None, depth + 1)}
        return {"resourceType": "Basic", "code": {"text": "x"}}

    def _primitive(self, wire: Wire, element: Element | None) -> Any:
        if element is None:
            return SAMPLES[wire.type]
        if element.pattern is not None:
            return element.pattern
        if wire.type in ("code", "string", "uri") and element.binding:
            pair = next(self.codes(element.binding), None)
            if pair is not None and element.binding.strength == "required":
                return pair[1]
        if element.min_value is not None:
            return element.min_value
        return SAMPLES[wire.type]

    def _coded(self, type_name: str, binding: Binding | None, made: Json) -> None:
        if binding is None or type_name not in ("Coding", "CodeableConcept", "Quantity"):
            return
        pair = next(self.codes(binding), None)
        if pair is None:
            return
        coding = {"system": pair[0], "code": pair[1]}
        if type_name == "CodeableConcept":
            if "coding" not in made or "code" not in made["coding"][0]:
                made["coding"] = [coding]
        elif not {"system", "code"} & made.keys():
            made |= coding

    def codes(self, binding: Binding) -> Iterator[tuple[str, str]]:
        """System and code of some members, where the tables know any."""
        for canonical in (binding.maximum, binding.value_set):
            name = (canonical or "").partition("|")[0].rpartition("/")[2]
            if name in _COMPUTED:
                yield _COMPUTED[name]
            known: ValueSet | None = self._tables.value_set(canonical) if canonical else None
            for system, codes in (known.codes if known else {}).items():
                yield from ((system, code) for code in sorted(codes)[:1])
            for system in sorted(known.unknown) if known else ():
                yield "http://example.org" if system == ANY_SYSTEM else system, _CODES.get(system, "1")

    def _target(self, element: Element) -> str:
        """A type to which a reference may lead."""
        for target in _targets(element.types):
            if target in resource_types():
                return target
            profile = self._tables.profile(target)
            if profile is not None and profile.type in resource_types():
                return profile.type
        return "Basic"

    def _filler(self, type_name: str) -> Json:
        """Something harmless for a type of which nothing is demanded."""
        table = type_table(type_name)
        for name in ("text", "display", "value", "system", "start", "line", "repeat"):
            wire = table.elements.get(name)
            if wire is not None and wire.type in ("string", "uri", "dateTime", "decimal"):
                return {name: _as_many(wire, [SAMPLES[wire.type]])}
        for wire in table.elements.values():
            if wire.label not in _COMMON | {"id"} and wire.type in SAMPLES:
                item = self._primitive(wire, self.plain(type_name, wire.label))
                return {wire.name: _as_many(wire, [item])}
        return {"id": "x"}

    def _whole(self, type_name: str, depth: int) -> Json:
        table = type_table(type_name)
        made: Json = {}
        seen: set[str] = set()
        for wire in table.elements.values():
            if wire.label in seen or wire.label in _COMMON:
                continue
            seen.add(wire.label)
            if wire.type in SAMPLES:
                item = self._primitive(wire, self.plain(type_name, wire.label))
            elif wire.kind is Kind.RESOURCE:
                item = self._resource(None, depth)
            elif wire.type == "Reference":
                item = self.value(wire, self.plain(type_name, wire.label))
            elif depth < 3:
                item = self._whole(wire.type, depth + 1) or self._filler(wire.type)
                binding = getattr(self.plain(type_name, wire.label), "binding", None)
                self._coded(wire.type, binding, item)
            else:
                item = self._object(wire.type, None, _DEEPEST) or self._filler(wire.type)
            made[wire.name] = _as_many(wire, [item])
        return made


def type_table_of(wire: Wire) -> Mapping[str, Wire]:
    """The other types of a choice, by wire name; made from the types of extensions, which have nearly all."""
    label = wire.label
    some = type_table("Extension").elements
    found = {}
    for other in some.values():
        if other.label == "value":
            name = label + other.name.removeprefix("value")
            found[name] = Wire(name, label, other.type, other.kind, wire.many, 0, False, other.is_primitive)
    return found


def _wire(elements: Mapping[str, Wire], element: Element) -> Wire | None:
    """The wire element of a profile's element; of a choice that of the first type that the profile allows."""
    if not element.name.endswith("[x]"):
        return elements.get(element.name)
    label = element.name.removesuffix("[x]")
    for ref in element.types:
        found = elements.get(label + ref.code[0].upper() + ref.code[1:])
        if found is not None:
            return found
    return None


def _targets(types: tuple[TypeRef, ...]) -> list[str]:
    return [target for ref in types for target in ref.targets]


def _as_many(wire: Wire, items: list[Any]) -> Any:
    return items if wire.many else items[0]


def _merged(value: Json, pattern: Any) -> Json:
    """The value with all of the pattern in it."""
    made = dict(value)
    for name, wanted in pattern.items():
        if isinstance(wanted, dict) and isinstance(made.get(name), dict):
            made[name] = _merged(made[name], wanted)
        else:
            made[name] = copy.deepcopy(wanted)
    return made

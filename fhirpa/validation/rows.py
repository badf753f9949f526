"""From the rows of the table format (profiles/README.md) to typed elements."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from fhirpa.validation.elements import (
    AdditionalBinding,
    BaseType,
    Binding,
    Constraint,
    Context,
    Discriminator,
    Element,
    Profile,
    Slicing,
    TypeRef,
)

Row = Mapping[str, Any]


def read_constraints(rows: list[Row]) -> tuple[Constraint, ...]:
    """Invariants as the table gives them."""
    return tuple(
        Constraint(r["key"], r["expression"], r.get("severity", "error"), r.get("bestPractice", False))
        for r in rows
    )


def read_base_element(name: str, row: Row, inherited: Mapping[str, Mapping[str, Element]]) -> Element:
    """An element of a base type. `inherited`: the children that every backbone has, by its type."""
    types = _types(row.get("types", ()))
    element = Element(name, row["min"], _max(row["max"]), types, frozenset(row), **_rest(row))
    if "children" not in row:
        return element
    own = {n: read_base_element(n, child, inherited) for n, child in row["children"].items()}
    return replace(element, children=MappingProxyType({**inherited[types[0].code], **own}))


class Overlay:
    """Lays a profile's rows over the elements of the base types, which `base` gives by type name."""

    def __init__(self, base: Callable[[str], BaseType]) -> None:
        self._base = base

    def element(self, name: str, row: Row, base: Element) -> Element:
        """What a profile makes of a base element."""
        changes: dict[str, Any] = _rest(row)
        if "min" in row:
            changes["min"] = row["min"]
        if "max" in row:
            changes["max"] = _max(row["max"])
        if "types" in row:
            changes["types"] = _types(row["types"])
            # What has its own type refers to nothing any more; what may stand below is the same.
            changes.setdefault("content_reference", None)
        # The invariants of the base element are the base type's to check, once.
        changes.setdefault("constraints", ())
        bare = replace(base, name=name, stated=frozenset(row), children=None, slices=None, **changes)
        if "slices" not in row and "children" not in row:
            return bare
        effective = replace(bare, children=base.children, content_reference=base.content_reference)
        return replace(bare, slices=self._slices(row, base), children=self._children(row, effective))

    def _slices(self, row: Row, base: Element) -> Mapping[str, Element] | None:
        if "slices" not in row:
            return None
        return MappingProxyType({n: self.element(n, slice_, base) for n, slice_ in row["slices"].items()})

    def _children(self, row: Row, effective: Element) -> Mapping[str, Element] | None:
        if "children" not in row:
            return None
        below = self.below(effective)
        return MappingProxyType({n: self.element(n, child, below[n]) for n, child in row["children"].items()})

    def below(self, element: Element) -> Mapping[str, Element]:
        """What can stand below an element; of a choice of types only what every element has."""
        if element.children is not None:
            return element.children
        if element.content_reference:
            type_name, *path = element.content_reference.partition("#")[2].split(".")
            found = self._base(type_name).children
            for name in path:
                found = self.below(found[name])
            return found
        only = element.types[0].code if len(element.types) == 1 else "Element"
        return self._base(only).children


def read_profile(canonical: str, row: Row, overlay: Overlay, root: Element) -> Profile:
    """A profile; `root` is its base type as an element."""
    url, _, version = canonical.partition("|")
    return Profile(
        url=url,
        version=version,
        type=row["type"],
        base=row["base"],
        abstract=row.get("abstract", False),
        context=tuple(Context(kind, expression) for kind, expression in row.get("context", ())),
        context_invariants=tuple(row.get("contextInvariants", ())),
        root=overlay.element(row["type"], row["root"], root),
    )


def _rest(row: Row) -> dict[str, Any]:
    """All that is read the same way in base types and profiles, under the names of Element."""
    read = ((_NAMES[key], key, value) for key, value in row.items() if key in _NAMES)
    return {name: _READERS[key](value) if key in _READERS else value for name, key, value in read}


def _max(value: int | str) -> int | None:
    return None if value == "*" else int(value)


def _types(rows: list[str | Row]) -> tuple[TypeRef, ...]:
    return tuple(TypeRef(r) if isinstance(r, str) else _type(r) for r in rows)


def _type(row: Row) -> TypeRef:
    return TypeRef(
        row["code"],
        tuple(row.get("profiles", ())),
        tuple(row.get("targets", ())),
        tuple(row.get("aggregation", ())),
        row.get("versioning"),
        row.get("mustSupport", False),
        tuple(row.get("supportedTargets", ())),
    )


def _binding(row: Row) -> Binding:
    additional = tuple(
        AdditionalBinding(a["purpose"], a["valueSet"], a.get("limited", False))
        for a in row.get("additional", ())
    )
    return Binding(row["strength"], row.get("valueSet"), row.get("max"), row.get("min"), additional)


def _slicing(row: Row) -> Slicing:
    by = tuple(Discriminator(kind, path) for kind, path in row["by"])
    return Slicing(by, row["rules"], row.get("ordered", False))


_NAMES: Final = {
    "ref": "content_reference",
    "fixed": "fixed",
    "pattern": "pattern",
    "binding": "binding",
    "constraints": "constraints",
    "maxLength": "max_length",
    "minValue": "min_value",
    "maxValue": "max_value",
    "modifier": "is_modifier",
    "mustSupport": "must_support",
    "slicing": "slicing",
}
_READERS: Final[Mapping[str, Any]] = {
    "binding": _binding,
    "constraints": read_constraints,
    "slicing": _slicing,
}

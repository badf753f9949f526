"""Elements of a resource as FHIRPath sees them: a value of plain JSON, its type, and what stands beside it.

A Node is made only when an expression comes to it. What R4 does not know is not seen.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.fhirpath import temporal
from fhirpa.fhir.fhirpath.shapes import Json, Places, Shape, resource_shape, shape
from fhirpa.fhir.fhirpath.syntax import TypeName

_SYSTEM_TYPES: Final = MappingProxyType(
    {
        "Boolean": "boolean",
        "Date": "date",
        "DateTime": "dateTime",
        "Decimal": "decimal",
        "Integer": "integer",
        "String": "string",
        "Time": "time",
    }
)


class Node:
    """One element: its JSON value, its shape, and for a primitive the object of the JSON name with _."""

    __slots__ = ("beside", "shape", "value")

    def __init__(self, value: Any, shape: Shape, beside: Json | None = None) -> None:
        self.value = value
        self.shape = shape
        self.beside = beside

    @classmethod
    def of(cls, value: Any, type_name: str, beside: Json | None = None) -> Node:
        """A node of the type, resource or backbone path. Raises KeyError for a name R4 does not have."""
        return cls(value, shape(type_name), beside)

    @classmethod
    def of_resource(cls, resource: Any) -> Node:
        """A node of the type that the resource says; of Resource, if it says none that R4 has."""
        return cls(resource, resource_shape(resource))

    @property
    def type_name(self) -> str:
        """The name of the type, resource or backbone path."""
        return self.shape.name

    def __repr__(self) -> str:
        return f"<Node {self.shape.name}>"


def follow(items: list[Any], name: str) -> list[Any]:
    """The children called `name` of all items, as a new list."""
    out: list[Any] = []
    for item in items:
        if type(item) is not Node:
            continue
        places = item.shape.children[name]
        child_shape, source = places.object_shape, item.value
        if child_shape is None or type(source) is not dict:
            add_children(item, places, out)
            continue
        # The commonest place, without a call: one name, for objects.
        value = source.get(places.object_name)
        if type(value) is list:
            out += [Node(inner, child_shape) for inner in value if inner is not None]
        elif value is not None:
            out.append(Node(value, child_shape))
    return out


def add_children(node: Node, places: Places, out: list[Any]) -> None:
    """Append the children of `node` that stand at `places`."""
    source = node.beside if node.shape.is_primitive else node.value
    if type(source) is not dict:
        return
    for name, beside_name, child_shape in places.few or places.in_use(source):
        value = source.get(name)
        if child_shape is None or (beside_name and beside_name in source):
            _add_others(value, source.get(beside_name), child_shape, out)
        elif type(value) is list:
            out += [Node(item, child_shape) for item in value if item is not None]
        elif value is not None:
            out.append(Node(value, child_shape))


def _add_others(value: Any, beside: Any, child_shape: Shape | None, out: list[Any]) -> None:
    """Append resources, and primitives that something stands beside."""
    values = value if type(value) is list else [value]
    besides = beside if type(beside) is list else [beside]
    for i in range(max(len(values), len(besides))):
        item = values[i] if i < len(values) else None
        extra = besides[i] if i < len(besides) and type(besides[i]) is dict else None
        if item is not None or extra is not None:
            out.append(Node(item, child_shape or resource_shape(item), extra))


def has_children(node: Node, places: Places) -> bool:
    """True if a child stands at one of `places`."""
    source = node.beside if node.shape.is_primitive else node.value
    if type(source) is not dict:
        return False
    only = places.only
    if only is not None:
        # The commonest answers: one object or value, and nothing.
        value = source.get(only.name)
        if value is None:
            return only.beside in source and places.any_filled(source)
        if type(value) is not list:
            return True
    return places.any_filled(source)


def children_of(node: Node) -> list[Any]:
    """All children, in the order of the type."""
    out: list[Any] = []
    add_children(node, node.shape.all_children(), out)
    return out


def unwrap(item: Any) -> Any:
    """The system value of an item: text, bool, int, Decimal, Temporal, Quantity; None if it has no value.

    What has no system value (an object, or JSON of the wrong kind) is given back as it is.
    """
    if type(item) is not Node:
        return item
    shape = item.shape
    if shape.convert is None:
        return item.value if shape.is_primitive else item
    value = shape.convert(item.value)
    return item if value is None and not shape.is_primitive else value


def is_type(item: Any, wanted: TypeName) -> bool:
    """The test of `is`, by type or ancestor: http://hl7.org/fhirpath/N1/#types-and-reflection.

    A system type's bare name also fits the FHIR primitive of that name, as implicit conversion has it.
    """
    if type(item) is not Node:
        return wanted.namespace in ("", "System") and system_type(item) == wanted.name
    if wanted.namespace not in ("", "FHIR"):
        return False
    lineage = item.shape.lineage
    if wanted.name in lineage:
        return True
    return not wanted.namespace and _SYSTEM_TYPES.get(wanted.name) in lineage


def system_type(value: Any) -> str:
    """The name of a system value's type."""
    names: dict[type, str] = {bool: "Boolean", str: "String", int: "Integer", Decimal: "Decimal"}
    if isinstance(value, temporal.Temporal):
        return value.kind
    return names.get(type(value), type(value).__name__)

"""Elements of a resource as FHIRPath sees them: a value of plain JSON, its type, and what stands beside it.

A Node is made only when an expression comes to it. Types come from the base tables of R4; names of choices
are without their type (`value` finds valueQuantity), but the JSON name is understood too, as the official
validator does. What R4 does not know is not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from fhirpa.fhir.fhirpath import temporal
from fhirpa.fhir.fhirpath.quantity import quantity_of
from fhirpa.fhir.fhirpath.syntax import TypeName
from fhirpa.fhir.primitives import CHECKS
from fhirpa.fhir.tables import Element, Kind, base_type, resource_types, type_table

Json = dict[str, Any]

# http://hl7.org/fhir/R4/datatypes.html: the primitive types that specialize others.
_PRIMITIVE_BASE: Final = MappingProxyType(
    {
        "canonical": "uri",
        "code": "string",
        "id": "string",
        "markdown": "string",
        "oid": "uri",
        "positiveInt": "integer",
        "unsignedInt": "integer",
        "url": "uri",
        "uuid": "uri",
    }
)
_PRIMITIVES: Final = frozenset({*CHECKS, "xhtml"})
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


class Child(NamedTuple):
    """Where the elements of one name stand: a JSON name, the name of what is beside it, their shape.

    `beside` is '' for what has nothing beside it; `shape` is None where any resource may stand.
    """

    name: str
    beside: str
    shape: Shape | None


class Places:
    """The places of one name in a type; where there are many (value[x]), the data is asked which it has.

    `value_name` is the JSON name if there is one place, and that for primitives; else ''.
    """

    __slots__ = ("_all", "_by_name", "few", "value_name")

    def __init__(self, places: tuple[Child, ...], in_primitive: bool) -> None:
        self._all = places
        self.few = places if len(places) < _MANY else ()
        self._by_name = {name: place for place in places for name in (place.name, place.beside) if name}
        shape = places[0].shape if len(places) == 1 and not in_primitive else None
        self.value_name = places[0].name if shape is not None and shape.is_primitive else ""

    def in_use(self, source: Json) -> Sequence[Child]:
        """The places where `source` has something, in the order of the type; `few` are asked one by one."""
        by_name = self._by_name
        found = [by_name[name] for name in source if name in by_name]
        if len(found) < 2:
            return found
        return [place for place in self._all if place in found]

    def any_filled(self, source: Json) -> bool:
        """True if an element stands at one of the places."""
        by_name = self._by_name
        if self.few:
            for name in by_name:  # noqa: SIM110 (any() would take longer than the work)
                if name in source and _is_filled(name, source[name]):
                    return True
            return False
        for name, value in source.items():  # noqa: SIM110
            if name in by_name and _is_filled(name, value):
                return True
        return False


_MANY: Final = 4


def _is_filled(name: str, value: Any) -> bool:
    """True if there is an element in a JSON value, which for a name with _ has to be an object."""
    kind = type(value)
    if kind is dict:
        return True
    if kind is list:
        wanted = dict if name[0] == "_" else object
        for item in value:  # noqa: SIM110
            if item is not None and isinstance(item, wanted):
                return True
        return False
    return value is not None and name[0] != "_"


class _Children(dict[str, Places]):
    """FHIRPath or JSON name to where its elements stand; made name by name as they are asked for."""

    __slots__ = ("_elements", "_in_primitive")

    def __init__(self, elements: tuple[Element, ...], in_primitive: bool) -> None:
        super().__init__()
        self._elements = elements
        self._in_primitive = in_primitive

    def __missing__(self, name: str) -> Places:
        found = Places(
            tuple(_child(e) for e in self._elements if name in (e.label, e.name)), self._in_primitive
        )
        self[name] = found
        return found


def _child(element: Element) -> Child:
    beside = "_" + element.name if element.is_primitive and not element.attribute else ""
    return Child(element.name, beside, None if element.kind is Kind.RESOURCE else shape(element.type))


class Shape:
    """A type or backbone path: its children, its ancestors (itself among them), how its value is read."""

    __slots__ = ("_all", "_content", "_elements", "children", "convert", "is_primitive", "lineage", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_primitive = name in _PRIMITIVES
        self.lineage = _lineage(name)
        table = type_table("Element" if self.is_primitive else name)
        self._elements = () if name == "xhtml" else tuple(table.elements.values())
        self._all: Places | None = None
        self._content: frozenset[str] | None = None
        self.children = _Children(self._elements, self.is_primitive)
        self.convert = _converter(self)

    def all_children(self) -> Places:
        """Every place where a child may stand."""
        if self._all is None:
            self._all = Places(tuple(map(_child, self._elements)), self.is_primitive)
        return self._all

    def has_content(self, source: Json) -> bool:
        """True if `source` has a child other than the id."""
        names = self._content
        if names is None:
            names = self._content = frozenset(
                name for e in self._elements if e.label != "id" for name in _child(e)[:2] if name
            )
        for name, value in source.items():  # noqa: SIM110
            if name in names and _is_filled(name, value):
                return True
        return False


@cache
def shape(name: str) -> Shape:
    """The shape of a type, resource or backbone path. Raises KeyError for a name R4 does not have."""
    return Shape(name)


def _lineage(name: str) -> frozenset[str]:
    names = []
    current: str | None = name
    while current is not None:
        names.append(current)
        is_primitive = current in _PRIMITIVES
        current = _PRIMITIVE_BASE.get(current, "Element") if is_primitive else base_type(current)
    return frozenset(names)


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


def resource_shape(resource: Any) -> Shape:
    """The shape of a resource by its resourceType."""
    name = resource.get("resourceType") if type(resource) is dict else None
    return shape(name if type(name) is str and name in resource_types() else "Resource")


def follow(items: list[Any], name: str) -> list[Any]:
    """The children called `name` of all items, as a new list."""
    out: list[Any] = []
    for item in items:
        if type(item) is Node:
            add_children(item, item.shape.children[name], out)
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
    return type(source) is dict and places.any_filled(source)


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
    convert = item.shape.convert
    return item.value if convert is None else convert(item)


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


def _converter(of: Shape) -> Callable[[Node], Any] | None:
    if not of.is_primitive:
        return _quantity if "Quantity" in of.lineage or of.name == "Money" else _itself
    if of.name in ("date", "dateTime", "instant", "time"):
        return _temporal
    return _decimal if of.name == "decimal" else None


def _itself(node: Node) -> Any:
    return node


def _quantity(node: Node) -> Any:
    value = quantity_of(node.value) if type(node.value) is dict else None
    return node if value is None else value


def _temporal(node: Node) -> Any:
    value = node.value
    found = temporal.parse(value) if type(value) is str else None
    return value if found is None else found


def _decimal(node: Node) -> Any:
    value = node.value
    return Decimal(str(value)) if type(value) is float else value

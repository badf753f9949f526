"""What may stand below an element of each type, looked up by name: from the base tables of R4.

Names of choices are without their type (`value` finds valueQuantity), but the JSON name is understood too, as
the official validator does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from fhirpa.fhir.fhirpath import temporal
from fhirpa.fhir.fhirpath.quantity import quantity_of
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


class Child(NamedTuple):
    """Where the elements of one name stand: a JSON name, the name of what is beside it, their shape.

    `beside` is '' for what has nothing beside it; `shape` is None where any resource may stand.
    """

    name: str
    beside: str
    shape: Shape | None


class Places:
    """The places of one name in a type; where there are many (value[x]), the data is asked which it has.

    Where there is one place `only`: `value_name` is its JSON name if it is for primitives, else '', and
    `convert` makes system values of them; `object_name` and `object_shape` are its if it is for objects.
    """

    __slots__ = ("_all", "_by_name", "convert", "few", "object_name", "object_shape", "only", "value_name")

    def __init__(self, places: tuple[Child, ...], in_primitive: bool) -> None:
        self._all = places
        self.few = places if len(places) < _MANY else ()
        self._by_name = {name: place for place in places for name in (place.name, place.beside) if name}
        self.only = places[0] if len(places) == 1 else None
        shape = self.only.shape if self.only is not None and not in_primitive else None
        is_value = shape is not None and shape.is_primitive
        self.value_name = places[0].name if is_value else ""
        self.convert = shape.convert if shape is not None and is_value else None
        self.object_shape = None if is_value else shape
        self.object_name = places[0].name if self.object_shape is not None else ""

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


def resource_shape(resource: Any) -> Shape:
    """The shape of a resource by its resourceType."""
    name = resource.get("resourceType") if type(resource) is dict else None
    return shape(name if type(name) is str and name in resource_types() else "Resource")


Convert = Callable[[Any], Any]


def _converter(of: Shape) -> Convert | None:
    """How the JSON value becomes a system value; None if it is one, or has none."""
    if "Quantity" in of.lineage or of.name == "Money":
        return _quantity
    if of.name in ("date", "dateTime", "instant", "time"):
        return _temporal
    return _decimal if of.name == "decimal" else None


def _quantity(value: Any) -> Any:
    return quantity_of(value) if type(value) is dict else None


def _temporal(value: Any) -> Any:
    found = temporal.parse(value) if type(value) is str else None
    return value if found is None else found


def _decimal(value: Any) -> Any:
    return Decimal(str(value)) if type(value) is float else value

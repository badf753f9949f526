"""What R4 says of each type: its elements in order, their types and how often they stand.

Read once from the compiled base tables (profiles/r4-core.json, see compile.py); types are built when they are
first asked for. Inherited elements, content references and the names of choices are resolved here, so that
the XML codec and the structure check look up a JSON or XML name and know all about it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any

from fhirpa.fhir.data import data_path

_FORMAT = 1


class Kind(Enum):
    """What stands in an element."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    STRING = "string"
    XHTML = "xhtml"
    COMPLEX = "complex"
    RESOURCE = "resource"


_PRIMITIVE = frozenset({Kind.BOOLEAN, Kind.INTEGER, Kind.DECIMAL, Kind.STRING})


@dataclass(frozen=True, slots=True)
class Element:
    """One element under the name that it has on the wire.

    `label` is its name in FHIRPath (valueQuantity is `value`). `type` is a type or a backbone path.
    `position` is its place among the elements of the type; all types of a choice share one.
    `attribute` is true for what XML writes as an attribute. `is_primitive` is true for a bare JSON value
    whose id and extensions stand beside it in `_name`.
    """

    name: str
    label: str
    type: str
    kind: Kind
    many: bool
    position: int
    attribute: bool
    is_primitive: bool

    @property
    def is_choice(self) -> bool:
        """True for one of the types of value[x] and its like."""
        return self.name != self.label


@dataclass(frozen=True, slots=True)
class TypeTable:
    """A type or backbone path: elements by wire name, in order, and the names that must be there.

    `required` maps the FHIRPath name to the wire names of which one has to stand.
    """

    name: str
    elements: Mapping[str, Element]
    required: Mapping[str, tuple[str, ...]]


@cache
def _raw() -> dict[str, Any]:
    tables: dict[str, Any] = json.loads(data_path("profiles").joinpath("r4-core.json").read_bytes())
    if tables["format"] != _FORMAT:
        raise ValueError(f"r4-core.json has format {tables['format']}, this code reads {_FORMAT}")
    return tables


@cache
def resource_types() -> frozenset[str]:
    """The names of all concrete resources."""
    return frozenset(_raw()["resources"])


@cache
def type_names() -> frozenset[str]:
    """The names of all complex types, resources and backbone paths."""
    return frozenset(_raw()["paths"])


@cache
def type_table(name: str) -> TypeTable:
    """The table of a complex type, resource or backbone path. Raises KeyError for a name R4 does not have."""
    elements: dict[str, Element] = {}
    required: dict[str, tuple[str, ...]] = {}
    for position, row in enumerate(_rows(name)):
        variants = [_element(position, row, code) for code in row[1].split()]
        elements |= {e.name: e for e in variants}
        if row[2]:
            required[variants[0].label] = tuple(e.name for e in variants)
    return TypeTable(name, MappingProxyType(elements), MappingProxyType(required))


def base_type(name: str) -> str | None:
    """The type that a complex type, resource or backbone path specializes. Raises KeyError as type_table."""
    base: str | None = _raw()["paths"][name][0]
    return base


def _rows(name: str) -> list[list[Any]]:
    base, own = _raw()["paths"][name]
    return [*(_rows(base) if base else ()), *own]


def _element(position: int, row: list[Any], code: str) -> Element:
    label = row[0].removesuffix("[x]")
    name = label if label == row[0] else label + code[0].upper() + code[1:]
    kind = _kind(code)
    return Element(
        name=name,
        label=label,
        type=code.removeprefix("#"),
        kind=kind,
        many=row[3] != 1,
        position=position,
        attribute=len(row) > 4,
        is_primitive=kind in _PRIMITIVE,
    )


def _kind(code: str) -> Kind:
    if code == "Resource":
        return Kind.RESOURCE
    if code == "xhtml":
        return Kind.XHTML
    primitive = _raw()["primitives"].get(code)
    return Kind(primitive["json"]) if primitive else Kind.COMPLEX

"""Per type, what the structure check looks up for each JSON name: made once from the base tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from fhirpa.fhir import xhtml
from fhirpa.fhir.primitives import CHECKS, Check
from fhirpa.fhir.tables import Element, Kind, resource_types, type_table


@dataclass(frozen=True, slots=True)
class Slot:
    """What may stand under one name. `check` is set for values, else an object belongs there.

    `choice` is the name of the choice in FHIRPath, '' where there is none.
    """

    label: str
    type: str
    many: bool
    check: Check | None
    is_resource: bool
    choice: str
    has_sibling: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The slots of a type by JSON name, and per mandatory element the names of which one must stand."""

    type: str
    slots: Mapping[str, Slot]
    required: tuple[tuple[str, tuple[str, ...]], ...]
    is_resource: bool
    is_extension: bool


@cache
def plan(type_name: str) -> Plan:
    """The plan of a complex type, resource or backbone path. Raises KeyError for a name R4 does not have."""
    table = type_table(type_name)
    slots = {e.name: _slot(e) for e in table.elements.values()}
    required = tuple(
        (label, tuple(n for name in names for n in (name, "_" + name)))
        for label, names in table.required.items()
    )
    is_resource = type_name in resource_types()
    return Plan(type_name, slots, required, is_resource, type_name == "Extension")


def _slot(element: Element) -> Slot:
    check = _narrative if element.kind is Kind.XHTML else CHECKS.get(element.type)
    return Slot(
        element.label,
        element.type,
        element.many,
        check,
        element.kind is Kind.RESOURCE,
        element.label if element.is_choice else "",
        element.is_primitive and not element.attribute,
    )


def _narrative(value: object) -> str | None:
    if type(value) is not str:
        return "value-type"
    try:
        xhtml.parse_div(value)
    except ValueError:
        return "value-form" if value else "empty-value"
    return None

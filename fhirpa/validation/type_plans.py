"""Per type, what the walk over a resource looks up for each JSON name: made once, when first wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from fhirpa.fhir.fhirpath.shapes import Shape, shape
from fhirpa.fhir.tables import Element as WireElement
from fhirpa.fhir.tables import Kind, type_table
from fhirpa.validation.elements import Binding, Element
from fhirpa.validation.links import LINKS
from fhirpa.validation.rules import Rule, rules
from fhirpa.validation.tables import TableSet


@dataclass(frozen=True, slots=True)
class Slot:
    """What stands under one JSON name. `shape` is None where any resource stands.

    `targets` are the resource types that a Reference or canonical may lead to; empty: any. `is_link`: what
    a canonical leads to has to be looked at (meta.profile leads to nothing that is sent).
    """

    label: str
    shape: Shape | None
    is_primitive: bool
    is_extension: bool
    binding: Binding | None
    rules: tuple[Rule, ...]
    targets: frozenset[str]
    is_link: bool


@dataclass(frozen=True, slots=True)
class TypePlan:
    """The slots of a type or backbone path by JSON name, and the rules that each element of it is under.

    `visited` are those slots that the walk has anything to do at, `quiet` the names of the others: most
    primitives. `is_coding`: a system and a code stand in it, so also for a Quantity.
    """

    name: str
    shape: Shape
    slots: Mapping[str, Slot]
    visited: Mapping[str, Slot]
    quiet: frozenset[str]
    rules: tuple[Rule, ...]
    is_reference: bool = field(default=False)
    is_coding: bool = field(default=False)
    is_identifier: bool = field(default=False)


_CODED: Final = frozenset({"Coding", "Quantity", "Age", "Count", "Distance", "Duration"})


class TypePlans(dict[str, TypePlan]):
    """The plans of one set of tables by name of a type, resource or backbone path, made when looked up.

    Raises KeyError for what R4 does not have. Equal answers for all; two threads may both make one.
    """

    def __init__(self, tables: TableSet) -> None:
        super().__init__()
        self._tables = tables

    def __missing__(self, name: str) -> TypePlan:
        self[name] = made = self._make(name)
        return made

    def _make(self, name: str) -> TypePlan:
        stated = {label.removesuffix("[x]"): e for label, e in self._children(name).items()}
        slots = {e.name: _slot(name, e, stated.get(e.label)) for e in type_table(name).elements.values()}
        own = () if "." in name else rules(self._tables.base(name).constraints)
        # A backbone's own constraints stand at its element, which the slot of the outer type has.
        visited = {n: s for n, s in slots.items() if not s.is_primitive or s.binding or s.rules or s.is_link}
        return TypePlan(
            name,
            shape(name),
            slots,
            visited,
            frozenset(slots.keys() - visited.keys()),
            own,
            is_reference=name == "Reference",
            is_coding=name in _CODED,
            is_identifier=name == "Identifier",
        )

    def _children(self, name: str) -> Mapping[str, Element]:
        first, *path = name.split(".")
        found = self._tables.base(first).children
        for step in path:
            found = found[step].children or {}
        return found


def _slot(owner: str, wire: WireElement, stated: Element | None) -> Slot:
    types = stated.types if stated else ()
    is_resource = wire.kind is Kind.RESOURCE
    return Slot(
        label=wire.label,
        shape=None if is_resource else shape(wire.type),
        is_primitive=wire.is_primitive or wire.kind is Kind.XHTML,
        is_extension=wire.type == "Extension",
        binding=firm(stated.binding) if stated else None,
        rules=rules(stated.constraints) if stated else (),
        targets=frozenset(t for ref in types if ref.code in LINKS for t in ref.targets) - {"Resource"},
        is_link=wire.type == "canonical" and owner != "Meta",
    )


def firm(binding: Binding | None) -> Binding | None:
    """A binding that something can be held against."""
    if binding is None:
        return None
    is_weak = binding.strength in ("example", "preferred") and binding.maximum is None
    return None if is_weak and not any(a.severity for a in binding.additional) else binding

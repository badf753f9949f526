"""A profile as the difference between its elements and those of the base type.

A snapshot repeats the whole base type; the table keeps what the profile changes, with all that its parents
changed (a snapshot holds that too). Where only a differential is there it is laid over the parent's table,
which is how snapshots are generated (http://hl7.org/fhir/R4/profiling.html#snapshot).
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Final

from fhirpa.validation.compiler.base import BaseTypes
from fhirpa.validation.compiler.facts import element_facts, short_canonical
from fhirpa.validation.compiler.package import Json
from fhirpa.validation.compiler.snapshot import RawNode, raw_tree

# What a slice always says itself, because it doesn't follow from the sliced element.
_CARDINALITY: Final = ("min", "max")
# How a choice is sliced where a differential leaves it unsaid.
_BY_TYPE: Final[Json] = {"by": [["type", "$this"]], "rules": "open"}

Parent = Callable[[str], Json]


class ProfileError(ValueError):
    """A definition that cannot be laid over its base type; names the definition and the element."""


def compile_profile(definition: Json, bases: BaseTypes, parent: Parent) -> Json:
    """The table line of a profile or extension.

    `parent` gives the compiled profile of a canonical (asked only where there is no snapshot); it raises
    KeyError for one that is unknown. Raises ProfileError for an element that the base type doesn't have.
    """
    type_name = definition["type"]
    row: Json = {"type": type_name, "base": short_canonical(definition["baseDefinition"])}
    if definition.get("abstract"):
        row["abstract"] = True
    if context := definition.get("context"):
        row["context"] = [[c["type"], c["expression"]] for c in context]
    if invariants := definition.get("contextInvariant"):
        row["contextInvariants"] = invariants
    return row | {"root": _root(definition, bases, parent)}


def needs_differential(definition: Json) -> bool:
    """True for a definition that comes without a snapshot."""
    return not definition.get("snapshot", {}).get("element")


def _root(definition: Json, bases: BaseTypes, parent: Parent) -> Json:
    base = bases.root(definition["type"])
    node: Json = {}
    if needs_differential(definition):
        elements = definition["differential"]["element"]
        if short_canonical(definition["baseDefinition"]) != definition["type"]:
            node = deepcopy(parent(definition["baseDefinition"])["root"])
    else:
        elements = definition["snapshot"]["element"]
    try:
        _lay(raw_tree(elements), base, node, bases)
    except KeyError as error:
        raise ProfileError(f"{definition['url']}: the base type has no element {error.args[0]}") from error
    for key in _CARDINALITY:
        node.pop(key, None)
    return node


def _lay(raw: RawNode, base: Json, node: Json, bases: BaseTypes) -> None:
    """Write into `node` what `raw` changes of `base`; where it goes back to the base, `node` forgets."""
    stated = element_facts(raw.element)
    constraints = stated.pop("constraints", [])
    for key, value in stated.items():
        if base.get(key) == value:
            node.pop(key, None)
        else:
            node[key] = value
    effective = base | {"types": node["types"]} if "types" in node else base
    _add_constraints(node, constraints, base, bases.inherited_keys(effective.get("types", [])))
    if raw.children and not _is_bare(effective):
        _lay_children(raw, effective, node, bases)
    if raw.slices:
        _lay_slices(raw, base, node, bases)


def _is_bare(node: Json) -> bool:
    """The value inside a primitive: nothing stands below it, though some published snapshots say so."""
    return str(node.get("types", [""])[0]).startswith("System.")


def _add_constraints(node: Json, stated: list[Json], base: Json, inherited: frozenset[str]) -> None:
    """An invariant of the base type is said there, whatever wording a later tool gave it in the snapshot."""
    known = inherited | {c["key"] for c in base.get("constraints", ())}
    own = {c["key"]: c for c in (*node.get("constraints", ()), *stated) if c["key"] not in known}
    if own:
        node["constraints"] = list(own.values())


def _lay_children(raw: RawNode, effective: Json, node: Json, bases: BaseTypes) -> None:
    below = bases.children(effective)
    children: dict[str, Json] = node.setdefault("children", {})
    for name, child in raw.children.items():
        if name not in below:
            raise KeyError(child.element.get("id", name))
        row = children.setdefault(name, {})
        _lay(child, below[name], row, bases)
        if not row:
            del children[name]
    if not children:
        del node["children"]


def _lay_slices(raw: RawNode, base: Json, node: Json, bases: BaseTypes) -> None:
    slices: dict[str, Json] = node.setdefault("slices", {})
    limit = node["max"] if "max" in node else base["max"]
    anonymous = {key: value for key, value in base.items() if key not in _CARDINALITY}
    for name, child in raw.slices.items():
        row = slices.setdefault(name, {"min": 0, "max": limit})
        _lay(child, anonymous, row, bases)
    if raw.name.endswith("[x]") and "slicing" not in node and "slicing" not in base:
        node["slicing"] = dict(_BY_TYPE)

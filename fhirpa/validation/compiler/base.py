"""The base types of R4 as full trees, which profiles are compared with and which are written once.

A node is a dict of facts (see profiles/README.md) with `children`; what types have in common stands with the
type that defines it, so that an invariant of Element is said once and not at every element.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Final

from fhirpa.fhir.compile import NOT_IN_R4
from fhirpa.validation.compiler.facts import element_facts
from fhirpa.validation.compiler.package import Json, Package
from fhirpa.validation.compiler.snapshot import RawNode, raw_tree

CORE: Final = "hl7.fhir.r4.core"
_HL7: Final = "http://hl7.org/fhir/StructureDefinition/"
_BACKBONES: Final = ("BackboneElement", "Element")


class BaseTypes:
    """All base types of the core package, by name."""

    def __init__(self, core: Package) -> None:
        self._definitions = dict(_base_definitions(core))
        self._roots = {name: raw_tree(d["snapshot"]["element"]) for name, d in self._definitions.items()}
        self._keys = {name: _constraint_keys(raw) for name, raw in self._roots.items()}
        self._nodes = {name: self._full(raw, name) for name, raw in self._roots.items()}

    def __contains__(self, name: object) -> bool:
        return name in self._definitions

    def names(self) -> list[str]:
        """All type names, sorted."""
        return sorted(self._definitions)

    def root(self, name: str) -> Json:
        """The full tree of a type; not to be changed. Raises KeyError for a name that R4 doesn't have."""
        return self._nodes[name]

    def inherited_keys(self, types: list[str | Json]) -> frozenset[str]:
        """The keys of all constraints that hold for every value of these types anyway."""
        codes = [t if isinstance(t, str) else t["code"] for t in types]
        return frozenset().union(*(self._keys.get(code, frozenset()) for code in codes))

    def children(self, node: Json) -> Mapping[str, Json]:
        """What can stand below an element: its own children, or those of its only type or of its reference.

        Of a choice of several types only what all elements have.
        """
        if "children" in node:
            return node["children"]  # type: ignore[no-any-return]
        if "ref" in node:
            return self.children(self._referenced(node["ref"]))
        codes = [t if isinstance(t, str) else t["code"] for t in node.get("types", ())]
        code = codes[0] if len(codes) == 1 and codes[0] in self._nodes else "Element"
        return self._nodes[code]["children"]  # type: ignore[no-any-return]

    def written(self, name: str) -> Json:
        """The line of a type in the table: only what the type adds to the one it is derived from."""
        definition = self._definitions[name]
        node = deepcopy(self._nodes[name])
        parent = definition.get("baseDefinition", "").removeprefix(_HL7)
        row: Json = {"kind": definition["kind"]}
        if parent:
            row["base"] = parent
        if definition["abstract"]:
            row["abstract"] = True
        _subtract(node, self._nodes[parent]["children"] if parent else {}, self._nodes)
        inherited = self._keys.get(parent, frozenset())
        if own := [c for c in node.get("constraints", ()) if c["key"] not in inherited]:
            row["constraints"] = own
        if node["children"]:
            row["children"] = node["children"]
        return row

    def _referenced(self, reference: str) -> Json:
        path = reference.partition("#")[2].split(".")
        node = self._nodes[path[0]]
        for name in path[1:]:
            node = node["children"][name]
        return node

    def _full(self, raw: RawNode, path: str) -> Json:
        """The facts of an element and of all below; without the invariants that its type has anyway."""
        node = element_facts(raw.element)
        if "." in path:
            inherited = self.inherited_keys(node.get("types", []))
            _keep_constraints(node, inherited)
        else:
            node.pop("min", None)
            node.pop("max", None)
        children = {
            name: self._full(child, f"{path}.{name}")
            for name, child in raw.children.items()
            if f"{path}.{name}" not in NOT_IN_R4
        }
        if children or "." not in path:
            node["children"] = children
        return node


def _base_definitions(core: Package) -> Iterator[tuple[str, Json]]:
    """The definitions of base types: no profiles, no logical models, no strays of another release."""
    if core.name != CORE:
        raise ValueError(f"the base types come from {CORE}, not from {core.id}")
    for (kind, url), definition in core.definitions.items():
        if (
            kind == "StructureDefinition"
            and definition["kind"] != "logical"
            and definition.get("derivation") != "constraint"
            and url == _HL7 + definition["type"]
            and definition.get("version", core.version) == core.version
        ):
            yield definition["type"], definition


def _constraint_keys(raw: RawNode) -> frozenset[str]:
    return frozenset(c["key"] for c in raw.element.get("constraint", ()))


def _keep_constraints(node: Json, inherited: frozenset[str]) -> None:
    kept = [c for c in node.pop("constraints", ()) if c["key"] not in inherited]
    if kept:
        node["constraints"] = kept


def _subtract(node: Json, common: Mapping[str, Json], nodes: Mapping[str, Json]) -> None:
    """Leave out the children that the parent type has in the very same form."""
    own = {name: child for name, child in node["children"].items() if child != common.get(name)}
    for child in own.values():
        if "children" in child:
            (code,) = child["types"]
            _subtract(child, nodes[code]["children"], nodes)
    node["children"] = own

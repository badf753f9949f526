"""The flat list of ElementDefinitions as the tree it means: children by name, slices below their element.

http://hl7.org/fhir/R4/elementdefinition.html#id: `Claim.item:first.extension:x` and, for a slice of a slice,
`Claim.item:first/second`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from fhirpa.validation.compiler.package import Json


@dataclass(slots=True)
class RawNode:
    """One ElementDefinition in its place; `element` is empty where a differential names only its children."""

    name: str
    element: Json = field(default_factory=dict)
    children: dict[str, "RawNode"] = field(default_factory=dict)
    slices: dict[str, "RawNode"] = field(default_factory=dict)


def raw_tree(elements: Iterable[Json]) -> RawNode:
    """The tree of a snapshot or differential, in the order of its first mention."""
    root = RawNode("")
    for element in elements:
        first, *rest = _segments(element)
        root.name = first
        node = root
        for segment in rest:
            node = _step(node, segment)
        node.element = element
    return root


def _segments(element: Json) -> list[str]:
    """The id cut at its points; without id the path and the name of the slice say the same."""
    name = f":{element['sliceName']}" if "sliceName" in element else ""
    return str(element.get("id") or element["path"] + name).split(".")


def _step(node: RawNode, segment: str) -> RawNode:
    name, _, slice_name = segment.partition(":")
    node = node.children.setdefault(name, RawNode(name))
    for part in slice_name.split("/") if slice_name else ():
        node = node.slices.setdefault(part, RawNode(part))
    return node

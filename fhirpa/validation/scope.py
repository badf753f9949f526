"""Where a resource stands, and what its references lead to."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fhirpa.fhir.bundle import BundleGraph, Entry, Target, Unresolved
from fhirpa.fhir.fhirpath import Environment, Node
from fhirpa.fhir.place import Place
from fhirpa.fhir.tables import resource_types

_TYPED = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9.\-]{1,64}(?:/_history/[A-Za-z0-9.\-]{1,64})?$")
NOWHERE: Final = Unresolved("")


Resolve = Callable[[str], dict[str, Any] | Unresolved | None]


@dataclass(frozen=True, slots=True)
class Scope:
    """A resource and its surroundings. `outer` holds it, if it is contained; `entry` if it is in a Bundle.

    `bundle` is set for a Bundle: the graph of its entries. `resolve`: what its references mean; see resolver.
    `contained` are the resources in it, or beside it in its container, by id.
    """

    node: Node
    place: Place
    env: Environment
    outer: "Scope | None"
    graph: BundleGraph | None
    entry: Entry | None
    bundle: BundleGraph | None
    resolve: Resolve
    contained: Mapping[str, dict[str, Any]]

    @property
    def type(self) -> str:
        """The resource type."""
        return self.node.shape.name


def resolver(
    root: dict[str, Any],
    contained: Mapping[str, dict[str, Any]],
    graph: BundleGraph | None,
    entry: Entry | None,
) -> Resolve:
    """From the text of a reference to the resource that it means, found once per text.

    Unresolved if it should be at hand and is not; None where nobody can say (no Bundle around).
    """
    known: dict[str, dict[str, Any] | Unresolved | None] = {}

    def resolve(text: str) -> dict[str, Any] | Unresolved | None:
        if text not in known:
            known[text] = find(text)
        return known[text]

    def find(text: str) -> dict[str, Any] | Unresolved | None:
        if text.startswith("#"):
            return contained.get(text[1:], NOWHERE) if text != "#" else root
        if graph is None or entry is None:
            return None
        found = graph.resolve(text, entry)
        return found.resource if isinstance(found, Target) else found

    return resolve


def type_in(reference: str) -> str | None:
    """The resource type that the text of a reference names (Patient/1), or None."""
    match = _TYPED.search(reference)
    return match[1] if match and match[1] in resource_types() else None


def contained_in(root: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The resources in a resource by id; of two with one id the first."""
    contained = root.get("contained")
    found: dict[str, dict[str, Any]] = {}
    for resource in contained if type(contained) is list else ():
        identifier = resource.get("id") if type(resource) is dict else None
        if type(identifier) is str:
            found.setdefault(identifier, resource)
    return found

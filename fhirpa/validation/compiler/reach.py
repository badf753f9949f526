"""What an implementation guide reaches: its own definitions and all that they name, at any depth.

To the guide's own definitions come the profiles and extensions of the packages that it is read with, because
an instance may name any of them (meta.profile, an extension). Of terminology only what is bound is reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fhirpa.validation.compiler.facts import full_canonical
from fhirpa.validation.compiler.library import Found, Library, precedence, version_of
from fhirpa.validation.compiler.licences import is_licensed_system
from fhirpa.validation.compiler.members import ANY
from fhirpa.validation.compiler.package import Json, Package
from fhirpa.validation.compiler.workshop import Workshop

PROFILE: Final = "StructureDefinition"
VALUE_SET: Final = "ValueSet"
CODE_SYSTEM: Final = "CodeSystem"
_EXAMPLE: Final = "example"


@dataclass(slots=True)
class Reached:
    """The closure of one guide.

    `definitions` by (kind, canonical). `aliases`: canonical asked for → canonical that answers.
    `missing`: canonical that nothing answers → its kind. `stand_ins`: dependency → what stands for it.
    """

    root: Package
    packages: tuple[Package, ...]
    stand_ins: dict[str, str | None]
    definitions: dict[tuple[str, str], Found] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def reach(root: Package, workshop: Workshop) -> Reached:
    """Walk from the definitions of `root`, the profiles of its packages and the base types' bindings."""
    order = precedence(root, workshop.packages)
    walk = _Walk(workshop, Library(order.packages), Reached(root, order.packages, dict(order.stand_ins)))
    for kind, url in root.definitions:
        walk.want(kind, url)
    for package in order.packages:
        for kind, url in package.definitions:
            if kind == PROFILE and package != workshop.core:
                walk.want(kind, f"{url}|{version_of(package.definitions[kind, url], package)}")
    for name in workshop.bases.names():
        walk.follow_bindings(workshop.bases.root(name))
    return walk.run()


class _Walk:
    def __init__(self, workshop: Workshop, library: Library, reached: Reached) -> None:
        self._workshop = workshop
        self._library = library
        self._reached = reached
        self._asked: set[tuple[str, str]] = set()
        self._open: list[Found] = []

    def want(self, kind: str, canonical: str) -> None:
        """Note a canonical, and queue what it means if that is new."""
        if (kind, canonical) in self._asked:
            return
        self._asked.add((kind, canonical))
        if kind == PROFILE and self._is_base(canonical):
            return
        found = self._library.find(kind, canonical)
        if found is None:
            self._reached.missing[canonical] = kind
            return
        if not found.exact:
            self._reached.aliases[canonical] = found.canonical
        key = (kind, found.canonical)
        if key not in self._reached.definitions and _is_content(found.definition):
            self._reached.definitions[key] = found
            self._open.append(found)

    def run(self) -> Reached:
        while self._open:
            found = self._open.pop()
            kind = found.definition["resourceType"]
            if kind == PROFILE:
                self._follow_profile(self._workshop.profile(found))
            elif kind == VALUE_SET:
                self._follow_value_set(self._workshop.value_set(found))
            elif self._workshop.code_system(found) is None:
                del self._reached.definitions[kind, found.canonical]
                self._reached.missing[found.definition["url"]] = kind
        return self._reached

    def _follow_profile(self, row: Json) -> None:
        self.want(PROFILE, full_canonical(row["base"]))
        for canonical in _named_profiles(row["root"]):
            self.want(PROFILE, full_canonical(canonical))
        self.follow_bindings(row["root"])

    def follow_bindings(self, root: Json) -> None:
        """The value sets that bind anything below `root`, and the systems of those that only suggest."""
        for value_set in _binding(root):
            self.want(VALUE_SET, value_set)
        for value_set in _suggested(root):
            found = self._library.find(VALUE_SET, value_set)
            for system in systems_of(self._workshop.value_set(found)) if found else ():
                if self._library.find(CODE_SYSTEM, system):
                    self.want(CODE_SYSTEM, system)

    def _follow_value_set(self, row: Json) -> None:
        for system in systems_of(row):
            self.want(CODE_SYSTEM, system)

    def _is_base(self, canonical: str) -> bool:
        url = canonical.partition("|")[0]
        name = url.rpartition("/")[2]
        return name in self._workshop.bases and url == full_canonical(name)


def systems_of(row: Json) -> list[str]:
    """The systems in the line of a value set, without those whose codes are licensed."""
    named = (*row.get("all", ()), *row.get("codes", ()), *row.get("unknown", ()))
    return [s for s in named if s != ANY and not is_licensed_system(s)]


def _is_content(definition: Json) -> bool:
    """False for a logical model, which constrains no resource."""
    return definition.get("kind") != "logical"


def _nodes(node: Json) -> Iterator[Json]:
    """An element and all elements below it."""
    yield node
    for group in ("children", "slices"):
        for child in node.get(group, {}).values():
            yield from _nodes(child)


def _named_profiles(root: Json) -> Iterator[str]:
    for node in _nodes(root):
        for stated in node.get("types", ()):
            if not isinstance(stated, str):
                yield from (*stated.get("profiles", ()), *stated.get("targets", ()))


def _binding(root: Json) -> Iterator[str]:
    """The value sets that something is checked against."""
    for node in _nodes(root):
        if binding := node.get("binding"):
            keys = ("max", "min") if binding["strength"] == _EXAMPLE else ("valueSet", "max", "min")
            yield from (binding[key] for key in keys if key in binding)
            yield from (a["valueSet"] for a in binding.get("additional", ()))


def _suggested(root: Json) -> Iterator[str]:
    """The value sets of example bindings: they bind nothing, but their systems tell a code from a typo."""
    for node in _nodes(root):
        binding = node.get("binding", {})
        if binding.get("strength") == _EXAMPLE and "valueSet" in binding:
            yield binding["valueSet"]

"""How an item is told to be of a slice: http://hl7.org/fhir/R4/profiling.html#discriminator.

The answer has three values: None where nobody here can know (a value set or profile that is not to be had).
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from fhirpa.fhir.fhirpath import Environment, Node
from fhirpa.fhir.fhirpath.model import follow
from fhirpa.validation.discriminator_paths import THIS, Nodes, element_at, nodes_at, target_path
from fhirpa.validation.elements import Discriminator, Element
from fhirpa.validation.tables import TableSet
from fhirpa.validation.terms import Terms
from fhirpa.validation.values import fitting, same_as

Matcher = Callable[[Node, Environment], bool | None]
_Test = Callable[[Any, Environment], bool | None]

_DEEPEST: Final = 6


def never_told(node: Node, env: Environment) -> None:
    """The matcher of a slice that says nothing at a discriminator: an item may be of it, or not."""


def matches_none(node: Node, env: Environment) -> bool:
    """The matcher of the default slice, which takes what is left."""
    return False


def has_url(url: str) -> Matcher:
    """The matcher of an extension slice."""
    return lambda node, env: type(node.value) is dict and node.value.get("url") == url


class Matchers:
    """Makes matchers from what slices say at their discriminators."""

    def __init__(self, tables: TableSet, terms: Terms) -> None:
        self._tables = tables
        self._terms = terms

    def of(self, slice_: Element, discriminators: Iterable[Discriminator]) -> Matcher:
        """A function that tells if an item is of this slice; `never_told` where no discriminator helps."""
        tests = [self._one(slice_, d) or never_told for d in discriminators]
        if all(t is never_told for t in tests):
            return never_told
        return tests[0] if len(tests) == 1 else lambda node, env: _all(t(node, env) for t in tests)

    def _one(self, slice_: Element, by: Discriminator) -> Matcher | None:
        nodes = nodes_at(by.path)
        if nodes is None:
            return None
        leads_to = target_path(by.path)
        if by.kind == "type" and leads_to is not None:
            return self._of_target(slice_, leads_to, nodes)
        if by.kind == "profile":
            return self._of_profile(slice_, by.path, nodes)
        at = element_at(self._tables, slice_, by.path)
        if at is None:
            return None
        if by.kind == "exists":
            wanted = at.max != 0
            return lambda node, env: bool(nodes(node, env)) is wanted
        test = self._of_type(at) if by.kind == "type" else self._of_value(at, 0)
        return test if by.path == THIS else _some(nodes, test)

    def _of_type(self, at: Element) -> _Test:
        codes = frozenset(t.code for t in at.types)
        if at.name.endswith("[x]"):  # a code is no string where there is a choice
            return lambda node, env: type(node) is Node and node.shape.name in codes
        return lambda node, env: type(node) is Node and not codes.isdisjoint(node.shape.lineage)

    def _of_target(self, slice_: Element, path: str, nodes: Nodes) -> Matcher | None:
        """By the type of what a reference leads to."""
        at = element_at(self._tables, slice_, path)
        names = [t for ref in at.types for t in ref.targets] if at else []
        profiles = [self._tables.profile(n) for n in names]
        codes = frozenset(p.type if p else n for p, n in zip(profiles, names, strict=True))
        if not codes:
            return None
        return _some(nodes, lambda node, env: type(node) is Node and not codes.isdisjoint(node.shape.lineage))

    def _of_profile(self, slice_: Element, path: str, nodes: Nodes) -> Matcher | None:
        """By the profile that the item, what stands at the path, or what a reference there leads to meets."""
        leads_to = target_path(path)
        at = element_at(self._tables, slice_, path if leads_to is None else leads_to)
        types = at.types if at else ()
        names = tuple(n for t in types for n in (t.profiles if leads_to is None else t.targets))
        if not names:
            return None

        def meets(node: Any, env: Environment) -> bool | None:
            if type(node) is not Node:
                return False
            return _any(self._meets(node, name, env) for name in names)

        return _some(nodes, meets)

    def _meets(self, node: Node, name: str, env: Environment) -> bool | None:
        if ":" not in name and self._tables.is_type(name):
            return name in node.shape.lineage
        return env.conforms_to(node, name) if env.conforms_to else None

    def _of_value(self, at: Element, depth: int) -> _Test | None:
        """A test for what the slice fixes here: a value, a pattern, values below, or a required binding."""
        if at.fixed is not None:
            is_same = same_as(at.fixed)
            return lambda node, env: is_same(_value(node))
        if at.pattern is not None:
            fits = fitting(at.pattern)
            return lambda node, env: fits(_value(node))
        if depth >= _DEEPEST:
            return None
        below = self._of_parts(at, depth)
        if below is not None:
            return below
        if "binding" in at.stated and at.binding and at.binding.strength == "required":
            value_set = at.binding.value_set or ""
            return lambda node, env: type(node) is Node and self._terms.member(node, value_set)
        profiles = [p for t in at.types for p in t.profiles]
        profile = self._tables.profile(profiles[0]) if len(profiles) == 1 else None
        if profile:
            return self._of_value(profile.root, depth + 1)
        # An element that is sliced again: what every item of it has to be, where one slice is mandatory.
        needed = [s for s in (at.slices or {}).values() if s.min]
        return self._of_value(needed[0], depth + 1) if len(needed) == 1 else None

    def _of_parts(self, at: Element, depth: int) -> _Test | None:
        parts: list[tuple[str, _Test]] = []
        for name, child in (at.children or {}).items():
            needed = [child, *(s for s in (child.slices or {}).values() if s.min)]
            if name in ("extension", "id"):
                continue
            tests = [self._of_value(e, depth + 1) for e in needed if _says_something(e)]
            parts += [(name.removesuffix("[x]"), t) for t in tests if t]
        if not parts:
            return None
        return lambda node, env: _all(
            _any(test(n, env) for n in follow([node], label)) for label, test in parts
        )


def _says_something(element: Element) -> bool:
    return element.fixed is not None or element.pattern is not None or bool(element.children)


def _some(nodes: Nodes, test: _Test | None) -> Matcher | None:
    """A matcher that is true where one of the nodes passes."""
    if test is None:
        return None

    def matches(node: Node, env: Environment) -> bool | None:
        verdict: bool | None = False
        for found in nodes(node, env):
            answer = test(found, env)
            if answer:
                return True
            if answer is None:
                verdict = None
        return verdict

    return matches


def _any(answers: Iterable[bool | None]) -> bool | None:
    verdict: bool | None = False
    for answer in answers:
        if answer:
            return True
        if answer is None:
            verdict = None
    return verdict


def _all(answers: Iterable[bool | None]) -> bool | None:
    verdict: bool | None = True
    for answer in answers:
        if answer is None:
            verdict = None
        elif not answer:
            return False
    return verdict


def _value(item: Any) -> Any:
    return item.value if type(item) is Node else item

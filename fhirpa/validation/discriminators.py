"""How an item is told to be of a slice: http://hl7.org/fhir/R4/profiling.html#discriminator."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from fhirpa.fhir.fhirpath import Environment, EvaluationError, Node
from fhirpa.fhir.fhirpath.model import follow
from fhirpa.validation.elements import Discriminator, Element
from fhirpa.validation.rules import compiled
from fhirpa.validation.tables import TableSet
from fhirpa.validation.terms import Terms
from fhirpa.validation.values import fits, is_same

Matcher = Callable[[Node, Environment], bool]
_Test = Callable[[Node], bool]
_Nodes = Callable[[Node, Environment], list[Any]]

_STEP = re.compile(r"(\$this|[A-Za-z]+)(?:\('?([^')]*)'?\))?(?:\.|$)")
_CAST = re.compile(r"\s+as\s+[A-Za-z]+$")
_NAMES_ONLY = re.compile(r"[A-Za-z]+(\.[A-Za-z]+)*").fullmatch
_DEEPEST: Final = 6


class Matchers:
    """Makes matchers from what slices say at their discriminators."""

    def __init__(self, tables: TableSet, terms: Terms) -> None:
        self._tables = tables
        self._terms = terms

    def of(self, slice_: Element, discriminators: Iterable[Discriminator]) -> Matcher | None:
        """A function that tells if an item is of this slice; None where that cannot be known."""
        tests = [self._one(slice_, d) for d in discriminators]
        known = [t for t in tests if t]
        if not known or len(known) < len(tests):
            return None
        return known[0] if len(known) == 1 else lambda node, env: all(t(node, env) for t in known)

    def _one(self, slice_: Element, by: Discriminator) -> Matcher | None:
        nodes = _nodes(by.path)
        if nodes is None:
            return None
        if by.kind == "type" and by.path.endswith("resolve()"):
            return self._of_target(slice_, by.path.removesuffix("resolve()").removesuffix("."), nodes)
        at = self._at(slice_, by.path)
        if at is None:
            return None
        if by.kind == "exists":
            wanted = at.max != 0
            return lambda node, env: bool(nodes(node, env)) is wanted
        test = self._of_type(at) if by.kind == "type" else self._of_value(at, 0)
        if test is None:
            return None
        return lambda node, env: any(map(test, nodes(node, env)))

    def _at(self, slice_: Element, path: str) -> Element | None:
        """What the slice says of the element at a discriminator's path."""
        at: Element | None = slice_
        for name, argument in _steps(_CAST.sub("", path)):
            if at is None or name in ("$this", "ofType"):
                continue
            if name == "extension":
                found = self._child(at, "extension")
                slices = (found.slices or {}).values() if found else ()
                at = next((s for s in slices if extension_url(self._tables, s) == argument), None)
            elif name == "resolve":
                at = self._target(at)
            else:
                at = self._child(at, name)
        return at

    def _child(self, element: Element, name: str) -> Element | None:
        children = element.children or {}
        found = children.get(name) or children.get(name + "[x]")
        if found is None and len(element.types) == 1 and len(element.types[0].profiles) == 1:
            profile = self._tables.profile(element.types[0].profiles[0])
            return self._child(profile.root, name) if profile else None
        return found

    def _target(self, element: Element) -> Element | None:
        targets = [t for ref in element.types for t in ref.targets]
        profile = self._tables.profile(targets[0]) if len(targets) == 1 else None
        return profile.root if profile else None

    def _of_type(self, at: Element) -> _Test:
        codes = frozenset(t.code for t in at.types)
        return lambda node: type(node) is Node and not codes.isdisjoint(node.shape.lineage)

    def _of_target(self, slice_: Element, path: str, nodes: _Nodes) -> Matcher | None:
        """By the type of what a reference leads to."""
        at = self._at(slice_, path)
        names = [t for ref in at.types for t in ref.targets] if at else []
        profiles = [self._tables.profile(n) for n in names]
        codes = frozenset(p.type if p else n for p, n in zip(profiles, names, strict=True))
        if not codes:
            return None
        return lambda node, env: any(
            type(n) is Node and not codes.isdisjoint(n.shape.lineage) for n in nodes(node, env)
        )

    def _of_value(self, at: Element, depth: int) -> _Test | None:
        """A test for what the slice fixes here: a value, a pattern, values below, or a required binding."""
        if at.fixed is not None:
            return lambda node: is_same(_value(node), at.fixed)
        if at.pattern is not None:
            return lambda node: fits(_value(node), at.pattern)
        below = self._of_parts(at, depth) if depth < _DEEPEST else None
        if below is not None:
            return below
        if "binding" in at.stated and at.binding and at.binding.strength == "required":
            value_set = at.binding.value_set or ""
            if self._tables.value_set(value_set) is None:
                return None
            return lambda node: type(node) is Node and self._terms.member(node, value_set) is not False
        if len(at.types) == 1 and len(at.types[0].profiles) == 1:
            profile = self._tables.profile(at.types[0].profiles[0])
            return self._of_value(profile.root, depth + 1) if profile and depth < _DEEPEST else None
        return None

    def _of_parts(self, at: Element, depth: int) -> _Test | None:
        parts: list[tuple[str, _Test]] = []
        for name, child in (at.children or {}).items():
            needed = [child, *(s for s in (child.slices or {}).values() if s.min)]
            if name in ("extension", "id"):
                continue
            tests = [self._of_value(e, depth + 1) for e in needed if e.fixed or e.pattern or e.children]
            parts += [(name.removesuffix("[x]"), t) for t in tests if t]
        if not parts:
            return None
        return lambda node: all(any(map(test, follow([node], label))) for label, test in parts)


def extension_url(tables: TableSet, slice_: Element) -> str | None:
    """The url of the extensions in a slice: fixed there, or that of the one definition it names."""
    own = (slice_.children or {}).get("url")
    if own is not None and own.fixed:
        return str(own.fixed)
    profiles = [p for t in slice_.types for p in t.profiles]
    if len(profiles) != 1:
        return None
    found = tables.profile(profiles[0])
    return found.url if found else profiles[0].partition("|")[0]


def _steps(path: str) -> Iterator[tuple[str, str]]:
    for match in _STEP.finditer(path):
        yield match[1], match[2] or ""


def _nodes(path: str) -> _Nodes | None:
    if path == "$this":
        return lambda node, env: [node]
    if _NAMES_ONLY(path):
        names = path.split(".")

        def walk(node: Node, env: Environment) -> list[Any]:
            found: list[Any] = [node]
            for name in names:
                found = follow(found, name)
            return found

        return walk
    expression = compiled(path)
    if expression is None:
        return None

    def evaluate(node: Node, env: Environment) -> list[Any]:
        try:
            return expression.evaluate(node, env)
        except EvaluationError:
            return []

    return evaluate


def _value(item: Any) -> Any:
    return item.value if type(item) is Node else item

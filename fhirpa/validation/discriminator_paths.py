"""The paths of discriminators: what a slice says of the element there, and the nodes there in an item."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from fhirpa.fhir.fhirpath import Environment, EvaluationError, Node
from fhirpa.fhir.fhirpath.model import follow
from fhirpa.validation.elements import Element
from fhirpa.validation.rules import compiled
from fhirpa.validation.tables import TableSet

THIS: Final = "$this"
Nodes = Callable[[Node, Environment], list[Any]]

_STEP = re.compile(r"(\$this|[A-Za-z]+)(?:\('?([^')]*)'?\))?(?:\.|$)")
_CAST = re.compile(r"\s+as\s+[A-Za-z]+$")
_NAMES_ONLY = re.compile(r"[A-Za-z]+(\.[A-Za-z]+)*").fullmatch


def element_at(tables: TableSet, slice_: Element, path: str) -> Element | None:
    """What the slice says of the element at a discriminator's path; None where it says nothing."""
    at: Element | None = slice_
    for name, argument in _steps(_CAST.sub("", path)):
        if at is None or name in (THIS, "ofType"):
            continue
        if name == "extension":
            found = _child(tables, at, "extension")
            slices = (found.slices or {}).values() if found else ()
            at = next((s for s in slices if extension_url(tables, s) == argument), None)
        elif name == "resolve":
            at = _target(tables, at)
        else:
            at = _child(tables, at, name)
    return at


def target_path(path: str) -> str | None:
    """For a path that ends with resolve() the path of the reference, else None."""
    if not path.endswith("resolve()"):
        return None
    return path.removesuffix("resolve()").removesuffix(".") or THIS


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


def nodes_at(path: str) -> Nodes | None:
    """A function that gives the nodes of an item at a path; None for a path that cannot be read."""
    if path == THIS:
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


def _child(tables: TableSet, element: Element, name: str) -> Element | None:
    for key in ("fixed", "pattern"):
        part = getattr(element, key)
        if type(part) is dict and name in part:
            return _part(element, key, part[name])
    children = element.children or {}
    found = children.get(name) or children.get(name + "[x]")
    if found is None and len(element.types) == 1 and len(element.types[0].profiles) == 1:
        profile = tables.profile(element.types[0].profiles[0])
        return _child(tables, profile.root, name) if profile else None
    return found


def _part(element: Element, key: str, value: Any) -> Element | None:
    """What a fixed value or a pattern of an element says of an element in it, if that is one value."""
    if type(value) is list:
        value = value[0] if len(value) == 1 else None
    if value is None:
        return None
    # The types would lead to profiles, which say less than the value does.
    bare = replace(element, fixed=None, pattern=None, children=None, slices=None, types=())
    return replace(bare, fixed=value) if key == "fixed" else replace(bare, pattern=value)


def _target(tables: TableSet, element: Element) -> Element | None:
    targets = [t for ref in element.types for t in ref.targets]
    profile = tables.profile(targets[0]) if len(targets) == 1 else None
    return profile.root if profile else None


def _steps(path: str) -> Iterator[tuple[str, str]]:
    for match in _STEP.finditer(path):
        yield match[1], match[2] or ""

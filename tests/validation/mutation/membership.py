"""Which slice an item is of, worked out from the tables alone: the judge over the validator's own matching.

Written without the validator's code. `Unsure` where a discriminator needs what JSON alone does not show.
"""

from collections.abc import Iterable
from typing import Any

from fhirpa.fhir.tables import type_table
from fhirpa.validation.elements import Element
from fhirpa.validation.tables import TableSet

Json = dict[str, Any]


class Unsure(Exception):
    """Nobody can say from the JSON alone."""


class Membership:
    """Slices of an element, by all kinds of discriminators but those through references."""

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables

    def slice_of(self, sliced: Element, item: Any, code: str | None) -> str | None:
        """The name of the first slice that an item fits; `code` is its type where the element is a choice."""
        for name, slice_ in (sliced.slices or {}).items():
            if self.fits(sliced, slice_, item, code):
                return name
        return None

    def fits(self, sliced: Element, slice_: Element, item: Any, code: str | None) -> bool:
        """True if all discriminators say that an item is of a slice. Raises Unsure."""
        assert sliced.slicing is not None
        return all(self._one(slice_, d.kind, d.path, item, code) for d in sliced.slicing.discriminators)

    def _one(self, slice_: Element, kind: str, path: str, item: Any, code: str | None) -> bool:
        if kind == "value" and path == "url":
            return isinstance(item, dict) and item.get("url") == self.url(slice_)
        if kind == "type" and path == "$this" and code is not None:
            return code in {t.code for t in slice_.types}
        if "(" in path or kind == "profile" or (kind == "type" and path != "$this"):
            raise Unsure(path)
        steps = [] if path == "$this" else path.split(".")
        at, values = self._at(slice_, steps), _values(item, steps)
        if at is None:
            raise Unsure(path)
        if kind == "exists":
            return bool(values) is (at.max != 0)
        if kind == "type":
            raise Unsure(path)
        return any(self._holds(at, value, 0) for value in values)

    def url(self, slice_: Element) -> str | None:
        """The url of the extensions of a slice."""
        own = (slice_.children or {}).get("url")
        if own is not None and own.fixed:
            return str(own.fixed)
        for ref in slice_.types:
            for canonical in ref.profiles:
                found = self._tables.profile(canonical)
                return found.url if found else canonical.partition("|")[0]
        return None

    def _at(self, element: Element, steps: list[str]) -> Element | None:
        at: Element | None = element
        for step in steps:
            at = self._child(at, step) if at is not None else None
        return at

    def _child(self, element: Element, name: str) -> Element | None:
        children = element.children or {}
        found = children.get(name) or children.get(f"{name}[x]")
        profiles = [p for t in element.types for p in t.profiles]
        if found is None and len(profiles) == 1 and (profile := self._tables.profile(profiles[0])):
            return self._child(profile.root, name)
        return found

    def _holds(self, at: Element, value: Any, depth: int) -> bool:
        """The value fixed here, the pattern, what is fixed below, or a required binding."""
        wanted = at.fixed if at.fixed is not None else at.pattern
        if wanted is not None:
            return holds(value, wanted)
        parts = [(name, e) for name, e in (at.children or {}).items() if _says(e)]
        if parts and depth < 6:
            return isinstance(value, dict) and all(
                any(self._holds(e, v, depth + 1) for v in _values(value, [name])) for name, e in parts
            )
        profiles = [p for t in at.types for p in t.profiles]
        if len(profiles) == 1 and (profile := self._tables.profile(profiles[0])) and _says(profile.root):
            return self._holds(profile.root, value, depth + 1)
        if at.binding is not None and "binding" in at.stated and at.binding.strength == "required":
            return self._is_member(at.binding.value_set, value)
        raise Unsure(at.name)

    def _is_member(self, canonical: str | None, value: Any) -> bool:
        known = self._tables.value_set(canonical or "")
        if known is None or known.unknown:
            raise Unsure(canonical or "")
        if isinstance(value, str):
            return bool(known.has_code(value))
        codings = value.get("coding", [value]) if isinstance(value, dict) else []
        return any(known.has(c.get("system", ""), c.get("code", "")) for c in codings)


def holds(value: Any, wanted: Any) -> bool:
    """True if a JSON value holds all of what is wanted."""
    if isinstance(wanted, dict):
        return isinstance(value, dict) and all(n in value and holds(value[n], w) for n, w in wanted.items())
    if isinstance(wanted, list):
        return isinstance(value, list) and all(any(holds(v, w) for v in value) for w in wanted)
    return type(value) is type(wanted) and bool(value == wanted)


def _says(element: Element) -> bool:
    """True if a value is fixed here or below."""
    if element.fixed is not None or element.pattern is not None:
        return True
    return any(_says(c) for n, c in (element.children or {}).items() if n not in ("extension", "id"))


def _values(item: Any, steps: Iterable[str]) -> list[Any]:
    found = [item]
    for step in steps:
        inner: list[Any] = []
        for value in found:
            if isinstance(value, dict):
                inner += [v for key, v in value.items() if key == step or _is_choice(key, step)]
        found = [v for value in inner for v in (value if isinstance(value, list) else [value])]
    return found


def _is_choice(key: str, step: str) -> bool:
    """True for valueString and value; names of data types start with a capital."""
    wire = type_table("Extension").elements
    return key.startswith(step) and "value" + key[len(step) :] in wire and len(key) > len(step)

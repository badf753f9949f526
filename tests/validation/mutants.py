"""Violations made from what the tables demand, wherever an example exercises it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhirpa.validation.elements import Element, Profile
from fhirpa.validation.tables import TableSet

Json = dict[str, Any]


@dataclass(frozen=True)
class Mutant:
    """A resource to which one thing was done; `kinds` may be said of it, at or below `place`."""

    made: str
    kinds: frozenset[str]
    place: str


def mutate(tables: TableSet, resource: Json, profile: Profile, place: str, stranger: str) -> Iterator[Mutant]:
    """Changes the resource in place, yields, and puts it back. `stranger`: a reference to a Bundle entry."""
    yield from _below(tables, profile.root, resource, place, stranger)


def _below(tables: TableSet, element: Element, owner: Json, place: str, stranger: str) -> Iterator[Mutant]:
    for name, child in (element.children or {}).items():
        for key in _keys(owner, name):
            at = f"{place}.{name.removesuffix('[x]')}"
            yield from _count(child, owner, key, at)
            yield from _slices(tables, child, owner, key, at)
            many = isinstance(owner[key], list)
            for index, item in enumerate(owner[key] if many else [owner[key]]):
                here = f"{at}[{index}]" if many else at
                box, slot = (owner[key], index) if many else (owner, key)
                yield from _value(tables, child, box, slot, here, stranger)
                if isinstance(item, dict):
                    yield from _below(tables, child, item, here, stranger)


def _keys(owner: Json, name: str) -> list[str]:
    label = name.removesuffix("[x]")
    if label == name:
        return [name] if name in owner else []
    return [k for k in owner if k.startswith(label) and k[len(label) :][:1].isupper()]


def _count(child: Element, owner: Json, key: str, at: str) -> Iterator[Mutant]:
    before = owner[key]
    if "min" in child.stated and child.min:
        position = list(owner)
        del owner[key]
        if owner:
            yield Mutant("min", frozenset({"bundle", "cardinality", "slicing", "structure"}), at)
        owner[key] = before
        _reorder(owner, position)
    if "max" in child.stated and child.max and isinstance(before, list) and child.slices is None:
        owner[key] = before + [before[0]] * child.max
        yield Mutant("max", frozenset({"cardinality"}), at)
        owner[key] = before


def _reorder(owner: Json, names: list[str]) -> None:
    items = {n: owner[n] for n in names}
    owner.clear()
    owner.update(items)


def _slices(tables: TableSet, child: Element, owner: Json, key: str, at: str) -> Iterator[Mutant]:
    """Extensions by url: one that must be there is taken out, one that may stand once is doubled."""
    if not child.slices or key != "extension":
        return
    before = owner[key]
    for slice_ in child.slices.values():
        profiles = [p for t in slice_.types for p in t.profiles]
        found = tables.profile(profiles[0]) if profiles else None
        own = [e for e in before if found and e.get("url") == found.url]
        if own and slice_.min:
            owner[key] = [e for e in before if e not in own]
            if owner[key]:
                yield Mutant("slice min", frozenset({"slicing"}), at)
        if own and slice_.max == 1:
            owner[key] = before + own
            yield Mutant("slice max", frozenset({"slicing"}), at)
        owner[key] = before


def _value(tables: TableSet, e: Element, box: Any, slot: Any, at: str, stranger: str) -> Iterator[Mutant]:
    before = box[slot]

    def put(made: str, value: Any, *kinds: str) -> Iterator[Mutant]:
        box[slot] = value
        yield Mutant(made, frozenset(kinds), at)
        box[slot] = before

    for made, wanted in (("fixed", e.fixed), ("pattern", e.pattern)):
        if made in e.stated and wanted is not None:
            yield from put(made, _other(before, wanted), made, "structure", "slicing", "cardinality")
    if "binding" in e.stated and e.binding and e.binding.strength == "required" and e.pattern is None:
        known = tables.value_set(e.binding.value_set or "")
        if known and not known.unknown:
            if isinstance(before, str):
                yield from put("binding", "no-such-code", "binding")
            elif isinstance(before, dict) and before.get("coding"):
                yield from put("binding", {"coding": [{"system": "urn:x:y", "code": "none"}]}, "binding")
    if any(c.key == "FullDateRule" for c in e.constraints) and isinstance(before, str):
        yield from put("invariant", before[:4], "invariant")
    targets = [t for ref in e.types for t in ref.targets]
    is_free = any(t == "Resource" or "claim" in t.lower() for t in targets)
    is_literal = isinstance(before, dict) and "reference" in before
    if "types" in e.stated and targets and is_literal and not is_free:
        yield from put("target", {"reference": stranger}, "reference")


def _other(before: Any, wanted: Any) -> Any:
    """A value of the same form that is not the wanted one."""
    if isinstance(wanted, dict):
        name = next(iter(wanted))
        return {**before, name: _other(before[name], wanted[name])}
    if isinstance(wanted, list):
        return [_other(before[0], wanted[0])]
    return (not before) if isinstance(wanted, bool) else f"{before}x"

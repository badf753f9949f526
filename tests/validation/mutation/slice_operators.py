"""Breaking what a profile says of slices: too few, too many, one that is none of them, wrong order."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fhirpa.fhir.tables import Element as Wire
from fhirpa.fhir.tables import type_table
from fhirpa.validation.elements import Element
from tests.validation.mutation.edits import GONE, Edit
from tests.validation.mutation.membership import Unsure
from tests.validation.mutation.mutant import Mutant, Said
from tests.validation.mutation.profile_operators import Tools, made
from tests.validation.mutation.walk import Site


def slice_mutants(tools: Tools, site: Site) -> Iterator[Mutant]:
    """Mutants of the slices of a sliced element, and of those of its slices."""
    element = site.element
    if element.slicing is None or not element.slices:
        return
    names = _names(tools, site)
    if names is None:
        return
    for name, slice_ in element.slices.items():
        yield from _too_few(tools, site, name, slice_, names)
        yield from _too_many(tools, site, name, slice_, names)
    yield from _stranger(tools, site)
    yield from _order(tools, site, names)


def _names(tools: Tools, site: Site) -> list[str | None] | None:
    """The slice of each item; None if that is not certain."""
    wire = site.wire
    code = wire.type if wire is not None and wire.is_choice else None
    items = [item for _, _, item, _ in site.spots()] if site.is_slice else site.items
    try:
        return [tools.walk.membership.slice_of(site.element, item, code) for item in items]
    except Unsure:
        return None


def _too_few(
    tools: Tools, site: Site, name: str, slice_: Element, names: list[str | None]
) -> Iterator[Mutant]:
    if not slice_.min or name not in names or site.key is None or site.is_slice:
        return
    kept = [item for item, own in zip(site.items, names, strict=True) if own != name]
    if kept:
        edits = [Edit(site.owner, site.key, kept)]
    elif len(site.owner) > 1:
        edits = [Edit(site.owner, n, GONE) for n in (site.key, f"_{site.key}") if n in site.owner]
    else:
        return
    said = [Said("slicing", site.label, about=name)]
    if not kept:
        said.append(Said("structure", site.label, "element-missing"))
        said.append(Said("structure", site.place, "extension-without-content"))
    yield from _of_slice(tools, site, "slice min", name, said, edits)


def _too_many(
    tools: Tools, site: Site, name: str, slice_: Element, names: list[str | None]
) -> Iterator[Mutant]:
    if slice_.max is None or site.is_slice:
        return
    said = [Said("slicing", site.label, about=name)]
    if name in names and isinstance(site.owner.get(site.key), list):
        items = site.owner[site.key]
        own = [item for item, of in zip(items, names, strict=True) if of == name]
        edits = [Edit(site.owner, site.key, items + [own[0]] * slice_.max)]
        yield from _of_slice(tools, site, "slice max", name, said, edits)
    elif slice_.max == 0 and name not in names:
        item = _item(tools, site, slice_)
        if item is not None and not isinstance(site.owner.get(site.key or ""), dict):
            wire = _wire(site)
            assert wire is not None
            edits = [Edit(site.owner, wire.name, [*site.items, item])]
            yield from _of_slice(tools, site, "slice max 0", name, said, edits)


def _item(tools: Tools, site: Site, slice_: Element) -> Any:
    """An item of a slice that nothing may stand in; None if it can't be made."""
    wire = _wire(site)
    if wire is None or not wire.many:
        return None
    item = tools.specimens.value(wire, slice_)
    try:
        is_own = tools.walk.membership.fits(site.element, slice_, item, None)
    except Unsure:
        return None
    return item if is_own else None


def _wire(site: Site) -> Wire | None:
    label = site.element.name.removesuffix("[x]")
    return next((w for w in type_table(site.type).elements.values() if w.label == label), None)


def _stranger(tools: Tools, site: Site) -> Iterator[Mutant]:
    """An item of none of the slices, where only those may stand."""
    slicing, wire = site.element.slicing, site.wire
    items = site.owner.get(site.key) if site.key else None
    if slicing is None or slicing.rules != "closed" or wire is None or not isinstance(items, list):
        return
    item = tools.specimens.value(wire, tools.specimens.plain(site.type, wire.label))
    try:
        if tools.walk.membership.slice_of(site.element, item, None) is not None:
            return
    except Unsure:
        return
    said = [Said("slicing", f"{site.label}[{len(items)}]")]
    yield from _of_slice(tools, site, "closed", "", said, [Edit(site.owner, site.key, [*items, item])])


def _order(tools: Tools, site: Site, names: list[str | None]) -> Iterator[Mutant]:
    """Two items of different slices, or one of a slice and one of none, in the wrong order."""
    slicing = site.element.slicing
    items = site.owner.get(site.key) if site.key else None
    if slicing is None or not isinstance(items, list) or site.is_slice:
        return
    if not slicing.ordered and slicing.rules != "openAtEnd":
        return
    order = list(site.element.slices or {})
    for n in range(len(items) - 1):
        first, second = names[n], names[n + 1]
        if first is None or first == second or (second is not None and not slicing.ordered):
            continue
        if second is None and slicing.rules != "openAtEnd":
            continue
        if second is not None and order.index(second) < order.index(first):
            continue
        turned = [*items[:n], items[n + 1], items[n], *items[n + 2 :]]
        said = [Said("slicing", f"{site.label}[{n + 1}]")]
        yield from _of_slice(tools, site, "order", "", said, [Edit(site.owner, site.key, turned)])
        return


def _of_slice(
    tools: Tools, site: Site, operator: str, name: str, said: list[Said], edits: list[Edit]
) -> Iterator[Mutant]:
    for mutant in made(tools, site, operator, said, edits):
        yield replace(mutant, rule=f"{mutant.rule}:{name}") if name else mutant

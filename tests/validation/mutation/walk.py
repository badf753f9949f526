"""Every element of a resource together with what a profile says of it, and with the slices around it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from fhirpa.fhir.tables import Element as Wire
from fhirpa.fhir.tables import Kind, resource_types, type_names, type_table
from fhirpa.validation.elements import Element, Profile
from fhirpa.validation.tables import TableSet
from tests.validation.mutation.membership import Membership, Unsure

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class InSlice:
    """A slice that an item is of; `label` is the place of the sliced element, `place` the item's."""

    sliced: Element
    name: str
    element: Element
    items: list[Any]
    item: Any
    code: str | None
    label: str
    place: str


@dataclass(frozen=True, slots=True)
class Site:
    """An element of a profile and the object that has it, or lacks it.

    `owner` is the JSON object, `type` its type or backbone path, `place` its place; `key` the name under
    which the element stands there (None if it does not); `rule` its path in the profile. Of a slice
    (`is_slice`) `only` is the index of the one item that is meant, in a list.
    """

    profile: Profile
    element: Element
    owner: Json
    type: str
    place: str
    key: str | None
    rule: str
    around: tuple[InSlice, ...]
    is_slice: bool = False
    only: int | None = None

    @property
    def label(self) -> str:
        """Its place, without an index."""
        wire = self.wire  # a slice bears its own name
        return f"{self.place}.{wire.label if wire else self.element.name.removesuffix('[x]')}"

    @property
    def wire(self) -> Wire | None:
        """Its wire element; None if it does not stand here."""
        return type_table(self.type).elements.get(self.key) if self.key else None

    @property
    def items(self) -> list[Any]:
        """What stands here."""
        value = self.owner.get(self.key) if self.key else None
        return value if isinstance(value, list) else [] if value is None else [value]

    def spots(self) -> Iterator[tuple[Any, Any, Any, str]]:
        """Box, key, value and place of each item."""
        value = self.owner.get(self.key) if self.key else None
        if isinstance(value, list):
            for n, item in enumerate(value):
                if self.only in (None, n):
                    yield value, n, item, f"{self.label}[{n}]"
        elif value is not None:
            yield self.owner, self.key, value, self.label


@dataclass(frozen=True, slots=True)
class Spot:
    """One item: its index in a list, its value, its place, and its type where the element is a choice."""

    index: int | None
    item: Any
    place: str
    code: str | None


class Walk:
    """Walks over one resource at a time, by the profiles that it and the extensions in it declare."""

    def __init__(self, tables: TableSet) -> None:
        self.tables = tables
        self.membership = Membership(tables)

    def resource(self, resource: Json) -> Iterator[Site]:
        """All sites of a resource that stands alone, by the profiles in its meta and by its extensions."""
        name = resource["resourceType"]
        for canonical in resource.get("meta", {}).get("profile", ()):
            profile = self.tables.profile(canonical)
            if profile is not None and profile.type == name:
                yield from self._below(profile, profile.root, resource, name, name, profile.url, ())
        for at in objects(resource):
            found = self.tables.extension(at.value.get("url", "")) if at.type == "Extension" else None
            if found is not None:
                yield from self._below(found, found.root, at.value, "Extension", at.place, found.url, ())

    def _below(
        self,
        profile: Profile,
        element: Element,
        owner: Json,
        type_name: str,
        place: str,
        rule: str,
        around: tuple[InSlice, ...],
    ) -> Iterator[Site]:
        for child in (element.children or {}).values():
            if child.name == "profile" and type_name == "Meta":
                continue  # without it nobody would look
            for key in _keys(child, type_name, owner) or [None]:
                site = Site(profile, child, owner, type_name, place, key, f"{rule}.{child.name}", around)
                yield site
                if key is not None:
                    yield from self._inside(site)

    def _inside(self, site: Site) -> Iterator[Site]:
        wire = site.wire
        if wire is None:
            return
        sliced = site.element if site.element.slices and site.element.slicing else None
        for _, index, item, place in site.spots():
            code = wire.type if wire.is_choice else None
            if isinstance(item, dict) and _is_data_type(wire.type):
                yield from self._into(site, site.element, item, wire.type, place, site.rule, site.around)
            if sliced is not None:
                spot = Spot(index if isinstance(index, int) else None, item, place, code)
                yield from self._in_slice(site, sliced, spot, site.around, site.rule)

    def _in_slice(
        self, site: Site, sliced: Element, spot: Spot, around: tuple[InSlice, ...], rule: str
    ) -> Iterator[Site]:
        try:
            name = self.membership.slice_of(sliced, spot.item, spot.code)
        except Unsure:
            return
        wire = site.wire
        if name is None or wire is None:
            return
        slice_ = (sliced.slices or {})[name]
        rule = f"{rule}:{name}"
        inside = InSlice(sliced, name, slice_, site.items, spot.item, spot.code, site.label, spot.place)
        around = (*around, inside)
        yield replace(site, element=slice_, rule=rule, around=around, is_slice=True, only=spot.index)
        if isinstance(spot.item, dict) and _is_data_type(wire.type):
            yield from self._into(site, slice_, spot.item, wire.type, spot.place, rule, around)
        if slice_.slices and slice_.slicing:
            yield from self._in_slice(site, slice_, spot, around, rule)

    def _into(
        self,
        site: Site,
        element: Element,
        item: Json,
        type_name: str,
        place: str,
        rule: str,
        around: tuple[InSlice, ...],
    ) -> Iterator[Site]:
        yield from self._below(site.profile, element, item, type_name, place, rule, around)
        profiles = [p for t in element.types if t.code == type_name for p in t.profiles]
        if len(profiles) == 1 and type_name != "Extension":
            found = self.tables.profile(profiles[0])
            if found is not None and found.type == type_name and "types" in element.stated:
                yield from self._below(found, found.root, item, type_name, place, found.url, around)


def _keys(child: Element, type_name: str, owner: Json) -> list[str | None]:
    label = child.name.removesuffix("[x]")
    elements = type_table(type_name).elements
    return [n for n in owner if n in elements and elements[n].label == label]


def _is_data_type(name: str) -> bool:
    return name in type_names() and name not in resource_types()


@dataclass(frozen=True, slots=True)
class Typed:
    """An object of a resource with its type or backbone path, and its place."""

    value: Json
    type: str
    place: str


def objects(resource: Json) -> Iterator[Typed]:
    """The resource and every object in it, with what stands beside primitives; no resource inside it."""
    yield from _objects(Typed(resource, resource["resourceType"], resource["resourceType"]))


def _objects(at: Typed) -> Iterator[Typed]:
    yield at
    elements = type_table(at.type).elements
    for name, inner in at.value.items():
        wire = elements.get(name.removeprefix("_"))
        if wire is None or wire.kind is Kind.RESOURCE:
            continue
        type_name = "Element" if name[0] == "_" else wire.type
        for index, item in enumerate(inner if isinstance(inner, list) else [inner]):
            if isinstance(item, dict):
                place = f"{at.place}.{wire.label}"
                place = f"{place}[{index}]" if isinstance(inner, list) else place
                yield from _objects(Typed(item, type_name, place))

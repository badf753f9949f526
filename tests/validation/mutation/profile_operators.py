"""Breaking what a profile says of one element: how often, of what type, which value, which code, how long."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fhirpa.fhir.tables import type_table
from fhirpa.validation.elements import Element
from tests.validation.mutation.edits import GONE, Edit, changed
from tests.validation.mutation.membership import Unsure
from tests.validation.mutation.mutant import Mutant, Said
from tests.validation.mutation.specimens import Specimens
from tests.validation.mutation.walk import InSlice, Site, Walk

NO_CODE = {"coding": [{"system": "urn:x:y", "code": "none"}]}


@dataclass(frozen=True, slots=True)
class Tools:
    """What the operators need."""

    walk: Walk
    specimens: Specimens


def mutants(tools: Tools, site: Site) -> Iterator[Mutant]:
    """All mutants of one site but those of its slices."""
    if not site.is_slice:
        yield from _minimum(tools, site)
        yield from _maximum(tools, site)
        yield from _type(tools, site)
    for box, key, value, place in site.spots():
        yield from _value(tools, site, box, key, value, place)
        yield from _code(tools, site, box, key, value, place)
        yield from _limits(tools, site, box, key, value, place)
        yield from _target(tools, site, box, key, value, place)


def made(
    tools: Tools, site: Site, operator: str, said: list[Said], edits: list[Edit], around: Any = None
) -> Iterator[Mutant]:
    """The mutant; where the change takes an item out of its slice, with what that means instead."""
    answers = _in_slices(tools, site.around if around is None else around, said, edits)
    if answers is not None:
        yield Mutant(operator, site.rule, tuple(answers), tuple(edits))


def _in_slices(
    tools: Tools, around: tuple[InSlice, ...], said: list[Said], edits: list[Edit]
) -> list[Said] | None:
    """What must be said in view of the slices around; None if nothing must."""
    with changed(edits):
        for inside in around:
            item = _now(inside, edits)
            try:
                name = tools.walk.membership.slice_of(inside.sliced, item, inside.code)
            except Unsure:
                return None
            if name != inside.name:
                return _lost(tools, inside, item)
    return said


def _now(inside: InSlice, edits: list[Edit]) -> Any:
    """The item, which an edit may have put another in place of."""
    own = (e.value for e in edits if e.box is inside.items and inside.items[e.key] is e.value)
    return next(own, inside.item)


def _lost(tools: Tools, inside: InSlice, item: Any) -> list[Said] | None:
    """What must be said if an item is not of its slice any more."""
    if inside.element.min:
        # It may have been one of several.
        of_slice = 0
        for other in inside.items:
            try:
                name = tools.walk.membership.slice_of(inside.sliced, other, inside.code)
            except Unsure:
                return None
            of_slice += name == inside.name
        if of_slice < inside.element.min:
            return [Said("slicing", inside.label, about=inside.name)]
    if inside.sliced.slicing is not None and inside.sliced.slicing.rules == "closed":
        try:
            if tools.walk.membership.slice_of(inside.sliced, item, inside.code) is None:
                return [Said("slicing", inside.place)]
        except Unsure:
            return None
    return None


def _minimum(tools: Tools, site: Site) -> Iterator[Mutant]:
    element, owner, key = site.element, site.owner, site.key
    if not element.min or "min" not in element.stated or key is None:
        return
    gone = [Edit(owner, name, GONE) for name in (key, f"_{key}") if name in owner]
    if len(gone) == len(owner):
        return
    said = [Said("cardinality", site.label), Said("structure", site.label, "element-missing")]
    if site.type == "Extension" and element.name in ("value[x]", "extension"):
        said.append(Said("structure", site.place, "extension-without-content"))
    if element.slices:
        said.append(Said("slicing", site.label))
    if site.type == "Bundle.entry" and key == "fullUrl":
        said.append(Said("bundle", site.label))
    yield from made(tools, site, "min", said, gone)


def _maximum(tools: Tools, site: Site) -> Iterator[Mutant]:
    element, owner = site.element, site.owner
    if "max" not in element.stated or element.max is None:
        return
    said = [Said("cardinality", site.label)]
    if element.max == 0:
        label = element.name.removesuffix("[x]")
        wire = next((w for w in type_table(site.type).elements.values() if w.label == label), None)
        if wire is None or site.key is not None or site.type == "Element" or wire.type == "Extension":
            return
        value = tools.specimens.value(wire, tools.specimens.plain(site.type, wire.label))
        said.append(Said("structure", site.place, "extension-with-both"))
        edits = [Edit(owner, wire.name, [value] if wire.many else value)]
        yield from made(tools, site, "max 0", said, edits)
    elif isinstance(owner.get(site.key), list):
        many = owner[site.key] + [owner[site.key][0]] * element.max
        yield from made(tools, site, "max", said, [Edit(owner, site.key, many)])


def _type(tools: Tools, site: Site) -> Iterator[Mutant]:
    """Another type of a choice than the profile allows."""
    element, wire = site.element, site.wire
    if wire is None or not wire.is_choice or "types" not in element.stated:
        return
    allowed = {ref.code for ref in element.types}
    others = [w for w in type_table(site.type).elements.values() if w.label == wire.label]
    other = next((w for w in others if w.type not in allowed and w.type != "Extension"), None)
    if other is None or site.key is None:
        return
    edits = [Edit(site.owner, name, GONE) for name in (site.key, f"_{site.key}") if name in site.owner]
    edits.append(Edit(site.owner, other.name, tools.specimens.value(other)))
    said = [Said("type", site.label)]
    yield from made(tools, site, "type", said, edits)


def _value(tools: Tools, site: Site, box: Any, key: Any, value: Any, place: str) -> Iterator[Mutant]:
    element = site.element
    if site.type == "Extension" and key == "url" and not site.around:
        return  # another url is another extension
    for operator, wanted in (("fixed", element.fixed), ("pattern", element.pattern)):
        if operator in element.stated and wanted is not None:
            other = _other(value, wanted)
            if other is not None:
                said = [Said(operator, place)]
                yield from made(tools, site, operator, said, [Edit(box, key, other)])


def _other(before: Any, wanted: Any) -> Any:
    """A value of the same form that is not the wanted one; None if there is none."""
    if isinstance(wanted, dict) and isinstance(before, dict):
        name = next((n for n in wanted if n in before), None)
        inner = _other(before[name], wanted[name]) if name is not None else None
        return None if inner is None else {**before, name: inner}
    if isinstance(wanted, list) and isinstance(before, list) and before:
        inner = [_other(b, wanted[0]) for b in before]
        return None if None in inner else inner
    if isinstance(wanted, bool):
        return not before
    if isinstance(wanted, int | Decimal):
        return before + 1
    return f"{before}x" if isinstance(before, str) and isinstance(wanted, str) else None


def _code(tools: Tools, site: Site, box: Any, key: Any, value: Any, place: str) -> Iterator[Mutant]:
    element, wire = site.element, site.wire
    if "binding" not in element.stated or element.binding is None or wire is None:
        return
    if element.fixed is not None or element.pattern is not None:
        return
    for operator, canonical in (
        ("binding", element.binding.value_set if element.binding.strength == "required" else None),
        ("binding max", element.binding.maximum),
    ):
        known = tools.walk.tables.value_set(canonical) if canonical else None
        if known is None or "*" in known.unknown:
            continue
        other = _other_code(wire.type, value, bool(known.unknown))
        if other is not None:
            yield from made(tools, site, operator, [Said("binding", place)], [Edit(box, key, other)])


def _other_code(type_name: str, value: Any, is_open: bool) -> Any:
    """A code that cannot be in: of a system that is none of the set's."""
    if type_name == "CodeableConcept":
        return {**value, **NO_CODE}
    if type_name in ("Coding", "Quantity"):
        return {**value, **NO_CODE["coding"][0]}
    if type_name in ("code", "string", "uri") and not is_open:
        return "no-such-code" if type_name != "uri" else "urn:no:code"
    return None


def _limits(tools: Tools, site: Site, box: Any, key: Any, value: Any, place: str) -> Iterator[Mutant]:
    element = site.element
    if "maxLength" in element.stated and element.max_length and isinstance(value, str):
        said = [Said("type", place)]
        yield from made(tools, site, "length", said, [Edit(box, key, "x" * (element.max_length + 1))])
    for operator, limit, step in (("minValue", element.min_value, -1), ("maxValue", element.max_value, 1)):
        if operator in element.stated and limit is not None:
            other = _beyond(limit, step)
            said = [Said("type", place), Said("structure", place, "number-range")]
            if other is not None and type(other) is type(value):
                yield from made(tools, site, "range", said, [Edit(box, key, other)])


def _beyond(limit: Any, step: int) -> Any:
    if isinstance(limit, int | Decimal):
        return limit + step
    return f"{int(limit[:4]) + step}{limit[4:]}" if isinstance(limit, str) else None


def _target(tools: Tools, site: Site, box: Any, key: Any, value: Any, place: str) -> Iterator[Mutant]:
    """A reference whose text leads to a type that the profile does not allow."""
    wire = site.wire
    if wire is None or wire.type != "Reference" or "types" not in site.element.stated:
        return
    stranger = stranger_to(tools, site.element)
    if stranger is None or not isinstance(value, dict):
        return
    edits = [Edit(box, key, {"reference": f"{stranger}/1"})]
    yield from made(tools, site, "target", [Said("reference", place)], edits)


def stranger_to(tools: Tools, element: Element) -> str | None:
    """A resource type to which a reference may not lead; None if all are allowed."""
    allowed: set[str] = set()
    for ref in element.types:
        for target in ref.targets:
            profile = tools.walk.tables.profile(target) if ":" in target else None
            if ":" in target and profile is None:
                return None
            allowed.add(profile.type if profile else target)
    if not allowed or "Resource" in allowed:
        return None
    return next((name for name in ("SupplyRequest", "Slot", "Basic") if name not in allowed), None)

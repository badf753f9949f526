"""Slices: which item is of which, and how many there are of each."""

from typing import TYPE_CHECKING, Final

from fhirpa.fhir.fhirpath import Node
from fhirpa.fhir.place import Place
from fhirpa.validation.finding import Kind
from fhirpa.validation.plans import ElementPlan, SlicePlan, SlicingPlan
from fhirpa.validation.slice_faults import missing, unmatched

if TYPE_CHECKING:
    from fhirpa.validation.profile_walk import ProfileWalk

_DOUBTFUL: Final = -1


def check_slices(
    walk: "ProfileWalk",
    plan: ElementPlan,
    slicing: SlicingPlan,
    items: list[Node],
    places: list[Place],
    at: Place,
) -> bool:
    """Check all items as what their slices say. True if it was said that an item of a slice is missing.

    An item counts for the first slice that it fits for certain. One that may be of a slice, since a value set
    or profile is not known, is checked as none and counts only in favour. `at` is the element that is sliced.
    """
    members: list[list[int]] = [[] for _ in slicing.slices]
    doubts: dict[int, int] = {}
    sequence: list[int | None] = []
    strangers: list[int] = []
    for number, item in enumerate(items):
        index = _slice_of(walk, slicing, item, doubts)
        sequence.append(index)
        if index is None:
            strangers.append(number)
        elif index != _DOUBTFUL:
            members[index].append(number)
            _check_member(walk, plan, slicing.slices[index], item, places[number])
    meant = set[int]()
    if slicing.rules == "closed" and strangers:
        meant = {unmatched(walk, plan, slicing, items[n], places[n]) for n in strangers}
    if slicing.ordered or slicing.rules == "openAtEnd":
        _order(walk, plan, slicing, sequence, places)
    others = [(items[n], places[n]) for n in strangers]
    said = False
    for index, (slice_, own) in enumerate(zip(slicing.slices, members, strict=True)):
        if slice_.element.slicing is not None and own:
            inner = [items[n] for n in own], [places[n] for n in own]
            said |= check_slices(walk, slice_.element, slice_.element.slicing, *inner, at)
        limits = slice_.element
        if limits.min > len(own) + doubts.get(index, 0):
            said = True
            if index not in meant:
                missing(walk, plan, slice_, len(own), others, at)
        elif limits.max is not None and len(own) > limits.max:
            many = f"Found {len(own)} {plan.label} of slice {slice_.name}"
            text = f"{many}; leave out what is more than {limits.max}."
            walk.say(Kind.SLICING, at, text, f"slice {slice_.name}")
    return said


def _slice_of(walk: "ProfileWalk", slicing: SlicingPlan, item: Node, doubts: dict[int, int]) -> int | None:
    """The slice that an item is of; None if it is of none. `doubts` counts, by slice, what may be of it."""
    if slicing.by_url is not None:
        url = item.value.get("url") if type(item.value) is dict else None
        found = slicing.by_url.get(url) if type(url) is str else None
        return slicing.default if found is None else found
    env = walk.scope.env
    possible: list[int] = []
    for index, slice_ in enumerate(slicing.slices):
        verdict = slice_.matches(item, env)
        if verdict:
            return index
        if verdict is None:
            possible.append(index)
    if not possible:
        return slicing.default
    for index in possible:
        doubts[index] = doubts.get(index, 0) + 1
    return _DOUBTFUL


def _check_member(
    walk: "ProfileWalk", plan: ElementPlan, slice_: SlicePlan, item: Node, place: Place
) -> None:
    if slice_.url:
        walk.session.named_extensions.add(id(item.value))
    around, walk.slice = walk.slice, f"{plan.label}:{slice_.name}"
    walk.item(item, slice_.element, place)
    walk.slice = around


def _order(
    walk: "ProfileWalk",
    plan: ElementPlan,
    slicing: SlicingPlan,
    sequence: list[int | None],
    places: list[Place],
) -> None:
    """The order of the slices, and of what is of none behind them, where the profile prescribes it."""
    at_end = slicing.rules == "openAtEnd"
    reached, stranger = -1, False
    for index, place in zip(sequence, places, strict=True):
        if index is None:
            stranger = True
        elif index == _DOUBTFUL:
            continue
        elif (slicing.ordered and index < reached) or (at_end and stranger):
            names = ", ".join(s.name for s in slicing.slices)
            text = f"This {plan.label} stands too late: move it up. The order is {names}, then others."
            walk.say(Kind.SLICING, place, text, "order")
            return
        else:
            reached = index

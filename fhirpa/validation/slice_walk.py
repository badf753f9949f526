"""Slices: which item is of which, and how many there are of each."""

from typing import TYPE_CHECKING

from fhirpa.fhir.fhirpath import Node
from fhirpa.fhir.place import Place
from fhirpa.validation.finding import Kind
from fhirpa.validation.plans import ElementPlan, SlicePlan, SlicingPlan

if TYPE_CHECKING:
    from fhirpa.validation.profile_walk import ProfileWalk


def check_slices(
    walk: "ProfileWalk",
    plan: ElementPlan,
    slicing: SlicingPlan,
    items: list[Node],
    places: list[Place],
    at: Place,
) -> bool:
    """Check all items as what their slices say. True if it was said that an item of a slice is missing.

    An item counts for the first slice that it fits. `at` is the element that is sliced.
    """
    members: list[list[int]] = [[] for _ in slicing.slices]
    sequence: list[int | None] = []
    for number, item in enumerate(items):
        index = _slice_of(walk, slicing, item)
        sequence.append(index)
        if index is None:
            if slicing.rules == "closed":
                _unmatched(walk, plan, slicing, places[number])
            continue
        members[index].append(number)
        if slicing.slices[index].url:
            walk.session.named_extensions.add(id(item.value))
        around, walk.slice = walk.slice, f"{plan.label}:{slicing.slices[index].name}"
        walk.item(item, slicing.slices[index].element, places[number])
        walk.slice = around
    _order(walk, plan, slicing, sequence, places)
    said = False
    for slice_, own in zip(slicing.slices, members, strict=True):
        if slice_.element.slicing is not None and own:
            inner = [items[n] for n in own], [places[n] for n in own]
            said |= check_slices(walk, slice_.element, slice_.element.slicing, *inner, at)
        said |= _count(walk, plan, slicing, slice_, len(own), at)
    return said


def _slice_of(walk: "ProfileWalk", slicing: SlicingPlan, item: Node) -> int | None:
    if slicing.by_url is not None:
        url = item.value.get("url") if type(item.value) is dict else None
        return slicing.by_url.get(url) if type(url) is str else None
    env = walk.scope.env
    for index, slice_ in enumerate(slicing.slices):
        if slice_.matches is not None and slice_.matches(item, env):
            return index
    return None


def _unmatched(walk: "ProfileWalk", plan: ElementPlan, slicing: SlicingPlan, place: Place) -> None:
    if any(s.matches is None and s.url is None for s in slicing.slices):
        return  # one whose items cannot be told may be meant
    names = ", ".join(s.name for s in slicing.slices)
    text = f"This {plan.label} is none of those that are allowed here ({names}), told apart by {slicing.by}."
    walk.say(Kind.SLICING, place, text, "slice")


def _count(
    walk: "ProfileWalk", plan: ElementPlan, slicing: SlicingPlan, slice_: SlicePlan, found: int, at: Place
) -> bool:
    limits = slice_.element
    if slice_.matches is None and slice_.url is None:
        return False
    if found < limits.min:
        what = f"{plan.label} of slice {slice_.name}"
        if slice_.url:
            what += f" (url {slice_.url})"
        text = f"Found {found} {what}; at least {limits.min} must stand here (told by {slicing.by})."
        walk.say(Kind.SLICING, at, text, f"slice {slice_.name}", "required")
        return True
    if limits.max is not None and found > limits.max:
        text = f"Found {found} {plan.label} of slice {slice_.name}; at most {limits.max} may stand here."
        walk.say(Kind.SLICING, at, text, f"slice {slice_.name}")
    return False


def _order(
    walk: "ProfileWalk",
    plan: ElementPlan,
    slicing: SlicingPlan,
    sequence: list[int | None],
    places: list[Place],
) -> None:
    """The order of the slices, and of what is of none behind them, where the profile prescribes it."""
    at_end = slicing.rules == "openAtEnd"
    if not slicing.ordered and not at_end:
        return
    reached, strangers = -1, False
    for index, place in zip(sequence, places, strict=True):
        if index is None:
            strangers = True
        elif (slicing.ordered and index < reached) or (at_end and strangers):
            names = ", ".join(s.name for s in slicing.slices)
            text = f"This {plan.label} stands too late: the order is {names}, then others."
            walk.say(Kind.SLICING, place, text, "order")
            return
        else:
            reached = index

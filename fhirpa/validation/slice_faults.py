"""What is said where an item is of no slice, or a slice has too few: which was meant, what keeps it out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from fhirpa.fhir.fhirpath import Node
from fhirpa.fhir.place import Place, fhirpath
from fhirpa.validation.finding import Kind
from fhirpa.validation.plans import ElementPlan, SlicePlan, SlicingPlan
from fhirpa.validation.wishes import broken, described, kept

if TYPE_CHECKING:
    from fhirpa.validation.profile_walk import ProfileWalk

_FEW: Final = 4
# So many of the items that are of no slice are compared with a slice that has too few.
_LOOKED_AT: Final = 20
NO_SLICE: Final = -1


def unmatched(walk: "ProfileWalk", plan: ElementPlan, slicing: SlicingPlan, item: Node, place: Place) -> int:
    """Say that an item is of no slice of a closed slicing; gives the slice that it seems meant for, or -1."""
    env = walk.scope.env
    shares = [kept(s.wishes(), item, env) for s in slicing.slices]
    best = max(range(len(shares)), key=shares.__getitem__)
    text = f"This {plan.label} is none of those that may stand here: send one of them ({_all(slicing)})."
    meant = NO_SLICE
    if shares[best] > 0:
        nearest, meant = slicing.slices[best], best
        text += f" The nearest is slice {nearest.name}: {broken(nearest.wishes(), item, env)}."
    walk.say(Kind.SLICING, place, text, "slice")
    return meant


def missing(
    walk: "ProfileWalk",
    plan: ElementPlan,
    slice_: SlicePlan,
    found: int,
    others: Sequence[tuple[Node, Place]],
    at: Place,
) -> None:
    """Say that a slice has too few items. `others`: the items that are of no slice."""
    wishes = slice_.wishes()
    told = f"url {slice_.url}" if slice_.url else described(wishes)
    least = slice_.element.min
    text = (
        f"{plan.label} of slice {slice_.name} is missing: send it"
        if least == 1
        else f"Found {found} {plan.label} of slice {slice_.name}: send at least {least}"
    )
    text += f" ({told})." if told else "."
    env = walk.scope.env
    near = [(kept(wishes, item, env), item, place) for item, place in others[:_LOOKED_AT]]
    share, item, place = max(near, key=lambda n: n[0], default=(0.0, None, at))
    if share > 0 and item is not None:
        text += f" The nearest is {fhirpath(place)}: {broken(wishes, item, env)}."
    walk.say(Kind.SLICING, at, text, f"slice {slice_.name}", "required")


def _all(slicing: SlicingPlan) -> str:
    """The slices by name, and what tells them where they are few."""
    if len(slicing.slices) > _FEW:
        return f"{', '.join(s.name for s in slicing.slices)}; told apart by {slicing.by}"
    said = [(s.name, f"url {s.url}" if s.url else described(s.wishes())) for s in slicing.slices]
    return "; ".join(f"{name}: {wishes}" if wishes else name for name, wishes in said)

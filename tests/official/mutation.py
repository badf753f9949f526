"""What a kind of change is, and how most choose their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from tests.official.spots import Json, Spot

# resource, its spots, chance -> the FHIRPath of the change, or None where there is nothing to change
Mutation = Callable[[Json, Sequence[Spot], Random], str | None]


def at(wanted: Callable[[Spot], bool], change: Callable[[Spot, Random], None]) -> Mutation:
    """The change of one spot that is wanted."""

    def mutation(_: Json, spots: Sequence[Spot], rng: Random) -> str | None:
        found = [spot for spot in spots if wanted(spot)]
        if not found:
            return None
        spot = rng.choice(found)
        change(spot, rng)
        return spot.path

    return mutation


def put(*values: object) -> Callable[[Spot, Random], None]:
    """Put one of these values."""
    return lambda spot, rng: spot.put(rng.choice(values))


def of(*types: str) -> Callable[[Spot], bool]:
    """Spots of these types."""
    return lambda spot: spot.type in types


def is_object(spot: Spot) -> bool:
    """Complex values that are no resources."""
    return isinstance(spot.value, dict) and spot.type != "Resource"


def is_text(spot: Spot) -> bool:
    """Texts of any type."""
    return isinstance(spot.value, str)


def is_single(spot: Spot) -> bool:
    """Elements that stand once."""
    return not spot.is_listed

"""Where a walk through a resource stands, kept so that it costs nothing until a fault is written down."""

from typing import Any

# From the inside out: (outer place, label, index or None); the root's outer place is None.
Place = tuple[Any, str, int | None]


def fhirpath(place: Place) -> str:
    """The FHIRPath of a place, as in Bundle.entry[2].resource.item[0].quantity."""
    steps: list[str] = []
    at: Place | None = place
    while at is not None:
        at, label, index = at
        steps.append(label if index is None else f"{label}[{index}]")
    return ".".join(reversed(steps))

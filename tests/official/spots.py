"""Where something can be changed in a resource: every value with its place and its R4 type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fhirpa.fhir.structure_plan import Plan, plan
from fhirpa.fhir.tables import resource_types

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spot:
    """A value `owner[key]` (`owner` is a JSON object or list) of an R4 type, at a FHIRPath.

    `within` is the type that has the element, `name` the element's JSON name there; `home` is the object
    that holds the element, so that `home[name]` is the value or the list in which it stands.
    """

    owner: Any
    key: Any
    type: str
    within: str
    name: str
    home: Json
    path: str
    choice: str

    @property
    def value(self) -> Any:
        """What stands there."""
        return self.owner[self.key]

    @property
    def is_listed(self) -> bool:
        """True in a JSON list."""
        return isinstance(self.owner, list)

    def put(self, value: Any) -> None:
        """Replace what stands there."""
        self.owner[self.key] = value


def spots(resource: Json) -> list[Spot]:
    """All values of a resource that R4 knows, outermost first; a resource inside is of type Resource."""
    return list(_below(resource, plan(resource["resourceType"]), resource["resourceType"]))


def _below(value: Json, shape: Plan, path: str) -> Iterator[Spot]:
    for name, item in value.items():
        slot = shape.slots.get(name)
        if slot is None:
            continue
        at = f"{path}.{slot.label}"
        places = (
            [(item, n, f"{at}[{n}]") for n in range(len(item))]
            if isinstance(item, list)
            else [(value, name, at)]
        )
        for owner, key, place in places:
            kind = "Resource" if slot.is_resource else slot.type
            yield Spot(owner, key, kind, shape.type, name, value, place, slot.choice)
            if isinstance(owner[key], dict):
                inner = owner[key].get("resourceType") if slot.is_resource else slot.type
                if not slot.is_resource or inner in resource_types():
                    yield from _below(owner[key], plan(inner), place)

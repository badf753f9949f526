"""What an expression may refer to besides the node it is evaluated on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from fhirpa.fhir.fhirpath.model import Node
from fhirpa.fhir.fhirpath.quantity import UCUM

_NOTHING: Mapping[str, Sequence[Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Environment:
    """http://hl7.org/fhir/R4/fhirpath.html#vars

    `resource` holds the node; `root_resource` is its container where `resource` is contained, else the same;
    `context` is the node that evaluation began with (Expression sets it, if it is None).
    `resolve` gives the resource that a reference, other than one into `root_resource`, means, or None;
    `contained` the resource in `root_resource` that an id means. Without it that is searched for each time.
    `member_of` says if a code, Coding or CodeableConcept is in a value set, `conforms_to` if a node fits a
    profile; None for "unknown" makes the function's result empty: who needs to know keeps a note of it.
    `now` is a time with zone, for now(), today() and timeOfDay(). `variables` are further %names.
    """

    resource: Node | None = None
    root_resource: Node | None = None
    context: Node | None = None
    ucum: str = UCUM
    resolve: Callable[[str], Node | None] | None = None
    contained: Callable[[str], Node | None] | None = None
    member_of: Callable[[Node, str], bool | None] | None = None
    conforms_to: Callable[[Node, str], bool | None] | None = None
    now: datetime | None = None
    variables: Mapping[str, Sequence[Any]] = field(default_factory=lambda: _NOTHING)
    index: int | None = None
    total: Sequence[Any] = ()

    def at(self, index: int) -> Environment:
        """The same, with $index."""
        return replace(self, index=index)

    def with_total(self, total: Sequence[Any]) -> Environment:
        """The same, with $total."""
        return replace(self, total=total)

    @classmethod
    def of_resource(cls, resource: Node) -> Environment:
        """The environment of a resource that stands alone."""
        return cls(resource=resource, root_resource=resource)

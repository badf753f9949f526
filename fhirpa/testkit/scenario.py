"""What a scenario is: a request, what is to come of it, and why, in words for a utilization reviewer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from fhirpa.testkit.builder import Request
from fhirpa.testkit.builder_terms import Json
from fhirpa.testkit.fresh import Scope

Bend = Callable[[Json], Json]


@dataclass(frozen=True, slots=True)
class Expected:
    """Exactly one of the three: review actions (X12 306) by line, an error (X12 901), or an HTTP status."""

    lines: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    error: str | None = None
    status: int | None = None

    def as_json(self) -> Json:
        """As it stands in index.json."""
        if self.status is not None:
            return {"status": self.status}
        return {"error": self.error} if self.error else {"lines": dict(self.lines)}


def answers(*actions: str) -> Expected:
    """Expected review actions of lines 1, 2, …"""
    return Expected(lines=MappingProxyType({str(n): a for n, a in enumerate(actions, 1)}))


@dataclass(frozen=True, slots=True)
class Enrolled:
    """How the member stands in the roster of a strict server."""

    start: date
    end: date | None
    plan: str = "SANDBOX-COM"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One request and its expected outcome."""

    name: str
    title: str
    why: str
    expected: Expected
    request: Request
    mode: str = "sandbox"
    fresh: Scope = Scope.NEW_MEMBER
    enrolled: Enrolled | None = None
    bend: Bend | None = None  # what is done to the finished Bundle; for requests that are to be refused

"""Which codes a value set holds, as far as it can be known: sets with a mark where knowledge ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Members:
    """`codes` are surely in. A code of a system in `unknown` may be in besides (ANY: of every system).

    A code that is neither in `codes` nor of an unknown system is surely not in.
    """

    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()

    def systems(self) -> frozenset[str]:
        """All systems of which codes are or may be in."""
        return frozenset(self.codes) | self.unknown

    def open_for(self, system: str) -> bool:
        """True where not finding a code of this system proves nothing."""
        return ANY in self.unknown or system in self.unknown

    def __or__(self, other: "Members") -> "Members":
        """In one or the other."""
        systems = {*self.codes, *other.codes}
        codes = {s: self.of(s) | other.of(s) for s in systems}
        return Members(codes, self.unknown | other.unknown)

    def __and__(self, other: "Members") -> "Members":
        """In both: unknown only where neither side rules a code out."""
        codes = {s: self.of(s) & other.of(s) for s in {*self.codes, *other.codes}}
        unknown = {s for s in self.systems() | other.systems() if s != ANY and self._may_add(other, s)}
        if ANY in self.unknown and ANY in other.unknown:
            unknown.add(ANY)
        return Members({s: c for s, c in codes.items() if c}, frozenset(unknown))

    def __sub__(self, other: "Members") -> "Members":
        """In the first and not in the second: what the second may hold is no longer sure."""
        codes: dict[str, frozenset[str]] = {}
        unknown = set(self.unknown)
        for system, own in self.codes.items():
            if other.open_for(system):
                unknown.add(system)
            elif rest := own - other.of(system):
                codes[system] = rest
        return Members(codes, frozenset(unknown))

    def of(self, system: str) -> frozenset[str]:
        """The codes of one system that are surely in."""
        return self.codes.get(system, frozenset())

    def _may_add(self, other: "Members", system: str) -> bool:
        mine, theirs = self.open_for(system), other.open_for(system)
        return (mine and theirs) or (mine and bool(other.of(system))) or (theirs and bool(self.of(system)))

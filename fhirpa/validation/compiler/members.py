"""Which codes a value set holds, as far as it can be known: sets with a mark where knowledge ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Members:
    """`codes` are surely in. A code of a system in `unknown` may be in besides (ANY: of every system).

    Every code of a system in `whole` is in, though nobody has listed them here. A code that is neither in
    `codes` nor of one of these systems is surely not in.
    """

    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()

    def systems(self) -> frozenset[str]:
        """All systems of which codes are or may be in."""
        return frozenset(self.codes) | self.unknown | self.whole

    def open_for(self, system: str) -> bool:
        """True where not finding a code of this system proves nothing."""
        return ANY in self.unknown or system in self.unknown or system in self.whole

    def __or__(self, other: "Members") -> "Members":
        """In one or the other."""
        codes = {s: self.of(s) | other.of(s) for s in {*self.codes, *other.codes}}
        whole = self.whole | other.whole
        return Members(codes, (self.unknown | other.unknown) - whole, whole)

    def __and__(self, other: "Members") -> "Members":
        """In both: unknown only where neither side rules a code out."""
        whole = self.whole & other.whole
        codes = {s: self._common(other, s) for s in {*self.codes, *other.codes}}
        systems = (self.systems() | other.systems()) - whole - {ANY}
        unknown = {s for s in systems if self._may_add(other, s)}
        if ANY in self.unknown and ANY in other.unknown:
            unknown.add(ANY)
        return Members({s: c for s, c in codes.items() if c}, frozenset(unknown), whole)

    def __sub__(self, other: "Members") -> "Members":
        """In the first and not in the second: what the second may hold is no longer sure."""
        codes: dict[str, frozenset[str]] = {}
        cut = {s for s in self.whole if other.open_for(s) or other.of(s)}
        unknown = (self.unknown | cut) - other.whole
        for system, own in self.codes.items():
            if system in other.whole:
                continue
            if other.open_for(system):
                unknown |= {system}
            elif rest := own - other.of(system):
                codes[system] = rest
        return Members(codes, unknown, self.whole - cut)

    def of(self, system: str) -> frozenset[str]:
        """The codes of one system that are surely in."""
        return self.codes.get(system, frozenset())

    def _common(self, other: "Members", system: str) -> frozenset[str]:
        """The codes of one system that are surely in both."""
        mine, theirs = self.of(system), other.of(system)
        found = mine & theirs
        if system in other.whole:
            found |= mine
        return found | theirs if system in self.whole else found

    def _may_add(self, other: "Members", system: str) -> bool:
        if system in self.whole or system in other.whole:
            return (other if system in self.whole else self).open_for(system)
        mine, theirs = self.open_for(system), other.open_for(system)
        return (mine and theirs) or (mine and bool(other.of(system))) or (theirs and bool(self.of(system)))

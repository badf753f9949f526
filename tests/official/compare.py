"""Compares two sides' errors on one case: what both say, and what one says alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.official.paths import steps
from tests.official.verdicts import Error

_NEAR = 1


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of the official errors: those that ours has at the same place, one step away, of another kind, and not at all.

    `only_ours` is what no official error, tolerated or not, stands near to.
    """

    same: tuple[Error, ...]
    near: tuple[Error, ...]
    other_kind: tuple[tuple[Error, Error], ...]
    only_theirs: tuple[Error, ...]
    only_ours: tuple[Error, ...]


def compare(ours: Sequence[Error], theirs: Sequence[Error], all_theirs: Iterable[Error]) -> Comparison:
    """`all_theirs` holds what was tolerated too: an error of ours there is not ours alone."""
    same, near, other, alone = [], [], [], []
    for error in theirs:
        beside = [(steps(o.path, error.path), o) for o in ours]
        fits = [s for s, o in beside if s is not None and s <= _NEAR and is_alike(o, error)]
        others = [o for s, o in beside if s is not None and s <= _NEAR]
        if fits:
            (near if min(fits) else same).append(error)
        elif others:
            other.append((error, others[0]))
        else:
            alone.append(error)
    known = [*all_theirs, *theirs]
    mine = tuple(
        o for o in ours if not any((s := steps(o.path, t.path)) is not None and s <= _NEAR for t in known)
    )
    return Comparison(tuple(same), tuple(near), tuple(other), tuple(alone), mine)


def is_alike(mine: Error, other: Error) -> bool:
    """The same kind; of two invariants the same one."""
    if not mine.kinds & other.kinds:
        return False
    return not (mine.key and other.key) or mine.key == other.key

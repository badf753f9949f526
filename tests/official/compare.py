"""Compares two sides' errors on one case: what both say, and what one says alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.official.paths import general, steps
from tests.official.verdicts import Error

_NEAR = 1
_AROUND = 2
_OTHER_TYPE = "profile:"  # a declared profile is for resources of another type


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of the official errors those that ours has: at the same place, one step away, or of another kind there.

    `form` is what follows from a fault of form, of which ours says no more. `only_theirs` ours does not have
    at all; near to `only_ours` stands no official error, tolerated or not.
    """

    same: tuple[Error, ...]
    near: tuple[Error, ...]
    form: tuple[Error, ...]
    other_kind: tuple[Error, ...]
    only_theirs: tuple[Error, ...]
    only_ours: tuple[Error, ...]


def compare(ours: Sequence[Error], theirs: Sequence[Error], all_theirs: Iterable[Error]) -> Comparison:
    """`all_theirs` holds what was tolerated too: an error of ours there is not ours alone."""
    found: dict[str, list[Error]] = {n: [] for n in ("same", "near", "form", "other_kind", "only_theirs")}
    for error in theirs:
        found[_category(error, ours)].append(error)
    known = [*all_theirs, *theirs]
    alone = tuple(o for o in ours if not any(_distance(o, t) is not None or _follows(t, o) for t in known))
    return Comparison(**{name: tuple(errors) for name, errors in found.items()}, only_ours=alone)


def _category(error: Error, ours: Sequence[Error]) -> str:
    beside = [(distance, o) for o in ours if (distance := _distance(o, error)) is not None]
    alike = [distance for distance, o in beside if is_alike(o, error)]
    if alike:
        return "near" if min(alike) else "same"
    if any(_follows(error, o) for o in ours):
        return "form"
    return "other_kind" if beside else "only_theirs"


def _distance(mine: Error, other: Error) -> int | None:
    """How many steps the places are apart, at most one; None if more."""
    if other.anywhere and mine.kinds & other.kinds:
        return 0
    apart = steps(mine.path, other.path)
    return apart if apart is not None and apart <= _NEAR else None


def _follows(error: Error, mine: Error) -> bool:
    """Whether an error is about a value of which ours says that its form, its type or its profile is wrong.

    Of such a value, and of what is inside, ours says no more. Rules just around it fail for want of it.
    """
    if mine.rule == _OTHER_TYPE:
        return steps(mine.path.partition(".meta.profile")[0], error.path) is not None
    if mine.rule == "structure:element-unknown" and _parent(mine.path) == _parent(error.path):
        return mine.path.lower().startswith(error.path.lower())  # taken for the one that was meant
    around = _AROUND if "structure" in mine.kinds else 0 if "type" in mine.kinds else None
    apart = steps(mine.path, error.path)
    if around is None or apart is None:
        return False
    return apart <= around or len(general(error.path)) > len(general(mine.path))


def _parent(path: str) -> str:
    return path.rpartition(".")[0]


def is_alike(mine: Error, other: Error) -> bool:
    """The same kind; of two invariants the same one."""
    if not mine.kinds & other.kinds:
        return False
    return not (mine.key and other.key) or mine.key == other.key

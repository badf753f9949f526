"""What holds from a day on: the versions of policies, and a payer's overrides."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dated:
    """The content of a file that takes effect on a day; `ends` is its last day, None: until replaced."""

    file: str
    content: Json
    effective: date
    ends: date | None = None

    @classmethod
    def of(cls, file: str, content: Json) -> "Dated":
        """Of a file that fits its schema. Raises ValueError for a day that no calendar has."""
        ends = content.get("ends")
        return cls(
            file,
            content,
            date.fromisoformat(content["effective"]),
            date.fromisoformat(ends) if ends else None,
        )

    def holds_on(self, day: date) -> bool:
        """True from the first to the last day."""
        return self.effective <= day and (self.ends is None or day <= self.ends)


def versions_on(versions: Iterable[Dated], day: date) -> dict[str, Dated]:
    """The version of each policy that is in force on a day, by id, in the order given.

    It is the one that took effect last; where that has ended, the policy is in force no more.
    """
    last: dict[str, Dated] = {}
    for version in versions:
        known = last.get(version.content["id"])
        if version.effective <= day and (known is None or known.effective < version.effective):
            last[version.content["id"]] = version
    return {key: x for key, x in last.items() if x.holds_on(day)}


def changes(found: Iterable[Dated]) -> tuple[date, ...]:
    """The days on which something takes effect or is in force no more, in order."""
    days = set()
    for item in found:
        days.add(item.effective)
        if item.ends is not None and item.ends < date.max:
            days.add(item.ends + timedelta(days=1))
    return tuple(sorted(days))


def date_faults(versions: Iterable[Dated]) -> Iterator[str]:
    """Versions of one policy that cannot stand beside each other."""
    by_id: dict[str, list[Dated]] = {}
    for version in versions:
        by_id.setdefault(version.content["id"], []).append(version)
    for found in by_id.values():
        found.sort(key=lambda x: (x.effective, x.content["version"]))
        for item in found:
            if item.ends is not None and item.ends < item.effective:
                yield f"{item.file}: ends: {item.ends} is before {item.effective}"
        for before, after in pairwise(found):
            yield from _pair_faults(before, after)


def _pair_faults(before: Dated, after: Dated) -> Iterator[str]:
    name, numbers = after.content["id"], (before.content["version"], after.content["version"])
    if before.effective == after.effective:
        yield f"{after.file}: effective: {before.file} is a version of {name} for the same day"
    elif numbers[0] >= numbers[1]:
        yield f"{after.file}: version: {numbers[1]} follows version {numbers[0]} ({before.file}) of {name}"
    if before.ends is not None and before.ends >= after.effective > before.effective:
        yield f"{before.file}: ends: {before.ends} is not before {after.effective}, when {after.file} begins"

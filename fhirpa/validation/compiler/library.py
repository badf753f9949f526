"""Many packages seen as one: which comes first, and what a canonical with or without version means.

A version that is asked for and not there is answered by the one that is; the caller learns of it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fhirpa.validation.compiler.base import CORE
from fhirpa.validation.compiler.package import Json, Package, version_order

# A dependency on several versions of one package gives them names of their own: hl7.fhir.us.core.v311.
_NUMBERED: Final = re.compile(r"\.v\d+$")
# A package for any release of FHIR also comes per release under this ending.
_RELEASE: Final = ".r4"


@dataclass(frozen=True, slots=True)
class Found:
    """A definition and where it stands. `exact` is false when another version was asked for."""

    package: Package
    definition: Json
    exact: bool

    @property
    def canonical(self) -> str:
        """Url and version, as the tables name it."""
        return f"{self.definition['url']}|{version_of(self.definition, self.package)}"


def version_of(definition: Json, package: Package) -> str:
    """The version of a definition: its own, else its package's."""
    return str(definition.get("version") or package.version)


class Library:
    """Packages in precedence: where a canonical has no version, the first that knows it answers."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self.packages = tuple(packages)
        self._index: dict[tuple[str, str], list[Package]] = {}
        for package in packages:
            for key in package.definitions:
                self._index.setdefault(key, []).append(package)

    def find(self, kind: str, canonical: str) -> Found | None:
        """The definition that a canonical means here, or None."""
        url, _, version = canonical.partition("|")
        holders = self._index.get((kind, url))
        if not holders:
            return None
        for package in holders:
            definition = package.definitions[kind, url]
            if version and version_of(definition, package) == version:
                return Found(package, definition, exact=True)
        return Found(holders[0], holders[0].definitions[kind, url], exact=not version)


@dataclass(frozen=True, slots=True)
class Precedence:
    """The packages of a set in order, and per dependency that is not there what stands for it (or None)."""

    packages: tuple[Package, ...]
    stand_ins: Mapping[str, str | None]


def precedence(root: Package, packages: Sequence[Package]) -> Precedence:
    """What `root` depends on, near before far; versions of one name newest first; R4 itself last.

    Behind them stands what else was given under names that nothing depends on.
    """
    order = [root]
    stand_ins: dict[str, str | None] = {}
    for package in order:  # grows while it is walked: breadth first
        for wanted in _dependencies(package):
            found = _nearest(wanted, packages)
            if found is None or found.id != wanted:
                stand_ins[wanted] = found.id if found else None
            if found is not None and found not in order:
                order.append(found)
    names = list(dict.fromkeys(p.name for p in order))
    rest = [p for p in by_age(packages) if p.name not in names]
    arranged = [p for name in names for p in by_age(order) if p.name == name and p != root]
    return Precedence((root, *core_last([*arranged, *rest])), dict(sorted(stand_ins.items())))


def by_age(packages: Sequence[Package]) -> list[Package]:
    """By name, newest version first."""
    newest_first = sorted(packages, key=lambda p: version_order(p.version), reverse=True)
    return sorted(newest_first, key=lambda p: p.name)


def core_last(packages: Sequence[Package]) -> list[Package]:
    """The same with R4 itself at the end: newer packages took over what it once defined."""
    return sorted(packages, key=lambda p: p.name == CORE)


def _dependencies(package: Package) -> Iterator[str]:
    for name, version in package.dependencies.items():
        yield f"{_NUMBERED.sub('', name)}#{version}"


def _nearest(wanted: str, packages: Sequence[Package]) -> Package | None:
    """The package asked for, else the newest of its name."""
    name, _, version = wanted.partition("#")
    same = [p for p in by_age(packages) if p.name in (name, name + _RELEASE)]
    exact = [p for p in same if p.version == version]
    return next(iter(exact or same), None)

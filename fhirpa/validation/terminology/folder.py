"""A folder of code lists that a payer has loaded: one table a list, read when it is first wanted.

A file holds one code system or value set, in the format of our own tables (profiles/README.md), with a
`source` line that says what it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from fhirpa.validation.rows import Row
from fhirpa.validation.tables import FORMAT, Table, TablesError

CODE_SYSTEM: Final = "codesystem"
VALUE_SET: Final = "valueset"
SUFFIX: Final = ".codes.json"
_HEAD: Final = 8192


class Source(msgspec.Struct, frozen=True):
    """Where a list comes from. `kind`: codesystem or valueset; `loaded`: an instant."""

    kind: str
    url: str
    version: str
    count: int
    file: str
    sha256: str
    loaded: str

    @property
    def canonical(self) -> str:
        """Url, and version if there is one."""
        return f"{self.url}|{self.version}" if self.version else self.url


@dataclass(frozen=True, slots=True)
class Entry:
    """One list in the folder."""

    path: Path
    source: Source


class Folder:
    """The lists in one folder. Which are there is seen when it is opened, a list read when it is wanted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._by_url: dict[tuple[str, str], list[Entry]] | None = None

    def entries(self) -> list[Entry]:
        """All lists, by kind and url; of one url the one loaded last comes first. Raises TablesError."""
        found = [Entry(p, source) for p in self.path.glob("*" + SUFFIX) if (source := _source(p))]
        found.sort(key=lambda e: (e.source.loaded, e.source.version), reverse=True)
        return sorted(found, key=lambda e: (e.source.kind, e.source.url))

    def open(self) -> dict[tuple[str, str], list[Entry]]:
        """Look which lists are there, by kind and url. Raises TablesError."""
        by_url: dict[tuple[str, str], list[Entry]] = {}
        for entry in self.entries():
            by_url.setdefault((entry.source.kind, entry.source.url), []).append(entry)
        self._by_url = by_url
        return by_url

    def row(self, kind: str, canonical: str) -> tuple[str, Row] | None:
        """The canonical with version that answers for this one, and its row.

        A value set that is loaded in other versions only is answered by the one loaded last: profiles name
        versions that no payer has. None too where the file went away. Raises TablesError.
        """
        by_url = self._by_url if self._by_url is not None else self.open()
        url, _, version = canonical.partition("|")
        there = by_url.get((kind, url))
        if not there:
            return None
        any_version = there[0] if not version or kind == VALUE_SET else None
        entry = next((e for e in there if e.source.version == version), any_version)
        if entry is None:
            return None
        try:
            row = Table(entry.path.name, entry.path).row(f"{kind} {entry.source.canonical}")
        except FileNotFoundError:
            return None
        return f"{url}|{entry.source.version}", row


def _source(path: Path) -> Source | None:
    """The source line of a file; None where the file is gone. Raises TablesError for another format."""
    try:
        with path.open("rb") as file:
            lines = list(_lines(file.read(_HEAD)))
    except FileNotFoundError:
        return None
    head: dict[str, Any] = dict(lines)
    try:
        if msgspec.json.decode(head["format"]) != FORMAT:
            raise TablesError(f"{path.name} is of another format than {FORMAT}")
        return msgspec.json.decode(head["source"], type=Source)
    except (KeyError, msgspec.MsgspecError) as error:
        raise TablesError(f"{path.name} is not a code list that `fhirpa terminology load` wrote") from error


def _lines(head: bytes) -> Iterator[tuple[str, bytes]]:
    for line in head.split(b"\n")[:2]:
        key, _, value = line.lstrip(b"{").partition(b":")
        yield key.decode(errors="replace").strip('"'), value.removesuffix(b",")

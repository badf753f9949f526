"""A folder of code lists that a payer has loaded: one table a list, read when it is first wanted.

A file holds one code system or value set, in the format of our own tables (profiles/README.md), with a
`source` line that says what it is. It is written beside and renamed, so that a reader sees the old list or
the new one.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import msgspec

from fhirpa.validation.rows import Row
from fhirpa.validation.tables import FORMAT, Table, TablesError

CODE_SYSTEM: Final = "codesystem"
VALUE_SET: Final = "valueset"
SUFFIX: Final = ".codes.json"
_HEAD: Final = 8192
_ENCODE: Final = msgspec.json.Encoder(decimal_format="number").encode


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
    """The lists in one folder. Which are there is read at the first question, a list when it is wanted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._by_url: dict[tuple[str, str], list[Entry]] | None = None

    def entries(self) -> list[Entry]:
        """All lists, by kind and canonical; of one canonical the one loaded last comes first."""
        found = [Entry(p, source) for p in self.path.glob("*" + SUFFIX) if (source := _source(p))]
        found.sort(key=lambda e: e.source.loaded, reverse=True)
        return sorted(found, key=lambda e: (e.source.kind, e.source.url))

    def row(self, kind: str, canonical: str) -> tuple[str, Row] | None:
        """The canonical with version that answers for this one, and its row; any version if not this."""
        if self._by_url is None:
            by_url: dict[tuple[str, str], list[Entry]] = {}
            for entry in self.entries():
                by_url.setdefault((entry.source.kind, entry.source.url), []).append(entry)
            self._by_url = by_url
        url, _, version = canonical.partition("|")
        there = self._by_url.get((kind, url))
        if not there:
            return None
        entry = next((e for e in there if e.source.version == version), there[0])
        table = Table(entry.path.name, entry.path)
        return f"{url}|{entry.source.version}", table.row(f"{kind} {entry.source.canonical}")

    def write(self, source: Source, row: Row) -> Path:
        """Put a list down in place of an earlier one of the same canonical; where it lies. Raises OSError."""
        self.path.mkdir(parents=True, exist_ok=True)
        lines = {"format": FORMAT, "source": source, f"{source.kind} {source.canonical}": row}
        content = b"{" + b",\n".join(_ENCODE(k) + b":" + _ENCODE(v) for k, v in lines.items()) + b"\n}\n"
        target = self.path / _file_name(source)
        with NamedTemporaryFile(dir=self.path, prefix=".loading-", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                os.chmod(file.name, 0o644)
                os.replace(file.name, target)
            except BaseException:
                os.unlink(file.name)
                raise
        self._by_url = None
        return target

    def remove(self, canonical: str) -> list[Entry]:
        """Delete the lists of a canonical (without version: of all versions); those that were there."""
        gone = [e for e in self.entries() if canonical in (e.source.url, e.source.canonical)]
        for entry in gone:
            entry.path.unlink(missing_ok=True)
        self._by_url = None
        return gone


def _file_name(source: Source) -> str:
    slug = re.sub(r"[^A-Za-z0-9]+", "-", source.url.partition("://")[2] or source.url).strip("-")[:60]
    mark = hashlib.sha256(f"{source.kind} {source.canonical}".encode()).hexdigest()[:12]
    return f"{source.kind}-{slug}-{mark}{SUFFIX}"


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

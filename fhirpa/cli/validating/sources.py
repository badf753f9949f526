"""What there is to validate: files, what lies in folders, standard input, the lines of NDJSON files."""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STDIN: Final = "-"
_SUFFIXES: Final = frozenset({".json", ".xml", ".ndjson"})
_NOT_OURS: Final = frozenset({"node_modules", "__pycache__"})
_IS_XML: Final = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*<").match


@dataclass(frozen=True, slots=True)
class Document:
    """One resource to validate. `body` is None while it has to be read from the file `name`.

    `line` is the line of an NDJSON file, from 1. `is_found` is true for what was found in a folder, and not
    named by the user: it may turn out not to be FHIR.
    """

    name: str
    body: bytes | None = None
    line: int | None = None
    is_found: bool = False

    def read(self) -> bytes:
        """The bytes of the resource. Raises OSError."""
        return Path(self.name).read_bytes() if self.body is None else self.body

    def format(self, body: bytes) -> str:
        """xml or json: by the name of the file, else by how the text begins."""
        suffix = Path(self.name).suffix.lower()
        if self.line is None and suffix not in (".json", ".xml"):
            return "xml" if _IS_XML(body) else "json"
        return "xml" if suffix == ".xml" else "json"


def documents(paths: Iterable[str]) -> Iterator[Document]:
    """All documents below `paths`, in their order, those of a folder sorted by name. Raises OSError."""
    for path in paths:
        if path == STDIN:
            yield Document("<stdin>", sys.stdin.buffer.read())
        elif Path(path).is_dir():
            for file in _files(path):
                yield from _of_file(file, True)
        else:
            yield from _of_file(path, False)


def _files(folder: str) -> Iterator[str]:
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _NOT_OURS)
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in _SUFFIXES:
                yield os.path.join(at, name)


def _of_file(file: str, is_found: bool) -> Iterator[Document]:
    if Path(file).suffix.lower() != ".ndjson":
        yield Document(file, None, None, is_found)
        return
    with Path(file).open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield Document(file, line.rstrip(b"\r\n"), number)

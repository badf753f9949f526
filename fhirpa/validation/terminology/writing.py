"""Code lists put into a folder and taken out. Apart from reading, which a validation does without this."""

import hashlib
import os
import re
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import msgspec

from fhirpa.validation.rows import Row
from fhirpa.validation.tables import FORMAT
from fhirpa.validation.terminology.folder import SUFFIX, Entry, Folder, Source

_ENCODE: Final = msgspec.json.Encoder(decimal_format="number").encode


def write_list(folder: Path, source: Source, row: Row) -> Path:
    """Put a list down in place of an earlier one of the same canonical; where it lies.

    It is written beside and renamed: a reader sees the old list or the new one. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = {"format": FORMAT, "source": source, f"{source.kind} {source.canonical}": row}
    content = b"{" + b",\n".join(_ENCODE(k) + b":" + _ENCODE(v) for k, v in lines.items()) + b"\n}\n"
    target = folder / _file_name(source)
    with NamedTemporaryFile(dir=folder, prefix=".loading-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, target)
        except BaseException:
            os.unlink(file.name)
            raise
    return target


def remove_lists(folder: Path, canonical: str) -> list[Entry]:
    """Delete the lists of a canonical (without version: of all versions); those that were there.

    Raises TablesError for a file that is no list.
    """
    gone = [e for e in Folder(folder).entries() if canonical in (e.source.url, e.source.canonical)]
    for entry in gone:
        entry.path.unlink(missing_ok=True)
    return gone


def _file_name(source: Source) -> str:
    slug = re.sub(r"[^A-Za-z0-9]+", "-", source.url.partition("://")[2] or source.url).strip("-")[:60]
    mark = hashlib.sha256(f"{source.kind} {source.canonical}".encode()).hexdigest()[:12]
    return f"{source.kind}-{slug}-{mark}{SUFFIX}"

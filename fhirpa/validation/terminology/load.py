"""Loads what a payer has licensed into a folder: FHIR resources, Bundles of them, and tables of codes."""

import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from fhirpa.fhir.outcome import FhirError
from fhirpa.fhir.xml_codec import parse_xml
from fhirpa.validation.rows import Row
from fhirpa.validation.terminology.columns import ColumnError, Columns, read_table
from fhirpa.validation.terminology.definitions import KINDS, Definitions
from fhirpa.validation.terminology.folder import Source
from fhirpa.validation.terminology.writing import write_list

_FORMATS: Final = {".json": "json", ".xml": "xml"}
_is_url: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s\"\\|]+").fullmatch


class LoadError(ValueError):
    """A file that cannot be read as code lists. The text says what is wrong, without content of the file."""


@dataclass(slots=True)
class Loaded:
    """What was put into the folder, and what was not, each with the reason."""

    sources: list[Source] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Origin:
    file: str
    sha256: str
    loaded: str


def load_files(
    files: Sequence[Path], folder: Path, columns: Columns | None = None, now: datetime | None = None
) -> Loaded:
    """Read files and write their lists into the folder; a list of the same canonical is replaced.

    Files ending in .json and .xml are FHIR, others tables with `columns`. A value set is worked out with the
    resources of the same call. Nothing is written unless all files can be read. Raises LoadError, OSError.
    """
    at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    definitions = Definitions()
    resources: list[tuple[dict[str, Any], _Origin]] = []
    lists: list[tuple[str, str, str, Row, _Origin]] = []
    for file in files:
        body = file.read_bytes()
        origin = _Origin(file.name, hashlib.sha256(body).hexdigest(), at)
        if format := _FORMATS.get(file.suffix.lower()):
            for resource in _resources(file, body, format):
                definitions.add(resource)
                resources.append((resource, origin))
        else:
            wanted = columns or Columns()
            rows = _table(file, body, wanted)
            lists += [(kind, url, wanted.version, row, origin) for kind, url, row in rows]
    loaded = Loaded()
    for resource, origin in resources:
        kind, url = resource["resourceType"], resource["url"]
        row = _worked_out(definitions, resource, origin)
        if isinstance(row, str):
            loaded.left_out.append(f"{kind} {url} of {origin.file}: {row}")
        else:
            lists.append((kind.lower(), url, str(resource.get("version", "")), row, origin))
    for kind, url, *_, origin in lists:
        if not _is_url(url):
            raise LoadError(f"{origin.file} holds a {kind} whose url is no url")
    for kind, url, version, row, origin in lists:
        source = Source(kind, url, version, _count(row), origin.file, origin.sha256, origin.loaded)
        write_list(folder, source, row)
        loaded.sources.append(source)
    return loaded


def _resources(file: Path, body: bytes, format: str) -> Iterator[dict[str, Any]]:
    """The code systems and value sets of a file: itself, or the entries of a Bundle."""
    resource = _decoded(file, body, format)
    entries = resource.get("entry")
    inner = [e.get("resource") for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    found = [r for r in (resource, *inner) if isinstance(r, dict) and r.get("resourceType") in KINDS]
    if not found:
        raise LoadError(f"{file.name} holds no CodeSystem and no ValueSet")
    for each in found:
        if not isinstance(each.get("url"), str):
            raise LoadError(f"{file.name} holds a {each['resourceType']} without url")
        yield each


def _decoded(file: Path, body: bytes, format: str) -> dict[str, Any]:
    """The resource; JSON without the limits that requests have, since a list may have many codes."""
    try:
        resource = msgspec.json.decode(body) if format == "json" else parse_xml(body)
    except FhirError as error:
        raise LoadError(f"{file.name} is not readable as FHIR: {error.issues[0].text}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise LoadError(f"{file.name} is not JSON") from error
    if not isinstance(resource, dict):
        raise LoadError(f"{file.name} holds no resource")
    return resource


def _table(file: Path, body: bytes, columns: Columns) -> list[tuple[str, str, Row]]:
    try:
        return list(read_table(body.decode("utf-8-sig"), columns))
    except UnicodeDecodeError as error:
        raise LoadError(f"{file.name} is not UTF-8 text") from error
    except (ColumnError, csv.Error) as error:
        raise LoadError(f"{file.name}: {error}") from error


def _worked_out(definitions: Definitions, resource: dict[str, Any], origin: _Origin) -> Row | str:
    try:
        return definitions.row(resource)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration, RecursionError) as error:
        # The resource was not validated: whatever its form breaks, it is not usable as a list.
        raise LoadError(
            f"{origin.file}: {resource['resourceType']} {resource['url']} is not valid FHIR"
        ) from error


def _count(row: Row) -> int:
    codes = row.get("codes", ())
    return sum(map(len, codes.values())) if isinstance(codes, dict) else len(codes)

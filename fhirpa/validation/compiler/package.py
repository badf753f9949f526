"""An official FHIR package (.tgz), read: who it is, what it asks for and what it defines.

http://hl7.org/fhir/R4/packages.html. Only definitions that constrain content are read; examples, search
parameters, narratives and guides stay in the archive.
"""

import hashlib
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

KINDS: Final = ("StructureDefinition", "ValueSet", "CodeSystem")
_DEFINITION = re.compile(rf"package/({'|'.join(KINDS)})-[^/]+\.json")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Package:
    """What one package says. `definitions` maps (kind, canonical url) to the definition.

    `sha256` is that of the file it was read from. `hand_written` is true for a stand-in of the project's own.
    """

    name: str
    version: str
    sha256: str
    dependencies: Mapping[str, str]
    definitions: Mapping[tuple[str, str], Json]
    hand_written: bool = False

    @property
    def id(self) -> str:
        """Name and version as package tools write them."""
        return f"{self.name}#{self.version}"


def read_package(path: Path) -> Package:
    """Read a .tgz package. Raises ValueError when it is no archive, has no manifest or holds broken JSON."""
    try:
        return _read(path)
    except (tarfile.TarError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise ValueError(f"{path.name} is no FHIR package: {error}") from error


def _read(path: Path) -> Package:
    manifest: Json | None = None
    definitions: dict[tuple[str, str], Json] = {}
    decode = msgspec.json.Decoder(float_hook=Decimal).decode
    for name, content in _members(path):
        if name == "package/package.json":
            manifest = decode(content)
        else:
            _add(definitions, decode(content))
    if manifest is None:
        raise ValueError(f"{path.name} holds no package/package.json")
    return Package(
        name=manifest["name"],
        version=manifest["version"],
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        dependencies=manifest.get("dependencies") or {},
        definitions=dict(sorted(definitions.items())),
    )


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.name == "package/package.json" or _DEFINITION.fullmatch(member.name):
                stream = archive.extractfile(member)
                assert stream is not None
                yield member.name, stream.read()


def _add(definitions: dict[tuple[str, str], Json], definition: Json) -> None:
    """Of two versions of one url in the same package the higher one counts."""
    key = (definition["resourceType"], definition.get("url", ""))
    if not key[1]:
        return
    other = definitions.get(key)
    if other is None or version_order(other.get("version", "")) < version_order(
        definition.get("version", "")
    ):
        definitions[key] = definition


def version_order(version: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts versions: numbers as numbers, and a label (ballot) before the release it leads to."""
    parts = re.findall(r"\d+|[A-Za-z]+", version)
    return (*((1, int(p), "") if p.isdigit() else (-1, 0, p) for p in parts), (0, 0, ""))

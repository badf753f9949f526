"""Tables and sets as bytes: JSON with one definition per line, sorted, so that a diff reads well."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from fhirpa.validation.compiler.library import Found
from fhirpa.validation.compiler.package import Json, Package
from fhirpa.validation.compiler.reach import CODE_SYSTEM, PROFILE, VALUE_SET, Reached
from fhirpa.validation.compiler.workshop import Workshop

FORMAT: Final = 1
LINE_KINDS: Final = {PROFILE: "profile", VALUE_SET: "valueset", CODE_SYSTEM: "codesystem"}
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def table_name(package: Package) -> str:
    """The name of a package's table, without folder and ending."""
    return f"{package.name}-{package.version}"


def set_name(package: Package) -> str:
    """The name of a guide's set: hl7.fhir.us.davinci-pas 2.2.1 gives pas-2.2.1."""
    *_, realm, last = package.name.removesuffix(".r4").split(".")
    short = f"{realm}-{last}" if last == "core" else last.removeprefix("davinci-")
    return f"{short}-{package.version}"


def table_bytes(package: Package, reached: Iterable[Reached], workshop: Workshop) -> bytes | None:
    """The table of one package with all that any of the guides reaches in it; None for nothing at all."""
    lines: dict[str, Any] = {}
    if package == workshop.core:
        lines |= {f"base {name}": workshop.bases.written(name) for name in workshop.bases.names()}
    for closure in reached:
        for (kind, canonical), found in closure.definitions.items():
            if found.package == package:
                lines[f"{LINE_KINDS[kind]} {canonical}"] = _row(kind, found, workshop)
    if not lines:
        return None
    source: Json = {"package": package.name, "version": package.version, "sha256": package.sha256}
    if package.hand_written:
        source["handWritten"] = True
    return _lines({"format": FORMAT, "source": source} | dict(sorted(lines.items())))


def _row(kind: str, found: Found, workshop: Workshop) -> Json | None:
    compilers = {PROFILE: workshop.profile, VALUE_SET: workshop.value_set, CODE_SYSTEM: workshop.code_system}
    return compilers[kind](found)


def set_bytes(closure: Reached, written: frozenset[str]) -> bytes:
    """The set of one guide. `written` names the tables that exist."""
    holders = {found.package.id for found in closure.definitions.values()}
    return _lines(
        {
            "format": FORMAT,
            "ig": closure.root.id,
            "tables": [
                table_name(p)
                for p in closure.packages
                if table_name(p) in written and (p.id in holders or p == closure.packages[-1])
            ],
            "aliases": dict(sorted(closure.aliases.items())),
            "missing": dict(sorted(closure.missing.items())),
            "dependencies": dict(sorted(closure.stand_ins.items())),
        }
    )


def _lines(content: Mapping[str, Any]) -> bytes:
    rows = (_ENCODER.encode(key) + b":" + _ENCODER.encode(value) for key, value in content.items())
    return b"{" + b",\n".join(rows) + b"\n}\n"

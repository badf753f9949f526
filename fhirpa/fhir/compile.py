"""From the official R4 package to the base tables: what elements a type has, in what order, how often.

Facts only, one line per type or backbone path, always the same bytes for the same package. Source:
StructureDefinition snapshots of hl7.fhir.r4.core 4.0.1 (http://hl7.org/fhir/R4/downloads.html).
"""

import hashlib
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMAT = 1

# Openly available repacks of the core package carry elements that HL7 R4 4.0.1 does not define: a
# vendor's own, and R5 previews. A table with them would accept what no other R4 server accepts.
NOT_IN_R4 = frozenset(
    f"{owner}.{name}"
    for owner, names in {
        "Meta": "project author onBehalfOf account accounts compartment",
        "Binary": "url",
        "ObservationDefinition": "publisher",
        "DeviceDefinition": "classification bodySite",
        "EvidenceVariable.characteristic": (
            "linkId definitionId definitionByTypeAndValue definitionByCombination timeFromEvent"
        ),
        "ResearchStudy": (
            "name label studyDesign region descriptionSummary classifier associatedParty progressStatus "
            "whyStopped recruitment comparisonGroup outcomeMeasure result"
        ),
    }.items()
    for name in names.split()
)
_FHIRPATH = "http://hl7.org/fhirpath/System."
_HL7 = "http://hl7.org/fhir/StructureDefinition/"

Json = dict[str, Any]


def compile_core(package_tgz: Path) -> bytes:
    """The table file (JSON, UTF-8, LF) for the package hl7.fhir.r4.core.

    Raises ValueError when the package is not R4 4.0.1 or its snapshots break an assumption of the tables.
    """
    manifest, definitions = _read(package_tgz)
    if (manifest.get("name"), manifest.get("version")) != ("hl7.fhir.r4.core", "4.0.1"):
        raise ValueError("not the package hl7.fhir.r4.core#4.0.1")
    resources = {d["type"] for d in definitions if d["kind"] == "resource"}
    paths: dict[str, Json] = {}
    primitives: Json = {}
    for definition in definitions:
        if definition["kind"] == "primitive-type":
            primitives[definition["type"]] = _primitive(definition)
        else:
            paths |= _paths(definition, resources)
    for row in paths.values():
        _subtract_base(row, paths)
    head = {
        "format": FORMAT,
        "source": {
            "package": manifest["name"],
            "version": manifest["version"],
            "sha256": hashlib.sha256(package_tgz.read_bytes()).hexdigest(),
        },
        "primitives": dict(sorted(primitives.items())),
        "resources": sorted(d["type"] for d in definitions if d["kind"] == "resource" and not d["abstract"]),
    }
    return _write(head, paths)


def _read(package_tgz: Path) -> tuple[Json, list[Json]]:
    """The manifest, and the definitions of base types (no profiles, no logical models, no R4B strays)."""
    manifest: Json = {}
    definitions: list[Json] = []
    with tarfile.open(package_tgz) as archive:
        for member in archive:
            name = member.name.rsplit("/", 1)[-1]
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is None:
                continue
            if name == "package.json":
                manifest = json.load(stream)
            elif name.startswith("StructureDefinition-"):
                found = json.load(stream)
                if (
                    found["kind"] != "logical"
                    and found.get("derivation") != "constraint"
                    and found["url"] == _HL7 + found["type"]
                    and found.get("version", "4.0.1") == "4.0.1"
                ):
                    definitions.append(found)
    return manifest, sorted(definitions, key=lambda d: str(d["type"]))


def _primitive(definition: Json) -> Json:
    """JSON type and lexical form of a primitive type."""
    (value,) = [e for e in definition["snapshot"]["element"] if e["path"].endswith(".value")]
    (kind,) = value["type"]
    json_type = {"Boolean": "boolean", "Integer": "integer", "Decimal": "decimal"}.get(
        kind["code"].removeprefix(_FHIRPATH), "string"
    )
    if definition["type"] in ("positiveInt", "unsignedInt"):
        json_type = "integer"  # the definitions say String, the JSON form is a number
    regex = [x["valueString"] for x in kind.get("extension", ()) if x["url"] == _HL7 + "regex"]
    return {"json": json_type, "regex": regex[0] if regex else None}


def _paths(definition: Json, resources: set[str]) -> dict[str, Json]:
    """Per path of one definition that has children: the base type and all elements in order."""
    root, *elements = definition["snapshot"]["element"]
    base = definition.get("baseDefinition", "").removeprefix(_HL7)
    rows: dict[str, Json] = {root["path"]: {"base": base or None, "elements": []}}
    for element in _known(elements):
        owner, _, name = element["path"].rpartition(".")
        types = _types(element, resources)
        if types in (["BackboneElement"], ["Element"]):
            rows[element["path"]] = {"base": types[0], "elements": []}
            types = ["#" + element["path"]]
        row = [name, " ".join(types), element["min"], 0 if element["max"] == "*" else int(element["max"])]
        rows[owner]["elements"].append([*row, 1] if "xmlAttr" in element.get("representation", ()) else row)
    return rows


def _known(elements: list[Json]) -> Iterator[Json]:
    """The elements without those that are no part of R4, nor anything below them."""
    for element in elements:
        parts = element["path"].split(".")
        if not any(".".join(parts[: i + 1]) in NOT_IN_R4 for i in range(1, len(parts))):
            yield element


def _types(element: Json, resources: set[str]) -> list[str]:
    if reference := element.get("contentReference"):
        return [str(reference)]
    base = element["base"]["path"]
    if base in ("Resource.id", "Element.id"):
        return ["id" if base == "Resource.id" else "string"]
    if base == "Extension.url":
        return ["uri"]
    codes = [str(t["code"]) for t in element["type"]]
    # An element that holds a resource holds any resource as far as structure goes.
    return ["Resource" if c in resources else c for c in codes]


def _subtract_base(row: Json, paths: dict[str, Json]) -> None:
    """Leave only the type's own elements. Inherited ones always come first: this order is relied upon."""
    inherited = _all_names(row["base"], paths)
    names = [e[0] for e in row["elements"]]
    if names[: len(inherited)] != inherited:
        raise ValueError(f"elements do not start with those of {row['base']}: {names}")
    row["own"] = row["elements"][len(inherited) :]


def _all_names(base: str | None, paths: dict[str, Json]) -> list[str]:
    return [e[0] for e in paths[base]["elements"]] if base else []


def _write(head: Json, paths: dict[str, Json]) -> bytes:
    """One line per path, so that a diff of two tables reads well."""

    def text(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    lines = [f"{text(key)}:{text(value)}" for key, value in head.items()]
    rows = [f"{text(path)}:{text([row['base'], row['own']])}" for path, row in sorted(paths.items())]
    return ("{" + ",\n".join(lines) + ',\n"paths":{\n' + ",\n".join(rows) + "\n}}\n").encode()

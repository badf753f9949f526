"""Packages of a few types, made on the spot, so that the compiler can be tested without the official ones."""

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

Json = dict[str, Any]
HL7 = "http://hl7.org/fhir/StructureDefinition/"
GUIDE = "http://example.org/guide"


def write_package(
    folder: Path, name: str, version: str, definitions: list[Json], depends: dict[str, str] | None = None
) -> Path:
    """A .tgz as package tools make it: manifest, definitions, and an example that counts for nothing."""
    files: dict[str, Json] = {
        "package/package.json": {"name": name, "version": version, "dependencies": depends or {}},
        "package/example/Patient-p.json": {"resourceType": "Patient", "id": "p"},
    }
    for number, definition in enumerate(definitions):
        files[f"package/{definition['resourceType']}-{number}.json"] = definition
    path = folder / f"{name}#{version}.tgz"
    with gzip.GzipFile(path, "wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as archive:
        for file, content in files.items():
            data = json.dumps(content).encode()
            member = tarfile.TarInfo(file)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def element(path: str, low: int, high: str, *types: str, **more: Any) -> Json:
    """An ElementDefinition of a base type."""
    stated: Json = {"id": path, "path": path, "min": low, "max": high, "base": {"path": path}}
    return stated | ({"type": [{"code": t} for t in types]} if types else {}) | more


def base_type(name: str, parent: str | None, kind: str, *elements: Json) -> Json:
    """The definition of a base type, with the snapshot that HL7 would publish."""
    stated: Json = {
        "resourceType": "StructureDefinition",
        "url": HL7 + name,
        "version": "4.0.1",
        "type": name,
        "kind": kind,
        "abstract": name in ("Element", "BackboneElement", "Resource"),
        "snapshot": {"element": list(elements)},
    }
    return stated | ({"baseDefinition": HL7 + parent, "derivation": "specialization"} if parent else {})


ELE_1: Json = {"key": "ele-1", "severity": "error", "human": "Not empty.", "expression": "hasValue()"}
BY_URL: Json = {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"}


def _element_parts(path: str) -> list[Json]:
    return [
        element(path, 0, "*", constraint=[ELE_1]),
        element(f"{path}.id", 0, "1", "string"),
        element(f"{path}.extension", 0, "*", "Extension", slicing=BY_URL, constraint=[ELE_1]),
    ]


def _primitive(name: str, parent: str) -> Json:
    value = element(
        f"{name}.value", 0, "1", "http://hl7.org/fhirpath/System.String", representation=["xmlAttr"]
    )
    return base_type(name, parent, "primitive-type", *_element_parts(name), value)


def core_definitions() -> list[Json]:
    """Element, a few data types, and a resource Thing with a backbone `part`."""
    thing = [
        element("Thing", 0, "*", constraint=[{**ELE_1, "key": "thg-1", "expression": "name.exists()"}]),
        element("Thing.id", 0, "1", "id"),
        element("Thing.name", 0, "1", "string", constraint=[ELE_1]),
        element("Thing.value[x]", 0, "1", "string", "Coding", constraint=[ELE_1]),
        element(
            "Thing.kind",
            1,
            "1",
            "code",
            binding={"strength": "required", "valueSet": "http://example.org/core/kinds|4.0.1"},
        ),
        element("Thing.part", 0, "*", "BackboneElement", constraint=[ELE_1]),
        element("Thing.part.id", 0, "1", "string"),
        element("Thing.part.extension", 0, "*", "Extension", slicing=BY_URL, constraint=[ELE_1]),
        element("Thing.part.modifierExtension", 0, "*", "Extension", isModifier=True),
        element("Thing.part.code", 0, "*", "Coding", constraint=[ELE_1]),
        element("Thing.part.part", 0, "*", contentReference="#Thing.part"),
    ]
    return [
        base_type("Element", None, "complex-type", *_element_parts("Element")),
        base_type(
            "BackboneElement",
            "Element",
            "complex-type",
            *_element_parts("BackboneElement"),
            element("BackboneElement.modifierExtension", 0, "*", "Extension", isModifier=True),
        ),
        base_type(
            "Extension",
            "Element",
            "complex-type",
            *_element_parts("Extension"),
            element("Extension.url", 1, "1", "uri"),
            element("Extension.value[x]", 0, "1", "string", "code", "Coding"),
        ),
        base_type(
            "Coding",
            "Element",
            "complex-type",
            *_element_parts("Coding"),
            element("Coding.system", 0, "1", "uri"),
            element("Coding.code", 0, "1", "code"),
        ),
        _primitive("string", "Element"),
        _primitive("uri", "Element"),
        _primitive("code", "string"),
        _primitive("id", "string"),
        base_type(
            "Resource", None, "resource", element("Resource", 0, "*"), element("Resource.id", 0, "1", "id")
        ),
        base_type("Thing", "Resource", "resource", *thing),
        value_set(
            "http://example.org/core/kinds", {"system": "http://example.org/core/kind"}, version="4.0.1"
        ),
        code_system("http://example.org/core/kind", "large", "small", version="4.0.1"),
    ]


def profile(name: str, *differential: Json, **more: Any) -> Json:
    """A profile on Thing that comes without a snapshot."""
    return {
        "resourceType": "StructureDefinition",
        "url": f"{GUIDE}/StructureDefinition/{name}",
        "type": "Thing",
        "kind": "resource",
        "derivation": "constraint",
        "baseDefinition": HL7 + "Thing",
        "differential": {"element": list(differential)},
    } | more


def value_set(url: str, *include: Json, **more: Any) -> Json:
    """A value set of these includes."""
    return {"resourceType": "ValueSet", "url": url, "compose": {"include": list(include)}} | more


def code_system(url: str, *codes: str | Json, **more: Any) -> Json:
    """A complete code system."""
    concepts = [{"code": c, "display": c.title()} if isinstance(c, str) else c for c in codes]
    return {"resourceType": "CodeSystem", "url": url, "content": "complete", "concept": concepts} | more

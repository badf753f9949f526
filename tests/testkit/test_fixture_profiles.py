"""Mandatory elements, fixed values and required extensions of the profiles that the fixtures claim.

Runs where the official packages lie beside the repository; a plain look at the snapshots, no validator.
"""

import json
import os
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fhirpa.testkit.fixtures import Fixture, all_fixtures

Json = dict[str, Any]
SHARED = Path(os.environ.get("FHIRPA_SHARED", Path(__file__).parents[3] / "shared"))
PACKAGES = SHARED / "packages"
NEEDED = {
    "2.0.1": ("hl7.fhir.us.core#3.1.1", "hl7.fhir.us.davinci-pas#2.0.1"),
    "2.2.1": ("hl7.fhir.us.core#7.0.0", "hl7.fhir.us.davinci-pas#2.2.1"),
}
if not all((PACKAGES / f"{p}.tgz").exists() for names in NEEDED.values() for p in names):
    pytest.skip("the official packages are not beside the repository", allow_module_level=True)

VALID = {f.file: f for f in all_fixtures() if f.format == "json" and not f.scenario.bend}


@cache
def profiles(version: str) -> dict[str, list[Json]]:
    found = {}
    for package in NEEDED[version]:
        path = PACKAGES / f"{package}.tgz"
        with tarfile.open(path) as archive:
            for member in archive.getmembers():
                if member.name.startswith("package/StructureDefinition-"):
                    body = archive.extractfile(member)
                    assert body is not None
                    definition = json.loads(body.read().decode("utf-8-sig"))
                    found[definition["url"]] = definition["snapshot"]["element"]
    return found


def values(node: Json, name: str) -> list[Any]:
    if not name.endswith("[x]"):
        found = [node[name]] if name in node else []
    else:
        stem = name.removesuffix("[x]")
        found = [v for k, v in node.items() if k.startswith(stem) and k[len(stem) : len(stem) + 1].isupper()]
    return [v for f in found for v in (f if isinstance(f, list) else [f])]


def parents(resource: Json, path: list[str]) -> list[Json]:
    found: list[Any] = [resource]
    for name in path:
        found = [v for node in found for v in values(node, name) if isinstance(v, dict)]
    return found


def fits(pattern: Any, value: Any) -> bool:
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(k in value and fits(p, value[k]) for k, p in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(fits(p, v) for v in value) for p in pattern)
    return bool(pattern == value)


def faults(resource: Json, elements: list[Json]) -> Iterator[str]:
    for element in elements:
        way, slices = element["path"].split(".")[1:], element["id"].count(":")
        if not way:
            continue
        if slices:
            if slices == 1 and way[-1] == "extension" and ":" in element["id"].rsplit(".", 1)[1]:
                yield from extension_faults(resource, element, way[:-1])
            continue
        most = float("inf") if element["max"] == "*" else int(element["max"])
        wanted = [v for k, v in element.items() if k.startswith(("pattern", "fixed"))]
        for node in parents(resource, way[:-1]):
            found = values(node, way[-1])
            if not element["min"] <= len(found) <= most:
                yield f"{element['path']}: {len(found)} of {element['min']}..{element['max']}"
            if not all(fits(w, v) for w in wanted for v in found):
                yield f"{element['path']}: not the value of the profile"


def extension_faults(resource: Json, element: Json, way: list[str]) -> Iterator[str]:
    profile = element["type"][0].get("profile")
    for node in parents(resource, way) if profile and element["min"] else ():
        url = profile[0].split("|")[0]
        if not any(e.get("url") == url for e in node.get("extension", ())):
            yield f"{element['id']}: missing"


def claimed(fixture: Fixture) -> Iterator[tuple[Json, str]]:
    bundle = fixture.resource()
    for resource in (bundle, *(e["resource"] for e in bundle["entry"])):
        for profile in resource.get("meta", {}).get("profile", ()):
            yield resource, profile


@pytest.mark.parametrize("name", VALID)
def test_a_fixture_has_what_the_profiles_it_claims_ask_for(name: str) -> None:
    known = profiles(VALID[name].guide.label)
    found = [f for resource, profile in claimed(VALID[name]) for f in faults(resource, known[profile])]
    assert found == []


def test_the_look_at_the_snapshots_sees_what_is_missing() -> None:
    fixture = VALID["2.2.1/json/lbp-initial.json"]
    known = profiles("2.2.1")
    resource, profile = next(r for r in claimed(fixture) if r[0]["resourceType"] == "Claim")
    resource["use"] = "claim"
    del resource["item"][0]["category"], resource["item"][0]["extension"]
    assert {f.split(":")[0] for f in faults(resource, known[profile])} >= {
        "Claim.use",
        "Claim.item.category",
        "Claim.item.extension",
    }

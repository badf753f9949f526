"""What we write against the StructureDefinitions of the official packages, where they are at hand.

Reads element cardinalities, fixed values and patterns of the profiles, and url, value type, sub-extensions
and contexts of every extension. Runs beside the packages, skips elsewhere.
"""

import json
import os
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fhirpa.pas.inquiry_write import write_inquiry_response
from fhirpa.pas.versions import V201, VERSIONS, PasVersion
from fhirpa.pas.write import write_error_response, write_response
from fhirpa.um.determination import BusinessError
from fhirpa.um.terms import LineState
from tests.pas.case_builder import (
    EVALUATION,
    NOW,
    PAYER_URL,
    PLAN_OF_CARE,
    QUESTIONS,
    REASONS,
    TEXTS,
    case_of,
    ids,
    in_state,
    sent,
)
from tests.pas.request_builder import concept, ext, graph, item
from tests.pas.response_checker import SD

Json = dict[str, Any]
SHARED = Path(os.environ.get("FHIRPA_SHARED", Path(__file__).parents[3] / "shared"))
PACKAGES = SHARED / "packages"
OURS = ("ClaimResponse", "CommunicationRequest", "Task")
# The published contexts of these exclude where the published profiles demand them (IG defects).
CONTEXT_DEFECTS = {
    ("2.0.1", "extension-administrationReferenceNumber", "ClaimResponse.item"),
    ("2.0.1", "extension-productOrServiceCodeEnd", "ClaimResponse.item.extension"),
    ("2.0.1", "extension-serviceLineNumber", "CommunicationRequest.payload"),
    ("2.2.1", "extension-itemAuthorizedProvider", "ClaimResponse"),
    ("2.2.1", "extension-productOrServiceCodeEnd", "ClaimResponse.item.extension"),
}
pytestmark = pytest.mark.skipif(
    not PACKAGES.is_dir(), reason="the official packages (../shared/packages) are not here"
)
EVERY = pytest.mark.parametrize("version", list(VERSIONS.values()), ids=lambda v: v.label)


@cache
def definitions(label: str) -> dict[str, Json]:
    """StructureDefinitions of the guide by url."""
    found = {}
    with tarfile.open(PACKAGES / f"hl7.fhir.us.davinci-pas#{label}.tgz") as package:
        for member in package.getmembers():
            if member.name.startswith("package/StructureDefinition-"):
                file = package.extractfile(member)
                assert file is not None
                definition = json.load(file)
                found[definition["url"]] = definition
    return found


def responses(version: PasVersion) -> Iterator[Json]:
    """Responses that between them use all that the writers can write."""
    first = item(1, revenue=concept(version.revenue_system, "0420"))
    code = concept("https://codesystem.x12.org/005010/98", "SJ")
    first["extension"] += [
        ext("extension-authorizationNumber", valueString="OLD1"),
        ext("extension-epsdtIndicator", valueBoolean=True),
        ext(
            "extension-productOrServiceCodeEnd",
            valueCodeableConcept=concept("http://www.ama-assn.org/go/cpt", "97112"),
        ),
    ]
    parts = [{"url": f"application{x}Code", "valueString": x} for x in ("Sender", "Receiver")]
    body = sent(first, extension=[ext("extension-TransmissionIdentifiers", extension=parts)])
    team = body["entry"][0]["resource"]["careTeam"]
    team[0]["role"] = code
    scope = ext("extension-careTeamClaimScope", valueBoolean=True)
    team.append(
        {"extension": [scope], "sequence": 2, "role": code, "provider": {"reference": "Organization/clinic"}}
    )
    more: Json = {
        "now": NOW,
        "new_id": ids(),
        "reason_codes": REASONS,
        "texts": TEXTS,
        "payer_url": PAYER_URL,
    }
    information = (PLAN_OF_CARE, EVALUATION, QUESTIONS)
    for state in LineState:
        for block in (False, True):
            case = case_of(
                body,
                in_state(state, block=block, information=information, reasons=("benefit",), notes=("A.",)),
                version=version,
            )
            yield write_response(case, graph(body), version, **more)
            yield write_response(case, None, version, **more)
            answer = write_inquiry_response([(case, graph(body))], graph(body), version, **more)
            yield answer["parameter"][0]["resource"] if version.inquiry_as_parameters else answer
    error = BusinessError("04", "C", "Text.", "2010C-NM109", "Bundle.entry[0].resource.item[0]", "key")
    yield write_error_response((error,), graph(body), version, now=NOW, new_id=ids())


def ours(version: PasVersion) -> Iterator[Json]:
    for response in responses(version):
        for entry in response["entry"]:
            if entry["resource"]["resourceType"] in OURS:
                yield entry["resource"]


@EVERY
def test_every_extension_is_as_its_definition_says(version: PasVersion) -> None:
    known = definitions(version.label)
    faults: set[str] = set()
    used: set[str] = set()
    for resource in ours(version):
        for path, extension in _extensions(resource, resource["resourceType"]):
            if extension["url"].startswith(SD):
                used.add(extension["url"].removeprefix(SD))
                faults |= set(_extension_faults(extension, path, known, version.label))
    assert faults == set()
    assert len(used) >= 15  # the walk saw them


@EVERY
def test_every_resource_keeps_its_profile_s_cardinalities_and_patterns(version: PasVersion) -> None:
    known = definitions(version.label)
    faults: set[str] = set()
    for resource in ours(version):
        profile = known[resource["meta"]["profile"][0]]
        faults |= set(_profile_faults(resource, profile))
    assert faults == set()


def test_the_foreign_extensions_of_each_version_are_those_only_the_other_one_has() -> None:
    names = {label: set(definitions(label)) for label in VERSIONS}
    for version in VERSIONS.values():
        other = "2.2.1" if version is V201 else "2.0.1"
        only_there = {u for u in names[other] - names[version.label] if "xtension-" in u}
        assert only_there == version.foreign_extensions


def _extensions(value: Any, path: str) -> Iterator[tuple[str, Json]]:
    """(path of the holder without indexes, extension), outermost first."""
    if isinstance(value, list):
        for one in value:
            yield from _extensions(one, path)
    elif isinstance(value, dict):
        for one in value.get("extension", []):
            yield path, one
        for name, one in value.items():
            yield from _extensions(one, f"{path}.{name}")


def _extension_faults(extension: Json, path: str, known: dict[str, Json], label: str) -> Iterator[str]:
    definition = known.get(extension["url"])
    name = extension["url"].removeprefix(SD)
    if definition is None:
        yield f"{name}: unknown to {label}"
        return
    contexts = {c["expression"] for c in definition["context"]}
    if path not in contexts and (label, name, path) not in CONTEXT_DEFECTS:
        yield f"{name}: not allowed at {path}"
    yield from _content_faults(extension, "Extension", name, definition)


def _content_faults(extension: Json, at: str, name: str, definition: Json) -> Iterator[str]:
    elements = {e["id"]: e for e in definition["snapshot"]["element"]}
    value = elements.get(f"{at}.value[x]", {"max": "0", "type": []})
    types = {t["code"][0].upper() + t["code"][1:] for t in value["type"]} if value["max"] != "0" else set()
    given = [k.removeprefix("value") for k in extension if k.startswith("value")]
    if not set(given) <= types or not (given or extension.get("extension")):
        yield f"{name}: value {given}, allowed {sorted(types)}"
    slices = {}
    for element_id, element in elements.items():
        if element_id.startswith(f"{at}.extension:") and "." not in element_id.removeprefix(f"{at}."):
            url = elements.get(f"{element_id}.url", {}).get("fixedUri")
            profiles = element["type"][0].get("profile", [])
            slices[url or profiles[0].partition("|")[0]] = element
    counts = [s["url"] for s in extension.get("extension", [])]
    for url in set(counts) | set(slices):
        element = slices.get(url)
        if element is None:
            yield f"{name}: sub-extension {url} unknown"
        elif not element["min"] <= counts.count(url) <= _top(element["max"]):
            yield f"{name}: {counts.count(url)} of {url}"
    for sub in extension.get("extension", []):
        if sub["url"] in slices and ":" not in sub["url"]:
            yield from _content_faults(sub, slices[sub["url"]]["id"], f"{name}.{sub['url']}", definition)


def _profile_faults(resource: Json, profile: Json) -> Iterator[str]:
    """min, max, fixed[x] and pattern[x] of all elements outside slices and data types."""
    kind = resource["resourceType"]
    for element in profile["snapshot"]["element"][1:]:
        if ":" in element["id"] or element["path"] != element["id"]:
            continue
        *parents, name = element["path"].split(".")[1:]
        for holder in _walk([resource], parents):
            values = _values(holder, name)
            if not element["min"] <= len(values) <= _top(element["max"]):
                yield f"{kind} {element['path']}: {len(values)} times, {element['min']}..{element['max']}"
            wanted = next((v for k, v in element.items() if k.startswith(("fixed", "pattern"))), None)
            if wanted is not None and not all(_matches(v, wanted) for v in values):
                yield f"{kind} {element['path']}: not {wanted}"


def _walk(holders: list[Any], names: list[str]) -> list[Any]:
    for name in names:
        holders = [v for h in holders for v in _values(h, name) if isinstance(v, dict)]
    return holders


def _values(holder: Json, name: str) -> list[Any]:
    stem = name.removesuffix("[x]")
    if stem != name:
        return [v for k, v in holder.items() if k.startswith(stem)]
    found = holder.get(name, holder.get(f"_{name}"))
    return found if isinstance(found, list) else [] if found is None else [found]


def _matches(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return all(_matches(value.get(k), v) for k, v in wanted.items())
    if isinstance(wanted, list):
        return all(any(_matches(v, w) for v in value or []) for w in wanted)
    return bool(value == wanted)


def _top(maximum: str) -> float:
    return float("inf") if maximum == "*" else int(maximum)

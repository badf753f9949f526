"""Requests and inquiries for tests of the use cases, made of the project's own scenarios."""

import itertools
from copy import deepcopy
from dataclasses import replace
from typing import Any

from fhirpa.testkit.builder import build
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.guide import GUIDES
from fhirpa.testkit.scenarios import SCENARIOS

Json = dict[str, Any]
_BY_NAME = {s.name: s for s in SCENARIOS}
_COUNT = itertools.count(1)
SD = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"


def request(
    name: str = "lbp-initial", version: str = "2.2.1", key: str | None = None, **changes: Any
) -> Json:
    """A new request of a scenario; the same `key` gives the same member and numbers."""
    scenario = _BY_NAME[name]
    identity = Identity(key or f"test-{next(_COUNT)}")
    return build(replace(scenario.request, **changes), GUIDES[version], identity)


def renumbered(bundle: Json, suffix: str) -> Json:
    """The same request for the same member as another submission: new Bundle and Claim identifiers."""
    out = deepcopy(bundle)
    out["identifier"]["value"] += suffix
    for identifier in out["entry"][0]["resource"]["identifier"]:
        identifier["value"] += suffix
    return out


def inquiry(bundle: Json, *extensions: Json, **item: Any) -> Json:
    """An inquiry about what a request asked for: same parties, no evidence."""
    out = deepcopy(bundle)
    out["identifier"]["value"] += "-inquiry"
    claim = out["entry"][0]["resource"]
    for name in ("supportingInfo", "related"):
        claim.pop(name, None)
    claim.pop("extension", None)
    asked = {**claim["item"][0], **item}
    own = [e for e in asked.pop("extension", []) if "TraceNumber" not in e["url"]]
    claim["item"] = [{**asked, "extension": [*own, *extensions]}]
    claim["item"][0].pop("quantity", None)
    kept = ("Claim", "Patient", "Organization", "Coverage", "Practitioner", "PractitionerRole")
    out["entry"] = [e for e in out["entry"] if e["resource"]["resourceType"] in kept]
    return out


def number(name: str, value: str) -> Json:
    """One of the guide's extensions that hold a number."""
    return {"url": SD + name, "valueString": value}


def claim_responses(resource: Json) -> list[Json]:
    """All ClaimResponses of an answer of either version."""
    if resource["resourceType"] == "Parameters":
        bundles = [p["resource"] for p in resource.get("parameter", [])]
    else:
        bundles = [resource]
    entries = (e["resource"] for b in bundles for e in b["entry"])
    return [r for r in entries if r["resourceType"] == "ClaimResponse"]

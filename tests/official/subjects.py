"""What is validated: the resources in a file, and the profile that each must meet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
BASE = "http://hl7.org/fhir/StructureDefinition/"

# (type of the leading resource, is it an inquiry) -> profile of the Bundle
BUNDLE_PROFILES = {
    ("Claim", False): "profile-pas-request-bundle",
    ("Claim", True): "profile-pas-inquiry-request-bundle",
    ("ClaimResponse", False): "profile-pas-response-bundle",
    ("ClaimResponse", True): "profile-pas-inquiry-response-bundle",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """One resource to validate: its name in the report, and a canonical without version to meet."""

    label: str
    resource: dict[str, Any]
    profile: str
    file: Path | None = None  # where the file is nothing but this resource: read as it stands


def read_subjects(path: Path, kind: str) -> Iterator[Subject]:
    """The resources of one JSON file: a resource, a list of them, or the Bundles that a Parameters returns.

    ``kind`` is ``submit``, ``inquiry`` or ``auto`` (by the Bundle's declared profile). A file without a FHIR
    resource gives nothing.
    """
    data = json.loads(path.read_text())
    for subject in subjects_in(str(path), data, kind):
        yield replace(subject, file=path) if subject.resource is data else subject


def subjects_in(label: str, data: Any, kind: str) -> Iterator[Subject]:
    """The resources in parsed JSON; one that is all of it is `data` itself."""
    if isinstance(data, list):
        for index, inner in enumerate(data):
            yield from subjects_in(f"{label} [{index}]", inner, kind)
    elif not isinstance(data, dict) or "resourceType" not in data:
        return
    elif data["resourceType"] == "Parameters":
        yield from _returned(label, data)
    else:
        yield Subject(label, data, _profile(data, kind))


def _returned(label: str, parameters: dict[str, Any]) -> Iterator[Subject]:
    """An inquiry is answered with Parameters from 2.2.1 on; each ``return`` is a Bundle of its own."""
    yield Subject(label, parameters, BASE + "Parameters")
    for index, parameter in enumerate(parameters.get("parameter", ())):
        if parameter.get("name") == "return" and "resource" in parameter:
            yield from subjects_in(f"{label} return[{index}]", parameter["resource"], "inquiry")


def _profile(resource: dict[str, Any], kind: str) -> str:
    if resource["resourceType"] == "Bundle":
        inquiry = kind == "inquiry" or (kind == "auto" and "-inquiry-" in _declared(resource))
        for entry in resource.get("entry", ()):
            name = BUNDLE_PROFILES.get((entry.get("resource", {}).get("resourceType"), inquiry))
            if name:
                return PAS + name
    return BASE + str(resource["resourceType"])


def _declared(resource: dict[str, Any]) -> str:
    return " ".join(resource.get("meta", {}).get("profile", ()))

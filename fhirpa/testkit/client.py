"""Posting a bundle to a PAS server, as an EHR does."""

from dataclasses import dataclass
from typing import Any

import requests

from fhirpa.fhir.codec import decode

MEDIA = {"json": "application/fhir+json", "xml": "application/fhir+xml"}
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, the decoded resource (None where the body is none), the text, and the time it took."""

    status: int
    resource: dict[str, Any] | None
    text: str
    milliseconds: float


def post_bundle(
    base_url: str,
    guide: str,
    body: bytes,
    form: str,
    operation: str = "$submit",
    timeout: float = TIMEOUT_SECONDS,
) -> Reply:
    """POST `body` (in `form`: json or xml) to <base_url>/fhir/<guide>/Claim/<operation>.

    Raises requests.RequestException when the server cannot be reached.
    """
    media = MEDIA[form]
    response = requests.post(
        f"{base_url.rstrip('/')}/fhir/{guide}/Claim/{operation}",
        data=body,
        headers={"Content-Type": media, "Accept": media},
        timeout=timeout,
    )
    kind = response.headers.get("Content-Type", "")
    resource = decode(response.content, "xml" if "xml" in kind else "json") if "fhir" in kind else None
    return Reply(response.status_code, resource, response.text, response.elapsed.total_seconds() * 1000)


def guide_of(bundle: dict[str, Any], default: str = "2.2.1") -> str:
    """The guide version that a profile of the bundle names (`...|2.0.1`), else `default`."""
    resources = [bundle, *(e.get("resource") or {} for e in bundle.get("entry") or [])]
    for resource in resources:
        for profile in (resource.get("meta") or {}).get("profile") or []:
            version = profile.partition("|")[2]
            if "/davinci-pas/" in profile and version in ("2.0.1", "2.2.1"):
                return str(version)
    return default

"""Which profile of the guide a Bundle is meant to meet, when it does not say so itself."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from fhirpa.pas.codes import SD
from fhirpa.pas.profiles import OPERATIONS
from fhirpa.pas.versions import VERSIONS

_INQUIRY_CLAIM: Final = SD + "profile-claim-inquiry"
_INQUIRY_RESPONSE: Final = SD + "profile-claiminquiryresponse"
# By what the first entry is, and whether it says of itself that it belongs to an inquiry.
_BUNDLES: Final[Mapping[tuple[str, bool], str]] = MappingProxyType(
    {
        (kind, operation.is_inquiry): url
        for operation in OPERATIONS.values()
        for kind, url in (("Claim", operation.request), ("ClaimResponse", operation.response))
    }
)


def expected_profile(resource: dict[str, Any]) -> str | None:
    """The canonical url for a Bundle that opens with a preauthorization Claim or ClaimResponse, else None.

    Never raises, whatever `resource` is made of. A request and an inquiry differ in nothing that a Bundle
    must hold but in the profile of their Claim; without it a Claim asks for authorization.
    """
    if resource.get("resourceType") != "Bundle":
        return None
    entries = resource.get("entry")
    entry = entries[0] if isinstance(entries, list) and entries else None
    first = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(first, dict) or first.get("use") != "preauthorization":
        return None
    declared = {c.partition("|")[0] for c in declared_profiles(first)}
    is_inquiry = bool(declared & {_INQUIRY_CLAIM, _INQUIRY_RESPONSE})
    kind = first.get("resourceType")
    return _BUNDLES.get((kind, is_inquiry)) if isinstance(kind, str) else None


def declared_version(resource: dict[str, Any]) -> str | None:
    """The guide version behind the first PAS profile that a resource, or an entry of a Bundle, declares."""
    entries = resource.get("entry")
    inside = [e.get("resource") for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    for one in (resource, *inside):
        for canonical in declared_profiles(one) if isinstance(one, dict) else ():
            url, _, version = canonical.partition("|")
            if url.startswith(SD) and version in VERSIONS:
                return version
    return None


def declared_profiles(resource: dict[str, Any]) -> list[str]:
    """The canonicals in meta.profile, as far as they are texts."""
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    return [p for p in profiles if isinstance(p, str)] if isinstance(profiles, list) else []

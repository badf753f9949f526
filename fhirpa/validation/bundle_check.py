"""What R4 says of the entries of a Bundle beyond its invariants: http://hl7.org/fhir/R4/bundle.html#bundle-unique."""

import re
from typing import Any

from fhirpa.fhir.place import Place
from fhirpa.fhir.tables import resource_types
from fhirpa.validation.finding import Kind, Notes

_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE).match
_RESTFUL = re.compile(r"https?://\S+/([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})").fullmatch
_WITHOUT_URLS = frozenset({"batch", "transaction", "batch-response", "transaction-response"})


def check_bundle(bundle: dict[str, Any], place: Place, notes: Notes) -> None:
    """The fullUrl of each entry: there, absolute, and of the resource that the entry holds."""
    entries = bundle.get("entry")
    for index, entry in enumerate(entries if type(entries) is list else ()):
        if type(entry) is dict and type(entry.get("resource")) is dict:
            _check_entry(entry, bundle.get("type"), (place, "entry", index), notes)


def _check_entry(entry: dict[str, Any], bundle_type: Any, place: Place, notes: Notes) -> None:
    url, resource = entry.get("fullUrl"), entry["resource"]
    at = (place, "fullUrl", None)
    if url is None:
        if type(bundle_type) is not str or bundle_type not in _WITHOUT_URLS:
            text = "fullUrl is missing: without it no reference can lead to this resource."
            notes.add(Kind.BUNDLE, "error", at, text, cause="min", code="required")
        return
    if type(url) is not str:
        return
    if not _ABSOLUTE(url):
        text = "fullUrl must be absolute: a URL, or urn:uuid: with a UUID."
        notes.add(Kind.BUNDLE, "error", at, text, cause="fullUrl")
        return
    match = _RESTFUL(url)
    if match is None or match[1] not in resource_types() or "_history" in url:
        return
    identifier, name = resource.get("id"), resource.get("resourceType")
    if identifier is None:
        text = "fullUrl is the address of a resource with an id, and the resource has none: add it."
    elif (name, identifier) != match.groups() and type(identifier) is str:
        text = "fullUrl ends with another type or id than the resource has: make them agree."
    else:
        return
    notes.add(Kind.BUNDLE, "error", at, text, cause="fullUrl")

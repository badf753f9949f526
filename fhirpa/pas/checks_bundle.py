"""Faults of the Bundle itself: kind, identifier, entries, fullUrls, the Claims in it."""

import re
from typing import Any

from fhirpa.fhir.bundle import BundleGraph, Entry, Target
from fhirpa.pas.access import Json, obj, objects, text
from fhirpa.pas.checks_faults import Faults, filled
from fhirpa.pas.versions import PasVersion

_RESTFUL = re.compile(r"^https?://[^\s?#]+/([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})$")
_URN = re.compile(
    r"^urn:(uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|oid:[0-2](\.(0|[1-9][0-9]*))+)$"
)
_TYPE_NAME = re.compile(r"^[A-Z][A-Za-z]{2,40}$")
_BUNDLE_TYPES = ("document", "message", "transaction", "transaction-response", "batch", "batch-response")
_OTHER_BUNDLE_TYPES = ("history", "searchset")


def main_claim(graph: BundleGraph) -> Entry | None:
    """The Claim that asks: the first entry if it is a Claim, else the first Claim there is."""
    claims = graph.of_type("Claim")
    return claims[0] if claims else None


def predecessor(graph: BundleGraph, claim: Entry) -> Target | None:
    """The Claim that an update's first Claim.related names, if the Bundle holds it (spec-65)."""
    related = objects(claim.resource.get("related"))
    target = graph.find(obj(related[0].get("claim")), claim) if related else None
    return target if target and target.resource.get("resourceType") == "Claim" else None


def check_bundle(graph: BundleGraph, version: PasVersion, out: Faults, *, inquiry: bool) -> bool:
    """Report the Bundle's faults; False if it is no Bundle at all and nothing more can be said."""
    bundle = graph.bundle
    if bundle.get("resourceType") != "Bundle":
        out.error(
            "bundle-expected",
            "structure",
            f"The body is {_kind(bundle)}; expected a FHIR Bundle whose first entry is a Claim. "
            "Send the PAS Bundle itself as the body.",
            "Bundle",
        )
        return False
    _header(bundle, out)
    entries = bundle.get("entry")
    if not isinstance(entries, list) or not entries:
        out.error(
            "bundle-empty",
            "required",
            "The Bundle has no entries. Put the Claim in the first entry, and every resource that it refers "
            "to in further entries.",
            "Bundle.entry",
        )
        return True
    for index, entry in enumerate(entries):
        _entry(obj(entry), f"Bundle.entry[{index}]", out)
    for first, later in graph.duplicates():
        out.error(
            "full-url-duplicate",
            "duplicate",
            f"This fullUrl is also that of entry {first.index}. Each resource may be in the Bundle once, and "
            "each entry needs a fullUrl of its own.",
            f"Bundle.entry[{later.index}].fullUrl",
        )
    _claims(graph, obj(entries[0]), version, out, inquiry=inquiry)
    return True


def _kind(resource: Json) -> str:
    kind = resource.get("resourceType")
    if isinstance(kind, str) and _TYPE_NAME.match(kind):
        return f"a resource of type {kind}"
    return "not a FHIR resource (resourceType is missing or unreadable)"


def _header(bundle: Json, out: Faults) -> None:
    kind = bundle.get("type")
    if kind != "collection":
        known = isinstance(kind, str) and kind in _BUNDLE_TYPES + _OTHER_BUNDLE_TYPES
        found = f"'{kind}'" if known else "missing or no code of FHIR's list"
        out.error(
            "bundle-type",
            "value",
            f"Bundle.type is {found}; a PAS Bundle is a 'collection'. Set it to 'collection'.",
            "Bundle.type",
        )
    if not text(obj(bundle.get("identifier")).get("value")):
        out.error(
            "bundle-identifier-missing",
            "required",
            "Bundle.identifier is missing or has no value. Give each submission an identifier of yours "
            "(system and value): it names the transaction.",
            "Bundle.identifier",
        )
    if not text(bundle.get("timestamp")):
        out.error(
            "bundle-timestamp-missing",
            "required",
            "Bundle.timestamp is missing. Give the instant at which the Bundle was put together, with time "
            "zone, e.g. 2026-03-02T09:30:00-06:00.",
            "Bundle.timestamp",
        )
    if filled(bundle.get("implicitRules")):
        out.error("implicit-rules", "not-supported", _IMPLICIT_RULES, "Bundle.implicitRules")


_IMPLICIT_RULES = (
    "implicitRules says that the content can only be read with special rules, which this server does not "
    "know. Leave it out."
)


def _entry(entry: Json, path: str, out: Faults) -> None:
    resource = obj(entry.get("resource"))
    if not resource:
        out.error(
            "entry-resource-missing",
            "required",
            "The entry holds no resource. Put the resource in entry.resource, or remove the entry.",
            f"{path}.resource",
        )
    for name in ("search", "request", "response"):
        if name in entry:
            out.warn(
                "entry-not-plain",
                "business-rule",
                f"entry.{name} belongs to other kinds of Bundle and was ignored. Leave it out.",
                f"{path}.{name}",
            )
    full_url = entry.get("fullUrl")
    if not isinstance(full_url, str) or not full_url:
        out.error(
            "full-url-missing",
            "required",
            "The entry has no fullUrl. Give the resource's URL on your server, or urn:uuid: with a fresh "
            "UUID if it has none; references inside the Bundle are resolved against it.",
            f"{path}.fullUrl",
        )
        return
    match = _RESTFUL.match(full_url)
    if match is None and not _URN.match(full_url):
        out.error(
            "full-url-form",
            "value",
            "The fullUrl is neither a RESTful URL without version (https://server/base/Type/id) nor "
            "urn:uuid: with a UUID (nor urn:oid:). Use one of these forms.",
            f"{path}.fullUrl",
        )
    elif match and resource:
        _same_identity(match[1], match[2], resource, path, out)


def _same_identity(kind: str, logical_id: str, resource: Json, path: str, out: Faults) -> None:
    own_id = resource.get("id")
    if kind != resource.get("resourceType") or (own_id is not None and own_id != logical_id):
        out.warn(
            "full-url-differs",
            "value",
            "The fullUrl does not end in the type and id of the resource in this entry. The fullUrl was used "
            "to resolve references; make both agree.",
            f"{path}.fullUrl",
        )


def _claims(graph: BundleGraph, first: Json, version: PasVersion, out: Faults, *, inquiry: bool) -> None:
    kind: Any = obj(first.get("resource")).get("resourceType")
    if kind != "Claim":
        found = kind if isinstance(kind, str) and _TYPE_NAME.match(kind) else "no known resource"
        out.error(
            "first-entry-not-claim",
            "structure",
            f"The first entry holds {found}; it has to be the Claim (spec-12). Move the Claim to the front.",
            "Bundle.entry[0].resource",
        )
    claims = graph.of_type("Claim")
    allowed = 1 if inquiry else version.max_claims
    for extra in claims[allowed:]:
        rule = "one Claim" if allowed == 1 else "the Claim and the one that it updates"
        out.error(
            "too-many-claims",
            "structure",
            f"The Bundle holds {len(claims)} Claims; version {version.label} of the guide allows {rule} "
            "here. Send each request in a Bundle of its own.",
            extra.path,
        )
    if not inquiry and 1 < len(claims) <= allowed:
        prior = predecessor(graph, claims[0])
        if prior is None or prior.entry.index != claims[1].index:
            out.error(
                "second-claim-unrelated",
                "business-rule",
                "The second Claim is not the one that the first names in related.claim. Let the update point "
                "at its predecessor there (spec-65), or leave the second Claim out.",
                claims[1].path,
            )

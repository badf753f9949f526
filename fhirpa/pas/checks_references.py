"""References: the four that a request cannot do without, and all others as warnings."""

import re
from collections.abc import Iterator
from typing import Any

from fhirpa.fhir.bundle import BundleGraph, Entry, Unresolved
from fhirpa.pas.access import Json
from fhirpa.pas.checks_faults import Faults, filled, path_name
from fhirpa.pas.versions import PasVersion

_TYPED = re.compile(r"(?:^|/)([A-Z][A-Za-z]{2,40})/[A-Za-z0-9.\-]{1,64}(?:/_history/[^/]*)?$")
_PARTIES = re.compile(r"^(patient|insurer|provider|insurance\[\d+\]\.coverage)$")
_PRIOR_CLAIM = re.compile(r"^related\[\d+\]\.claim$")
_PARTIES_AND_PRIOR_CLAIM = re.compile(f"{_PARTIES.pattern}|{_PRIOR_CLAIM.pattern}")
_Link = tuple[Any, str | int] | None  # (link of the parent, name or index in it)


def check_party(
    graph: BundleGraph,
    holder: Entry,
    reference: Any,
    at: str,
    types: tuple[str, ...],
    out: Faults,
) -> None:
    """A reference of the Claim that has to lead to exactly one resource of these types in the Bundle."""
    wanted = " or ".join(types)
    found = graph.resolve(reference, holder)
    if found is None:
        out.error(
            "reference-unresolved",
            "not-found",
            f"There is no literal reference here (an identifier or display alone is not enough). Put the "
            f"{wanted} in the Bundle and refer to its fullUrl in .reference.",
            at,
        )
    elif isinstance(found, Unresolved):
        _unresolved(found, wanted, at, out)
    elif found.resource.get("resourceType") not in types:
        out.error(
            "reference-wrong-type",
            "structure",
            f"The reference leads to entry {found.entry.index}, which is no {wanted}. Refer to a {wanted}.",
            at,
        )


def _unresolved(found: Unresolved, wanted: str, at: str, out: Faults) -> None:
    if found.ambiguous:
        out.error(
            "reference-ambiguous",
            "multiple-matches",
            "The reference leads to more than one resource. Give each entry a fullUrl of its own, or name "
            "the version (/_history/) in the reference.",
            at,
        )
        return
    out.error(
        "reference-unresolved",
        "not-found",
        f"{_shape(found.reference)} leads to nothing in the Bundle. Add the {wanted} as an entry whose "
        "fullUrl is what is referred to. A relative reference is resolved against the base of the fullUrl of "
        "the entry that holds it, so it needs a RESTful fullUrl there.",
        at,
    )


def _shape(reference: str) -> str:
    # The literal itself may hold an identifier of a person, so only its form is told.
    match = _TYPED.search(reference)
    what = f" to {match[1]}" if match else ""
    if reference.startswith("#"):
        return "The reference to a contained resource"
    if reference.startswith(("http://", "https://")):
        return f"The absolute reference{what}"
    if reference.startswith("urn:"):
        return "The urn reference"
    return f"The relative reference{what}"


def check_deeper_parts(graph: BundleGraph, claim: Entry | None, version: PasVersion, out: Faults) -> None:
    """Warn of every other reference that leads nowhere, and of modifier extensions outside the Claim."""
    for entry in graph.entries:
        excused = _excused(entry, claim, version)
        for node, link in _nodes(entry.resource):
            if filled(node.get("modifierExtension")) and entry.type != "Claim":
                out.warn(
                    "modifier-extension-unknown",
                    "not-supported",
                    "A modifier extension here may change the meaning of what it stands in, and is not one "
                    "that this server understands. The part was not used as evidence.",
                    f"{_path(entry.path, link)}.modifierExtension",
                )
            if isinstance(node.get("reference"), str):
                _deeper_reference(graph, entry, node, link, excused, out)


def _excused(entry: Entry, claim: Entry | None, version: PasVersion) -> re.Pattern[str] | None:
    """References of an entry that are no warning: told already, or not to be in the Bundle at all.

    The predecessor of a predecessor stays out (spec-66), and in 2.0.1 every predecessor.
    """
    if claim is None or entry.type != "Claim":
        return None
    if entry.index != claim.index:
        return _PRIOR_CLAIM
    return _PARTIES if version.update_names_predecessor else _PARTIES_AND_PRIOR_CLAIM


def _deeper_reference(
    graph: BundleGraph,
    entry: Entry,
    node: Json,
    link: _Link,
    excused: re.Pattern[str] | None,
    out: Faults,
) -> None:
    found = graph.resolve(node, entry)
    if not isinstance(found, Unresolved):
        return
    at = _path(entry.path, link)
    if excused and excused.match(at[len(entry.path) + 1 :]):
        return
    if found.ambiguous:
        out.warn(
            "reference-ambiguous",
            "multiple-matches",
            "The reference leads to more than one resource and was not followed. Give each entry a "
            "fullUrl of its own.",
            at,
        )
        return
    out.warn(
        "reference-dangling",
        "not-found",
        f"{_shape(found.reference)} leads to nothing in the Bundle and was not followed. Every resource that "
        "is referred to should be an entry (spec-13).",
        at,
    )


def _nodes(resource: Json) -> Iterator[tuple[Json, _Link]]:
    """Every object in a resource with the way to it. Stops at nested Bundles: they resolve for themselves."""
    stack: list[tuple[Any, _Link]] = [(resource, None)]
    while stack:
        node, link = stack.pop()
        if isinstance(node, dict):
            yield node, link
            if node.get("resourceType") == "Bundle":
                continue
            stack += [(v, (link, k)) for k, v in reversed(node.items()) if isinstance(v, dict | list)]
        elif isinstance(node, list):
            stack += [(v, (link, i)) for i, v in enumerate(node) if isinstance(v, dict | list)]


def _path(base: str, link: _Link) -> str:
    parts: list[str] = []
    while link is not None:
        link, step = link
        parts.append(f"[{step}]" if isinstance(step, int) else f".{path_name(step)}")
    return base + "".join(reversed(parts))

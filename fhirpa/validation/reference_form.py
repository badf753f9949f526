"""What R4 says of a Reference beside where it leads: http://hl7.org/fhir/R4/references.html#literal."""

import re
from typing import Any, Final

from fhirpa.fhir.fhirpath.shapes import shape
from fhirpa.fhir.tables import resource_types

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:").match
_RELATIVE: Final = re.compile(
    r"[A-Z][A-Za-z]+/[A-Za-z0-9.\-]{1,64}(?:/_history/[A-Za-z0-9.\-]{1,64})?(?:#.*)?"
).fullmatch
_SPACE: Final = re.compile(r"\s").search


def form_fault(reference: str) -> str | None:
    """What is wrong with the text of a reference, or None."""
    if _SPACE(reference):
        return "The reference holds white space, which no URL has: take it out."
    if reference.startswith("#") or _ABSOLUTE(reference) or _RELATIVE(reference):
        return None
    return "A relative reference must be a resource type and an id, as Patient/123."


def type_fault(reference: dict[str, Any], targets: frozenset[str], actual: str | None) -> str | None:
    """What is wrong with Reference.type: it allows none of the targets, or is not the type of the target.

    `targets` are the types that the element allows (none: all), `actual` is the target's where it is known.
    """
    declared = reference.get("type")
    if type(declared) is not str:
        return None
    if actual is not None and declared != actual:
        return f"Reference.type is not {actual}, which the reference leads to: make them agree."
    if not targets or not targets.isdisjoint(_lineage(declared)):
        return None
    return f"Reference.type is no type that R4 allows here: {', '.join(sorted(targets))}."


def _lineage(name: str) -> frozenset[str]:
    return shape(name).lineage if name in resource_types() else frozenset()

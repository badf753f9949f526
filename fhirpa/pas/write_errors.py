"""Business errors: a ClaimResponse with outcome `error` that names each fault in X12's terms.

Guide: specification#http-responses (AAA errors travel in a 200). It has no items: an item must carry an
adjudication, and nothing was adjudicated.
"""

import re
from typing import Final

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.access import Json, objects, whole
from fhirpa.pas.codes import SD, X12_FOLLOW_UP, X12_REJECT_REASON
from fhirpa.pas.write_claim_response import common, request_reference, transmission_identifiers
from fhirpa.pas.write_context import Original, Writing
from fhirpa.pas.write_notes import Notes
from fhirpa.pas.write_parties import insurer, patient, requestor
from fhirpa.pas.write_values import concept, ext, filled, identifiers, part
from fhirpa.um.determination import BusinessError

_ITEM: Final = re.compile(r"\.item\[(\d{1,6})\]")


def write_error_claim_response(w: Writing, errors: tuple[BusinessError, ...], graph: BundleGraph) -> None:
    """Add the ClaimResponse with these errors, and what it refers to, to the entries being written."""
    original = Original.of(graph)
    notes = Notes()
    resource = {
        "resourceType": "ClaimResponse",
        "extension": transmission_identifiers(w, original),
        "identifier": identifiers(original.resource.get("identifier"), (), w.version),
        **common(w, original, patient(w, original, None), insurer(w, original, None)),
        "requestor": requestor(w, original, None),
        "request": request_reference(w, original, None),
        "outcome": "error",
        "disposition": "The request could not be worked on; the errors say what to correct.",
        "error": [_error(w, original, e, notes) for e in errors],
    }
    w.entries.lead(filled({**resource, "processNote": notes.listed()}), SD + "profile-claimresponse")


def _error(w: Writing, original: Original, error: BusinessError, notes: Notes) -> Json:
    follow_up = concept(X12_FOLLOW_UP, error.follow_up)
    return filled(
        {
            "extension": [
                *(
                    [ext("extension-errorFollowupAction", valueCodeableConcept=follow_up)]
                    if error.follow_up
                    else []
                ),
                *_element(w, error, notes.number(error.text)),
                *([ext("extension-errorPath", valueString=error.path)] if error.path else []),
            ],
            "itemSequence": _sequence(original, error.path),
            "code": {**concept(X12_REJECT_REASON, error.code), "text": error.text},
        }
    )


def _element(w: Writing, error: BusinessError, note: int) -> list[Json]:
    """The X12 element in fault; 2.2.1 points at the process note that explains it as well."""
    if not w.version.complex_error_element:
        return [ext("extension-errorElement", valueString=error.element)] if error.element else []
    named = [part("error", valueString=error.element)] if error.element else []
    return [ext("extension-errorElement", extension=[part("processNote", valuePositiveInt=note), *named])]


def _sequence(original: Original, path: str) -> int | None:
    """The sequence of the item that the path leads through, if any."""
    match = _ITEM.search(path)
    items = objects(original.resource.get("item")) if match else []
    index = int(match[1]) if match else 0
    return whole(items[index].get("sequence")) if index < len(items) else None

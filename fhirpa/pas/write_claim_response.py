"""The ClaimResponse of a case: header, items, notes, and the requests for what is missing.

Guide: profile-claimresponse and profile-claiminquiryresponse. `outcome` is always complete: whether a
line is open or closed stands in its review action, not there.
"""

from typing import Final

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.access import Json, extensions, obj, objects
from fhirpa.pas.codes import CLAIM_TYPE, SD
from fhirpa.pas.review_action import (
    CANCELLED,
    CERTIFIED,
    CERTIFIED_IN_PART,
    CONTACT_PAYER,
    NOT_CERTIFIED,
    NOT_REQUIRED,
    PENDED,
    event_action,
    standing_authorization,
)
from fhirpa.pas.write_context import Original, Writing
from fhirpa.pas.write_information import Header, write_information
from fhirpa.pas.write_items import adjudication, authorized_provider, write_add_items, write_item
from fhirpa.pas.write_notes import Notes
from fhirpa.pas.write_parties import insurer, patient, requestor
from fhirpa.pas.write_values import absent, concept, ext, filled, hull, identifiers, instant, part, period
from fhirpa.um.case import Authorization, Case
from fhirpa.um.request import AuthorizationRequest

_DISPOSITION: Final = {
    CERTIFIED: "Certified.",
    CERTIFIED_IN_PART: "Certified in part; the items and notes say what.",
    NOT_CERTIFIED: "Not certified; the items and notes say why.",
    PENDED: "Pending; the notes say who has it and by when.",
    CANCELLED: "Cancelled.",
    CONTACT_PAYER: "Please contact the health plan about this request.",
    NOT_REQUIRED: "No authorization is required.",
}
_PENDED_WITH_BLOCK: Final = "Certified in part; the rest is pending. The notes say who has it and by when."


def write_claim_response(w: Writing, case: Case, graph: BundleGraph | None, profile: str) -> None:
    """Add the ClaimResponse of the case, and all that it refers to, to the entries being written."""
    original = Original.of(graph)
    request = case.request
    notes = Notes()
    header = Header(
        patient=patient(w, original, request.patient),
        insurer=insurer(w, original, request.insurer),
        request=request_reference(w, original, request),
        identifiers=identifiers(original.resource.get("identifier"), request.trace_numbers, w.version),
    )
    given = [a for a in map(standing_authorization, case.lines) if a]
    items = [write_item(w, original, case, line, notes) for line in case.lines]
    added = write_add_items(w, original, case, notes) if w.version.adjudicated_add_item else []
    notes.numbers(list(case.notes))
    resource = {
        "resourceType": "ClaimResponse",
        "extension": _event_extensions(w, original, case),
        "identifier": header.identifiers,
        **common(w, original, header.patient, header.insurer),
        "requestor": requestor(w, original, request.requester),
        "request": header.request,
        "outcome": "complete",
        "disposition": _disposition(case, given),
        "preAuthRef": given[0].number if given else None,
        "preAuthPeriod": period(hull([a.certified.period for a in given])) if given else None,
        "item": items,
        "addItem": added,
        "adjudication": _event_adjudication(w, case),
        "processNote": notes.listed(),
        "communicationRequest": write_information(w, original, case, header),
    }
    w.entries.lead(filled(resource), SD + profile)


def common(w: Writing, original: Original, patient_reference: Json, insurer_reference: Json) -> Json:
    """The elements that every ClaimResponse has alike, errors included."""
    return {
        "status": "active",
        "type": obj(original.resource.get("type")) or concept(CLAIM_TYPE, "professional"),
        "use": "preauthorization",
        "patient": patient_reference,
        "created": instant(w.now),
        "insurer": insurer_reference,
    }


def request_reference(w: Writing, original: Original, request: AuthorizationRequest | None) -> Json:
    """Reference to the Claim by its fullUrl (it is not in the Bundle); its absence is said (spec-44)."""
    read = request.trace_numbers if request else ()
    known = identifiers(original.resource.get("identifier"), read, w.version)[:1]
    named = {"identifier": known[0]} if known else {}
    if original.claim and original.claim.full_url:
        return {"reference": original.claim.full_url, "type": "Claim", **named}
    return {"extension": [absent()], **named}


def transmission_identifiers(w: Writing, original: Original) -> list[Json]:
    """The sender's transmission identifiers, where the version has them and both codes were given."""
    if not w.version.event_level:
        return []
    needed = {"applicationSenderCode", "applicationReceiverCode"}
    sent = extensions(original.resource, "extension-TransmissionIdentifiers")[:1]
    return [e for e in sent if needed <= {p.get("url") for p in objects(e.get("extension"))}]


def _event_extensions(w: Writing, original: Original, case: Case) -> list[Json]:
    if not w.version.event_level:
        return []
    given = any(standing_authorization(x) for x in case.lines)
    providers = case.request.providers if given else ()
    human = any(x.human_reviewed for x in case.lines)
    return [
        *transmission_identifiers(w, original),
        ext("extension-claimResponseReviewer", extension=[part("wasHumanReviewedFlag", valueBoolean=human)]),
        *(authorized_provider(w, original, p) for p in providers),
    ]


def _event_adjudication(w: Writing, case: Case) -> list[Json]:
    action = event_action(case.lines)
    return [adjudication(action)] if action and w.version.event_level else []


def _disposition(case: Case, given: list[Authorization]) -> str | None:
    action = event_action(case.lines)
    if action == PENDED and given:
        return _PENDED_WITH_BLOCK
    return _DISPOSITION[action] if action else None

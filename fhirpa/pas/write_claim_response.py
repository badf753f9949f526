"""The ClaimResponse of a case: header, items, notes, and the requests for what is missing.

Guide: profile-claimresponse and profile-claiminquiryresponse. `outcome` is always complete: whether a
line is open or closed stands in its review action, not there.
"""

from dataclasses import replace
from typing import Final

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.access import Json, extension, extension_value, obj, text
from fhirpa.pas.codes import ADJUDICATION, CLAIM_TYPE, NPI, NUCC, SD, X12_REVIEW_ACTION
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
from fhirpa.pas.write_items import authorized_provider, write_add_items, write_item
from fhirpa.pas.write_notes import Notes
from fhirpa.pas.write_parties import insurer, patient, requestor
from fhirpa.pas.write_values import (
    absent,
    concept,
    ext,
    filled,
    hull,
    identifier,
    identifiers,
    instant,
    part,
    period,
    plain_identifier,
)
from fhirpa.um.case import Authorization, Case
from fhirpa.um.request import AuthorizationRequest, ExternalId, Party

_DISPOSITION: Final = {  # keys of the texts
    CERTIFIED: "header-certified",
    CERTIFIED_IN_PART: "header-in-part",
    NOT_CERTIFIED: "header-not-certified",
    PENDED: "header-pending",
    CANCELLED: "header-cancelled",
    CONTACT_PAYER: "header-contact-payer",
    NOT_REQUIRED: "header-not-required",
}
_PENDED_WITH_BLOCK: Final = "header-block"
_NEEDED: Final = {"applicationSenderCode", "applicationReceiverCode"}
_TRANSMISSION: Final = (
    "applicationSenderCode",
    "applicationReceiverCode",
    "interchangeSenderID",
    "interchangeReceiverID",
)


def write_claim_response(w: Writing, case: Case, graph: BundleGraph | None, profile: str) -> None:
    """Add the ClaimResponse of the case, and all that it refers to, to the entries being written."""
    original = Original.of(graph)
    case = _in_submitted_order(case)
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
    notes.numbers([*case.notes, *case.update_notes])
    resource = {
        "resourceType": "ClaimResponse",
        "extension": _event_extensions(w, original, case),
        "identifier": header.identifiers,
        **common(w, original, header.patient, header.insurer),
        "requestor": requestor(w, original, request.requester),
        "request": header.request,
        "outcome": "complete",
        "disposition": _disposition(w, case, given),
        "preAuthRef": given[0].number if given else None,
        "preAuthPeriod": period(hull([a.certified.period for a in given])) if given else None,
        "item": items,
        "addItem": added,
        "adjudication": _event_adjudication(w, case, given),
        "processNote": notes.listed(),
        "communicationRequest": write_information(w, original, case, header),
    }
    w.entries.lead(filled(resource), SD + profile)


def _in_submitted_order(case: Case) -> Case:
    position = {x.sequence: i for i, x in enumerate(case.request.lines)}
    lines = sorted(case.lines, key=lambda x: position.get(x.line.sequence, len(position)))
    return replace(case, lines=tuple(lines))


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
    sent = extension(original.resource, "extension-TransmissionIdentifiers")
    parts = [
        part(name, valueString=found)
        for name in _TRANSMISSION
        if (found := text(extension_value(sent, name)))
    ]
    named = {p["url"] for p in parts}
    return [ext("extension-TransmissionIdentifiers", extension=parts)] if named >= _NEEDED else []


def _event_extensions(w: Writing, original: Original, case: Case) -> list[Json]:
    if not w.version.event_level:
        return []
    return [
        *transmission_identifiers(w, original),
        ext("extension-claimResponseReviewer", extension=_reviewer(w, case)),
        *(authorized_provider(w, original, p, typed=False) for p in _event_providers(case)),
    ]


def _reviewer(w: Writing, case: Case) -> list[Json]:
    """Whether people read the request; the NPI and specialty of whoever did not certify something."""
    human = any(x.human_reviewed for x in case.lines)
    parts = [part("wasHumanReviewedFlag", valueBoolean=human)]
    adverse = (x.decided_by for x in case.lines if x.adverse is not None)
    director = next((x for x in adverse if x is not None), None)
    if director is not None and director.npi:
        number = identifier(plain_identifier(ExternalId(NPI, director.npi)), w.version)
        parts.append(part("reviewerNPI", valueIdentifier=number))
    if director is not None and director.specialty:
        specialty = concept(NUCC, director.specialty)
        parts.append(part("reviewerSpecialty", valueCodeableConcept=specialty))
    return parts


def _event_providers(case: Case) -> list[Party]:
    """Providers of the whole request that no certified line names already.

    Only those, and without their type, since the published extensions do not list ClaimResponse among
    their contexts (IG defect) and validators complain.
    """
    given = [x for x in case.lines if standing_authorization(x)]
    on_lines = [x.line.rendering for x in given]
    return [p for p in case.request.providers if p not in on_lines] if given else []


def _event_adjudication(w: Writing, case: Case, given: list[Authorization]) -> list[Json]:
    """The result of the event as a whole.

    Its code stands in `reason`: the published reviewActionCode extension does not list
    ClaimResponse.adjudication among its contexts (IG defect), so that a reviewAction here can hold the
    authorization number only.
    """
    action = event_action(case.lines)
    if action is None or not w.version.event_level:
        return []
    number = [part("number", valueString=given[0].number)] if given else []
    return [
        filled(
            {
                "extension": [ext("extension-reviewAction", extension=number)] if number else [],
                "category": concept(ADJUDICATION, "submitted"),
                "reason": concept(X12_REVIEW_ACTION, action),
            }
        )
    ]


def _disposition(w: Writing, case: Case, given: list[Authorization]) -> str | None:
    action = event_action(case.lines)
    if action is None:
        return None
    return w.texts[_PENDED_WITH_BLOCK if action == PENDED and given else _DISPOSITION[action]]

"""From a PAS Request Bundle to the authorization request that the decision sees.

Reads every must-support element that the decision or the answer needs (guide: conf-4, conf-5) and ignores
the rest. Nothing here refuses: what cannot be read is None, with a remark in `findings`.
"""

from dataclasses import replace

from fhirpa.fhir.bundle import BundleGraph, Entry
from fhirpa.pas.access import (
    code_of,
    codings,
    date_or_period,
    extension,
    extension_value,
    external_id,
    external_ids,
    first_text,
    is_cancelled,
    moment,
    obj,
    objects,
    period,
    text,
    value_of,
)
from fhirpa.pas.checks_bundle import main_claim
from fhirpa.pas.codes import CLAIM_ENCOUNTER, TEMP_CODES, X12_LEVEL_OF_SERVICE
from fhirpa.pas.evidence import read_evidence
from fhirpa.pas.read_context import Reading
from fhirpa.pas.read_lines import diagnosis_code, read_care_team, read_lines, read_review_type
from fhirpa.pas.read_parties import member_identifiers, read_coverage, read_party, read_person
from fhirpa.pas.read_update import read_update
from fhirpa.pas.versions import PasVersion
from fhirpa.um.request import (
    AuthorizationRequest,
    CoverageSent,
    ExternalId,
    Person,
    ServiceLine,
    Span,
)
from fhirpa.um.terms import LevelOfService, ReviewType, UpdateSign

_EXPEDITED = ("U", "03")  # X12 1338: urgent, emergency (E is elective)


def read_request(graph: BundleGraph, version: PasVersion) -> AuthorizationRequest:
    """The authorization request of a Bundle that has passed the checks. Never raises, whatever is in it."""
    claim = main_claim(graph) or Entry(0, None, {})
    reading = Reading(graph, claim, version)
    resource, path = claim.resource, claim.path
    coverage, subscriber = read_coverage(reading)
    team = read_care_team(reading)
    lines = read_lines(reading, team)
    own_type = read_review_type(reading, resource, path)
    update = read_update(reading, own_type, lines)
    return AuthorizationRequest(
        bundle_identifier=external_id(graph.bundle.get("identifier")) or ExternalId(None, ""),
        trace_numbers=external_ids(resource.get("identifier")),
        created=moment(resource.get("created")),
        requester=read_party(reading, resource.get("provider"), f"{path}.provider"),
        insurer=read_party(reading, resource.get("insurer"), f"{path}.insurer"),
        patient=_patient(reading, coverage),
        subscriber=subscriber,
        coverage=coverage,
        lines=lines,
        level_of_service=_level_of_service(reading),
        review_type=_review_type(own_type, lines, update.update),
        event_period=read_event_period(reading),
        providers=tuple(m.party for m in team if m.overall),
        diagnoses=_diagnoses(reading),
        evidence=read_evidence(reading),
        messages=_messages(reading),
        sender_id=_sender_id(reading),
        related_claim=update.related_claim,
        accident=bool(obj(resource.get("accident"))),
        findings=tuple(dict.fromkeys(reading.findings)),
        claim_url=update.claim_url,
        related_url=update.related_url,
        update=update.update,
        cancels_all=update.cancels_all,
        subsetted=update.subsetted,
        supporting=update.supporting,
    )


def sender_of(request: AuthorizationRequest) -> str:
    """Who sent a request when nobody signed in: the requestor's NPI, else identifier, else name, else ''.

    Part of the idempotency key only; it proves nothing.
    """
    requester = request.requester
    if requester.npi:
        return requester.npi
    if requester.identifiers:
        first = requester.identifiers[0]
        return f"{first.system or ''}|{first.value}"
    return requester.name or ""


def _patient(reading: Reading, coverage: CoverageSent) -> Person:
    at = f"{reading.claim.path}.patient"
    reference = reading.resource.get("patient")
    person = read_person(reading, reference, at) or Person(path=at)
    if person.member_id:
        return person
    target = reading.find(reference)
    others = member_identifiers(target.resource) if target else []
    return replace(
        person,
        member_id=first_text(coverage.member_id, coverage.subscriber_id, *others),
    )


def _level_of_service(reading: Reading) -> LevelOfService:
    asked = codings(extension_value(reading.resource, "extension-levelOfServiceCode"))
    urgent = any(c.system == X12_LEVEL_OF_SERVICE and c.code.upper() in _EXPEDITED for c in asked)
    stat = any(c.code.lower() == "stat" for c in codings(reading.resource.get("priority")))
    return LevelOfService.EXPEDITED if urgent or stat else LevelOfService.STANDARD


def _review_type(own: ReviewType | None, lines: tuple[ServiceLine, ...], update: UpdateSign) -> ReviewType:
    """The Claim's own certification type, else the one that all lines share, else revised for an update."""
    if own is not None:
        return own
    kinds = {x.review_type for x in lines if not x.cancelled} or {x.review_type for x in lines}
    if len(kinds) == 1 and kinds != {ReviewType.INITIAL}:
        return next(iter(kinds))
    if update is UpdateSign.CERTAIN:
        return ReviewType.REVISED
    return next((x.review_type for x in lines if not x.cancelled), ReviewType.INITIAL)


def read_event_period(reading: Reading) -> Span | None:
    """Dates of the event: patientEvent, else admission and discharge, else billablePeriod, else Encounter."""
    found: dict[str, Span] = {}
    for info in objects(reading.resource.get("supportingInfo")):
        kind = code_of(info.get("category"), TEMP_CODES)
        span = date_or_period(info, "timing")
        if kind and span and not is_cancelled(info):
            found.setdefault(kind, span)
    if "patientEvent" in found:
        return found["patientEvent"]
    if "admissionDates" in found:
        discharge = found.get("dischargeDates")
        admission = found["admissionDates"]
        return Span(admission.start, discharge.end if discharge else admission.end)
    return period(reading.resource.get("billablePeriod")) or _encounter_period(reading)


def _encounter_period(reading: Reading) -> Span | None:
    target = reading.find(extension_value(reading.resource, CLAIM_ENCOUNTER))
    return period(target.resource.get("period")) if target else None


def _diagnoses(reading: Reading) -> tuple[str, ...]:
    found = (diagnosis_code(reading, d) for d in objects(reading.resource.get("diagnosis")))
    return tuple(dict.fromkeys(code for code in found if code))


def _messages(reading: Reading) -> tuple[str, ...]:
    out = []
    for info in objects(reading.resource.get("supportingInfo")):
        message = text(info.get("valueString"))
        free = code_of(info.get("category"), TEMP_CODES) == "freeFormMessage"
        if message and free and not is_cancelled(info):
            out.append(message)
    return tuple(out)


def _sender_id(reading: Reading) -> str | None:
    holder = extension(reading.resource, "extension-TransmissionIdentifiers")
    parts = ("interchangeSenderID", "applicationSenderCode")
    return first_text(*(value_of(extension(holder, part)) for part in parts))

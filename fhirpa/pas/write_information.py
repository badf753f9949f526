"""Asking for what is missing: one CommunicationRequest per thing and line, and the Tasks to answer with.

Guide: additionalinfo (ainfo-2 ... ainfo-7). The client makes the Tasks its own; ours are drafts, with the
status `requested` because HRex's list of Task states, which the profile binds, has no `draft`.
"""

from dataclasses import dataclass
from typing import Any

from fhirpa.pas.access import Json
from fhirpa.pas.codes import LOINC, QUESTIONNAIRE_LOINC, SD, TEMP_CODES, TRACKING
from fhirpa.pas.write_context import Original, Writing
from fhirpa.pas.write_parties import party_identifier, requesting_organization
from fhirpa.pas.write_values import concept, ext, filled, instant, plain_identifier
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.determination import InformationItem


@dataclass(frozen=True, slots=True)
class Header:
    """What the requests share with the ClaimResponse: its references and identifiers."""

    patient: Json
    insurer: Json
    request: Json
    identifiers: list[Json]


def write_information(w: Writing, original: Original, case: Case, header: Header) -> list[Json]:
    """References to the CommunicationRequests; they and the Tasks are added to the Bundle."""
    asked = [(line, item) for line in case.lines if line.state.is_pended for item in line.information]
    references = [_communication_request(w, original, case, header, *pair) for pair in asked]
    documents = [(line, item) for line, item in asked if item.loinc]
    questions = [(line, item) for line, item in asked if not item.loinc]
    if documents:
        inputs = [_document_input(w, line, item) for line, item in documents]
        _task(w, original, case, header, "attachment-request-code", inputs)
    if questions:
        lines = {line.line.sequence: (line, item) for line, item in questions}
        inputs = [_questionnaire_input(w, case, line, item) for line, item in lines.values()]
        _task(w, original, case, header, "attachment-request-questionnaire", inputs)
    return [{"reference": url} for url in references]


def tracking_number(case: Case, line: CaseLine, item: InformationItem) -> str:
    """The number under which this thing is asked for; the same whenever the response is written."""
    return f"{case.case_number}-{line.line.sequence}-{item.key}"


def _communication_request(
    w: Writing, original: Original, case: Case, header: Header, line: CaseLine, item: InformationItem
) -> str:
    number = ext("extension-serviceLineNumber", valuePositiveInt=line.line.sequence)
    on_payload = [] if w.version.line_number_on_request else [number]
    content = (item.loinc or QUESTIONNAIRE_LOINC) if w.version.attachment_code_in_payload else item.text
    tracking = {"system": TRACKING, "value": tracking_number(case, line, item)}
    resource = {
        "resourceType": "CommunicationRequest",
        "extension": [number] if w.version.line_number_on_request else [],
        "identifier": [tracking],
        "status": "active",
        "medium": [concept(TEMP_CODES, "CDEX")],
        "subject": header.patient,
        "payload": [filled({"extension": on_payload, "contentString": content})],
        "authoredOn": instant(w.now),
        "requester": header.insurer,
        "recipient": [header.insurer],
        "sender": requesting_organization(w, original, case.request.requester),
        "note": [{"text": item.text}] if content != item.text else [],
    }
    return w.entries.add(filled(resource), SD + "profile-communicationrequest")


def _task(w: Writing, original: Original, case: Case, header: Header, code: str, inputs: list[Json]) -> None:
    request = case.request
    due = case.information_due
    owner = requesting_organization(w, original, request.requester)
    resource = {
        "resourceType": "Task",
        "identifier": header.identifiers[:1] or [{"system": TRACKING, "value": case.case_number}],
        "status": "requested",
        "intent": "order",
        "code": concept(TEMP_CODES, code),
        "for": header.patient,
        "authoredOn": instant(w.now),
        "requester": {**header.insurer, "identifier": party_identifier(w, request.insurer, npi_first=False)},
        "owner": {**owner, "identifier": party_identifier(w, request.requester, npi_first=True)},
        "reasonCode": concept(TEMP_CODES, "priorAuthorization"),
        "reasonReference": header.request,
        "restriction": {"period": {"end": instant(w.local(due.at))}} if due else None,
        "input": [{"type": concept(TEMP_CODES, "payer-url"), "valueUrl": w.payer_url}, *inputs],
    }
    w.entries.add(filled(resource), SD + "profile-task")


def _input(w: Writing, line: CaseLine, kind: str, name: str, value: Any) -> Json:
    number = {"url": w.version.task_line_extension, w.version.task_line_type: line.line.sequence}
    return {"extension": [number], "type": concept(TEMP_CODES, kind), name: value}


def _document_input(w: Writing, line: CaseLine, item: InformationItem) -> Json:
    wanted = {**concept(LOINC, item.loinc or ""), "text": item.text}
    return _input(w, line, "attachments-needed", "valueCodeableConcept", wanted)


def _questionnaire_input(w: Writing, case: Case, line: CaseLine, item: InformationItem) -> Json:
    """The trace number of the line is what DTR takes as context (ainfo-6); without one, our number."""
    trace = next(iter(line.line.trace_numbers), None)
    context = (
        plain_identifier(trace) if trace else {"system": TRACKING, "value": tracking_number(case, line, item)}
    )
    name = w.version.task_questionnaire_value
    value = context if name == "valueIdentifier" else context["value"]
    return _input(w, line, w.version.task_questionnaire_input, name, value)

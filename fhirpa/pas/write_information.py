"""Asking for what is missing: one CommunicationRequest per thing and line, and the Tasks to answer with.

Guide: additionalinfo (ainfo-2 ... ainfo-7). The client makes the Tasks its own; ours are drafts, with the
status `requested` because HRex's list of Task states, which the profile binds, has no `draft`. What is
missing is named by LOINC code, and as questions (linkIds) of the questionnaire of the line's policy.
"""

from dataclasses import dataclass
from typing import Any

from fhirpa.pas.access import Json
from fhirpa.pas.codes import ANSWERS, LOINC, QUESTIONNAIRE_LOINC, SD, SDC_TEMP, TEMP_CODES, TRACKING
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """One thing that a line waits for, and by which questions of which questionnaire it can be told."""

    line: CaseLine
    item: InformationItem
    questions: tuple[str, tuple[str, ...]] | None  # canonical with version, link ids

    def told(self) -> list[Json]:
        """The questions in words; nothing where there are none."""
        if self.questions is None:
            return []
        canonical, links = self.questions
        return [{"text": f"Or answer the questions {', '.join(links)} of the questionnaire {canonical}."}]


def write_information(w: Writing, original: Original, case: Case, header: Header) -> list[Json]:
    """References to the CommunicationRequests; they and the Tasks are added to the Bundle."""
    asked = [
        _Asked(line, item, w.forms.asking(line.policy_id, item.questionnaire_items) if w.forms else None)
        for line in case.lines
        if line.state.is_pended
        for item in line.information
    ]
    references = [_communication_request(w, original, case, header, one) for one in asked]
    documents = [one for one in asked if one.item.loinc]
    questions = [one for one in asked if not one.item.loinc]
    if documents:
        inputs = [x for one in documents for x in (_document_input(w, one), *_question_inputs(w, one))]
        _task(w, original, case, header, "attachment-request-code", inputs)
    if questions:
        by_line = {one.line.line.sequence: one for one in questions}
        inputs = [_questionnaire_input(w, case, one) for one in by_line.values()]
        inputs += [x for one in questions for x in _question_inputs(w, one)]
        _task(w, original, case, header, "attachment-request-questionnaire", inputs)
    return [{"reference": url} for url in references]


def tracking_number(case: Case, line: CaseLine, item: InformationItem) -> str:
    """The number under which this thing is asked for; the same whenever the response is written."""
    return f"{case.case_number}-{line.line.sequence}-{item.key}"


def _communication_request(w: Writing, original: Original, case: Case, header: Header, asked: _Asked) -> str:
    line, item = asked.line, asked.item
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
        "note": ([{"text": item.text}] if content != item.text else []) + asked.told(),
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


def _input(w: Writing, line: CaseLine, kind: Json, name: str, value: Any) -> Json:
    number = {"url": w.version.task_line_extension, w.version.task_line_type: line.line.sequence}
    return {"extension": [number], "type": kind, name: value}


def _document_input(w: Writing, asked: _Asked) -> Json:
    wanted = {**concept(LOINC, asked.item.loinc or ""), "text": asked.item.text}
    return _input(w, asked.line, concept(TEMP_CODES, "attachments-needed"), "valueCodeableConcept", wanted)


def _questionnaire_input(w: Writing, case: Case, asked: _Asked) -> Json:
    """The trace number of the line is what DTR takes as context (ainfo-6); without one, our number."""
    line = asked.line
    trace = next(iter(line.line.trace_numbers), None)
    own = {"system": TRACKING, "value": tracking_number(case, line, asked.item)}
    context = plain_identifier(trace) if trace else own
    name = w.version.task_questionnaire_value
    value = context if name == "valueIdentifier" else context["value"]
    return _input(w, line, concept(TEMP_CODES, w.version.task_questionnaire_input), name, value)


def _question_inputs(w: Writing, asked: _Asked) -> list[Json]:
    """The questionnaire, as SDC's Task names one, and one input for each question of it that is open."""
    if asked.questions is None:
        return []
    canonical, links = asked.questions
    form = _input(w, asked.line, concept(SDC_TEMP, "questionnaire"), "valueCanonical", canonical)
    return [form, *(_input(w, asked.line, concept(ANSWERS, "link-id"), "valueString", x) for x in links)]

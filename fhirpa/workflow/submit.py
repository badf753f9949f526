"""Claim/$submit: one request in, one answer out, one transaction.

http://hl7.org/fhir/us/davinci-pas specification#prior-authorization-submission (spec-11 ... spec-35).
"""

from typing import Any

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.fhir.canonical import content_hash
from fhirpa.fhir.codec import decode, encode
from fhirpa.fhir.outcome import FhirError
from fhirpa.pas.checks import check_request
from fhirpa.pas.read import read_request, sender_of
from fhirpa.pas.versions import PasVersion
from fhirpa.pas.write import write_error_response, write_response
from fhirpa.store import DuplicateSubmission, Exchange, NewEvent, Submission, Unit
from fhirpa.um.case import Case
from fhirpa.um.decision import decide
from fhirpa.um.determination import BusinessError, Decision
from fhirpa.um.numbers import make_number
from fhirpa.um.opening import open_case
from fhirpa.um.request import AuthorizationRequest
from fhirpa.um.terms import ActorRole
from fhirpa.workflow.admit import Admitted, admit, refusal, unwrap
from fhirpa.workflow.context import load_context
from fhirpa.workflow.ports import Answer, Incoming
from fhirpa.workflow.services import Services


def submit(services: Services, incoming: Incoming) -> Answer:
    """Decide a request and answer it; a repeat of the same request gets the case's current result.

    4xx answers leave nothing behind but the exchange. Everything else is written in one transaction
    before the answer leaves, so what was acknowledged is durable.
    """
    try:
        admitted = admit(incoming, check_request)
    except FhirError as error:
        answer = refusal(error, incoming)
        with services.store.write() as unit:
            unit.save_exchange(_exchange(services, incoming, answer, None))
        return answer
    request = read_request(admitted.graph, admitted.version)
    submission = Submission(
        sender=incoming.client or sender_of(request),
        identifier=request.bundle_identifier,
        content_hash=content_hash(admitted.graph.bundle),
        received_at=incoming.received_at,
    )
    for _ in range(3):
        try:
            return _in_transaction(services, incoming, admitted, request, submission)
        except DuplicateSubmission:
            continue  # the same bundle was decided at the same moment: answer with that case
    raise RuntimeError("the same submission kept colliding with itself")


def _in_transaction(
    services: Services,
    incoming: Incoming,
    admitted: Admitted,
    request: AuthorizationRequest,
    submission: Submission,
) -> Answer:
    with services.store.write() as unit:
        case_id = unit.find_submission(submission)
        if case_id is not None:
            case = unit.load_case(case_id)
            resource = _response(services, case, admitted)
        else:
            outcome = _decide(services, unit, incoming, request, submission)
            if isinstance(outcome, Case):
                case_id = outcome.case_id
                resource = _response(services, outcome, admitted)
            else:
                resource = write_error_response(
                    outcome,
                    admitted.graph,
                    admitted.version,
                    now=services.clock.now(),
                    new_id=services.ids.uuid,
                )
        answer = Answer(
            200, encode(resource, incoming.answer_format, incoming.pretty), incoming.answer_format
        )
        unit.save_exchange(_exchange(services, incoming, answer, case_id))
    return answer


def _decide(
    services: Services,
    unit: Unit,
    incoming: Incoming,
    request: AuthorizationRequest,
    submission: Submission,
) -> Case | tuple[BusinessError, ...]:
    context = load_context(services, unit, request, incoming.received_at)
    decision = decide(request, context, services.rules)
    if decision.errors:
        return decision.errors
    now = services.clock.now()
    case = open_case(
        request,
        decision,
        case_id=services.ids.uuid(),
        received_at=incoming.received_at,
        now=now,
        number=lambda prefix: _unused_number(services, unit, prefix),
    )
    unit.save_case(case, submission, _events(case, decision, incoming))
    unit.enqueue("case-changed", topic=submission.sender, case_id=case.case_id, payload={"version": 1}, at=now)
    for audience in ("provider", "member"):
        unit.enqueue("notice", topic=audience, case_id=case.case_id, payload={"audience": audience}, at=now)
    return case


def _unused_number(services: Services, unit: Unit, prefix: str) -> str:
    while True:
        number = make_number(prefix, services.ids.random_int())
        if not unit.number_taken(number):
            return number


def _events(case: Case, decision: Decision, incoming: Incoming) -> list[NewEvent]:
    received = NewEvent(
        "received",
        case.received_at,
        ActorRole.PROVIDER,
        None,
        {"guide": incoming.version, "request_id": incoming.request_id, "lines": len(case.lines)},
    )
    decided = [
        NewEvent("line-opened", case.updated_at, ActorRole.ENGINE, None, _line_body(item, decision))
        for item in case.lines
    ]
    return [received, *decided]


def _line_body(item: Any, decision: Decision) -> dict[str, Any]:
    return {
        "sequence": item.line.sequence,
        "state": item.state,
        "policy": item.policy_id,
        "rules_version": decision.rules_version,
        "authorization": item.authorization.number if item.authorization else None,
        "reasons": list(item.reasons),
        "criteria": [
            {"id": c.criterion_id, "status": c.status, "facts": list(c.facts)} for c in item.criteria
        ],
    }


def _response(services: Services, case: Case, admitted: Admitted) -> dict[str, Any]:
    return write_response(
        case,
        admitted.graph,
        admitted.version,
        now=services.clock.now(),
        new_id=services.ids.uuid,
        reason_codes=services.rules.reason_codes,
        payer_url=payer_url(services, admitted.version),
    )


def payer_url(services: Services, version: PasVersion) -> str:
    """Where additional information is sent to."""
    return f"{services.settings.public_url}/fhir/{version.label}"


def submitted_graph(unit: Unit, case_id: str) -> BundleGraph | None:
    """The Bundle that the case was opened or last updated with."""
    stored = unit.submitted_body(case_id)
    if stored is None:
        return None
    media, body = stored
    return BundleGraph(unwrap(decode(body, media)))


def _exchange(services: Services, incoming: Incoming, answer: Answer, case_id: str | None) -> Exchange:
    return Exchange(
        exchange_id=services.ids.uuid(),
        received_at=incoming.received_at,
        finished_at=services.clock.now(),
        guide_version=incoming.version,
        operation="submit",
        client=incoming.client,
        status=answer.status,
        media=incoming.format,
        request=incoming.body,
        response=answer.body,
        case_id=case_id,
    )

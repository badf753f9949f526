"""Claim/$submit: one request in, one answer out, one transaction; an update goes on in `update`.

http://hl7.org/fhir/us/davinci-pas specification#prior-authorization-submission (spec-11 ... spec-35).
"""

from collections.abc import Callable
from typing import Any

from fhirpa.fhir.canonical import content_hash
from fhirpa.fhir.codec import encode
from fhirpa.pas.read import read_request, sender_of
from fhirpa.pas.write import write_error_response, write_response
from fhirpa.store import DuplicateSubmission, NumberTaken, StaleCase, Submission, Unit
from fhirpa.um.case import Case
from fhirpa.um.clock_case import clocked
from fhirpa.um.context import DecisionContext
from fhirpa.um.decision import decide
from fhirpa.um.determination import BusinessError
from fhirpa.um.lineage import is_new_request
from fhirpa.um.opening import open_case
from fhirpa.um.replay import DecisionInput
from fhirpa.um.request import AuthorizationRequest
from fhirpa.um.terms import UpdateSign
from fhirpa.workflow.admit import Admitted, Refused, admit, refusal
from fhirpa.workflow.clock_log import clock_events
from fhirpa.workflow.context import load_context
from fhirpa.workflow.history import decided_event, opening_events
from fhirpa.workflow.numbers import number_maker
from fhirpa.workflow.ports import Answer, Incoming
from fhirpa.workflow.services import Services
from fhirpa.workflow.update import find_predecessor, update
from fhirpa.workflow.wire import exchange_of, payer_url, transaction

_ATTEMPTS = 3


def submit(services: Services, incoming: Incoming) -> Answer:
    """Decide a request and answer it; a repeat of the same request gets the case's current result.

    4xx answers leave nothing behind but the exchange. Everything else is written in one transaction
    before the answer leaves, so what was acknowledged is durable. Raises Unavailable when the store is busy
    or away.
    """
    try:
        admitted = admit(services, incoming, "submit")
    except Refused as error:
        answer = refusal(error, incoming)
        exchange = exchange_of(services, incoming, answer, "submit", error.kept_report)
        with transaction(services) as unit:
            unit.save_exchange(exchange)
        return answer
    request = read_request(admitted.graph, admitted.version)
    submission = Submission(
        sender=incoming.client or sender_of(request),
        identifier=request.bundle_identifier,
        content_hash=content_hash(admitted.graph.bundle),
        received_at=incoming.received_at,
        exchange_id=services.ids.uuid4(),
    )
    for _ in range(_ATTEMPTS):
        try:
            return _in_transaction(services, incoming, admitted, request, submission)
        except DuplicateSubmission:
            continue  # the same bundle was decided at the same moment: answer with that case
        except NumberTaken:
            continue  # another process drew the same number at the same moment: draw again
        except StaleCase:
            continue  # the case was changed at the same moment: what is true of it now decides
    raise RuntimeError("the same submission kept colliding")


def _in_transaction(
    services: Services,
    incoming: Incoming,
    admitted: Admitted,
    request: AuthorizationRequest,
    submission: Submission,
) -> Answer:
    with transaction(services) as unit:
        case_id = unit.find_submission(submission)
        if case_id is not None:
            resource = _response(services, unit.load_case(case_id), admitted)
        else:
            outcome = _decide(services, unit, incoming, request, submission)
            if isinstance(outcome, Case):
                case_id = outcome.case_id
                resource = _response(services, outcome, admitted)
            else:
                resource = _error_response(services, outcome, admitted)
        body = encode(resource, incoming.answer_format, incoming.pretty)
        answer = Answer(200, body, incoming.answer_format, admitted.report.tally())
        exchange = exchange_of(
            services,
            incoming,
            answer,
            "submit",
            admitted.kept_report,
            exchange_id=submission.exchange_id,
            case_id=case_id,
        )
        unit.save_exchange(exchange)
    return answer


def _decide(
    services: Services,
    unit: Unit,
    incoming: Incoming,
    request: AuthorizationRequest,
    submission: Submission,
) -> Case | tuple[BusinessError, ...]:
    context = load_context(services, unit, request, incoming.received_at)
    number = number_maker(services, unit)
    predecessor = None
    if request.update is not UpdateSign.NONE:
        predecessor = find_predecessor(unit, request, context, submission.sender)
    if is_new_request(request, predecessor):
        outcome = _open(services, unit, incoming, request, context, submission, number)
    else:
        outcome = update(services, unit, incoming, request, context, predecessor, submission, number)
    if isinstance(outcome, Case):
        _tell(unit, outcome, submission.sender)
    return outcome


def _open(
    services: Services,
    unit: Unit,
    incoming: Incoming,
    request: AuthorizationRequest,
    context: DecisionContext,
    submission: Submission,
    number: Callable[[str], str],
) -> Case | tuple[BusinessError, ...]:
    rules = services.rules_at(incoming.received_at)
    decision = decide(request, context, rules)
    if decision.errors:
        return decision.errors
    case = open_case(
        request,
        decision,
        case_id=services.ids.uuid4(),
        received_at=incoming.received_at,
        now=services.clock.now(),
        number=number,
    )
    case = clocked(None, case, incoming.received_at, rules, sent=True)
    decided = decided_event(case, DecisionInput(request, context), decision, rules)
    events = opening_events(case, incoming.version, incoming.request_id, decided)
    unit.save_case(case, submission, [*events, *clock_events(None, case, rules)])
    return case


def _tell(unit: Unit, case: Case, sender: str) -> None:
    """Put into the outbox what the sender, the provider and the member are to learn of this version."""
    payload = {"version": case.version}
    topics = (("case-changed", sender), ("notice", "provider"), ("notice", "member"))
    unit.enqueue_all(topics, case_id=case.case_id, payload=payload, at=case.updated_at)


def _response(services: Services, case: Case, admitted: Admitted) -> dict[str, Any]:
    return write_response(
        case,
        admitted.graph,
        admitted.version,
        now=services.clock.now(),
        new_id=services.ids.uuid4,
        reason_codes=services.rules.reason_codes,
        texts=services.rules.texts,
        payer_url=payer_url(services, admitted.version),
        zone=services.rules.programme.zone,
        forms=services.questions,
    )


def _error_response(
    services: Services, errors: tuple[BusinessError, ...], admitted: Admitted
) -> dict[str, Any]:
    return write_error_response(
        errors, admitted.graph, admitted.version, now=services.clock.now(), new_id=services.ids.uuid4
    )

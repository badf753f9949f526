"""Claim/$inquire: query by example for the current state of authorizations.

http://hl7.org/fhir/us/davinci-pas specification#prior-authorization-inquiries (spec-42 ... spec-53).
"""

from fhirpa.fhir.codec import encode
from fhirpa.pas.inquiry_read import read_inquiry
from fhirpa.pas.inquiry_write import write_inquiry_response
from fhirpa.pas.review_action import review_action
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.inquiry import Inquiry
from fhirpa.um.request import Span
from fhirpa.workflow.admit import Admitted, Refused, admit, refusal
from fhirpa.workflow.ports import Answer, Incoming
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import exchange_of, payer_url, snapshot, submitted_graph, transaction

MAX_MATCHES = 50


def inquire(services: Services, incoming: Incoming) -> Answer:
    """Answer with every case that the inquiry matches, newest first, each with all its items.

    Member id and the NPI of the requesting, ordering or rendering provider must both match (spec-53).
    Raises Unavailable when the store is busy or away.
    """
    try:
        admitted = admit(services, incoming, "inquire")
    except Refused as error:
        answer, report = refusal(error, incoming), error.kept_report
    else:
        answer, report = _search(services, incoming, admitted), admitted.kept_report
    exchange = exchange_of(services, incoming, answer, "inquire", report)
    with transaction(services) as unit:
        unit.save_exchange(exchange)
    return answer


def _search(services: Services, incoming: Incoming, admitted: Admitted) -> Answer:
    inquiry = read_inquiry(admitted.graph, admitted.version)
    matches = []
    with snapshot(services) as unit:
        for case_id in unit.find_cases(inquiry):
            case = unit.load_case(case_id)
            if matches_inquiry(case, inquiry):
                matches.append((case, submitted_graph(unit, case_id)))
            if len(matches) == MAX_MATCHES:
                break
    resource = write_inquiry_response(
        matches,
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
    body = encode(resource, incoming.answer_format, incoming.pretty)
    return Answer(200, body, incoming.answer_format, admitted.report.tally())


def matches_inquiry(case: Case, inquiry: Inquiry) -> bool:
    """True if the case passes what narrows the inquiry; a case matches if one of its lines does.

    A member id may be a family's: with a birth date the inquiry is about one person of it.
    """
    born = case.request.patient.birth_date
    if inquiry.patient_birth_date and born and inquiry.patient_birth_date != born:
        return False
    if inquiry.diagnoses and not set(inquiry.diagnoses) & set(case.request.diagnoses):
        return False
    traces = {trace for item in case.lines for trace in item.line.trace_numbers}
    if inquiry.trace_numbers and not traces & set(inquiry.trace_numbers):
        return False
    return any(_line_matches(case, line, inquiry) for line in case.lines)


def _line_matches(case: Case, line: CaseLine, inquiry: Inquiry) -> bool:
    if inquiry.service_codes and line.line.service.code not in inquiry.service_codes:
        return False
    if inquiry.review_action_codes and review_action(line) not in inquiry.review_action_codes:
        return False
    period = line.line.period or case.request.event_period
    if inquiry.service_period and period and not inquiry.service_period.overlaps(period):
        return False
    return _authorization_matches(line, inquiry)


def _authorization_matches(line: CaseLine, inquiry: Inquiry) -> bool:
    wanted = (inquiry.issued, inquiry.effective, inquiry.expires)
    if not any(wanted):
        return True
    if line.authorization is None:
        return False
    certified = line.authorization.certified.period
    days = (line.authorization.issued_at.date(), certified.start, certified.end)
    return all(
        span is None or (day is not None and Span(span.start, span.end or span.start).contains(day))
        for span, day in zip(wanted, days, strict=True)
    )

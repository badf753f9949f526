"""From wire bytes to a checked Bundle graph: the part that submit and inquire share."""

from dataclasses import dataclass
from typing import Any

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.fhir.codec import decode, encode
from fhirpa.fhir.outcome import FhirError, Issue, operation_outcome
from fhirpa.pas.read_sender import sender_names
from fhirpa.pas.versions import VERSIONS, PasVersion
from fhirpa.workflow.judging import Found
from fhirpa.workflow.kept_report import RequestReport
from fhirpa.workflow.levels import level_for
from fhirpa.workflow.ports import Answer, Incoming
from fhirpa.workflow.request_check import check_incoming
from fhirpa.workflow.services import Services
from fhirpa.workflow.verdicts import Verdict

KEYS = {"parameters-without-bundle": "A Parameters body has no parameter 'resource' that holds the Bundle."}


@dataclass(frozen=True, slots=True)
class Admitted:
    """A Bundle that may be read, and what was found in it all the same."""

    graph: BundleGraph
    version: PasVersion
    report: RequestReport
    kept_report: bytes  # made before the transaction, which holds a lock


class Refused(FhirError):
    """A request that is answered 400, with the whole report; the issues are those that refuse it."""

    def __init__(self, report: RequestReport) -> None:
        self.report = report
        self.kept_report = report.to_json()
        super().__init__(f.issue() for f in report.refused())


def admit(services: Services, incoming: Incoming, operation: str) -> Admitted:
    """Decode, and check form, profiles and the guide's own rules as far as the sender's level goes.

    `operation` is 'submit' or 'inquire'. Raises Refused with every fault found; nothing has been stored then.
    """
    version = VERSIONS[incoming.version]
    try:
        graph = BundleGraph(unwrap(decode(incoming.body, incoming.format)))
    except FhirError as error:
        raise Refused(RequestReport(None, tuple(map(_undecodable, error.issues)))) from None
    level = level_for(services.settings, (incoming.client, *sender_names(graph, version)))
    found = check_incoming(graph, version, operation, level, services.validators, services.forms)
    report = RequestReport(level, found)
    if report.refused():
        raise Refused(report)
    return Admitted(graph, version, report, report.to_json())


def _undecodable(issue: Issue) -> Found:
    return Found(
        issue.severity,
        issue.code,
        "codec",
        issue.text,
        issue.expression,
        None,
        issue.key,
        Verdict.REFUSED,
        "codec",
    )


def unwrap(resource: dict[str, Any]) -> dict[str, Any]:
    """The Bundle inside a Parameters wrapper (the generic FHIR way to call an operation), else itself.

    Raises FhirError (400) for Parameters without it.
    """
    if resource.get("resourceType") != "Parameters":
        return resource
    parameters = resource.get("parameter")
    for parameter in parameters if isinstance(parameters, list) else []:
        if isinstance(parameter, dict) and parameter.get("name") == "resource":
            inner = parameter.get("resource")
            if isinstance(inner, dict):
                return inner
    text = (
        "The Parameters resource has no parameter named 'resource' that holds the request Bundle. "
        "Send the Bundle itself as the body, or add that parameter."
    )
    raise FhirError([Issue("error", "required", text, "Parameters.parameter", "parameters-without-bundle")])


def refusal(error: FhirError, incoming: Incoming) -> Answer:
    """The 4xx answer: one OperationOutcome (PAS spec-35)."""
    body = encode(operation_outcome(error.issues), incoming.answer_format, incoming.pretty)
    tally = error.report.tally() if isinstance(error, Refused) else ()
    return Answer(error.status, body, incoming.answer_format, tally)

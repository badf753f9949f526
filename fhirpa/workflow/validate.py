"""$validate: says what is wrong with a resource, by R4 and the profiles of the guide. Nothing is stored.

http://hl7.org/fhir/R4/resource-operation-validate.html: 200 whether or not the resource is valid; a 4xx
means that nobody knows, since it could not be validated.
"""

from typing import Any, Final

from fhirpa.fhir.codec import decode, encode
from fhirpa.fhir.outcome import FhirError, Issue
from fhirpa.fhir.positions import locate
from fhirpa.validation import Finding, Kind, Report
from fhirpa.validation.finding import Placed, outcome
from fhirpa.workflow.admit import refusal
from fhirpa.workflow.examine import examine
from fhirpa.workflow.ports import Answer, Incoming
from fhirpa.workflow.services import Services
from fhirpa.workflow.validate_call import Asked, Call, read_call

_MODES: Final = {
    "create": Finding(
        "information",
        "informational",
        Kind.STRUCTURE,
        "This endpoint creates no resources by themselves; the mode 'create' checked the content alone.",
        key="mode-create",
    ),
    "update": Finding(
        "error",
        "not-supported",
        Kind.STRUCTURE,
        "This resource is part of the endpoint: nobody can update it from outside.",
        key="mode-update",
    ),
    "delete": Finding(
        "error",
        "not-supported",
        Kind.STRUCTURE,
        "This resource is part of the endpoint: nobody can delete it from outside.",
        key="mode-delete",
    ),
}


def validate(services: Services, incoming: Incoming, asked: Asked) -> Answer:
    """Answer $validate for a type, or for one of the resources that this endpoint serves (`asked.id`).

    An unreadable body, an unknown profile and a call that the operation does not define are 400, an unknown
    id is 404. An empty body is no resource. Line and column are those of the body.
    """
    try:
        found = _validate(services, incoming, asked)
    except FhirError as error:
        return refusal(error, incoming)
    body = encode(outcome(found), incoming.answer_format, incoming.pretty)
    return Answer(200, body, incoming.answer_format)


def _validate(services: Services, incoming: Incoming, asked: Asked) -> list[Placed]:
    """What was found, in the order of the body, and then what is to be said of the call itself."""
    stored = _stored(services, incoming.version, asked)
    try:
        sent = decode(incoming.body, incoming.format) if incoming.body else None
    except FhirError as error:
        if any(issue.severity == "fatal" for issue in error.issues):
            raise
        # XML that is well-formed, but no FHIR: a verdict, as it is of such JSON.
        return Report.of_issues(error.issues).placed(locate(incoming.body, incoming.format))
    call = read_call(sent, asked)
    found, notes = _verdict(services, incoming.version, call, stored)
    positions = None
    if call.resource is not None:
        positions = locate(incoming.body, incoming.format, call.at)
    return [*found.placed(positions), *(Placed(note, None) for note in notes)]


def _stored(services: Services, version: str, asked: Asked) -> dict[str, Any] | None:
    if asked.id is None:
        return None
    found = services.definitions(version).read(asked.type, asked.id)
    if found is None:
        text = (
            f"There is no {asked.type} with this id here. To have one validated that you hold, POST it to "
            f"{asked.type}/$validate."
        )
        raise FhirError([Issue("error", "not-found", text, None, "unknown-resource")], 404)
    return found


def _verdict(
    services: Services, version: str, call: Call, stored: dict[str, Any] | None
) -> tuple[Report, list[Finding]]:
    notes = [_MODES[call.mode]] if call.mode in _MODES else []
    if call.mode == "delete":
        return Report(()), notes
    resource = call.resource if call.resource is not None else stored
    assert resource is not None  # read_call refuses a call without one
    found = examine(services.validators, version, resource, call.profile, services.forms)
    return found.report, [*notes, found.held_against]

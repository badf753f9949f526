"""From wire bytes to a checked Bundle graph: the part that submit and inquire share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fhirpa.fhir import structure
from fhirpa.fhir.bundle import BundleGraph
from fhirpa.fhir.codec import decode, encode
from fhirpa.fhir.outcome import FhirError, Issue, operation_outcome
from fhirpa.pas.versions import VERSIONS, PasVersion
from fhirpa.workflow.ports import Answer, Incoming

Check = Callable[[BundleGraph, PasVersion], list[Issue]]

KEYS = {"parameters-without-bundle": "A Parameters body has no parameter 'resource' that holds the Bundle."}


@dataclass(frozen=True, slots=True)
class Admitted:
    """A Bundle that may be read: no error was found, warnings are kept."""

    graph: BundleGraph
    version: PasVersion
    warnings: tuple[Issue, ...]


def admit(incoming: Incoming, check: Check) -> Admitted:
    """Decode, check the structure against R4, then the guide's own rules.

    Raises FhirError (400) with every fault found; nothing has been stored then.
    """
    version = VERSIONS[incoming.version]
    bundle = unwrap(decode(incoming.body, incoming.format))
    issues = structure.check(bundle) if bundle.get("resourceType") == "Bundle" else []
    graph = BundleGraph(bundle)
    if len(issues) <= structure.MAX_ISSUES:  # else the structure itself is broken beyond telling more
        issues += _unless_reported(check(graph, version), issues)
    errors = [i for i in issues if i.is_error]
    if errors:
        raise FhirError(errors)
    return Admitted(graph, version, tuple(issues))


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
    return Answer(error.status, body, incoming.answer_format)


def _unless_reported(found: list[Issue], before: list[Issue]) -> list[Issue]:
    """Drop what the structure check has already said about the same place."""
    places = {i.expression for i in before if i.is_error}
    return [i for i in found if i.expression not in places]

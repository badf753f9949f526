"""Answers of this server, held against the same tables as the requests."""

import re
from typing import Any

from fhirpa.fhir.codec import decode
from fhirpa.pas.access import obj, objects
from fhirpa.pas.profiles import OPERATIONS
from fhirpa.validation import Finding
from fhirpa.workflow.ports import Answer, AnswerFault
from fhirpa.workflow.services import Services

_INDEX = re.compile(r"\[\d+\]")
_DIGITS = 6


def answer_is_sampled(services: Services) -> bool:
    """True for the fraction of the answers that the settings want validated."""
    fraction = services.settings.validate_answers
    return fraction > 0 and int(services.ids.digits(_DIGITS)) < fraction * 10**_DIGITS


def answer_faults(
    services: Services, operation: str, version: str, answer: Answer
) -> tuple[AnswerFault, ...]:
    """The errors and warnings that the tables have against an answer; mere notes are left out."""
    found = answer_findings(services, operation, version, answer)
    return tuple(_fault(f) for f in found if f.severity != "information")


def answer_findings(services: Services, operation: str, version: str, answer: Answer) -> tuple[Finding, ...]:
    """All findings about an answer: a Bundle, an OperationOutcome, or Parameters with Bundles ($inquire)."""
    resource = decode(answer.body, answer.format)
    validator = services.validators.of(version)
    profile = OPERATIONS[operation].response
    if resource.get("resourceType") == "Bundle":
        return validator.validate(resource, profile).issues
    found = list(validator.validate(resource).issues)
    for bundle in _bundles(resource):
        found += validator.validate(bundle, profile).issues
    return tuple(found)


def _bundles(resource: dict[str, Any]) -> list[dict[str, Any]]:
    parts = (obj(p.get("resource")) for p in objects(resource.get("parameter")))
    return [p for p in parts if p.get("resourceType") == "Bundle"]


def _fault(finding: Finding) -> AnswerFault:
    place = _INDEX.sub("", finding.expression or "")
    return AnswerFault(finding.severity, str(finding.kind), finding.key or "", place)

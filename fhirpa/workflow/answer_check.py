"""Answers of this server, held against the same tables as the requests."""

import re
from collections.abc import Iterator

from fhirpa.fhir.codec import decode
from fhirpa.pas.access import Json, obj, objects
from fhirpa.pas.profiles import OPERATIONS
from fhirpa.validation import Finding
from fhirpa.workflow.ports import Answer, AnswerFault
from fhirpa.workflow.services import Services

_INDEX = re.compile(r"\[\d+\]")
_ENTRY = re.compile(r"Bundle\.entry\[(\d+)\]\.resource")
_DIGITS = 6


def answer_is_sampled(services: Services) -> bool:
    """True for the fraction of the answers that the settings want validated."""
    fraction = services.settings.validate_answers
    return fraction > 0 and int(services.ids.digits(_DIGITS)) < fraction * 10**_DIGITS


def answer_faults(
    services: Services, operation: str, version: str, answer: Answer
) -> tuple[AnswerFault, ...]:
    """The errors and warnings that the tables have against an answer; mere notes are left out."""
    resource = decode(answer.body, answer.format)
    return tuple(
        _fault(finding, part)
        for part, findings in _findings(services, operation, version, resource)
        for finding in findings
        if finding.severity != "information"
    )


def answer_findings(services: Services, operation: str, version: str, answer: Answer) -> tuple[Finding, ...]:
    """All findings about an answer: a Bundle, an OperationOutcome, or Parameters with Bundles ($inquire)."""
    resource = decode(answer.body, answer.format)
    parts = _findings(services, operation, version, resource)
    return tuple(finding for _, findings in parts for finding in findings)


def _findings(
    services: Services, operation: str, version: str, resource: Json
) -> Iterator[tuple[Json, tuple[Finding, ...]]]:
    """Each resource that is held against something, with what was found."""
    validator = services.validators.of(version)
    if resource.get("resourceType") == "Parameters":
        yield resource, validator.validate(resource).issues
        inside = (obj(p.get("resource")) for p in objects(resource.get("parameter")))
        bundles = [r for r in inside if r.get("resourceType") == "Bundle"]
    else:
        bundles = [resource]
    for bundle in bundles:
        profile = OPERATIONS[operation].response if bundle.get("resourceType") == "Bundle" else None
        yield bundle, validator.validate(bundle, profile).issues


def _fault(finding: Finding, resource: Json) -> AnswerFault:
    path = finding.expression or ""
    entry = _ENTRY.search(path)
    entries = objects(resource.get("entry"))
    inside = entry is not None and int(entry[1]) < len(entries)
    holder = obj(entries[int(entry[1])].get("resource")) if entry and inside else resource
    return AnswerFault(
        severity=finding.severity,
        resource=str(holder.get("resourceType")),
        kind=str(finding.kind),
        key=finding.key or finding.aspect,
        place=_INDEX.sub("", path),
    )

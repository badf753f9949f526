"""Everything that the profiles and the guide's checks find in a request, with what becomes of it."""

from typing import Any

from fhirpa.config import ValidationLevel
from fhirpa.fhir import structure
from fhirpa.fhir.bundle import BundleGraph
from fhirpa.fhir.outcome import Issue
from fhirpa.pas.checks import check_inquiry, check_request
from fhirpa.pas.checks_answers import check_answers
from fhirpa.pas.checks_bundle import main_claim
from fhirpa.pas.profiles import OPERATIONS, OperationProfiles
from fhirpa.pas.questionnaire import Forms
from fhirpa.pas.versions import PasVersion
from fhirpa.validation import Finding, Kind
from fhirpa.workflow.judging import Found, Judge
from fhirpa.workflow.validators import Validators


def check_incoming(
    graph: BundleGraph,
    version: PasVersion,
    operation: str,
    level: ValidationLevel,
    validators: Validators,
    forms: Forms | None = None,
) -> tuple[Found, ...]:
    """All that is wrong with the Bundle of an operation ('submit', 'inquire'), form first. Never raises.

    With `forms`, answers to questionnaires of ours are held against what was asked.
    A Bundle that is larger than any real one is not validated: its size is what is wrong with it.
    """
    profiles = OPERATIONS[operation]
    check = check_inquiry if profiles.is_inquiry else check_request
    faults = check(graph, version)
    if any(f.key in ("too-many-entries", "bundle-expected") for f in faults):
        form = structure.check(graph.bundle) if graph.bundle.get("resourceType") == "Bundle" else []
        found = tuple(_as_finding(i) for i in form)
    else:
        judged = _as_operation_asks(graph, version, profiles)
        found = validators.of(version.label).validate(judged, profiles.request).issues
        faults += check_answers(graph, forms) if forms else []
    return Judge(graph, operation, level).all(found, faults)


def _as_finding(issue: Issue) -> Finding:
    return Finding(issue.severity, issue.code, Kind.STRUCTURE, issue.text, issue.expression, None, issue.key)


def _as_operation_asks(
    graph: BundleGraph, version: PasVersion, profiles: OperationProfiles
) -> dict[str, Any]:
    """The Bundle with the operation's profiles instead of those that Bundle and Claim declare.

    meta.profile is never a reason to refuse; nothing else is copied. Malformed parts stay as they are.
    """
    bundle = _declaring(graph.bundle, profiles.request)
    claim = main_claim(graph)
    if claim is None:
        return bundle
    entries = list(bundle["entry"])
    held = _declaring(claim.resource, profiles.claim(claim.resource, version))
    entries[claim.index] = {**entries[claim.index], "resource": held}
    return {**bundle, "entry": entries}


def _declaring(resource: dict[str, Any], profile: str) -> dict[str, Any]:
    meta = resource.get("meta", {})
    declared = meta.get("profile", []) if isinstance(meta, dict) else None
    if not isinstance(declared, list) or not all(isinstance(d, str) for d in declared) or "_profile" in meta:
        return resource
    return {**resource, "meta": {**meta, "profile": [profile]}}

"""One resource against R4 and the profiles that it is to meet, with a note of what it was held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.fhir.outcome import FhirError, Issue
from fhirpa.pas.checks_answers import check_answers, check_response
from fhirpa.pas.expected_profile import declared_profiles, expected_profile
from fhirpa.pas.questionnaire import Forms
from fhirpa.validation import Finding, Kind, Report
from fhirpa.validation.finding import of_issue
from fhirpa.workflow.validators import Validators

_MOST_NAMED: Final = 5
_ASKED: Final = "asked for"
_DECLARED: Final = "declared in meta.profile"
_EXPECTED: Final = "none of the guide is declared, and this is what the Bundle is for"


@dataclass(frozen=True, slots=True)
class Applied:
    """A profile that the resource itself was held against, and why."""

    canonical: str
    reason: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found, and a note of what the resource itself (not what it holds) was held against."""

    report: Report
    held_against: Finding


def examine(
    validators: Validators,
    version: str,
    resource: dict[str, Any],
    profile: str | None,
    forms: Forms | None = None,
) -> Examination:
    """Hold a resource against `profile`, those that it declares and, for a Bundle that declares none of the
    guide's, the one that the guide has for what it is; with `forms`, answers to questionnaires of ours
    against what was asked. `version` is that of the PAS guide.

    Raises FhirError (400) for a `profile` that the guide's tables don't have.
    """
    validator = validators.of(version)
    if profile and not validator.knows(profile):
        text = f"The tables of PAS {version} have no profile with the canonical url that was asked for."
        raise FhirError([Issue("error", "not-found", text, None, "profile-unknown")])
    declared = [p for p in declared_profiles(resource) if validator.knows(p)]
    expected = None if profile or declared else expected_profile(resource)
    report = validator.validate(resource, profile or expected)
    applied = [Applied(profile, _ASKED)] if profile else []
    applied += [Applied(p, _DECLARED) for p in dict.fromkeys(declared)]
    applied += [Applied(expected, _EXPECTED)] if expected else []
    answers = map(of_issue, _answer_issues(resource, forms)) if forms else ()
    return Examination(Report((*report.issues, *answers)), _note(version, resource, applied))


def _answer_issues(resource: dict[str, Any], forms: Forms) -> list[Issue]:
    """Of a response, or of those in a Bundle."""
    if resource.get("resourceType") == "Bundle":
        return check_answers(BundleGraph(resource), forms)
    return check_response(resource, forms) if resource.get("resourceType") == "QuestionnaireResponse" else []


def _note(version: str, resource: dict[str, Any], applied: Sequence[Applied]) -> Finding:
    named = [f"{a.canonical} ({a.reason})" for a in applied[:_MOST_NAMED]]
    if len(applied) > _MOST_NAMED:
        named.append(f"and {len(applied) - _MOST_NAMED} more")
    if named:
        word = "profile" if len(named) == 1 else "profiles"
        text = f"Held against FHIR R4 (4.0.1) and, by PAS {version}, the {word} {'; '.join(named)}."
    else:
        text = (
            "Held against FHIR R4 (4.0.1): no profile was asked for, or declared that the tables of "
            f"PAS {version} have."
        )
    if resource.get("resourceType") == "Bundle":
        text += " Each resource in it too, and against the profiles that it declares or is referred to by."
    return Finding("information", "informational", Kind.PROFILE, text, key="held-against")

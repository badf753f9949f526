"""OperationOutcome: what was found, as values, and the resource made of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault. `code` is from the FHIR issue-type list, `expression` a FHIRPath into what was sent.

    `key` is our own stable code (a page in docs/errors stands behind it); `diagnostics` tells an engineer
    which rule was broken. Texts carry no PHI.
    """

    severity: str  # fatal, error, warning, information
    code: str
    text: str
    expression: str | None = None
    key: str | None = None
    diagnostics: str | None = None

    @property
    def is_error(self) -> bool:
        """True for fatal and error."""
        return self.severity in ("fatal", "error")


class FhirError(Exception):
    """Input that cannot be worked on. Carries the issues; the web layer answers `status`.

    http://hl7.org/fhir/us/davinci-pas specification#http-responses (spec-35: one OperationOutcome).
    """

    def __init__(self, issues: Iterable[Issue], status: int = 400) -> None:
        self.issues = tuple(issues)
        self.status = status
        super().__init__(f"{len(self.issues)} issue(s), status {status}")


def operation_outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """The OperationOutcome resource for these issues, in their order."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(i) for i in issues]}


def _issue(issue: Issue) -> dict[str, Any]:
    out: dict[str, Any] = {"severity": issue.severity, "code": issue.code}
    details: dict[str, Any] = {}
    if issue.key:
        details["coding"] = [{"system": "urn:fhirpa:issue", "code": issue.key}]
    details["text"] = issue.text
    out["details"] = details
    if issue.diagnostics:
        out["diagnostics"] = issue.diagnostics
    if issue.expression:
        out["expression"] = [issue.expression]
    return out

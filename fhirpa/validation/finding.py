"""What the validator says: findings, and the report that holds them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from fhirpa.fhir.place import Place, fhirpath

MAX_FINDINGS: Final = 1000


class Kind(StrEnum):
    """What kind of rule was broken."""

    STRUCTURE = "structure"
    CARDINALITY = "cardinality"
    TYPE = "type"
    FIXED = "fixed"
    PATTERN = "pattern"
    SLICING = "slicing"
    BINDING = "binding"
    INVARIANT = "invariant"
    EXTENSION = "extension"
    REFERENCE = "reference"
    BUNDLE = "bundle"
    PROFILE = "profile"


_CODES: Final = {
    Kind.CARDINALITY: "structure",
    Kind.FIXED: "value",
    Kind.PATTERN: "value",
    Kind.BINDING: "code-invalid",
    Kind.INVARIANT: "invariant",
    Kind.EXTENSION: "extension",
    Kind.PROFILE: "not-found",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, or something worth knowing.

    `severity` is error, warning or information; `code` is from the FHIR issue-type list; `expression` a
    FHIRPath into what was validated; `key` that of an invariant or of the structure check. `profile` is the
    canonical url of the profile that states the rule, None for R4 itself. `text` repeats codes and
    canonical urls, and no other value.
    """

    severity: str
    code: str
    kind: Kind
    text: str
    expression: str | None = None
    profile: str | None = None
    key: str | None = None

    @property
    def is_error(self) -> bool:
        """True for error (and fatal)."""
        return self.severity in ("error", "fatal")


@dataclass(frozen=True, slots=True)
class Report:
    """All findings about one resource: those of form first, then as they were met (a stable order)."""

    issues: tuple[Finding, ...]

    @property
    def is_valid(self) -> bool:
        """True where nothing is an error."""
        return not any(issue.is_error for issue in self.issues)

    def outcome(self) -> dict[str, Any]:
        """The report as an OperationOutcome; without findings it says so, since an issue must stand."""
        issues = [_issue(finding) for finding in self.issues]
        return {"resourceType": "OperationOutcome", "issue": issues or [dict(_ALL_OK)]}


_ALL_OK: Final = {"severity": "information", "code": "informational", "details": {"text": "No faults found."}}


def _issue(finding: Finding) -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": finding.severity, "code": finding.code}
    details: dict[str, Any] = {"text": finding.text}
    if finding.key:
        details = {"coding": [{"system": "urn:fhirpa:rule", "code": finding.key}], **details}
    issue["details"] = details
    if finding.profile:
        issue["diagnostics"] = f"{finding.kind} rule of {finding.profile}"
    if finding.expression:
        issue["expression"] = [finding.expression]
    return issue


class TooManyFindings(Exception):
    """Enough has been said."""


class Notes:
    """Findings while they are gathered. Of one `cause` at one place only the first is kept."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Finding] = {}
        self.errors = 0

    def add(
        self,
        kind: Kind,
        severity: str,
        place: Place,
        text: str,
        *,
        cause: str,
        profile: str | None = None,
        key: str | None = None,
        code: str | None = None,
    ) -> None:
        """Note one finding. Raises TooManyFindings."""
        expression = fhirpath(place)
        made = Finding(severity, code or _CODES.get(kind, "structure"), kind, text, expression, profile, key)
        self._keep((expression, cause), made)

    def take(self, other: "Notes") -> None:
        """Add all that another gathered."""
        for cause, finding in other._found.items():
            self._keep(cause, finding)

    def findings(self) -> Iterable[Finding]:
        """What was gathered, in order."""
        return self._found.values()

    def _keep(self, cause: tuple[str, str], finding: Finding) -> None:
        before = self._found.get(cause)
        if before is not None and (before.is_error or not finding.is_error):
            return
        if len(self._found) >= MAX_FINDINGS:
            raise TooManyFindings
        self.errors += finding.is_error
        self._found[cause] = finding

"""What the validator says: findings, and the report that holds them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from fhirpa.fhir.outcome import Issue
from fhirpa.fhir.place import Place, fhirpath

if TYPE_CHECKING:
    from fhirpa.fhir.positions import Position, Positions

MAX_FINDINGS: Final = 1000
RULE_SYSTEM: Final = "urn:fhirpa:rule"
KEY_SYSTEM: Final = "urn:fhirpa:key"
_EXTENSION: Final = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-"


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


_ASPECTS: Final = {"binding": "not-in-set", "slice": "unmatched"}
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
    canonical urls, and no other value. `aspect` says what of its kind was broken, where there is no key.
    """

    severity: str
    code: str
    kind: Kind
    text: str
    expression: str | None = None
    profile: str | None = None
    key: str | None = None
    aspect: str = ""

    @property
    def is_error(self) -> bool:
        """True for error (and fatal)."""
        return self.severity in ("error", "fatal")

    @property
    def rule(self) -> str:
        """The stable id of the rule: kind/key, as in invariant/per-1 or cardinality/min."""
        return f"{self.kind}/{self.key or self.aspect or 'other'}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding with its place in the text that was validated, None where that is not known."""

    finding: Finding
    position: "Position | None"


@dataclass(frozen=True, slots=True)
class Report:
    """All findings about one resource: those of form first, then as they were met (a stable order)."""

    issues: tuple[Finding, ...]

    @property
    def is_valid(self) -> bool:
        """True where nothing is an error."""
        return not any(issue.is_error for issue in self.issues)

    @staticmethod
    def of_issues(issues: Iterable[Issue]) -> "Report":
        """The report of what made a text unreadable, or of its form."""
        return Report(tuple(map(of_issue, issues)))

    def placed(self, positions: "Positions | None" = None) -> list[Placed]:
        """The findings in the order of their places in the text; without positions as they are.

        What has no place in the text, as a fault of the text itself, stands where reading stopped.
        """
        if positions is None:
            return [Placed(finding, None) for finding in self.issues]
        found = [
            Placed(f, positions.of(f.expression) if f.expression else positions.trouble) for f in self.issues
        ]
        return sorted(found, key=_order)

    def outcome(self, positions: "Positions | None" = None) -> dict[str, Any]:
        """The report as an OperationOutcome; without findings it says so, since an issue must stand.

        With `positions` each issue says line and column, by HL7's extensions, and the order is theirs.
        """
        return outcome(self.placed(positions))


def _order(each: Placed) -> tuple[int, int]:
    return (each.position.line, each.position.column) if each.position else (0, 0)


def outcome(found: Iterable[Placed]) -> dict[str, Any]:
    """The OperationOutcome of findings in their places."""
    issues = [_issue(each.finding, each.position) for each in found]
    return {"resourceType": "OperationOutcome", "issue": issues or [dict(_ALL_OK)]}


def of_issue(issue: Issue) -> Finding:
    """The finding that an issue of the codec or of the structure check is."""
    return Finding(issue.severity, issue.code, Kind.STRUCTURE, issue.text, issue.expression, None, issue.key)


_ALL_OK: Final = {"severity": "information", "code": "informational", "details": {"text": "No faults found."}}


def _issue(finding: Finding, position: "Position | None") -> dict[str, Any]:
    issue: dict[str, Any] = {}
    if position:
        issue["extension"] = [
            {"url": f"{_EXTENSION}line", "valueInteger": position.line},
            {"url": f"{_EXTENSION}col", "valueString": str(position.column)},  # so HL7 defines it
        ]
    coding = [{"system": RULE_SYSTEM, "code": finding.rule}]
    if finding.key:
        coding.append({"system": KEY_SYSTEM, "code": finding.key})
    issue |= {"severity": finding.severity, "code": finding.code}
    issue["details"] = {"coding": coding, "text": finding.text}
    if finding.profile:
        rule = f"{finding.kind} {finding.key}" if finding.key else f"{finding.kind} rule"
        issue["diagnostics"] = f"{rule} of {finding.profile}"
    if finding.expression:
        issue["expression"] = [finding.expression]
    return issue


class TooManyFindings(Exception):
    """Enough errors have been said."""


class Notes:
    """Findings while they are gathered. Of one `cause` at one place only the first is kept.

    Errors are counted apart: what is none is left out when there is much of it (`is_cut`), and never keeps an
    error from being found.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], Finding] = {}
        self.errors = 0
        self.is_cut = False

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
        """Note one finding. Raises TooManyFindings at more than MAX_FINDINGS errors."""
        expression = fhirpath(place)
        aspect = "" if key else _aspect(cause, code)
        code = code or _CODES.get(kind, "structure")
        made = Finding(severity, code, kind, text, expression, profile, key, aspect)
        self._keep((expression, cause), made)

    def take(self, other: "Notes") -> None:
        """Add all that another gathered. Raises TooManyFindings."""
        self.is_cut |= other.is_cut
        for cause, finding in other._found.items():
            self._keep(cause, finding)

    def findings(self) -> Iterable[Finding]:
        """What was gathered, in order."""
        return self._found.values()

    def _keep(self, cause: tuple[str, str], finding: Finding) -> None:
        before = self._found.get(cause)
        if before is not None and (before.is_error or not finding.is_error):
            return
        if finding.is_error:
            if self.errors >= MAX_FINDINGS:
                self.is_cut = True
                raise TooManyFindings
            self.errors += 1
        elif len(self._found) - self.errors >= MAX_FINDINGS:
            self.is_cut = True
            return
        self._found[cause] = finding


def _aspect(cause: str, code: str | None) -> str:
    """What of its kind a cause without key is, in a word that stays the same for all places."""
    if cause.startswith("slice "):
        return "min" if code == "required" else "max"
    if ":" in cause:  # a value set
        return "unknown-set" if code == "not-supported" else "not-in-set"
    return _ASPECTS.get(cause, cause)

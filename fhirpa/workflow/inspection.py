"""The page /validate: the same verdict as $validate, as values beside the lines of the source."""

from dataclasses import dataclass
from typing import Final

from fhirpa.fhir.codec import decode, encode
from fhirpa.fhir.layout import spread_out
from fhirpa.fhir.outcome import FhirError
from fhirpa.fhir.positions import locate
from fhirpa.pas.expected_profile import declared_version
from fhirpa.pas.versions import V221
from fhirpa.validation import Report
from fhirpa.validation.finding import Placed, outcome
from fhirpa.workflow.examine import examine
from fhirpa.workflow.services import Services

DEFAULT_VERSION: Final = V221.label


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding. Line and column are those of the source as it is shown, None where it has no place."""

    severity: str  # fatal, error, warning, information
    rule: str
    text: str
    expression: str | None
    profile: str | None
    line: int | None
    column: int | None


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found in one text, in the order of the source.

    `source` is what to show: the text as it came or, if `laid_out`, with line breaks that it did not have.
    `outcome` is the OperationOutcome as JSON; its lines are those of the text as it came.
    """

    version: str
    readable: bool
    remarks: tuple[Remark, ...]
    held_against: str | None
    source: str
    laid_out: bool
    outcome: bytes

    @property
    def valid(self) -> bool:
        """True where nothing is an error."""
        return self.readable and not any(r.severity in ("fatal", "error") for r in self.remarks)


def inspect(
    services: Services, body: bytes, format: str, version: str | None, profile: str | None
) -> Inspection:
    """Validate a text. Without `version` that of the first PAS profile that it declares counts.

    Raises FhirError (400) for a profile that the guide's tables don't have; a text that cannot be read is a
    result like others. Nothing is stored.
    """
    notes: list[Placed] = []
    readable = True
    try:
        resource = decode(body, format)
    except FhirError as error:
        report = Report.of_issues(error.issues)
        readable = not any(issue.severity == "fatal" for issue in error.issues)
        version = version or DEFAULT_VERSION
    else:
        version = version or declared_version(resource) or DEFAULT_VERSION
        found = examine(services.validators, version, resource, profile, services.forms)
        report, notes = found.report, [Placed(found.held_against, None)]
    spread = spread_out(body, format)
    shown = body if spread is None else spread
    places = locate(shown, format)
    original = places if spread is None else locate(body, format)
    return Inspection(
        version=version,
        readable=readable,
        remarks=tuple(map(_remark, report.placed(places))),
        held_against=notes[0].finding.text if notes else None,
        source=places.text,
        laid_out=spread is not None,
        outcome=encode(outcome([*report.placed(original), *notes]), "json", pretty=True),
    )


def _remark(placed: Placed) -> Remark:
    finding, position = placed.finding, placed.position
    return Remark(
        severity=finding.severity,
        rule=finding.rule,
        text=finding.text,
        expression=finding.expression,
        profile=finding.profile,
        line=position.line if position else None,
        column=position.column if position else None,
    )

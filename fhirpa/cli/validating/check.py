"""One document: read, validated, its findings with their places. Runs in the workers too."""

import re
import time
from dataclasses import dataclass, field
from typing import Any, Final

from fhirpa.cli.validating.guides import DEFAULT_GUIDE, guide_declared, terminology, validator
from fhirpa.cli.validating.options import Options
from fhirpa.cli.validating.sources import Document
from fhirpa.fhir.codec import decode
from fhirpa.fhir.outcome import FhirError
from fhirpa.fhir.positions import Position, Positions, locate
from fhirpa.validation import Finding, Kind, Placed, Report

SERVICE_SECONDS: Final = 10.0
SEVERITIES: Final = ("information", "warning", "error", "fatal")
_IS_FHIR: Final = re.compile(
    rb"""["']?resourceType["']?\s*:|xmlns(?::\w+)?\s*=\s*["']http://hl7\.org/fhir["']"""
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one document. `guide` is None where it could not be read; `is_assumed` if nobody named it.

    `found` are the findings in the order of their places. `excerpts`: the source lines of the findings that
    are no notes, by line. `is_skipped`: it holds no FHIR resource and nobody said that it does.
    """

    name: str
    line: int | None
    guide: str | None
    found: tuple[Placed, ...] = ()
    seconds: float = 0.0
    is_skipped: bool = False
    is_assumed: bool = False
    excerpts: dict[int, str] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        """True where nothing is an error."""
        return not any(each.finding.is_error for each in self.found)

    @property
    def where(self) -> str:
        """The name of the file, with the line where each line holds a resource."""
        return self.name if self.line is None else f"{self.name}:{self.line}"

    def count(self, severity: str) -> int:
        """How many findings are of a severity; those that make a document unreadable count as errors."""
        wanted = ("error", "fatal") if severity == "error" else (severity,)
        return sum(each.finding.severity in wanted for each in self.found)

    def reaches(self, severity: str) -> bool:
        """Whether there is a finding of that severity or worse."""
        least = SEVERITIES.index(severity)
        return any(SEVERITIES.index(each.finding.severity) >= least for each in self.found)


def check(document: Document, options: Options) -> Checked:
    """Validate one document. Raises KeyError where the guide has no profile of the name in `options`."""
    start = time.perf_counter()
    try:
        body = document.read()
    except OSError as error:
        text = f"The file cannot be read: {error.strerror}."
        finding = Finding("fatal", "exception", Kind.STRUCTURE, text, key="not-readable")
        return Checked(document.name, document.line, None, (Placed(finding, None),))
    if document.is_found and not _IS_FHIR.search(body):
        return Checked(document.name, document.line, None, is_skipped=True)
    format = document.format(body)
    guide, is_assumed = None, False
    try:
        resource = decode(body, format)
        named = options.guide or guide_declared(resource)
        guide, is_assumed = named or DEFAULT_GUIDE, named is None
        report = _validated(resource, guide, options)
    except FhirError as error:
        report = Report.of_issues(error.issues)
    places = locate(body, format)
    found = report.placed(places)
    excerpts = _excerpts(found, places) if options.excerpts else {}
    if document.line is not None:
        found = [_moved(each, document.line) for each in found]
        excerpts = {line + document.line - 1: text for line, text in excerpts.items()}
    seconds = time.perf_counter() - start
    return Checked(document.name, document.line, guide, tuple(found), seconds, False, is_assumed, excerpts)


def _validated(resource: dict[str, Any], guide: str, options: Options) -> Report:
    """Validated, and with a terminology service again for as long as it has news, for SERVICE_SECONDS."""
    deadline = time.monotonic() + SERVICE_SECONDS
    asked = terminology(options.terminology, options.service)
    report = validator(guide, options).validate(resource, options.profile)
    while asked and asked.has_service and (left := deadline - time.monotonic()) > 0 and asked.settle(left):
        report = validator(guide, options).validate(resource, options.profile)
    return report


def _moved(each: Placed, line: int) -> Placed:
    """The place in an NDJSON file of what stands in one line of it."""
    if each.position is None:
        return each
    return Placed(each.finding, Position(each.position.line + line - 1, each.position.column))


def _excerpts(found: list[Placed], places: Positions) -> dict[int, str]:
    lines = {e.position.line for e in found if e.position and e.finding.severity != "information"}
    return {line: places.line(line) for line in lines}

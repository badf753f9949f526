"""What all reports have in common: results come one by one, the sums at the end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from fhirpa.cli.validating.check import Checked

Write = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Summary:
    """The sums over all documents. `seconds` is time on the clock."""

    documents: int = 0
    valid: int = 0
    errors: int = 0
    warnings: int = 0
    notes: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def plus(self, one: Checked) -> "Summary":
        """The sums with one document more."""
        if one.is_skipped:
            return replace(self, skipped=self.skipped + 1)
        return replace(
            self,
            documents=self.documents + 1,
            valid=self.valid + one.is_valid,
            errors=self.errors + one.count("error"),
            warnings=self.warnings + one.count("warning"),
            notes=self.notes + one.count("information"),
        )

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped (no FHIR resource)" if self.skipped else ""
        return (
            f"{counted(self.documents, 'resource')}: {self.valid} valid, {self.documents - self.valid} not; "
            f"{counted(self.errors, 'error')}, {counted(self.warnings, 'warning')}, "
            f"{counted(self.notes, 'note')}{skipped}; {self.seconds:.1f} s"
        )


class Reporter(Protocol):
    """Writes a report."""

    def add(self, one: Checked) -> None:
        """What came of one document."""

    def close(self, summary: Summary) -> None:
        """All documents were added."""


def counted(number: int, what: str) -> str:
    """A number with its noun: 1 error, 2 errors."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

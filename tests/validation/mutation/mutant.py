"""A mutant: what is changed, which demand that breaks, and what must be said of it at which place."""

from collections.abc import Iterable
from dataclasses import dataclass

from fhirpa.validation import Finding
from tests.validation.mutation.edits import Edit


@dataclass(frozen=True, slots=True)
class Said:
    """A finding as it must be: `about` stands in its text (the name of a slice)."""

    kind: str
    place: str
    key: str | None = None
    about: str = ""
    severity: str = "error"

    def fits(self, finding: Finding) -> bool:
        """True for such a finding."""
        return (
            finding.kind == self.kind
            and finding.expression == self.place
            and (self.key is None or finding.key == self.key)
            and self.about in finding.text
            and (finding.severity == self.severity or (self.severity == "error" and finding.is_error))
        )


@dataclass(frozen=True, slots=True)
class Mutant:
    """`rule` names the demand that is broken; any one of `said` is a right answer."""

    operator: str
    rule: str
    said: tuple[Said, ...]
    edits: tuple[Edit, ...]

    def is_caught(self, findings: Iterable[Finding]) -> bool:
        """True if one of the findings is what must be said."""
        return any(said.fits(f) for f in findings for said in self.said)

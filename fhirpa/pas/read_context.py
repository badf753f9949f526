"""What the readers of one request share: the graph, the Claim, and the list of remarks."""

from dataclasses import dataclass, field
from typing import Any

from fhirpa.fhir.bundle import BundleGraph, Entry, Target
from fhirpa.pas.access import Json
from fhirpa.pas.versions import PasVersion


@dataclass(frozen=True, slots=True)
class Reading:
    """One request being read. `findings` grows as the readers meet what they cannot use; it holds no PHI."""

    graph: BundleGraph
    claim: Entry
    version: PasVersion
    findings: list[str] = field(default_factory=list)

    @property
    def resource(self) -> Json:
        """The Claim."""
        return self.claim.resource

    def note(self, path: str, remark: str) -> None:
        """Remember that something at this FHIRPath was not used, and why."""
        self.findings.append(f"{path}: {remark}")

    def find(self, reference: Any, holder: Entry | None = None) -> Target | None:
        """What a reference leads to; the holder is the Claim's entry unless another is named."""
        return self.graph.find(reference, holder or self.claim)

"""Validators that have met a request already, so that no sender pays for their first one."""

from typing import Final

from fhirpa.config import ValidationLevel
from fhirpa.fhir.bundle import BundleGraph
from fhirpa.pas.versions import VERSIONS
from fhirpa.testkit.builder import build
from fhirpa.testkit.builder_identity import Identity
from fhirpa.testkit.guide import GUIDES
from fhirpa.testkit.scenarios import SCENARIOS
from fhirpa.workflow.request_check import check_incoming
from fhirpa.workflow.validators import Validators

_TYPICAL: Final = "lbp-initial"  # a request with evidence of every kind


def warm(validators: Validators) -> Validators:
    """Validate one request per guide version; some 0.2 s, done once before the workers are forked."""
    request = next(s.request for s in SCENARIOS if s.name == _TYPICAL)
    for version in VERSIONS.values():
        graph = BundleGraph(build(request, GUIDES[version.label], Identity("warm")))
        check_incoming(graph, version, "submit", ValidationLevel.STANDARD, validators)
    return validators

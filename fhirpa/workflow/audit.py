"""Checking the event log: `fhirpa audit verify`."""

from fhirpa.store import verify_events
from fhirpa.workflow.services import Services


def verify(services: Services) -> list[str]:
    """Every problem found in the hash chains and anchors, as a sentence without PHI; [] if all is whole."""
    with services.store.read() as unit:
        return [str(problem) for problem in verify_events(unit)]

"""The event log's chains: verify them, and anchor their heads."""

from fhirpa.store import take_anchor, verify_events
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import transaction


def verify(services: Services) -> list[str]:
    """Every problem found in the hash chains and anchors, as a sentence without PHI; [] if all is whole."""
    with services.store.read() as unit:
        return [str(problem) for problem in verify_events(unit)]


def anchor(services: Services) -> int:
    """Write down the heads of all chains; how many there are."""
    with transaction(services) as unit:
        return take_anchor(unit, services.clock.now())

"""The event log's chains: verify them, and anchor their heads."""

from fhirpa.store import Anchor, take_anchor, verify_events
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import transaction


def verify(services: Services) -> list[str]:
    """Every problem found in the hash chains and anchors, as a sentence without PHI; [] if all is whole."""
    with services.store.read() as unit:
        return [str(problem) for problem in verify_events(unit)]


def anchor(services: Services) -> Anchor:
    """Write down the heads of all chains that grew; the digest is what to publish elsewhere."""
    with transaction(services) as unit:
        return take_anchor(unit, services.clock.now())

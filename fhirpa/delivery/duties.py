"""The duties of the worker, in their order."""

from functools import partial

from fhirpa.delivery.clock_watch import watch_clocks
from fhirpa.delivery.worker import Duty
from fhirpa.workflow.services import Services


def duties(services: Services) -> tuple[Duty, ...]:
    """All of them; each reads from the database what is due."""
    return (Duty("clocks", partial(watch_clocks, services)),)

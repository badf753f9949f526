"""The duties of the worker, in their order."""

from collections.abc import Callable
from functools import partial

from fhirpa.delivery.clock_watch import watch_clocks
from fhirpa.delivery.worker import Duty
from fhirpa.workflow.benefits import release_expired
from fhirpa.workflow.services import Services

_HOUR = 3600


def duties(services: Services) -> tuple[Duty, ...]:
    """All of them; each reads from the database what is due."""

    def release(_stopping: Callable[[], bool]) -> int:
        return len(release_expired(services))

    return (
        Duty("clocks", partial(watch_clocks, services)),
        Duty("unused-visits", release, every_seconds=_HOUR),  # a matter of days
    )

"""The duty that watches turnaround clocks and the time to send information."""

from collections.abc import Callable

import structlog

from fhirpa.workflow.clocks import due_cases, tend
from fhirpa.workflow.ports import Unavailable
from fhirpa.workflow.services import Services

_log = structlog.get_logger("fhirpa.delivery")


def watch_clocks(services: Services, stopping: Callable[[], bool]) -> int:
    """Write down what time has done to each case whose moment has passed; how many cases that were.

    A case that breaks is passed over and tried again the next time. Raises Unavailable.
    """
    done = 0
    page = due_cases(services)
    while page:
        for found in page:
            if stopping():
                return done
            done += _tended(services, found.case_id)
        page = due_cases(services, page[-1])
    return done


def _tended(services: Services, case_id: str) -> bool:
    try:
        return tend(services, case_id) is not None
    except Unavailable:
        raise
    except Exception as error:
        _log.error("case broke", case=case_id, error=type(error).__name__)
        return False

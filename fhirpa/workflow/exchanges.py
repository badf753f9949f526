"""Looking into exchanges that were kept: what an operator does when a sender quotes a request id."""

from fhirpa.store import KeptExchange
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import snapshot


def find_exchanges(services: Services, any_id: str) -> list[KeptExchange]:
    """The exchanges with this request id (X-Request-Id of the answer) or exchange id, the latest first.

    Raises Unavailable when the store is busy or away.
    """
    with snapshot(services) as unit:
        return unit.find_exchanges(any_id)

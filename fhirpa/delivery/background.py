"""The worker as a thread of the server, so that one command starts all that is needed."""

import atexit
import threading

from fhirpa.delivery.duties import duties
from fhirpa.delivery.worker import Worker
from fhirpa.workflow.services import Services

_GRACE_SECONDS = 5


def start_worker(services: Services) -> Worker:
    """Start it; it ends with the process. Every web process may have one: they take turns by the database."""
    worker = Worker(duties(services), services.settings.worker_seconds)
    thread = threading.Thread(target=worker.run, name="fhirpa-worker", daemon=True)
    thread.start()

    def end() -> None:
        worker.stop()
        thread.join(_GRACE_SECONDS)

    atexit.register(end)
    return worker

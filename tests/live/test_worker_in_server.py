"""One command starts all that is needed: the server watches clocks too, unless it is told not to."""

import http.client
import time
from pathlib import Path

import pytest

from fhirpa.config import Settings
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from tests.live.process import ServerProcess
from tests.workflow.requests import request
from tests.workflow.services import StoppedClock, incoming, rules, validators

MISSED = b'fhirpa_clocks_missed_total{line_of_business="COM",rule="T30"} 1.0'


def late_case(url: str) -> None:
    """A case that came in long ago and still waits."""
    clock = StoppedClock()
    clock.move(days=-200)
    settings = Settings(database_url=url, validation_level="lenient")
    services = Services.open(settings, clock=clock, validators=validators(), rules=rules())
    try:
        assert submit(services, incoming(services, request("lbp-red-flag"))).status == 200
    finally:
        services.close()


def metrics(server: ServerProcess) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read()
    finally:
        connection.close()


@pytest.mark.deep
def test_the_server_marks_missed_clocks_unless_it_is_told_not_to(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/live.db"
    late_case(url)
    quiet = {"FHIRPA_WORKER_IN_SERVER": "0", "FHIRPA_WORKER_SECONDS": "0.2"}
    with ServerProcess(tmp_path, url, **quiet) as server:
        assert MISSED not in metrics(server)
    with ServerProcess(tmp_path, url, FHIRPA_WORKER_SECONDS="0.2") as server:
        end = time.monotonic() + 60
        while MISSED not in metrics(server) and time.monotonic() < end:
            time.sleep(0.1)
        assert MISSED in metrics(server)
        assert server.stop() == 0, server.text()

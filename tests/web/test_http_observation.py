"""Request ids, log lines, metrics and the headers that every answer has."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from tests.web.fake_house import BUNDLE, FHIR_JSON, House

ANY_PATH = ("/", "/healthz", "/readyz", "/metrics", "/nothing", "/fhir", "/fhir/2.2.1/metadata")


def submit(client: FlaskClient, **headers: str) -> Any:
    return client.post("/fhir/2.2.1/Claim/$submit", data=BUNDLE, headers=FHIR_JSON | headers)


@pytest.mark.parametrize("path", ANY_PATH)
def test_every_answer_has_the_request_id_that_was_sent(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers={"X-Request-Id": "a-Z.9_"}).headers["X-Request-Id"] == "a-Z.9_"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 65, "<script>", "a/b", "ümlaut", "1;2"])
def test_an_unsafe_request_id_is_replaced(house: House, client: FlaskClient, sent: str) -> None:
    answer = submit(client, **{"X-Request-Id": sent})
    given = answer.headers["X-Request-Id"]
    assert given != sent
    assert given.isalnum()
    assert house.asked[0][1].request_id == given
    assert submit(client).headers["X-Request-Id"] != given


@pytest.mark.parametrize("path", ANY_PATH)
def test_every_answer_has_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert not [name for name, _ in headers if name.lower().startswith("access-control-")]


def test_a_request_is_one_log_line_without_what_was_asked(client: FlaskClient) -> None:
    with capture_logs() as lines:
        client.get("/fhir/2.2.1/Questionnaire/known?name=Zebulon")
        client.get("/fhir/2.2.1/Patient/zebulon-1931")
    read, unknown = lines
    assert read["event"] == "request"
    assert (read["method"], read["status"], read["guide"]) == ("GET", 200, "2.2.1")
    assert read["route"] == "/fhir/{version}/{kind}/{resource_id}"
    assert read["duration_ms"] >= 0
    assert (unknown["route"], unknown["status"]) == ("unmatched", 404)
    assert "zebulon" not in json.dumps(lines).lower()


def metric(client: FlaskClient, start: str) -> list[str]:
    lines = client.get("/metrics").text.splitlines()
    return [line for line in lines if line.startswith(start)]


def test_metrics_count_by_route_method_and_status(client: FlaskClient) -> None:
    submit(client)
    submit(client)
    client.post("/fhir/2.2.1/Claim/$inquire", data=b"", headers=FHIR_JSON)
    client.open("/fhir/1", method="MADEUP")
    counted = metric(client, "fhirpa_http_requests_total")
    assert (
        'fhirpa_http_requests_total{method="POST",route="/fhir/{version}/Claim/$submit",status="200"} 2.0'
        in (counted)
    )
    assert any('$inquire",status="400"} 1.0' in line for line in counted)
    assert any('method="other",route="unmatched",status="404"} 1.0' in line for line in counted)
    assert metric(client, 'fhirpa_http_request_seconds_count{route="/fhir/{version}/Claim/$submit"} 2.0')


def test_requests_in_progress_go_down_again_also_after_a_crash(house: House, client: FlaskClient) -> None:
    seen: list[str] = []

    def crash(_: Any) -> Any:
        seen.extend(metric(client, "fhirpa_http_requests_in_progress"))
        raise RuntimeError

    house.answer = crash
    submit(client)
    assert seen == ["fhirpa_http_requests_in_progress 2.0"]  # the crashing one and the look at the metrics
    assert metric(client, "fhirpa_http_requests_in_progress") == ["fhirpa_http_requests_in_progress 1.0"]


MULTIPROCESS = """
import sys
from tests.web.fake_house import BUNDLE, FHIR_JSON, House
client = House().client()
client.post("/fhir/2.2.1/Claim/$submit", data=BUNDLE, headers=FHIR_JSON)
sys.stdout.write(client.get("/metrics").text)
"""


def test_metrics_of_several_processes_are_added_up(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def run() -> str:
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", MULTIPROCESS], env=environment, cwd=root, capture_output=True, check=True
        )
        return done.stdout.decode()

    assert '$submit",status="200"} 1.0' in run()
    assert '$submit",status="200"} 2.0' in run()


def test_health_says_that_the_process_answers(house: House, client: FlaskClient) -> None:
    house.ready = lambda: False
    assert client.get("/healthz").status_code == 200


def fail() -> bool:
    raise ConnectionError


@pytest.mark.parametrize(
    ("ready", "status"), [(lambda: True, 200), (lambda: False, 503), (fail, 500)], ids=["yes", "no", "error"]
)
def test_readiness_is_the_databases(house: House, client: FlaskClient, ready: Any, status: int) -> None:
    house.ready = ready
    answer = client.get("/readyz")
    assert (answer.status_code, answer.mimetype) == (status, "text/plain")
    assert ("Retry-After" in answer.headers) == (status != 200)

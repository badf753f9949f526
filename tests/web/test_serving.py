"""The server as a process of its own: start, answer, stop."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fhirpa.config import Settings
from fhirpa.web.serve import serve, server_options

PROGRAM = """
import sys, time
from fhirpa.config import Settings
from fhirpa.fhir.codec import encode
from fhirpa.web import create_app
from fhirpa.web.serve import serve
from fhirpa.workflow.ports import Answer
from tests.web.fake_house import House

def slow(incoming):
    time.sleep(1)
    return Answer(200, encode({"resourceType": "Bundle"}, "json"), "json")

def factory():
    house = House()
    house.answer = slow
    return create_app(house.use_cases())

serve(factory, Settings(port=int(sys.argv[1]), workers=int(sys.argv[2])))
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(port: int, workers: int) -> Iterator[subprocess.Popen[str]]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("FHIRPA_", "PROMETHEUS_"))}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port), str(workers)],
        cwd=Path(__file__).parents[2],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"fhirpa sandbox listens on http://127.0.0.1:{port}\n"
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=20)


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


@pytest.mark.parametrize(("workers", "told"), [(1, signal.SIGTERM), (2, signal.SIGTERM), (1, signal.SIGINT)])
def test_a_running_request_is_finished_when_the_server_is_told_to_stop(
    workers: int, told: signal.Signals
) -> None:
    port = free_port()
    status: list[int] = []

    def post() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        body = b'{"resourceType": "Bundle"}'
        connection.request("POST", "/fhir/2.2.1/Claim/$submit", body, {"Content-Type": "application/json"})
        status.append(connection.getresponse().status)

    with server(port, workers) as process:
        assert get(port, "/healthz") == (200, "ok\n")
        caller = threading.Thread(target=post)
        caller.start()
        time.sleep(0.5)
        process.send_signal(told)
        caller.join(10)
        assert status == [200]
        process.wait(10)
        assert process.returncode == 0


def raw(port: int, sent: bytes) -> tuple[bytes, bytes]:
    """Head and body of the answer to bytes that no HTTP library would send."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
    return head, body


HOST = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


def test_what_is_not_http_gets_an_outcome_too_and_is_not_quoted() -> None:
    port = free_port()
    post = b"POST /fhir/2.2.1/Claim/$submit" + HOST + b"Content-Type: application/fhir+json\r\n"
    cases = {
        b"zebulon\r\n\r\n": 400,
        b"GET /fhir/zebulon-\xc3\xa9" + HOST + b"\r\n": 400,
        b"GET /fhir/zebulon" + b"x" * 9000 + HOST + b"\r\n": 414,
        b"GET /fhir/metadata" + HOST + b"X-Zebulon: " + b"x" * 20_000 + b"\r\n\r\n": 431,
        post + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n{ } ": 400,
        post + b"Transfer-Encoding: chunked\r\n\r\nzebulon\r\n": 400,
        post + b"Content-Length: 99999999999\r\n\r\n": 413,
    }
    with server(port, 1) as process:
        for sent, status in cases.items():
            head, body = raw(port, sent)
            assert head.startswith(b"HTTP/1.1 %d " % status), sent[:40]
            assert b"X-Request-Id: " in head
            assert json.loads(body)["resourceType"] == "OperationOutcome"
            assert b"zebulon" not in body.lower()
        assert raw(port, post + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")[0].startswith(
            b"HTTP/1.1 200"
        )
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert err.count('"event": "refused"') == 5
    assert "zebulon" not in err.lower()


def test_several_workers_share_their_metrics_and_log_to_standard_error() -> None:
    port = free_port()
    with server(port, 2) as process:
        for _ in range(8):
            assert get(port, "/healthz")[0] == 200
        assert 'route="/healthz",status="200"} 8.0' in get(port, "/metrics")[1]
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert out == ""
    assert err.count('"event": "request"') == 9


def test_a_worker_that_cannot_start_ends_the_server() -> None:
    program = PROGRAM.replace("def factory():", "def factory():\n    raise LookupError('no database')")
    done = subprocess.run(
        [sys.executable, "-c", program, str(free_port()), "1"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert done.stdout == ""
    assert "no database" in done.stderr


def test_an_address_in_use_is_an_error_at_once() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OSError, match="in use"):
            serve(lambda: pytest.fail("not reached"), Settings(port=other.getsockname()[1]))


def test_several_workers_listen_each_for_themselves() -> None:
    assert server_options(Settings(workers=2))["reuse_port"]
    assert not server_options(Settings(workers=1))["reuse_port"]


def test_an_ipv6_address_is_bound_in_brackets() -> None:
    assert server_options(Settings(host="::1", port=9999))["bind"] == "[::1]:9999"

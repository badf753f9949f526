"""Callers over a raw socket who are slow, broken or rude: each is answered or closed, others are served."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from fhirpa.fhir.codec import encode
from tests.live.process import ServerProcess
from tests.workflow.requests import request

REQUEST_SECONDS = 1  # the limit that the server is started with
BOUND = 15  # seconds within which every caller is answered or closed, on a slow machine
POST = b"POST /fhir/2.2.1/Claim/$submit HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("hostile")
    settings = {"FHIRPA_REQUEST_SECONDS": str(REQUEST_SECONDS), "FHIRPA_THREADS": "4"}
    with ServerProcess(folder, **settings) as server:
        yield server
        assert '"event": "crash"' not in server.text()
        assert "Traceback" not in server.text()


def connect(server: ServerProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=BOUND)


def rest(connection: socket.socket) -> bytes:
    """Everything until the server closes; fails after BOUND seconds of silence."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def talk(server: ServerProcess, *pieces: bytes) -> bytes:
    """What the server says to these bytes until it closes. A refusal may come before all is sent."""
    with connect(server) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except OSError:
            pass
        return rest(connection)


def status(answer: bytes) -> int | None:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else None


def serves(server: ServerProcess) -> float:
    """Seconds that a well-behaved caller waits."""
    start = time.monotonic()
    assert server.get("/healthz", timeout=BOUND) == 200
    return time.monotonic() - start


def test_a_slow_head_or_body_is_ended_and_others_are_served(server: ServerProcess) -> None:
    """As many slow callers as there are threads: the next one waits, but no longer than the limit."""
    for sent in (b"POST /fh", POST, POST + b"Content-Length: 900\r\n\r\n{"):
        with ExitStack() as stack:
            slow = [stack.enter_context(connect(server)) for _ in range(4)]
            for connection in slow:
                connection.sendall(sent)
            assert serves(server) < BOUND
            for connection in slow:
                answer = rest(connection)
                assert status(answer) == 408, answer
                head, _, body = answer.partition(b"\r\n\r\n")
                assert b"X-Request-Id: " in head
                assert json.loads(body)["resourceType"] == "OperationOutcome"


def test_a_trickle_does_not_extend_the_time(server: ServerProcess) -> None:
    with connect(server) as connection:
        connection.sendall(POST + b"Content-Length: 100000\r\n\r\n")
        connection.settimeout(0.1)
        end = time.monotonic() + BOUND
        answer = b""
        while time.monotonic() < end and not answer:
            try:
                connection.sendall(b" ")
                answer = connection.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                break
        assert status(answer) == 408


def test_silent_connections_cost_nothing(server: ServerProcess) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(connect(server)) for _ in range(100)]
        assert serves(server) < REQUEST_SECONDS  # they hold no thread: one of four would be 50 s
        assert all(rest(c) == b"" for c in silent)  # and are closed in the end


def test_callers_who_do_not_close_do_not_hold_up_the_others(server: ServerProcess) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(connect(server))
            connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            assert status(connection.recv(65536)) == 200
        assert serves(server) < BOUND  # at two seconds each it was forty


def test_a_caller_who_does_not_read_is_let_go(server: ServerProcess) -> None:
    with ExitStack() as stack:
        for _ in range(4):
            connection = stack.enter_context(connect(server))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            try:
                connection.settimeout(1)
                connection.sendall(b"GET /fhir/2.2.1/metadata HTTP/1.1\r\nHost: x\r\n\r\n" * 2000)
            except OSError:
                pass
        assert serves(server) < BOUND


def test_a_half_closed_caller_gets_its_answer(server: ServerProcess) -> None:
    with connect(server) as connection:
        body = encode(request(), "json")
        connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        connection.shutdown(socket.SHUT_WR)
        assert status(rest(connection)) == 200


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTT", POST, POST + b"Content-Length: 10\r\n\r\n{"])
def test_a_caller_who_leaves_in_the_middle_breaks_nothing(server: ServerProcess, sent: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = rest(connection)
    assert status(answer) in (None, 400)
    serves(server)


def test_requests_in_one_piece_are_answered_in_order(server: ServerProcess) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    unread = b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde"
    last = b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = talk(server, one + one + unread + last)
    assert [int(x[:3]) for x in answer.split(b"HTTP/1.1 ")[1:]] == [200, 200, 404, 200]
    assert answer.endswith(b"ready\n")


BODY = b'{"resourceType":"Bundle"}'
CHUNKED = POST + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
CLOSE = b"Connection: close\r\n"
RUDE = {
    "a body shorter than said": (POST + CLOSE + b"Content-Length: 99\r\n\r\n" + BODY, {400, 408}),
    "a negative length": (POST + CLOSE + b"Content-Length: -5\r\n\r\n" + BODY, {400}),
    "no number as length": (POST + CLOSE + b"Content-Length: 1e3\r\n\r\n" + BODY, {400}),
    "two lengths": (POST + CLOSE + b"Content-Length: 25\r\nContent-Length: 26\r\n\r\n" + BODY, {400}),
    "length and chunks": (CHUNKED[:-2] + b"Content-Length: 25\r\n\r\n0\r\n\r\n", {400}),
    "chunks that are none": (CHUNKED + b"zz\r\n" + BODY, {400}),
    "a chunk of a negative size": (CHUNKED + b"-1\r\n" + BODY, {400}),
    "a chunk that is too short": (CHUNKED + b"ff\r\n" + BODY, {400, 408}),
    "a chunk of a huge size": (CHUNKED + b"f" * 16 + b"\r\n" + BODY, {400, 408, 413}),
    "an endless size line": (CHUNKED + b"0" * 100_000, {400}),
    "a chunk without its end": (CHUNKED + b"1\r\n{}\r\n", {400}),
    "endless trailers": (CHUNKED + b"0\r\n" + b"a: b\r\n" * 100_000, {400, 408, 431}),
    "another transfer coding": (POST + b"Transfer-Encoding: gzip\r\n\r\n", {400, 501}),
    "a huge header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 1_000_000 + b"\r\n\r\n", {431}),
    "headers without end": (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100_000, {408, 431}),
    "a head without lines": (b"\x00" * 100_000, {400, 414}),
    "a folded header": (b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", {400}),
    "a header with NUL": (b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n", {400}),
    "a bare line feed": (b"GET /healthz HTTP/1.1\nHost: x\n\n", {400, 408}),
    "no version": (b"GET /healthz\r\n\r\n", {400}),
    "HTTP/0.9": (b"GET / HTTP/0.9\r\n\r\n", {400}),
    "HTTP/2 from the start": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400}),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) * 2, {400, 408}),
    "HTTP/1.0": (b"GET /healthz HTTP/1.0\r\n\r\n", {200}),
    "an absolute address": (b"GET http://elsewhere/healthz HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n", {200}),
    "an asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n", {200, 400, 404}),
    "CONNECT": (b"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n" + CLOSE + b"\r\n", {400, 404, 405}),
    "TRACE": (b"TRACE /fhir/2.2.1/metadata HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n", {405}),
    "a method of its own": (b"SPY /fhir/2.2.1/metadata HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n", {405}),
    "a lower-case method": (b"get /healthz HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n", {400, 405}),
    "an expectation": (POST + CLOSE + b"Expect: a-miracle\r\nContent-Length: 25\r\n\r\n" + BODY, {400, 417}),
}


@pytest.mark.parametrize("name", RUDE)
def test_what_is_rude_is_answered_and_closed(server: ServerProcess, name: str) -> None:
    sent, expected = RUDE[name]
    answer = talk(server, sent)
    # Where a megabyte is on its way a reset may overtake the answer.
    assert status(answer) in (expected if len(sent) < 65536 else {*expected, None}), answer[:300]
    assert b"Traceback" not in answer
    serves(server)


PATHS = {
    "encoded slashes": b"/fhir/2.2.1%2FClaim%2F$submit",
    "NUL": b"/fhir/%00",
    "dots": b"/fhir/2.2.1/../../etc/passwd",
    "encoded dots": b"/fhir/2.2.1/%2e%2e/%2e%2e/etc/passwd",
    "static dots": b"/static/%2e%2e/%2e%2e/config.py",
    "doubled slashes": b"/fhir//2.2.1//metadata",
    "half an escape": b"/fhir/%2",
    "no UTF-8": b"/fhir/%ff%fe",
    "long": b"/fhir/" + b"x" * 4000,
    "deep": b"/fhir" + b"/a" * 1900,
    "a query of nothing but ampersands": b"/fhir/2.2.1/OperationDefinition?" + b"&" * 3900,
    "an unknown version": b"/fhir/9.9.9/metadata",
    "an unknown id": b"/fhir/2.2.1/Questionnaire/%F0%9F%92%A9",
    "a template": b"/fhir/2.2.1/{{7*7}}/$submit",
}


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("method", [b"GET", b"POST", b"DELETE"])
def test_no_path_is_a_fault(server: ServerProcess, name: str, method: bytes) -> None:
    sent = method + b" " + PATHS[name] + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" + CLOSE + b"\r\n"
    answer = talk(server, sent)
    found = status(answer)
    assert found is not None, answer[:300]
    assert found < 500
    if found >= 400 and PATHS[name].startswith(b"/fhir/"):
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["resourceType"] == "OperationOutcome"
    assert b"root:" not in answer
    assert b"{{7*7}}" not in answer

"""A terminology service of a few lines, on a thread, that can also misbehave."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
Behaviour = Callable[["Exchange"], None]


class Exchange(BaseHTTPRequestHandler):
    """One request; `parameters` are the inputs of $validate-code by name."""

    service: "Service"
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.parameters = {
            p["name"]: next(v for k, v in p.items() if k != "name") for p in json.loads(body)["parameter"]
        }
        self.service.asked.append((self.path, self.parameters, dict(self.headers)))
        try:
            self.service.behave(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, body: bytes | Json, status: int = 200, **headers: str) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def result(self, value: bool, *more: Json) -> None:
        parameters = [{"name": "result", "valueBoolean": value}, *more]
        self.answer({"resourceType": "Parameters", "parameter": parameters})

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class Service:
    """What was asked, and what is done about it."""

    def __init__(self, behave: Behaviour) -> None:
        self.behave = behave
        self.asked: list[tuple[str, Json, Json]] = []
        self.url = ""


def knows(*codes: str) -> Behaviour:
    """Says true for these codes, false for others."""
    return lambda exchange: exchange.result(exchange.parameters["code"] in codes)


def slow(seconds: float, then: Behaviour) -> Behaviour:
    """Answers after a while."""

    def behave(exchange: Exchange) -> None:
        time.sleep(seconds)
        then(exchange)

    return behave


def held(until: threading.Event, then: Behaviour) -> Behaviour:
    """Answers when it is told to."""

    def behave(exchange: Exchange) -> None:
        until.wait(60)
        then(exchange)

    return behave


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


@contextmanager
def running(behave: Behaviour) -> Iterator[Service]:
    """The service at its url until the block ends."""
    service = Service(behave)
    handler = type("Bound", (Exchange,), {"service": service})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}/fhir"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""A load of requests whose answers are remembered, for a server that may die at any moment."""

import http.client
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from fhirpa.fhir.codec import decode, encode
from fhirpa.testkit.answer import LineAnswer, read_answer
from tests.workflow.requests import Json, inquiry, number, renumbered, request

CLIENTS = 6
PATH = "/fhir/2.2.1/Claim/"
HEADERS = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
_KINDS = (
    "lbp-initial",
    "evaluation-and-treatment",
    "stroke-pt-and-ot",
    "lbp-20-visits",
    "lbp-no-plan-of-care",
)
_LIMITED = "over-benefit-limit"  # six visits a year
LIMIT = 6


@dataclass(slots=True)
class Sent:
    """One request and what was answered: None until an answer arrived whole."""

    bundle: Json
    lines: tuple[LineAnswer, ...] | None = None
    answered: threading.Event = field(default_factory=threading.Event)

    @property
    def numbers(self) -> set[str]:
        return {x.number for x in self.lines or () if x.number}


def make_load(count: int, seed: int) -> list[Sent]:
    """`count` requests in random order; every fourth is about members who share one hard limit."""
    rng = random.Random(seed)
    limited = [request(_LIMITED, key=f"limit-{seed}-{n}") for n in range(max(1, count // 24))]
    bundles = []
    for n in range(count):
        if n % 4 == 0:
            bundles.append(renumbered(limited[n // 4 % len(limited)], f"-{n}"))
        else:
            bundles.append(request(_KINDS[n % len(_KINDS)], key=f"crash-{seed}-{n}"))
    rng.shuffle(bundles)
    return [Sent(x) for x in bundles]


def post(port: int, bundle: Json, operation: str = "$submit", timeout: float = 60) -> tuple[int, bytes]:
    """Status and body. Raises OSError or HTTPException when no whole answer arrives."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("POST", PATH + operation, encode(bundle, "json"), HEADERS)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def submit(port: int, sent: Sent) -> str | None:
    """Send a request and keep the answer; what is wrong with it, or None. No answer is not wrong.

    A repeat must be answered with the numbers of the first answer.
    """
    try:
        status, body = post(port, sent.bundle)
    except (OSError, http.client.HTTPException):
        return None
    if status == 503:
        return None
    if status != 200:
        return f"HTTP {status}: {body[:300]!r}"
    lines = read_answer(decode(body, "json")).lines
    if sent.lines is not None and sent.lines != lines:
        return f"a repeat was answered otherwise: {sent.lines} then {lines}"
    sent.lines = lines
    sent.answered.set()
    return None


class Clients:
    """Threads that send every request of a load once, each request also by a second thread now and then."""

    def __init__(self, port: int, load: list[Sent], seed: int) -> None:
        self._port = port
        self._queue = [x for n, x in enumerate(load) for _ in range(2 if n % 5 == 0 else 1)]
        self._lock = threading.Lock()
        self._progress = threading.Condition(self._lock)
        self.sent = 0
        self.faults: list[str] = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wait_for(self, count: int, timeout: float = 120) -> None:
        """Wait until `count` requests were begun, or all are."""
        with self._progress:
            self._progress.wait_for(lambda: self.sent >= count or not self._queue, timeout)

    def join(self) -> list[str]:
        """Wait for the end; everything that was wrong."""
        for thread in self._threads:
            thread.join(180)
        return self.faults

    def _run(self) -> None:
        while True:
            with self._progress:
                if not self._queue:
                    return
                sent = self._queue.pop()
                self.sent += 1
                self._progress.notify_all()
            fault = submit(self._port, sent)
            if fault:
                with self._lock:
                    self.faults.append(fault)


def inquire_number(port: int, sent: Sent, wanted: str) -> bool:
    """True if an inquiry by this authorization number gives the case with this number."""
    asked = inquiry(sent.bundle, number("extension-authorizationNumber", wanted))
    status, body = post(port, asked, "$inquire")
    return status == 200 and wanted.encode() in body


def in_threads(tasks: list[Callable[[], str | None]]) -> list[str]:
    """Run the tasks on a few threads; the faults they return."""
    faults: list[str] = []
    queue = list(tasks)

    def run() -> None:
        while True:
            try:
                task = queue.pop()
            except IndexError:
                return
            if fault := task():
                faults.append(fault)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    return faults

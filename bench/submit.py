"""Submits per second and latencies over real HTTP with the default server, then the time spent per room.

    python bench/submit.py [--seconds 8] [--fixture fixtures/2.2.1/json/lbp-initial.json] [--url URL]

Every request is fresh (a new member, new identifiers), so each one is validated, decided and written.
"""

import argparse
import http.client
import multiprocessing
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from fhirpa.fhir.codec import decode, encode
from fhirpa.testkit.fresh import fresh, new_token

HEADERS = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
DEFAULT = "fixtures/2.2.1/json/lbp-initial.json"


def bodies(fixture: Path, count: int) -> list[bytes]:
    bundle = decode(fixture.read_bytes(), "json")
    return [encode(fresh(bundle, new_token()), "json") for _ in range(count)]


def client(
    address: tuple[str, int],
    path: str,
    work: list[bytes],
    seconds: float,
    out: "multiprocessing.Queue[list[float]]",
) -> None:
    connection = http.client.HTTPConnection(*address, timeout=30)
    times = []
    end = time.perf_counter() + seconds
    for body in work:
        start = time.perf_counter()
        if start > end:
            break
        connection.request("POST", path, body, HEADERS)
        response = connection.getresponse()
        answer = response.read()
        times.append((time.perf_counter() - start) * 1000)
        if response.status != 200:
            raise SystemExit(f"HTTP {response.status}: {answer[:300]!r}")
    out.put(times)


def load(url: str, fixture: Path, clients: int, seconds: float) -> str:
    parts = urlsplit(url)
    address, path = (parts.hostname or "127.0.0.1", parts.port or 80), "/fhir/2.2.1/Claim/$submit"
    share = [bodies(fixture, int(400 * seconds / clients) + 50) for _ in range(clients)]
    out: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=client, args=(address, path, w, seconds, out)) for w in share]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    times = sorted(t for _ in workers for t in out.get())
    wall = time.perf_counter() - start
    for worker in workers:
        worker.join()
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99) - 1]
    return f"{clients:3} clients: {len(times) / wall:6.1f} submits/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms"


def rooms(fixture: Path, count: int) -> str:
    """In-process: the same submit with a stopwatch at each room's door."""
    from fhirpa.config import Settings
    from fhirpa.validation import Validator
    from fhirpa.workflow import admit, request_check, submit
    from fhirpa.workflow.judging import Judge
    from fhirpa.workflow.kept_report import RequestReport
    from fhirpa.workflow.ports import Incoming
    from fhirpa.workflow.services import Services

    spent: dict[str, float] = {}

    def timed(holder: object, name: str, room: str) -> None:
        inner = getattr(holder, name)

        def wrapper(*args: object, **kwargs: object) -> object:
            start = time.perf_counter()
            try:
                return inner(*args, **kwargs)
            finally:
                spent[room] = spent.get(room, 0.0) + time.perf_counter() - start

        setattr(holder, name, wrapper)

    timed(admit, "decode", "fhir: decode")
    timed(request_check, "check_request", "pas: checks")
    timed(Validator, "validate", "validation: profiles")
    timed(Judge, "all", "workflow: verdicts")
    timed(RequestReport, "to_json", "workflow: report")
    timed(submit, "read_request", "pas: read")
    timed(submit, "content_hash", "fhir: content hash")
    timed(submit, "load_context", "store: load context")
    timed(submit, "decide", "um: decide")
    timed(submit, "write_response", "pas: write")
    timed(submit, "encode", "fhir: encode")
    with tempfile.TemporaryDirectory() as folder:
        services = Services.open(Settings(database_url=f"sqlite:///{folder}/bench.db"))
        unit_type = type(services.store).__module__
        work = bodies(fixture, count)
        start = time.perf_counter()
        for body in work:
            submit.submit(services, Incoming(body, "json", "2.2.1", None, services.clock.now()))
        total = time.perf_counter() - start
        services.close()
    spent["store: write, commit and the rest"] = total - sum(spent.values())
    lines = [f"  {room:36} {seconds / count * 1000:6.2f} ms" for room, seconds in spent.items()]
    return "\n".join([f"in process, {total / count * 1000:.2f} ms a submit ({unit_type}):", *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--fixture", type=Path, default=Path(DEFAULT))
    parser.add_argument("--url", help="a server that already runs (else one is started)")
    options = parser.parse_args()
    if options.url:
        for clients in (1, 4, 16):
            print(load(options.url, options.fixture, clients, options.seconds), flush=True)
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environment = {"FHIRPA_DATABASE_URL": f"sqlite:///{folder}/bench.db", **os.environ, "PORT": str(port)}
        begun = time.perf_counter()
        server = subprocess.Popen(
            [sys.executable, "-m", "fhirpa.cli", "serve"], env=environment, stderr=subprocess.DEVNULL
        )
        try:
            while not ready(port):
                time.sleep(0.02)
            print(f"cold start with an empty database: {time.perf_counter() - begun:.2f} s", flush=True)
            load(url, options.fixture, 2, 2)  # warm-up
            for clients in (1, 4, 16):
                print(load(url, options.fixture, clients, options.seconds), flush=True)
        finally:
            server.terminate()
            server.wait(20)
    print(rooms(options.fixture, 300))


def ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()

"""A real server in a process of its own, as `make run` starts it, on an empty database."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 30


@contextmanager
def live_server(
    folder: Path,
    mode: str,
    database_url: str | None = None,
    *,
    cwd: Path = ROOT,
    extra: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """The base URL of a server in `mode` with the roster loaded; ended with SIGTERM."""
    port = _free_port()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("FHIRPA_")},
        "PORT": str(port),
        "FHIRPA_MODE": mode,
        "FHIRPA_DATABASE_URL": database_url or f"sqlite:///{folder}/{mode}.db",
        **(extra or {}),
    }
    command = [sys.executable, "-m", "fhirpa.cli"]
    subprocess.run([*command, "sandbox", "load"], env=environment, cwd=cwd, check=True, capture_output=True)
    log = folder / f"{mode}.log"
    with log.open("wb") as output:
        server = subprocess.Popen([*command, "serve"], env=environment, cwd=cwd, stdout=output, stderr=output)
        try:
            _wait(port, server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            assert server.wait(20) == 0, log.read_text()


def _wait(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError(f"the server did not start: {log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

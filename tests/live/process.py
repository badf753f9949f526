"""A server as a process group that can be killed in parts, started again and asked for its log."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
_COMMAND = (sys.executable, "-m", "fhirpa.cli")


class ServerProcess:
    """`fhirpa serve` on one database; as a context manager it is started, and ended with SIGTERM."""

    def __init__(self, folder: Path, database_url: str | None = None, **settings: str) -> None:
        self.port = free_port()
        self.log = folder / f"server-{self.port}.log"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("FHIRPA_", "PROMETHEUS_"))},
            "PORT": str(self.port),
            "FHIRPA_DATABASE_URL": database_url or f"sqlite:///{folder}/live.db",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Another command of the program on the same settings."""
        return subprocess.run(
            [*_COMMAND, *command], env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=120
        )

    def start(self) -> None:
        """Start it in a process group of its own and wait until it answers."""
        self.wait_until_free()
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [*_COMMAND, "serve"],
                env=self.environment,
                cwd=ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until /readyz answers 200."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert self.process is not None
            assert self.process.poll() is None, self.text()
            if self.get("/readyz") == 200:
                return
            time.sleep(0.03)
        raise AssertionError(f"the server did not become ready: {self.text()}")

    def wait_until_free(self) -> None:
        """Wait until nobody listens at the port: orphaned workers need a moment to see that they are."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", self.port))
                except OSError:
                    time.sleep(0.05)
                else:
                    return
        raise AssertionError("somebody still listens at the port of a server that was killed")

    def get(self, path: str, timeout: float = 5) -> int | None:
        """The status of a GET, None without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def workers(self) -> list[int]:
        """Process ids of the web processes below the master (Linux)."""
        assert self.process is not None
        pid = self.process.pid
        try:
            return [int(x) for x in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except FileNotFoundError:
            return []

    def kill_worker(self, which: int) -> None:
        """SIGKILL one web process; the master starts another."""
        workers = self.workers()
        if workers:
            _kill(workers[which % len(workers)])

    def kill_master(self) -> None:
        """SIGKILL the master only; its workers end by themselves."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(START_SECONDS)

    def kill_all(self) -> None:
        """SIGKILL the whole group at once, as a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(START_SECONDS)

    def stop(self, within: float = 45) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(within)

    def text(self) -> str:
        """Everything that was written to standard output and standard error so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            if kind is None:
                assert self.stop() == 0, self.text()
            else:
                self.kill_all()


def free_port() -> int:
    """A port where nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return

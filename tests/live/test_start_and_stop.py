"""Starting where it cannot work says why in words; stopping finishes what was begun."""

import http.client
import os
import socket
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from fhirpa.cli import main
from fhirpa.config import Settings
from fhirpa.store import Store
from tests.live.crash_load import Clients, Sent, in_threads, make_load, submit
from tests.live.process import ServerProcess, free_port
from tests.live.whole import faults_of
from tests.postgres import scratch_database


def refused(server: ServerProcess) -> str:
    """What `serve` says when it does not start: words, no traceback, an exit code that is not 0."""
    done = server.run("serve")
    assert done.returncode not in (0, None)
    assert done.stdout == ""
    assert done.stderr.startswith("Error: "), done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.deep)])
def test_sigterm_under_load_answers_what_was_begun(workers: str, tmp_path: Path) -> None:
    """A request is answered whole or its connection was never served; nothing is cut in the middle."""
    load = make_load(24, seed=int(workers))
    server = ServerProcess(tmp_path, FHIRPA_WORKERS=workers)
    with server:
        clients = Clients(server.port, load, seed=1)
        clients.start()
        clients.wait_for(8)
        assert server.stop() == 0, server.text()
        assert clients.join() == []
        server.start()
        assert in_threads([lambda x=x: submit(server.port, x) for x in load]) == []
        assert all(x.lines for x in load)
    assert faults_of(f"sqlite:///{tmp_path}/live.db") == []


def test_idle_and_half_sent_connections_do_not_hold_up_the_end(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, FHIRPA_REQUEST_SECONDS="3") as server:
        silent = socket.create_connection(("127.0.0.1", server.port))
        slow = socket.create_connection(("127.0.0.1", server.port))
        slow.sendall(b"POST /fhir/2.2.1/Claim/$submit HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        kept = http.client.HTTPConnection("127.0.0.1", server.port)
        kept.request("GET", "/healthz")
        assert kept.getresponse().read() == b"ok\n"
        assert server.stop(within=25) == 0  # the grace time is 30 s: nobody had to be cut off
        assert not list(tmp_path.glob("*.db-wal"))  # a copy of the file alone is the whole database
        for connection in (silent, slow):
            connection.close()
        kept.close()


def test_two_servers_share_one_file(tmp_path: Path) -> None:
    """The same requests at both at the same moment: one case each, the same numbers."""
    load = make_load(12, seed=3)
    url = f"sqlite:///{tmp_path}/shared.db"
    with ServerProcess(tmp_path, url) as one, ServerProcess(tmp_path, url) as other:
        barrier = threading.Barrier(2)
        twins = make_load(12, seed=3)
        faults: list[str] = []

        def run(server: ServerProcess, mine: list[Sent]) -> None:
            barrier.wait(30)
            faults.extend(filter(None, (submit(server.port, x) for x in mine)))

        threads = [threading.Thread(target=run, args=x) for x in ((one, load), (other, twins))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert faults == []
        for first, second in zip(load, twins, strict=True):
            assert submit(one.port, first) is None
            assert submit(one.port, second) is None
            assert first.lines == second.lines
    assert faults_of(url) == []


def test_a_database_that_cannot_be_reached(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, f"postgresql://nobody:secret-word@127.0.0.1:{free_port()}/none")
    said = refused(server)
    assert "database" in said
    assert "secret-word" not in said


def test_a_database_of_the_other_mode(tmp_path: Path) -> None:
    Store.open(Settings(database_url=f"sqlite:///{tmp_path}/live.db", mode="sandbox")).close()
    said = refused(ServerProcess(tmp_path, FHIRPA_MODE="strict"))
    assert "sandbox" in said
    assert "strict" in said


@pytest.mark.deep
@pytest.mark.postgres
def test_a_postgresql_database_of_the_other_mode(tmp_path: Path, postgres_server: str) -> None:
    with scratch_database(postgres_server) as url:
        assert ServerProcess(tmp_path, url, FHIRPA_MODE="strict").run("db", "upgrade").returncode == 0
        assert "strict" in refused(ServerProcess(tmp_path, url, FHIRPA_MODE="sandbox"))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be" in refused(ServerProcess(tmp_path, f"sqlite:///{tmp_path}/file/fhirpa.db"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    assert "cannot be" in refused(ServerProcess(tmp_path, f"sqlite:///{folder}/fhirpa.db"))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "live.db").write_bytes(b"Qzebulon7 " * 1000)
    said = refused(ServerProcess(tmp_path))
    assert "database" in said
    assert "Qzebulon7" not in said


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        assert str(server.port) in refused(server)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FHIRPA_WORKERS", "0"),
        ("FHIRPA_MODE", "production"),
        ("FHIRPA_DATABASE_URL", "mysql://localhost/x"),
        ("FHIRPA_DATABASE_URL", "postgresql://"),
        ("PORT", "http"),
        ("FHIRPA_REQUEST_SECONDS", "0"),
        ("FHIRPA_HOST", "no such host"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, tmp_path: Path) -> None:
    environment = {**ServerProcess(tmp_path).environment, "FHIRPA_SANDBOX_EXPOSE": "1", name: value}
    done = CliRunner().invoke(main, ["serve"], env=environment)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert name.removeprefix("FHIRPA_").lower().split("_")[0] in done.stderr.lower()

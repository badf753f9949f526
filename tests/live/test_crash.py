"""A server that is killed at any moment forgets nothing it acknowledged and leaves nothing half-written."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.live.crash_load import LIMIT, Clients, Sent, in_threads, inquire_number, make_load, submit
from tests.live.process import ServerProcess
from tests.live.whole import drawn_visits, faults_of, numbers_of
from tests.postgres import scratch_database

SEED = 20261124


@contextmanager
def database(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/crash.db"
        return
    with scratch_database(request.getfixturevalue("postgres_server")) as url:
        yield url


def kills(server: ServerProcess, rng: random.Random) -> list[Callable[[], None]]:
    """Every way to die: one web process, the master, all at once. After the last two it is started again."""

    def worker() -> None:
        server.kill_worker(rng.randrange(8))

    def master() -> None:
        server.kill_master()
        server.start()

    def everything() -> None:
        server.kill_all()
        server.start()

    return [worker, everything, master]


def storm(server: ServerProcess, load: list[Sent], rounds: int, rng: random.Random) -> None:
    """Send the load while the server is killed `rounds` times, at random places in it."""
    clients = Clients(server.port, load, SEED)
    places = sorted(rng.sample(range(5, len(load) - 5), rounds))
    ways = kills(server, rng)
    clients.start()
    for n, place in enumerate(places):
        clients.wait_for(place)
        ways[n % len(ways)]()
    assert clients.join() == []


def check(server: ServerProcess, load: list[Sent]) -> None:
    """After the storm: what was acknowledged is there, the rest can be sent again, all is whole."""
    acknowledged = [x for x in load if x.lines is not None]
    lost = [x for x in load if x.lines is None]
    assert acknowledged
    assert in_threads([partial(submit, server.port, x) for x in acknowledged]) == []  # the same numbers again
    assert in_threads([partial(submit, server.port, x) for x in lost]) == []
    assert [x for x in load if x.lines is None] == []
    assert in_threads([partial(submit, server.port, x) for x in lost]) == []

    def found(sent: Sent, wanted: str) -> str | None:
        return None if inquire_number(server.port, sent, wanted) else f"{wanted} is not found"

    assert in_threads([partial(found, x, n) for x in load for n in x.numbers]) == []


@pytest.mark.parametrize(
    ("kind", "workers", "count", "rounds"),
    [
        ("sqlite", 1, 48, 3),
        pytest.param("postgresql", 2, 40, 2, marks=pytest.mark.postgres),
        pytest.param("sqlite", 1, 1500, 40, marks=pytest.mark.deep),
        pytest.param("sqlite", 2, 1500, 40, marks=pytest.mark.deep),
        pytest.param("postgresql", 1, 1500, 40, marks=[pytest.mark.deep, pytest.mark.postgres]),
        pytest.param("postgresql", 2, 1500, 40, marks=[pytest.mark.deep, pytest.mark.postgres]),
    ],
)
def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    kind: str, workers: int, count: int, rounds: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    rng = random.Random(f"{SEED} {kind} {workers} {count}")
    load = make_load(count, SEED)
    with database(kind, tmp_path, request) as url:
        with ServerProcess(tmp_path, url, FHIRPA_WORKERS=str(workers)) as server:
            storm(server, load, rounds, rng)
            server.wait_until_ready()
            check(server, load)
        verified = server.run("audit", "verify")
        assert verified.returncode == 0, verified.stdout
        assert faults_of(url) == []
        numbers = numbers_of(url)
        assert set(numbers.values()) == {1}
        assert {n for x in load for n in x.numbers} == set(numbers)
        drawn = drawn_visits(url, "SANDBOX-COM-LOW")
        assert drawn
        assert set(drawn.values()) == {LIMIT}
        assert '"event": "crash"' not in server.text()

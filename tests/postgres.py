"""A PostgreSQL server for the tests: the one of FHIRPA_TEST_POSTGRES, else a scratch cluster of our own."""

import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

MISSING = "component: no PostgreSQL (set FHIRPA_TEST_POSTGRES, or install its server programs)"


@contextmanager
def running_server() -> Iterator[str | None]:
    """The URL of a server where databases may be created, or None."""
    named = os.environ.get("FHIRPA_TEST_POSTGRES")
    if named:
        yield named
        return
    programs = _programs()
    if programs is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="fhirpa-pg-") as name, _cluster(programs, Path(name)) as url:
        yield url


@contextmanager
def scratch_database(server: str, template: str | None = None) -> Iterator[str]:
    """The URL of a database on the server, dropped at the end: empty, or a copy of the one named."""
    name = f"fhirpa_test_{uuid.uuid4().hex[:12]}"
    like = f'TEMPLATE "{template}"' if template else ""
    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" {like}'))
        yield url.set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        engine.dispose()


def _programs() -> Path | None:
    """The folder of initdb and pg_ctl: Debian keeps them off the PATH."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True
    )
    on_path = shutil.which("initdb")
    candidates = [*folders, *([Path(on_path).parent] if on_path else [])]
    return next((f for f in candidates if (f / "initdb").exists() and (f / "pg_ctl").exists()), None)


@contextmanager
def _cluster(programs: Path, folder: Path) -> Iterator[str]:
    # initdb refuses to run as root, so root hands the scratch folder to the user that Debian's package makes.
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", _free_port()

    def run(*command: str) -> None:
        subprocess.run(command, user=user, check=True, capture_output=True, cwd=folder)

    run(str(programs / "initdb"), "-D", str(data), "-U", "fhirpa", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = (str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"))
    run(*control, "-o", options, "start")
    try:
        yield f"postgresql://fhirpa@127.0.0.1:{port}/postgres"
    finally:
        run(*control, "-m", "immediate", "stop")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

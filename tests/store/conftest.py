"""Every test that takes `store` runs on SQLite and, where there is one, on PostgreSQL (tests/postgres.py).

Each test gets a database that was migrated once and has no rows.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, delete, text
from sqlalchemy.engine import Engine

from fhirpa.config import Settings
from fhirpa.store import Store
from fhirpa.store.schema import metadata
from tests.postgres import scratch_database

BACKENDS = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
]


def settings_for(url: str, **more: Any) -> Settings:
    return Settings(database_url=url, **more)


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> Iterator[str]:
    with scratch_database(postgres_server) as url:
        Store.open(settings_for(url)).close()
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "store.db"
    Store.open(settings_for(f"sqlite:///{file}")).close()
    return file


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of the sandbox without rows."""
    if request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "store.db")
        yield f"sqlite:///{file}"
        return
    url = request.getfixturevalue("postgres_database")
    yield url
    _empty(url)


def _empty(url: str) -> None:
    """Deletes all rows but the mode and the state machine, past triggers and foreign keys."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        for table in metadata.tables.values():
            if table.name not in ("meta", "line_transition"):
                connection.execute(delete(table))
    engine.dispose()


@pytest.fixture(params=BACKENDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that nothing was done to."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/new/store.db"
        return
    with scratch_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture
def open_store() -> Iterator[Callable[..., Store]]:
    """Opens stores that are closed at the end of the test."""
    opened: list[Store] = []

    def open_(url: str, **settings: Any) -> Store:
        opened.append(Store.open(settings_for(url, **settings)))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(database_url: str, open_store: Callable[..., Store]) -> Store:
    return open_store(database_url)


@pytest.fixture
def raw(database_url: str) -> Iterator[Engine]:
    """A way to the database past the store, for looking and for tampering."""
    url = settings_for(database_url).database_url
    engine = create_engine(url)
    yield engine
    engine.dispose()

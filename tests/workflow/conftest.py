"""Services on SQLite, and on PostgreSQL where a server is reachable."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from fhirpa.workflow.services import Services
from tests.postgres import scratch_database
from tests.workflow.services import open_services


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file, since migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("template")
    open_services(folder).close()
    return folder / "test.db"


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a migrated database."""
    with scratch_database(postgres_server) as url:
        open_services(tmp_path_factory.mktemp("template"), url=url).close()
        yield str(make_url(url).database)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.db")
        opened = open_services(tmp_path)
        yield opened
        opened.close()
        return
    template = request.getfixturevalue("postgres_template")
    with scratch_database(request.getfixturevalue("postgres_server"), template) as url:
        opened = open_services(tmp_path, url=url)
        yield opened
        opened.close()

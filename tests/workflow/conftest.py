"""Services on SQLite, and on PostgreSQL where a server is reachable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fhirpa.workflow.services import Services
from tests.postgres import scratch_database
from tests.workflow.services import open_services


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    if request.param == "sqlite":
        opened = open_services(tmp_path)
        yield opened
        opened.close()
        return
    with scratch_database(request.getfixturevalue("postgres_server")) as url:
        opened = open_services(tmp_path, url=url)
        yield opened
        opened.close()

"""What all tests share: services on a database of their own, a PostgreSQL server where there is one."""

import os
import sys
from collections.abc import Iterator

import pytest

from tests.postgres import MISSING, running_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server where tests may create databases; skips where there is none."""
    with running_server() as url:
        if url is None:
            pytest.skip(MISSING)
        yield url


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI=true a test that a missing component skips is a failure (absent reference data is not)."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None or session.exitstatus != 0:
        return
    skipped = [r for r in reporter.stats.get("skipped", []) if "component:" in str(r.longrepr)]
    if skipped:
        print(f"\nCI=true, and {len(skipped)} tests were skipped for a missing component", file=sys.stderr)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

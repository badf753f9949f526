"""A database in which every scenario of the fixtures was decided, and some of them updated."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from fhirpa.policies.load import load_rules
from fhirpa.testkit.scenarios import SCENARIOS
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from tests.workflow.requests import request
from tests.workflow.services import incoming, open_services
from tests.workflow.updates import adds_item, asks_for, cancels_all, update

UPDATES = ((), (asks_for(12),), (adds_item("97530", 8),), (cancels_all,))
RULES = load_rules()
GOOD = [x.name for x in SCENARIOS if not x.bend]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; nobody writes to it."""
    folder = tmp_path_factory.mktemp("decided")
    services = open_services(folder, wanted={"validation_level": "lenient"}, rules=RULES)
    bundles = [request(name) for name in GOOD]
    changing = request("lbp-initial")
    bundles.append(changing)
    for number, edits in enumerate(UPDATES):
        changing = update(changing, f"u{number}", *edits)
        bundles.append(changing)
    for bundle in bundles:
        assert submit(services, incoming(services, bundle)).status == 200
        services.clock.move(minutes=7)  # type: ignore[attr-defined]
    services.close()
    return folder / "test.db"


@pytest.fixture
def database(template: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copy(template, tmp_path / "test.db"))


@pytest.fixture
def services(database: Path) -> Iterator[Services]:
    opened = open_services(database.parent, rules=RULES)
    yield opened
    opened.close()


@pytest.fixture
def runner(database: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in [n for n in os.environ if n.startswith("FHIRPA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FHIRPA_DATABASE_URL", f"sqlite:///{database}")
    return CliRunner()


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    """A policy file like the server's own, but with more limitation asked before visits are certified."""
    own = Path(__file__).parents[2] / "fhirpa" / "policies" / "policies" / "LBP.yaml"
    text = own.read_text(encoding="utf-8")
    assert "at_least: 20" in text
    path = tmp_path / "lbp-next.yaml"
    path.write_text(text.replace("at_least: 20", "at_least: 50"), encoding="utf-8")
    return path

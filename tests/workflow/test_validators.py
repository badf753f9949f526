"""One validator per guide version and process."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fhirpa.config import Settings
from fhirpa.pas.versions import VERSIONS
from fhirpa.validation.tables import TablesError
from fhirpa.validation.terminology import open_terminology
from fhirpa.validation.terminology.load import load_files
from fhirpa.workflow.services import Services
from fhirpa.workflow.validators import Validators

PATIENT = {
    "resourceType": "Patient",
    "text": {"status": "empty", "div": '<div xmlns="http://www.w3.org/1999/xhtml">-</div>'},
}


@pytest.fixture
def validators() -> Validators:
    return Validators(lambda: datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize("version", VERSIONS)
def test_threads_that_ask_at_once_get_the_same_validator(validators: Validators, version: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(validators.of, [version] * 8))
    assert len(found) == 1
    assert found.pop().validate(PATIENT).is_valid


def test_each_version_has_its_own(validators: Validators) -> None:
    assert validators.of("2.0.1") is not validators.of("2.2.1")


def test_a_version_that_is_not_served_has_none(validators: Validators) -> None:
    with pytest.raises(KeyError):
        validators.of("1.0.0")


def test_every_version_knows_the_lists_that_were_loaded(tmp_path: Path) -> None:
    system = "http://payer.example/codes"
    table = tmp_path / "codes.csv"
    table.write_text(f"system,code\n{system},a\n")
    load_files([table], tmp_path / "terms")
    terminology = open_terminology(tmp_path / "terms")
    kept = Validators(lambda: datetime(2026, 3, 2, tzinfo=UTC), terminology)
    code = {"coding": [{"system": system, "code": "b"}]}
    for version in VERSIONS:
        report = kept.of(version).validate({"resourceType": "Observation", "status": "final", "code": code})
        assert [f.expression for f in report.issues if f.is_error] == ["Observation.code.coding[0]"]


def test_settings_name_the_folder_and_a_wrong_one_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "x.codes.json").write_text("{}")
    settings = Settings(database_url=f"sqlite:///{tmp_path}/x.db", terminology_dir=tmp_path)
    with pytest.raises(TablesError, match=r"x\.codes\.json"):
        Services.open(settings)

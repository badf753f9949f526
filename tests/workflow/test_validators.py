"""One validator per guide version and process."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from fhirpa.pas.versions import VERSIONS
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

"""Whatever is sent, at whatever level: an answer, and one whose own part is valid."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhirpa.workflow.answer_check import answer_faults
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from tests.live.test_bad_input import mutated
from tests.workflow.requests import Json
from tests.workflow.services import incoming, open_services

LEVELS = ("strict", "standard", "lenient")
OURS = ("Bundle", "ClaimResponse", "CommunicationRequest", "Task", "OperationOutcome")
SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Services]]:
    """A house of each level."""
    opened = {
        level: open_services(tmp_path_factory.mktemp(level), wanted={"validation_level": level})
        for level in LEVELS
    }
    yield opened
    for services in opened.values():
        services.close()


def check(houses: dict[str, Services], sent: tuple[str, Json], level: str) -> int:
    version, bundle = sent
    answer = submit(houses[level], incoming(houses[level], bundle, version))
    assert answer.status in (200, 400)
    found = answer_faults(houses[level], "submit", version, answer)
    assert [f for f in found if f.severity == "error" and f.resource in OURS] == []
    return answer.status


@given(sent=mutated())
@settings(SETTINGS, max_examples=40)
def test_a_lower_level_never_refuses_what_a_higher_one_takes(
    houses: dict[str, Services], sent: tuple[str, Json]
) -> None:
    strict, standard, lenient = (check(houses, sent, level) for level in LEVELS)
    assert strict >= standard >= lenient


@pytest.mark.deep
@given(sent=mutated(), level=st.sampled_from(LEVELS))
@settings(SETTINGS, max_examples=1500)
def test_many_more_requests_with_faults(
    houses: dict[str, Services], sent: tuple[str, Json], level: str
) -> None:
    check(houses, sent, level)

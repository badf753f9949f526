"""The server goes over to a new version of a policy at midnight of plan time, without a restart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fhirpa.um.case import Case
from fhirpa.workflow import voices
from fhirpa.workflow.explain import explain
from fhirpa.workflow.services import Services
from tests.policies.own import next_version, own_directory
from tests.workflow.requests import Json, request
from tests.workflow.reviewing import PT, pended
from tests.workflow.services import open_services
from tests.workflow.updates import answer, asks_for, update

_TOMORROW = "2026-11-24"  # the clock of the tests stands at 10:15 of the day before

_OVERRIDE = """
effective: 2026-06-01
because: a trial
plans: [SANDBOX-COM]
policies: {LBP: {first: {1: {visits: 4}}}}
"""


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    version = next_version(("visits: 8", "visits: 4"), effective=_TOMORROW)
    own = own_directory(tmp_path / "own", {"policies/LBP-2.yaml": version})
    opened = open_services(tmp_path, wanted={"policy_dir": own}, rules=None)
    yield opened
    opened.close()


def certified(services: Services, bundle: Json) -> list[tuple[str | None, str | None]]:
    return [(x.action, x.quantity) for x in answer(services, bundle).lines]


def case_of(services: Services, bundle: Json) -> Case:
    """The one case of a request's member."""
    with services.store.read() as unit:
        patients = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient"]
        ids = [i["value"] for p in patients for i in p["identifier"]]
        (key,) = {e.member_key for e in unit.find_enrolments(ids, None)}
        (number,) = {x.case_number for x in unit.prior_lines(key)}
        return unit.load_case(unit.find_case_id(number))


def kept_version(services: Services, bundle: Json) -> str:
    """The version of the rules that the case of a request keeps."""
    return case_of(services, bundle).rules_version


def test_a_new_version_decides_from_midnight_of_the_plans_time_zone(services: Services) -> None:
    services.clock.move(hours=13, minutes=44)  # type: ignore[attr-defined]
    before, after = request(), request()
    assert certified(services, before) == [("A1", "8 visits")]
    services.clock.move(minutes=2)  # type: ignore[attr-defined]
    assert certified(services, after) == [("A4", None), ("A1", "4 visits")]
    assert kept_version(services, before).endswith("@2026-01-01")
    assert kept_version(services, after).endswith(f"@{_TOMORROW}")


def test_an_update_is_read_against_the_rules_of_the_day_of_receipt(services: Services) -> None:
    first = request()
    assert certified(services, first) == [("A1", "8 visits")]
    services.clock.move(days=2)  # type: ignore[attr-defined]
    changed = update(first, "a", asks_for(7))
    assert certified(services, changed) == [("A1", "7 visits")]
    assert kept_version(services, first).endswith("@2026-01-01")


def test_a_reviewer_is_told_the_version_that_the_case_was_read_against(services: Services) -> None:
    _, case = pended(services)
    services.clock.move(days=1)  # type: ignore[attr-defined]
    said = voices.told(services, PT, case.case_number, voices.Reader.REVIEWER)
    assert "Read against Low back pain (LBP, version 1)." in said


def test_a_decision_under_an_override_is_made_again_from_what_was_kept(tmp_path: Path) -> None:
    own = own_directory(tmp_path / "own", {"overrides/a.yaml": _OVERRIDE})
    services = open_services(tmp_path, wanted={"policy_dir": own}, rules=None)
    bundle = request()
    assert certified(services, bundle) == [("A4", None), ("A1", "4 visits")]
    number = case_of(services, bundle).case_number
    services.close()
    later = open_services(tmp_path)  # the directory is gone, the kept files are not
    (decided,) = explain(later, number).decisions
    assert decided.proof.reproduced
    later.close()


def test_the_questionnaires_of_a_new_version_are_published_when_it_takes_effect(services: Services) -> None:
    def versions() -> set[str]:
        return {q.version for q in services.forms.questionnaires.all() if q.policy_id == "LBP"}

    before = versions()
    services.clock.move(days=1)  # type: ignore[attr-defined]
    assert before < versions()

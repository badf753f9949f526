"""More time, or less urgency: by the right person, for a ground of the law, and told to those concerned."""

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fhirpa.um.case import Case
from fhirpa.um.clock_events import ClockEventKind
from fhirpa.um.context import Provider
from fhirpa.um.terms import LevelOfService, LineState
from fhirpa.workflow import review_acts as acts
from fhirpa.workflow import review_view
from fhirpa.workflow.audit import verify
from fhirpa.workflow.review import ReviewRefused
from fhirpa.workflow.services import Services
from tests.workflow.reviewing import (
    DIRECTOR,
    INTAKE,
    NO_BLOCK,
    PT,
    by,
    lacks,
    pended,
    queued,
    reason_for,
    referred,
    reload,
)
from tests.workflow.services import open_services, post
from tests.workflow.updates import Json, item, update

WHY = "The member's surgeon sends the operation report on Friday."
CALM = "The request describes no risk to life, health or function in the standard time."
TOLD = "telephone 512-555-0100, member"


@pytest.fixture
def services(sqlite_template: Path, tmp_path: Path) -> Iterator[Services]:
    """On SQLite only: nothing here depends on the database."""
    shutil.copy(sqlite_template, tmp_path / "test.db")
    opened = open_services(tmp_path)
    yield opened
    opened.close()


def move(services: Services, **by: float) -> None:
    services.clock.move(**by)  # type: ignore[attr-defined]


def notices(services: Services, case: Case, act: str) -> dict[str, Any]:
    """Payloads by reader of the notices that an act queued."""
    found = [(topic, json.loads(said)) for kind, topic, said in queued(services, case) if kind == "notice"]
    return {topic: said for topic, said in found if said.get("act") == act}


# --- extension -----------------------------------------------------------------------------------------


def test_an_extension_adds_its_days_once_and_is_told_to_member_and_provider(services: Services) -> None:
    _, case = pended(services, NO_BLOCK, plan="SANDBOX-MA")
    acts.extend(services, by(PT, case), "outside-evidence", WHY)
    after = reload(services, case)
    assert case.due is not None
    assert after.due is not None
    assert (after.due.rule, after.due.at - case.due.at) == ("T01", timedelta(days=14))
    told = notices(services, case, "extend-time")
    assert set(told) == {"provider", "member"}
    assert told["member"]["clock"]["ground"] == "outside-evidence"
    assert told["member"]["clock"]["due"]["after"] == after.due.at.isoformat()
    with pytest.raises(ReviewRefused) as refused:
        acts.extend(services, by(PT, case), "member-asks", WHY)
    assert lacks(refused) == {"extended"}
    assert verify(services) == []


def test_fewer_days_may_be_taken_and_more_than_the_rule_are_not_given(services: Services) -> None:
    _, case = pended(services, NO_BLOCK, plan="SANDBOX-CHIP")
    with pytest.raises(ReviewRefused) as refused:
        acts.extend(services, by(PT, case), "provider-asks", WHY, 0)
    assert lacks(refused) == {"days"}
    few = acts.extend(services, by(PT, case), "provider-asks", WHY, 3).case
    assert case.due is not None
    assert few.due is not None
    assert few.due.at - case.due.at == timedelta(days=3)
    _, other = pended(services, NO_BLOCK, plan="SANDBOX-CHIP")
    many = acts.extend(services, by(PT, other), "provider-asks", WHY, 99).case
    assert other.due is not None
    assert many.due is not None
    assert many.due.at - other.due.at == timedelta(days=14)


@pytest.mark.parametrize(
    ("plan", "who", "ground", "lack"),
    [
        ("SANDBOX-MA", INTAKE, "member-asks", "role"),
        ("SANDBOX-MA", PT, "beyond-control", "ground"),
        ("SANDBOX-MCD", PT, "extraordinary", "ground"),
        ("SANDBOX-MCD", PT, "member-asks", "extension-none"),  # three business days bind, and have none
        ("SANDBOX-COM", PT, "beyond-control", "extension-none"),
        ("SANDBOX-COM", PT, "information-missing", "items-missing"),
    ],
)
def test_no_extension_without_the_right_person_ground_and_clock(
    services: Services, plan: str, who: str, ground: str, lack: str
) -> None:
    _, case = pended(services, NO_BLOCK, plan=plan)
    with pytest.raises(ReviewRefused) as refused:
        acts.extend(services, by(who, case), ground, WHY)
    assert lacks(refused) == {lack}
    assert reload(services, case) == case


def test_an_extension_needs_a_reason_and_time_that_is_left(services: Services) -> None:
    _, case = pended(services, NO_BLOCK, plan="SANDBOX-MA")
    move(services, days=8)
    with pytest.raises(ReviewRefused) as refused:
        acts.extend(services, by(PT, case), "member-asks", " ")
    assert lacks(refused) == {"due-passed", "reason-missing"}


def fewer(asking: Json) -> None:
    item(asking, 1)["quantity"]["value"] -= 1


def test_an_employer_plans_clock_stops_for_information_until_the_answer(services: Services) -> None:
    """29 CFR 2560.503-1(f)(4): 45 days to send it, and 15 days from the answer."""
    bundle, case = pended(services, NO_BLOCK, plan="SANDBOX-SF")
    acts.ask(services, by(PT, case), (), ["plan-of-care"])
    move(services, days=2)
    waiting = acts.extend(services, by(PT, case), "information-missing", WHY).case
    assert waiting.information_due is not None
    assert waiting.information_due.rule == "T40a"
    assert (waiting.information_due.at - services.clock.now()).days in (45, 46)  # to the end of the day
    assert waiting.due is not None
    assert waiting.due.rule == "T40b"
    move(services, days=20)
    assert post(services, update(bundle, "v2", fewer))[0] == 200
    answered = reload(services, case)
    assert ClockEventKind.ANSWERED in [x.kind for x in answered.lines[0].clock]
    assert answered.due is not None
    assert answered.due.at < waiting.due.at
    assert (answered.due.at - services.clock.now()).days == 15


# --- expedited as standard -----------------------------------------------------------------------------


def urgent(services: Services, plan: str) -> Case:
    _, case = pended(services, NO_BLOCK, plan=plan, expedited=True)
    assert case.request.level_of_service is LevelOfService.EXPEDITED
    return case


def test_an_expedited_request_without_need_runs_as_a_standard_one_from_its_receipt(
    services: Services,
) -> None:
    case = urgent(services, "SANDBOX-MA")
    move(services, hours=4)
    with pytest.raises(ReviewRefused) as refused:
        acts.downgrade(services, by(PT, case), CALM)
    assert lacks(refused) == {"told-missing"}
    after = acts.downgrade(services, by(PT, case), CALM, TOLD).case
    assert case.due is not None
    assert after.due is not None
    assert (case.due.rule, after.due.rule) == ("T03", "T01")
    clock = services.rules.turnaround
    assert clock is not None
    standard = clock.decision_due(case.line_of_business, LevelOfService.STANDARD, case.received_at)
    assert after.due == standard
    told = notices(services, case, "downgrade")
    assert set(told) == {"provider", "member"}
    letter = clock.letter_due(case.line_of_business, services.clock.now())
    assert letter is not None
    assert told["member"]["clock"]["letter_by"] == letter.at.isoformat()
    with pytest.raises(ReviewRefused) as again:
        acts.downgrade(services, by(PT, case), CALM, TOLD)
    assert lacks(again) == {"level"}


@pytest.mark.parametrize(
    ("plan", "physician"), [("SANDBOX-MA", True), ("SANDBOX-COM", True), ("SANDBOX-MCD", False)]
)
def test_support_that_forces_expedition_keeps_it(services: Services, plan: str, physician: bool) -> None:
    """In Medicaid a provider's word is enough, elsewhere a physician's."""
    case = urgent(services, plan)
    with pytest.raises(ReviewRefused) as refused:
        acts.downgrade(services, by(DIRECTOR, case), CALM, TOLD, physician_supports=physician)
    assert lacks(refused) == {"support"}


def test_a_request_of_a_physician_is_supported_by_one(services: Services) -> None:
    case = urgent(services, "SANDBOX-MA")
    npi = case.request.requester.npi
    assert npi is not None
    with services.store.write() as unit:
        unit.upsert_providers([Provider(npi, "Practice", True, ("207X00000X",))])
    with pytest.raises(ReviewRefused) as refused:
        acts.downgrade(services, by(PT, case), CALM, TOLD)
    assert lacks(refused) == {"support"}


def test_asking_for_expedition_again_starts_it_again(services: Services) -> None:
    bundle, case = pended(services, NO_BLOCK, plan="SANDBOX-MA", expedited=True)
    acts.downgrade(services, by(PT, case), CALM, TOLD)
    move(services, hours=30)
    assert post(services, update(bundle, "v2", fewer))[0] == 200
    after = reload(services, case)
    assert after.due is not None
    assert (after.due.rule, after.due.at) == ("T03", services.clock.now() + timedelta(hours=72))


# --- an adverse determination in time ------------------------------------------------------------------


def test_what_is_shown_before_a_director_decides_is_what_is_refused(services: Services) -> None:
    """Commercial, Monday 10:15: the talk is offered on Wednesday afternoon, the decision due on Thursday."""
    _, case = pended(services, NO_BLOCK)
    referred(services, case)
    move(services, days=2, hours=4)
    (shown,) = review_view.as_data(review_view.show(services, DIRECTOR, case.case_number))["lines"]
    assert shown["clock"]["adverse"] == {
        "from": "2026-11-27T20:15:00+00:00",  # Thursday is Thanksgiving
        "assumes_offer_now": True,
        "in_time": False,
    }
    assert [x["rule"] for x in shown["clock"]["binding"]] == ["T30", "T40"]
    acts.peer_to_peer(services, by(DIRECTOR, case), (), acts.TalkEvent.OFFERED, "front desk")
    move(services, days=1, hours=23)
    with pytest.raises(ReviewRefused) as refused:
        acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case))
    assert lacks(refused) == {"peer-to-peer-lead", "due-passed"}
    move(services, hours=1)
    with pytest.raises(ReviewRefused) as refused:
        acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case))
    assert lacks(refused) == {"due-passed"}
    acts.deny(services, by(DIRECTOR, case), (1,), reason_for(case), breach="The talk was offered late.")
    after = reload(services, case)
    assert after.lines[0].state is LineState.DENIED_MEDICAL
    assert ClockEventKind.MISSED in [x.kind for x in after.lines[0].clock]
    with services.store.read() as unit:
        assert [(x.rule, x.count) for x in unit.breach_counts()] == [("T30", 1)]
        (denial,) = [x for x in unit.events_of(case.case_id) if x.type == "review-deny"]
    assert denial.body["breach"] == "The talk was offered late."
    assert verify(services) == []

"""What time does to cases: marked once, decided never; on both databases."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from fhirpa.delivery.background import start_worker
from fhirpa.delivery.clock_watch import watch_clocks
from fhirpa.delivery.duties import duties
from fhirpa.delivery.worker import Duty, Worker
from fhirpa.store import unit as store_unit
from fhirpa.um.case import Case
from fhirpa.um.clock_events import ClockEvent, ClockEventKind
from fhirpa.um.clock_rules import RequestKind
from fhirpa.um.terms import LevelOfService, LineState
from fhirpa.workflow import review_acts as acts
from fhirpa.workflow import review_view
from fhirpa.workflow.audit import verify
from fhirpa.workflow.clocks import figures
from fhirpa.workflow.ports import Unavailable
from fhirpa.workflow.services import Services
from tests.workflow.requests import request
from tests.workflow.reviewing import (
    DIRECTOR,
    NO_BLOCK,
    PT,
    by,
    on_the_wire,
    pended,
    queued,
    reload,
    review_actions,
    the_case,
)
from tests.workflow.services import post
from tests.workflow.updates import Json, item, update


def watch(services: Services) -> int:
    return watch_clocks(services, lambda: False)


def move(services: Services, **by: float) -> None:
    services.clock.move(**by)  # type: ignore[attr-defined]


def events(services: Services, case: Case, kind: str) -> list[Any]:
    with services.store.read() as unit:
        return [x for x in unit.events_of(case.case_id) if x.type == kind]


def fewer(asking: Json) -> None:
    """One visit less, so that the update asks something anew."""
    item(asking, 1)["quantity"]["value"] -= 1


def late_notices(services: Services, case: Case) -> list[tuple[str, str]]:
    return [(topic, said) for kind, topic, said in queued(services, case) if "clock-missed" in said]


def breaches(services: Services) -> int:
    return sum(x.count for x in figures(services).breaches)


# --- missed clocks -------------------------------------------------------------------------------------


def test_before_its_due_time_time_does_nothing_to_a_case(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    assert watch(services) == 0
    assert case.due is not None
    services.clock.at = case.due.at  # type: ignore[attr-defined]
    assert watch(services) == 0  # the last instant is still in time
    assert reload(services, case) == case


@pytest.mark.parametrize(
    ("plan", "rule"), [("SANDBOX-COM", None), ("SANDBOX-MCD", "T51a"), ("SANDBOX-MA", "T51b")]
)
def test_a_missed_clock_is_marked_once_and_decides_nothing(
    services: Services, plan: str, rule: str | None
) -> None:
    bundle, case = pended(services, NO_BLOCK, plan=plan)
    move(services, days=8)
    assert (watch(services), watch(services)) == (1, 0)
    after = reload(services, case)
    assert [x.state for x in after.lines] == [x.state for x in case.lines]
    assert after.due == case.due
    assert review_actions(on_the_wire(services, bundle)) == {1: "A4"}
    (event,) = events(services, case, "clock-missed")
    assert (event.actor_role, event.body["notice"]) == ("system", rule)
    assert event.body["missed"][0]["rule"] == case.lines[0].due.rule  # type: ignore[union-attr]
    told = late_notices(services, case)
    assert [topic for topic, _ in told] == (["provider", "member"] if rule else [])
    assert all(rule is not None and rule in said for _, said in told)
    assert breaches(services) == 1
    assert verify(services) == []


def test_many_workers_at_once_mark_a_missed_clock_once(services: Services) -> None:
    cases = [pended(services, NO_BLOCK, plan="SANDBOX-MCD")[1]]
    for _ in range(3):
        assert post(services, request(NO_BLOCK, plan="SANDBOX-MCD"))[0] == 200
    move(services, days=8)
    with ThreadPoolExecutor(4) as pool:
        marked = list(pool.map(lambda _: watch(services), range(4)))
    assert sum(marked) == 4
    assert breaches(services) == 4
    assert len(late_notices(services, cases[0])) == 2
    assert len(events(services, cases[0], "clock-missed")) == 1
    assert verify(services) == []


def test_a_crash_half_way_leaves_nothing_and_the_next_round_does_it_whole(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, case = pended(services, NO_BLOCK, plan="SANDBOX-MCD")
    move(services, days=8)
    with monkeypatch.context() as broken:

        def crash(*_: object) -> None:
            raise OSError("the power is gone")

        broken.setattr(store_unit.wire, "enqueue", crash)
        assert watch(services) == 0
    assert reload(services, case) == case
    assert (breaches(services), events(services, case, "clock-missed")) == (0, [])
    assert watch(services) == 1
    assert (breaches(services), len(late_notices(services, case))) == (1, 2)


def test_a_case_that_breaks_does_not_keep_the_others(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, first = pended(services, NO_BLOCK)
    assert post(services, request(NO_BLOCK))[0] == 200
    move(services, days=8)
    load = store_unit.cases.load

    def broken(connection: Any, case_id: str) -> Case:
        if case_id == first.case_id:
            raise ValueError("cannot be read")
        return load(connection, case_id)

    with monkeypatch.context() as patched:
        patched.setattr(store_unit.cases, "load", broken)
        assert watch(services) == 1
    assert watch(services) == 1


def test_whoever_closes_a_late_case_first_leaves_the_same_record(services: Services) -> None:
    """Without any worker: the act itself finds that the clock was missed."""
    _, case = pended(services, NO_BLOCK, plan="SANDBOX-MCD")
    move(services, days=8)
    acts.certify(services, by(PT, case), ())
    assert reload(services, case).lines[0].state is LineState.CERTIFIED
    assert (breaches(services), len(late_notices(services, case))) == (1, 2)
    assert watch(services) == 0
    assert verify(services) == []


def test_an_update_after_the_due_time_finds_the_clock_missed(services: Services) -> None:
    bundle, case = pended(services, NO_BLOCK, plan="SANDBOX-MCD")
    move(services, days=8)
    assert post(services, update(bundle, "v2", fewer))[0] == 200
    assert (breaches(services), len(late_notices(services, case))) == (1, 2)
    assert watch(services) == 0


def test_a_missed_case_comes_first_and_also_to_the_director(services: Services) -> None:
    _, late = pended(services, NO_BLOCK)
    move(services, days=2)
    assert post(services, request(NO_BLOCK, expedited=True))[0] == 200
    acts.take(services, by(PT, late))
    move(services, days=2)
    assert review_view.next_case(services, DIRECTOR) is None
    assert watch(services) == 1
    first = review_view.next_case(services, DIRECTOR)
    assert first is not None
    assert (first.case_number, first.late_since) == (late.case_number, late.due and late.due.at)
    assert first.assigned_to == PT  # a director may take it over
    rows = review_view.queue(services, PT)
    assert [x.late_since is not None for x in rows] == [True, False]
    assert rows[1].due_rule == "T41"


def test_operators_see_missed_clocks_and_late_cases_by_line_and_rule(services: Services) -> None:
    pended(services, NO_BLOCK, plan="SANDBOX-MA")
    move(services, days=8)
    assert [(x.line_of_business, x.count) for x in figures(services).late] == [("MA", 1)]
    watch(services)
    (counted,) = figures(services).breaches
    assert (counted.line_of_business, counted.rule, counted.count) == ("MA", "T01", 1)


# --- silence -------------------------------------------------------------------------------------------


def test_when_nothing_is_sent_a_clinician_reads_what_is_there(services: Services) -> None:
    bundle, case = pended(services, NO_BLOCK, plan="SANDBOX-MCD")
    acts.ask(services, by(PT, case), (), ["plan-of-care"])
    asked = reload(services, case)
    assert asked.information_due is not None
    told = len(queued(services, case))
    services.clock.at = asked.information_due.at  # type: ignore[attr-defined]
    move(services, seconds=1)
    assert (watch(services), watch(services)) == (1, 0)
    after = reload(services, case)
    assert after.lines[0].state is LineState.PENDED_CLINICAL
    assert after.lines[0].information == asked.lines[0].information  # it may still be sent
    assert [x.kind for x in after.lines[0].clock][-1] is ClockEventKind.WAIT_ENDED
    (event,) = events(services, case, "supply-time-over")
    assert (event.actor_role, event.body["lines"]) == ("system", [1])
    assert [(kind) for kind, _, _ in queued(services, case)[told:]] == ["case-changed"]
    assert review_actions(on_the_wire(services, bundle)) == {1: "A4"}
    assert breaches(services) == 0


# --- the log -------------------------------------------------------------------------------------------


def told_clocks(services: Services, case: Case) -> dict[int, list[ClockEvent]]:
    """The clocks as the event log tells them."""
    out: dict[int, list[ClockEvent]] = {}
    for event in events(services, case, "clock"):
        for entry in event.body["clocks"]:
            out.setdefault(entry["line"], []).append(
                ClockEvent(
                    ClockEventKind(entry["event"]),
                    datetime.fromisoformat(entry["at"]).astimezone(UTC),
                    LevelOfService(entry["level"]) if "level" in entry else None,
                    RequestKind(entry["request"]) if "request" in entry else None,
                    entry.get("days"),
                    entry.get("ground", ""),
                    entry.get("by", ""),
                )
            )
    return out


def test_due_times_are_reckoned_from_the_log_alone(services: Services) -> None:
    bundle, case = pended(services, NO_BLOCK, plan="SANDBOX-MCD")
    steps = (
        lambda: acts.ask(services, by(PT, case), (), ["plan-of-care"]),
        lambda: acts.extend(services, by(PT, case), "provider-asks", "The clinic is closed until Friday."),
        lambda: post(services, update(bundle, "v2", fewer)),
        lambda: watch(services),
    )
    clock = services.rules.turnaround
    assert clock is not None
    for step in steps:
        move(services, hours=5)
        step()
        now = reload(services, case)
        logged = told_clocks(services, case)
        assert {n: tuple(x) for n, x in logged.items()} == {x.line.sequence: x.clock for x in now.lines}
        dues = {n: clock.reckon(now.line_of_business, x).due for n, x in logged.items()}
        assert {x.line.sequence: x.due for x in now.lines} == dues
        assert now.due == min(dues.values(), key=lambda d: d.at)
    assert the_case(services).lines[0].clock[0].request is not None


# --- the loop ------------------------------------------------------------------------------------------


def test_the_worker_does_its_rounds_until_it_is_stopped(services: Services) -> None:
    _, case = pended(services, NO_BLOCK)
    move(services, days=8)
    worker = Worker((*duties(services), Duty("last", lambda _: worker.stop() or 0)), 0.001)
    worker.run()
    assert reload(services, case).version == case.version + 1


def test_a_duty_that_breaks_or_waits_for_the_store_keeps_no_other_from_its_turn() -> None:
    def fails(error: Exception) -> Any:
        def run(_: object) -> int:
            raise error

        return run

    told = (Duty("a", fails(ValueError("x"))), Duty("b", fails(Unavailable())), Duty("c", lambda _: 3))
    assert Worker(told, 1).run_once() == {"a": 0, "b": 0, "c": 3}


def test_a_duty_that_is_a_matter_of_days_is_not_done_in_every_round() -> None:
    seconds = iter([0.0, 0.0, 59.0, 59.0, 60.0, 60.0])
    worker = Worker((Duty("a", lambda _: 1), Duty("b", lambda _: 1, 60)), 1, lambda: next(seconds))
    assert [set(worker.run_once()) for _ in range(3)] == [{"a", "b"}, {"a"}, {"a", "b"}]


def test_a_worker_that_is_told_to_stop_ends_after_the_case_in_hand(services: Services) -> None:
    pended(services, NO_BLOCK)
    assert post(services, request(NO_BLOCK))[0] == 200
    move(services, days=8)
    answers = iter([False, True])
    assert watch_clocks(services, lambda: next(answers)) == 1
    assert breaches(services) == 1


def test_the_server_brings_a_worker_along(services: Services) -> None:
    pended(services, NO_BLOCK)
    move(services, days=8)
    worker = start_worker(services)
    end = time.monotonic() + 30
    while breaches(services) == 0 and time.monotonic() < end:
        time.sleep(0.02)
    worker.stop()
    assert breaches(services) == 1

"""Several writers at the same moment: nothing is decided twice, no limit is overdrawn."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier, Event
from typing import TypeVar

import pytest

from fhirpa.store import DuplicateSubmission, StaleCase, Store, StoreBusy, schema, verify_events
from fhirpa.store import dialect as store_dialect
from fhirpa.um.case import Case
from tests.store.samples import ENROLMENT, draw, event, make_case, pended_line, submission_of

WRITERS = 6
T = TypeVar("T")


@pytest.fixture
def stores(database_url: str, open_store: Callable[..., Store]) -> list[Store]:
    """The same database opened twice, as by two web processes."""
    stores = [open_store(database_url, threads=WRITERS), open_store(database_url, threads=WRITERS)]
    with stores[0].write() as unit:
        unit.enrol(ENROLMENT)
    return stores


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(WRITERS) as pool:
        yield pool


def together(pool: ThreadPoolExecutor, stores: list[Store], task: Callable[[Store, int], T]) -> list[T]:
    """The results of one task per writer, all let go at once, over both stores in turn."""
    start = Barrier(WRITERS)

    def run(number: int) -> T:
        start.wait(30)
        return task(stores[number % len(stores)], number)

    return list(pool.map(run, range(WRITERS)))


def test_the_same_bundle_many_times_at_once_is_one_case(
    stores: list[Store], pool: ThreadPoolExecutor
) -> None:
    bundle = make_case("first")

    def submit(store: Store, number: int) -> str:
        case = replace(make_case(f"c{number}"), request=bundle.request)
        try:
            with store.write() as unit:
                found = unit.find_submission(submission_of(case))
                if found is None:
                    unit.save_case(case, submission_of(case), [event()])
                return found or case.case_id
        except DuplicateSubmission as duplicate:
            return duplicate.case_id

    answered = together(pool, stores, submit)
    assert len(set(answered)) == 1
    with stores[0].read() as unit:
        assert [x.case_id for x in unit.reader.execute(schema.service_case.select())] == [answered[0]]
        assert unit.load_case(answered[0]).request == bundle.request


def test_a_bundle_that_is_being_decided_is_waited_for(stores: list[Store], pool: ThreadPoolExecutor) -> None:
    first, second = make_case("c1"), replace(make_case("c2"), request=make_case("c1").request)
    started = Event()

    def submit_second() -> str:
        started.set()
        with pytest.raises(DuplicateSubmission) as caught, stores[1].write() as unit:
            unit.save_case(second, submission_of(second), [event()])
        return caught.value.case_id

    with stores[0].write() as unit:
        unit.save_case(first, submission_of(first), [event()])
        waiting = pool.submit(submit_second)
        assert started.wait(10)
        assert not waiting.done()
    assert waiting.result(30) == "c1"


def test_decisions_for_one_member_never_exceed_a_limit(stores: list[Store], pool: ThreadPoolExecutor) -> None:
    limit, asked = Decimal(10), Decimal(4)

    def decide(store: Store, number: int) -> bool:
        with store.write() as unit:
            unit.lock_member("M1")
            used = sum((x.visits for x in unit.benefit_use("m")), Decimal(0))
            if used + asked > limit:
                return False
            case = make_case(f"c{number}", draws=(draw(str(asked)),))
            unit.save_case(case, submission_of(case), [event()])
            return True

    assert sum(together(pool, stores, decide)) == 2
    with stores[1].read() as unit:
        assert [x.visits for x in unit.benefit_use("m")] == [asked, asked]


def test_an_unknown_member_is_enrolled_once(stores: list[Store], pool: ThreadPoolExecutor) -> None:
    def enrol(store: Store, number: int) -> str:
        with store.write() as unit:
            unit.lock_member("M9", "M8")
            found = unit.find_enrolments(["M9"], None)
            if found:
                return found[0].member_key
            unit.enrol(replace(ENROLMENT, member_key=f"key-{number}", member_id="M9"))
            return f"key-{number}"

    assert len(set(together(pool, stores, enrol))) == 1


def test_two_changes_of_one_version_are_one_change(stores: list[Store], pool: ThreadPoolExecutor) -> None:
    case = make_case("c1", pended_line("R1"))
    with stores[0].write() as unit:
        unit.save_case(case, submission_of(case), [event()])

    def change(store: Store, number: int) -> bool:
        try:
            with store.write() as unit:
                unit.change_case(replace(case, version=2), 1, [event("looked-at", by=number)])
        except StaleCase:
            return False
        return True

    assert sum(together(pool, stores, change)) == 1
    with stores[0].read() as unit:
        assert verify_events(unit) == []


def test_events_of_one_case_from_many_writers_make_one_chain(
    stores: list[Store], pool: ThreadPoolExecutor
) -> None:
    case = make_case("c1")
    with stores[0].write() as unit:
        unit.save_case(case, submission_of(case), [event()])

    def add(store: Store, number: int) -> None:
        with store.write() as unit:
            unit.add_events("c1", [event("looked-at", by=number)])

    together(pool, stores, add)
    with stores[0].read() as unit:
        assert verify_events(unit) == []
        assert len(unit.reader.execute(schema.case_event.select()).all()) == 1 + WRITERS


def test_a_reader_sees_one_snapshot_while_others_write(stores: list[Store]) -> None:
    case: Case = make_case("c1", draws=(draw("8"),))
    with stores[0].read() as reader:
        assert reader.benefit_use("m") == ()
        with stores[1].write() as writer:
            writer.save_case(case, submission_of(case), [event()])
        assert reader.benefit_use("m") == ()
    with stores[0].read() as reader:
        assert len(reader.benefit_use("m")) == 1


@pytest.mark.parametrize("second", [0, 1], ids=["same process", "another process"])
def test_a_writer_that_waits_too_long_is_told_to_come_again(
    database_url: str, open_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch, second: int
) -> None:
    monkeypatch.setattr(store_dialect, "LOCK_TIMEOUT_SECONDS", 1)
    stores = [open_store(database_url), open_store(database_url)]

    def lock(store: Store) -> None:
        with store.write() as unit:
            unit.lock_member("M1")

    with stores[0].write() as holder:
        holder.lock_member("M1")
        with pytest.raises(StoreBusy):
            lock(stores[second])
    lock(stores[second])


def test_more_units_than_connections_are_told_to_come_again(
    database_url: str, open_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_dialect, "LOCK_TIMEOUT_SECONDS", 1)
    store = open_store(database_url, threads=1)
    with store.read(), store.read(), store.read(), pytest.raises(StoreBusy), store.read():
        pass

"""A case is written whole and comes back equal."""

from dataclasses import replace

import pytest

from fhirpa.store import (
    DuplicateSubmission,
    NotFound,
    NumberTaken,
    ReadOnlyUnit,
    StaleCase,
    Store,
)
from tests.store.samples import (
    ENROLMENT,
    NOW,
    certified_line,
    draw,
    event,
    exchange,
    make_case,
    pended_line,
    submission_of,
)


@pytest.fixture
def store(store: Store) -> Store:
    with store.write() as unit:
        unit.enrol(ENROLMENT)
    return store


def test_a_saved_case_comes_back_equal(store: Store) -> None:
    case = make_case("c1", certified_line("A1", 1), pended_line("R1", 2), draws=(draw("8"),))
    with store.write() as unit:
        unit.save_case(case, submission_of(case), [event()])
    with store.read() as unit:
        assert unit.load_case("c1") == case


def test_a_case_that_is_not_there_is_not_found(store: Store) -> None:
    with store.read() as unit, pytest.raises(NotFound):
        unit.load_case("nobody")


def test_nothing_is_kept_of_a_unit_that_failed(store: Store) -> None:
    case = make_case("c1")
    with pytest.raises(RuntimeError), store.write() as unit:
        unit.save_case(case, submission_of(case), [event()])
        raise RuntimeError
    with store.read() as unit:
        assert unit.find_submission(submission_of(case)) is None
        assert not unit.number_taken("A-c1")


def test_a_reading_unit_writes_nothing(store: Store) -> None:
    case = make_case("c1")
    with store.read() as unit, pytest.raises(ReadOnlyUnit):
        unit.save_case(case, submission_of(case), [event()])


def test_a_case_needs_an_event(store: Store) -> None:
    case = make_case("c1")
    with pytest.raises(ValueError, match="event"), store.write() as unit:
        unit.save_case(case, submission_of(case), [])

"""Whoever does whatever to a case, at whatever time: the invariants of the case lifecycle hold.

A random world of people (without licence, of other roles, not active, with an interest in it, below those
who decided before) tries every act with good and bad grounds, while the provider sends updates and time goes
by. What is refused changes nothing. That the machine has teeth is shown by guards that are taken away.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test

from fhirpa.um import review_appeal, review_certify, review_close, review_hearing, review_terms, staff
from fhirpa.um.appeal import AppealOutcome
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.review_terms import Given
from fhirpa.um.transitions import ImpossibleTransition
from tests.um.review_house import BY_ID, MD, PT, SENT, PureHouse
from tests.um.review_people import GOOD, People

PLANS = ("SANDBOX-COM", "SANDBOX-COM-LOW", "SANDBOX-MCD", "SANDBOX-MA", "SANDBOX-CHIP", "SANDBOX-SF")
RUNS: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


class Review(People):
    """On values alone."""

    @initialize(
        plan=st.sampled_from(PLANS), sent=st.sampled_from(SENT), second=st.sampled_from(["97140", "97530"])
    )
    def opens(self, plan: str, sent: object, second: str) -> None:
        self.house = PureHouse.open(plan, sent, second)


Review.TestCase.settings = settings(max_examples=50, stateful_step_count=30, **RUNS)
TestReview = Review.TestCase


@pytest.mark.deep
def test_the_same_for_a_long_time() -> None:
    run_state_machine_as_test(Review, settings=settings(max_examples=1500, stateful_step_count=60, **RUNS))


# --- guards that are taken away ------------------------------------------------------------------------


def _nothing(*_: object, **__: object) -> tuple[object, ...]:
    return ()


def _too_early(people: Review) -> None:
    people.the_road_to_a_denial(None, 1, (1,), MD, GOOD)


def _without_grounds(people: Review) -> None:
    people.the_road_to_a_denial(None, 40, (1,), MD, "")


def _without_licence(people: Review) -> None:
    people.the_road_to_a_denial(None, 40, (1,), BY_ID["md-adm"], GOOD)


def _past_the_director(people: Review) -> None:
    people.peer_to_peer(MD, (1,), TalkEvent.OFFERED)
    people.time_passes(40)
    people.deny(MD, (1,), GOOD, None, True, "ill")


def _less_than_stands(people: Review) -> None:
    people.certify(PT, (1,), Given(Decimal(10)), True, "")
    people.certify(PT, (1,), Given(Decimal(6)), True, "")


def _own_appeal(people: Review) -> None:
    people.the_road_of_an_appeal(True, (1,), MD, None, False, False, AppealOutcome.UPHELD)


_BROKEN = pytest.mark.parametrize(
    ("script", "guards"),
    [
        (_too_early, [(review_close, "opportunity_lacks")]),
        (_without_grounds, [(review_close, "reason_lacks")]),
        (_without_licence, [(staff, "licence_lacks")]),
        (_past_the_director, [(review_terms, "stage_lacks")]),
        (_less_than_stands, [(review_certify, "_standing_lacks")]),
        (_own_appeal, [(review_appeal, "reviewer_lacks"), (review_hearing, "reviewer_lacks")]),
    ],
    ids=lambda x: x.__name__.strip("_") if callable(x) else "",
)


@_BROKEN
def test_a_guard_that_is_taken_away_is_missed(
    monkeypatch: pytest.MonkeyPatch, script: Callable[[Review], None], guards: list[tuple[object, str]]
) -> None:
    script(_opened())  # with the guard it is refused
    for module, guard in guards:
        monkeypatch.setattr(module, guard, _nothing)
    with pytest.raises((AssertionError, ImpossibleTransition)):
        script(_opened())


def _opened() -> Review:
    people = Review()
    people.opens("SANDBOX-COM", SENT[0], "97140")
    return people

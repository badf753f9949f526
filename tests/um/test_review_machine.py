"""Whoever does whatever to a case, at whatever time: the invariants of the case lifecycle hold.

A random world of people (also without licence, of other roles, not active, with an interest in it, below those
who decided before) tries every act with good and bad grounds, while the provider sends updates and time goes
by. What is refused changes nothing. That the machine has teeth is shown by guards that are taken away.
"""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test

from fhirpa.um import review_appeal, review_certify, review_close, review_hearing, review_terms, staff
from tests.um.review_house import SENT, PureHouse
from tests.um.review_people import People

PLANS = ("SANDBOX-COM", "SANDBOX-COM-LOW", "SANDBOX-MCD", "SANDBOX-MA", "SANDBOX-CHIP", "SANDBOX-SF")
_RUNS = {"deadline": None, "suppress_health_check": list(HealthCheck)}


class Review(People):
    """On values alone."""

    @initialize(
        plan=st.sampled_from(PLANS), sent=st.sampled_from(SENT), second=st.sampled_from(["97140", "97530"])
    )
    def opens(self, plan: str, sent: object, second: str) -> None:
        self.house = PureHouse.open(plan, sent, second)


Review.TestCase.settings = settings(max_examples=50, stateful_step_count=30, **_RUNS)  # type: ignore[arg-type]
TestReview = Review.TestCase


@pytest.mark.deep
def test_the_same_for_a_long_time() -> None:
    run_state_machine_as_test(Review, settings=settings(max_examples=1500, stateful_step_count=60, **_RUNS))  # type: ignore[arg-type]


def _nothing(*_: object, **__: object) -> tuple[object, ...]:
    return ()


@pytest.mark.parametrize(
    ("module", "guard"),
    [
        (review_close, "opportunity_lacks"),
        (review_close, "reason_lacks"),
        (staff, "licence_lacks"),
        (review_terms, "stage_lacks"),
        (review_certify, "_standing_lacks"),
        (review_appeal, "reviewer_lacks"),
        (review_hearing, "reviewer_lacks"),
    ],
)
def test_a_guard_that_is_taken_away_is_missed(
    monkeypatch: pytest.MonkeyPatch, module: object, guard: str
) -> None:
    if guard == "reviewer_lacks":  # asked when a reviewer is named, and again when one decides
        monkeypatch.setattr(review_appeal, guard, _nothing)
        monkeypatch.setattr(review_hearing, guard, _nothing)
    monkeypatch.setattr(module, guard, _nothing)
    runs = settings(
        max_examples=200,
        stateful_step_count=30,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        **_RUNS,
    )  # type: ignore[arg-type]
    with pytest.raises(BaseException):  # noqa: B017, PT011
        run_state_machine_as_test(Review, settings=runs)

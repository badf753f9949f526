"""The token buckets of the costly routes."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.web.rate import RateLimit, TooOften


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


def test_a_bucket_fills_again_with_time(clock: Seconds) -> None:
    limit = RateLimit(2, clock)
    limit.spend("192.0.2.1")
    limit.spend("192.0.2.1")
    with pytest.raises(TooOften) as refused:
        limit.spend("192.0.2.1")
    clock.now += refused.value.retry_after
    limit.spend("192.0.2.1")
    with pytest.raises(TooOften):
        limit.spend("192.0.2.1")


def test_a_refusal_costs_nothing(clock: Seconds) -> None:
    limit = RateLimit(1, clock)
    limit.spend("192.0.2.1")
    for _ in range(50):
        with pytest.raises(TooOften):
            limit.spend("192.0.2.1")
    clock.now += 60
    limit.spend("192.0.2.1")


def test_what_costs_more_than_a_bucket_passes_when_it_is_full(clock: Seconds) -> None:
    limit = RateLimit(10, clock)
    limit.spend("192.0.2.1", 21)
    with pytest.raises(TooOften) as refused:
        limit.spend("192.0.2.1", 10)
    assert 60 <= refused.value.retry_after <= 61


def test_addresses_of_one_ipv6_network_count_as_one(clock: Seconds) -> None:
    limit = RateLimit(1, clock)
    limit.spend("2001:db8:0:1::1")
    with pytest.raises(TooOften):
        limit.spend("2001:db8:0:1:ffff::2")
    limit.spend("2001:db8:0:2::1")
    limit.spend("::ffff:192.0.2.1")
    with pytest.raises(TooOften):
        limit.spend("192.0.2.1")


def test_zero_is_no_limit(clock: Seconds) -> None:
    limit = RateLimit(0, clock)
    for _ in range(1000):
        limit.spend(None)


def test_many_addresses_are_forgotten_when_their_buckets_are_full(clock: Seconds) -> None:
    limit = RateLimit(60, clock)
    for number in range(25_000):
        limit.spend(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        clock.now += 0.001
    assert len(limit._full_at) <= 10_000


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(1, 4)), max_size=60), st.integers(1, 20))
def test_no_stretch_of_time_lets_more_through_than_it_should(
    steps: list[tuple[float, int]], per_minute: int
) -> None:
    clock = Seconds()
    limit = RateLimit(per_minute, clock)
    start, spent = clock.now, 0.0
    for pause, tokens in steps:
        clock.now += pause
        with suppress(TooOften):
            limit.spend("192.0.2.1", tokens)
            spent += min(tokens, per_minute)
        assert spent <= per_minute + (clock.now - start) * per_minute / 60 + 1e-6

"""Days, spans of time, scores and lists in expressions."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.um.expression.arithmetic import mentions
from fhirpa.um.expression.values import Duration, Record, Score, duration, shifted
from tests.um.expressions import value_of

DAY = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("start + 1 months = 2026-02-28", True),
        ("start + 1 years = 2027-01-31", True),
        ("start - 8 weeks = 2025-12-06", True),
        ("start - max_age = 2025-11-02", True),
        ("12 months = 1 years", True),
        ("6 months more than 182 days and 6 months less than 183 days", True),
        ("days from 2026-01-01 to start = 30 days", True),
        ("start - 2026-01-01 at most 4 weeks", False),
        ("2 * 3 weeks = 42 days", True),
        ("8 weeks / 4 weeks = 2", True),
        ("amount / 0 = 1", None),
        ("1 / 4 = 25 %", True),
        ("10 = 50 % * 20", True),
        ("start between 2026-01-31 and 2026-01-31", True),
    ],
)
def test_days_and_spans_are_counted_as_on_a_calendar(text: str, expected: bool | None) -> None:
    assert value_of(text, {"start": DAY, "amount": Decimal(4)}) is expected


def test_a_parameter_has_its_value_by_line_of_business() -> None:
    world = {"start": DAY, "order.date": date(2025, 11, 20)}
    assert value_of("order.date at least start - max_age", world, "COM") is True
    assert value_of("order.date at least start - max_age", world, "MCD") is False


@pytest.mark.parametrize(
    ("score", "text", "expected"),
    [
        (Score(Decimal(38), "%"), "points at least 20 %", True),
        (Score(Decimal(38), "points"), "points at least 20 %", None),
        (Score(Decimal(38), None), "points at least 20 points", None),
        (Score(Decimal("0.8"), "m/s"), "points less than 1.0 m/s", True),
        (Score(Decimal(4), "degrees"), "points = 5 degrees", False),
        (Score(Decimal(4), "degrees"), "points in [4 degrees, 5 degrees]", True),
        (Score(Decimal(4), "points"), "points in [4 degrees]", None),
        (Score(Decimal(4), "points"), "points + 2 points between 6 points and 7 points", True),
    ],
)
def test_scores_compare_on_one_scale_only(score: Score, text: str, expected: bool | None) -> None:
    assert value_of(text, {"points": score}) is expected


ORDERS = (
    Record({"seen": True, "number": Decimal(2), "date": DAY}, "one"),
    Record({"seen": False, "number": Decimal(5), "date": None}, "two"),
    Record({"seen": None, "number": Decimal(1), "date": DAY}, "three"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("any(orders where seen)", True),
        ("any(orders)", True),
        ("all(orders where number at least 1)", True),
        ("all(orders where seen)", False),
        ("any(orders where number more than 5)", False),
        ("any(orders where date more than 2027-01-01)", None),
        ("any told (orders where date more than 2027-01-01)", False),
        ("count(orders where number at least 2) = 2", True),
        ("count(orders where seen) = 1", None),
        ("share(orders where number at least 2) more than 60 %", True),
        ("greatest(number of orders) = 5 and least(number of orders) = 1", True),
        ("sum(number of orders where number more than 1) = 7", True),
        ("greatest(date of orders where number more than 9) = 2026-01-31", None),
        ("least(date of orders) = 2026-01-31", None),
    ],
)
def test_questions_over_a_list(text: str, expected: bool | None) -> None:
    assert value_of(text, {"orders": ORDERS}) is expected


@given(
    st.dates(),
    st.decimals(-200_000, 200_000, places=0),
    st.decimals(-200_000, 200_000, places=0),
    st.sampled_from([1, -1]),
)
def test_no_span_leaves_the_calendar(day: date, months: Decimal, days: Decimal, sign: int) -> None:
    assert date.min <= shifted(day, Duration(days, months), sign) <= date.max


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 600))
def test_months_there_and_back_stay_within_the_month(day: date, months: int) -> None:
    there = shifted(day, duration(Decimal(months), "months"), 1)
    back = shifted(there, duration(Decimal(months), "months"), -1)
    assert (back.year, back.month) == (day.year, day.month)
    assert back.day <= day.day


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Revision of TKA", ("revision",), True),
        ("provision", ("revision",), False),
        ("Weight-bearing as tolerated", ("weight bearing",), True),
        ("anything", ("",), False),
    ],
)
def test_a_text_mentions_whole_words(text: str, words: tuple[str, ...], expected: bool) -> None:
    assert mentions(text, words) is expected

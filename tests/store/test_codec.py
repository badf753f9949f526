"""A case comes back from its text exactly as it was."""

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhirpa.store import codec
from fhirpa.um.case import Case
from fhirpa.um.clock_events import ClockEvent, ClockEventKind
from fhirpa.um.clock_rules import RequestKind
from fhirpa.um.terms import LevelOfService
from tests.store.samples import NOW, certified_line, draw, make_case, pended_line

_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda x: timezone(timedelta(minutes=x)))
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC) | _ZONES))
st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False))
_EVENTS = (  # a few whole ones: drawn freely they would fill a case many times over
    ClockEvent(ClockEventKind.STARTED, NOW, LevelOfService.EXPEDITED, RequestKind.RETROSPECTIVE),
    ClockEvent(ClockEventKind.EXTENDED, NOW, days=3, ground="member-asks", by="pt-1"),
)
st.register_type_strategy(ClockEvent, st.sampled_from(_EVENTS))
_CASES = st.from_type(Case)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_CASES)
def test_any_case_comes_back_equal(case: Case) -> None:
    assert codec.decode_case(codec.encode(case)) == case


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_keeps_its_digits(number: Decimal) -> None:
    case = make_case("c1", draws=(draw("1"),))
    text = codec.encode(case).replace('"visits":"1"', f'"visits":"{number}"')
    assert str(codec.decode_case(text).draws[0].visits) == str(number)


def test_the_same_case_gives_the_same_text() -> None:
    first, second = (make_case("c1", certified_line("A1"), pended_line("R1", 2)) for _ in range(2))
    assert codec.encode(first) == codec.encode(second)


def test_a_text_from_before_a_field_was_added_reads_with_its_default() -> None:
    case = make_case("c1")
    older = json.loads(codec.encode(case))
    for name in ("notes", "draws", "information_due"):
        del older[name]
    del older["lines"][0]["human_reviewed"]
    assert codec.decode_case(json.dumps(older)) == case


def test_a_field_that_was_taken_away_is_passed_over() -> None:
    case = make_case("c1")
    newer = json.loads(codec.encode(case)) | {"former": [1]}
    assert codec.decode_case(json.dumps(newer)) == case


def test_every_field_of_a_case_is_in_its_text() -> None:
    assert set(json.loads(codec.encode(make_case("c1")))) == {x.name for x in fields(Case)}


@pytest.mark.parametrize("text", ["{}", "[]", '{"case_id": 1}'])
def test_another_text_is_no_case(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        codec.decode_case(text)


def test_a_body_of_plain_values_keeps_instants_and_decimals_as_text() -> None:
    assert codec.decode_plain(codec.encode({"b": Decimal("1.50"), "a": NOW})) == {
        "a": "2026-11-24T15:00:00Z",
        "b": "1.50",
    }

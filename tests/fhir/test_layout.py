"""Source that came in one line, laid out for people."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.fhir.codec import decode
from fhirpa.fhir.layout import spread_out

FIXTURES = Path(__file__).parents[2] / "fixtures" / "2.2.1"


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_fixture_that_is_laid_out_stays_as_it_is(form: str) -> None:
    assert spread_out((FIXTURES / form / f"lbp-initial.{form}").read_bytes(), form) is None


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_resource_in_one_line_is_spread_and_says_the_same(form: str) -> None:
    body = (FIXTURES / form / f"lbp-initial.{form}").read_bytes()
    dense = b"".join(line.strip() for line in body.splitlines())
    spread = spread_out(dense, form)
    assert spread is not None
    assert spread.count(b"\n") > 500
    assert decode(spread, form) == decode(body, form)


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b'{"a":1,"b":2,"c":3,"d":4,"e":5,', "json"),
        (b"<a><b><c><d><e><f>", "xml"),
        (b"", "json"),
        (b"", "xml"),
    ],
)
def test_what_is_not_well_formed_stays_as_it_is(body: bytes, form: str) -> None:
    assert spread_out(body, form) is None


@pytest.mark.parametrize("deep", [b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b'[{"a":1},' * 50_000])
def test_depth_is_no_danger(deep: bytes) -> None:
    spread_out(deep, "json")
    spread_out(b"<a>" * 100_000 + b"</a>" * 100_000, "xml")


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_json_keeps_its_content(value: object) -> None:
    spread = spread_out(json.dumps(value, separators=(",", ":")).encode(), "json")
    assert spread is None or json.loads(spread) == value

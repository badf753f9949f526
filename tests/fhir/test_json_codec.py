"""FHIR JSON is read exactly or refused with a reason."""

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.fhir.canonical import content_hash
from fhirpa.fhir.json_codec import KEYS, dump_json, parse_json
from fhirpa.fhir.outcome import FhirError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.decimals(-1000, 1000, places=3, allow_nan=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=15,
)
RESOURCES = st.dictionaries(TEXT, VALUES, max_size=4)


def refused(body: bytes) -> str | None:
    with pytest.raises(FhirError) as caught:
        parse_json(body)
    assert caught.value.status == 400
    (issue,) = caught.value.issues
    return issue.key


@pytest.mark.parametrize("digits", ["1.10", "100.0", "0.000000001", "1.2345678901234567890123456789012345"])
def test_a_decimal_keeps_every_digit(digits: str) -> None:
    resource = parse_json(b'{"value":' + digits.encode() + b"}")
    assert isinstance(resource["value"], Decimal)
    assert str(resource["value"]) == digits or resource["value"] == Decimal(digits)
    assert parse_json(dump_json(resource)) == resource


REFUSED = [
    (b"", "not-json"),
    (b"<Bundle/>", "not-json"),
    (b'{"a":1,}', "not-json"),
    (b'\xef\xbb\xbf{"a":1}', "not-json"),
    (b"[1]", "not-an-object"),
    (b'"x"', "not-an-object"),
    (b'{"a":1,"a":2}', "duplicate-name"),
    (b'{"a":NaN}', "not-a-number"),
    (b'{"a":-Infinity}', "not-a-number"),
    (b'{"a":"\\u0000"}', "not-a-character"),
    (b'{"a":"\\ud800"}', "not-a-character"),
    (b'{"a\\u0000":1}', "not-a-character"),
    (b'{"a":"\xff"}', "not-utf-8"),
    (b'{"a":1e' + b"9" * 30 + b"}", "number-too-long"),
    (b'{"a":' + b"9" * 5000 + b"}", "number-too-long"),
    (b"[" * 10_000_000, "too-deep"),
    (b'{"a":[' + b"1," * 300_000 + b"1]}", "too-many-values"),
    (b'{"a":[' + b'{"a":1},' * 150_000 + b"{}]}", "too-many-values"),
    (b'{"a":' * 101 + b"1" + b"}" * 101, "too-deep"),
]


@pytest.mark.parametrize(("body", "key"), REFUSED)
def test_what_is_not_fhir_json_is_refused_with_a_key(body: bytes, key: str) -> None:
    assert refused(body) == key


def test_every_key_that_is_reported_is_explained() -> None:
    assert {key for _, key in REFUSED} == set(KEYS)


def test_brackets_inside_texts_do_not_count_as_depth() -> None:
    assert parse_json(b'{"a":"' + b"[" * 500 + b'\\""}') == {"a": "[" * 500 + '"'}


@given(RESOURCES, st.booleans())
def test_what_is_written_is_read_back_equal(resource: dict[str, Any], pretty: bool) -> None:
    assert parse_json(dump_json(resource, pretty)) == resource


@given(st.binary(max_size=60) | RESOURCES.map(dump_json).map(lambda b: b[:-1] + b"]"))
def test_no_bytes_cause_anything_but_a_refusal(body: bytes) -> None:
    with contextlib.suppress(FhirError):
        assert isinstance(parse_json(body), dict)


@given(RESOURCES)
def test_the_content_hash_does_not_see_the_order_of_names(resource: dict[str, Any]) -> None:
    assert content_hash(dict(reversed(resource.items()))) == content_hash(resource)


def test_the_content_hash_sees_the_precision_of_a_decimal() -> None:
    assert content_hash({"v": Decimal("1.10")}) != content_hash({"v": Decimal("1.1")})

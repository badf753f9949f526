"""JSON and XML are two spellings of the same resource: nothing is lost between them."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhirpa.fhir import structure
from fhirpa.fhir.canonical import content_hash
from fhirpa.fhir.codec import FORMATS, decode, encode
from tests.fhir.resource_strategies import Json, resources

relaxed = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["", "x", "2026-02-30", "\x01", "\ufffe"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["id", "_id", "url", "extension", "resourceType", "value", "valueString", "_value"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@relaxed
@given(resources(), st.sampled_from(FORMATS), st.booleans())
def test_what_is_written_is_read_back_with_every_digit(resource: Json, format: str, pretty: bool) -> None:
    back = decode(encode(resource, format, pretty), format)
    assert back == resource
    assert content_hash(back) == content_hash(resource)


@relaxed
@given(resources())
def test_xml_that_was_read_is_written_the_same(resource: Json) -> None:
    body = encode(resource, "xml")
    assert encode(decode(body, "xml"), "xml") == body


@relaxed
@given(resources())
def test_a_valid_resource_has_no_structural_fault(resource: Json) -> None:
    assert structure.check(resource) == []


@relaxed
@given(resources(depth=3), ANYTHING, st.data())
def test_whatever_is_put_into_a_resource_is_refused_or_survives_both_formats(
    resource: Json, thing: Any, data: st.DataObject
) -> None:
    broken = copy.deepcopy(resource)
    _plant(broken, thing, data)
    if structure.check(broken):
        return
    for format in FORMATS:
        assert content_hash(decode(encode(broken, format), format)) == content_hash(broken)


def _plant(resource: Json, thing: Any, data: st.DataObject) -> None:
    """Replace or add something at a random place of `resource`."""
    places: list[tuple[Any, Any]] = []
    stack: list[Any] = [resource]
    while stack:
        holder = stack.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            places.append((holder, key))
            if isinstance(holder[key], dict | list):
                stack.append(holder[key])
        if isinstance(holder, dict):
            places += [(holder, name) for name in ("id", "_id", "extension", "value", "_status", "x")]
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = thing


@pytest.mark.parametrize("function", [lambda: decode(b"{}", "yaml"), lambda: encode({}, "yaml")])
def test_a_format_that_does_not_exist_is_a_mistake_of_the_caller(function: Any) -> None:
    with pytest.raises(ValueError, match="unknown format"):
        function()

"""The native closures of whole resources against the compiled ones, on data near the edge of each rule."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhirpa.fhir.fhirpath import Environment, EvaluationError, Expression, Node, compile_expression
from fhirpa.fhir.fhirpath.native_resources import OF_RESOURCES

Json = dict[str, Any]

# A blank before it hides an expression from the table of native ones.
PAIRS = [(compile_expression(text), compile_expression(" " + text)) for text in OF_RESOURCES]
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "a", 0, True, {}, [], [None], ["a", "a"], {"id": "a"}, [{}]]
)


def _some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Json]:
    """Objects of the right form, and now and then one with an odd value or something beside a value."""
    plain = st.fixed_dictionaries(required, optional=optional)
    names = st.sampled_from([*required, *optional, *("_" + n for n in (*required, *optional))])
    return st.one_of(plain, plain, plain, st.builds(lambda o, n, v: o | {n: v}, plain, names, ODD))


ENTRIES = _some(
    {},
    {
        "fullUrl": st.sampled_from(["a", "b", "ab"]),
        "request": _some({}, {"method": st.just("PUT")}),
        "response": _some({}, {"status": st.just("200")}),
        "resource": _some(
            {"resourceType": st.just("Basic")},
            {"meta": _some({}, {"versionId": st.sampled_from(["b", "c"])})},
        ),
    },
)
TYPES = ("batch", "transaction", "history", "batch-response", "transaction-response", "collection")
BUNDLES = _some(
    {"resourceType": st.just("Bundle"), "type": st.sampled_from(TYPES)},
    {"entry": st.lists(ENTRIES, min_size=1, max_size=3)},
)
ANSWERS = _some({}, {"valueString": st.just("x"), "valueBoolean": st.just(True)})


def _items(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    below = st.lists(inner, min_size=1, max_size=3)
    answers = st.lists(st.one_of(ANSWERS, _some({}, {"item": below})), min_size=1, max_size=2)
    return _some({"linkId": st.sampled_from("ab")}, {"answer": answers, "item": below})


ITEMS = st.recursive(
    _some({"linkId": st.sampled_from("ab")}, {"answer": st.lists(ANSWERS)}), _items, max_leaves=6
)
FORMS = _some(
    {"resourceType": st.just("QuestionnaireResponse")}, {"item": st.lists(ITEMS, min_size=1, max_size=3)}
)
NUMBERS = st.text("0123456789", min_size=9, max_size=11)
IDENTIFIERS = _some({}, {"value": st.one_of(NUMBERS, NUMBERS, st.text("0123456789+-x²", max_size=12))})


def answer(expression: Expression, node: Node) -> Any:
    try:
        return expression.evaluate(node, Environment.of_resource(node))
    except EvaluationError as error:
        return str(error)


@settings(max_examples=300, deadline=None)
@given(st.one_of(BUNDLES, FORMS))
def test_a_native_rule_of_a_resource_answers_as_the_compiled_one(resource: Json) -> None:
    node = Node.of_resource(resource)
    for native, compiled in PAIRS:
        assert answer(native, node) == answer(compiled, node), native.text


@settings(max_examples=200, deadline=None)
@given(IDENTIFIERS)
def test_the_native_check_digit_of_an_npi_is_the_compiled_one(identifier: Json) -> None:
    node = Node.of(identifier, "Identifier")
    for native, compiled in PAIRS:
        assert answer(native, node) == answer(compiled, node), native.text


@pytest.mark.parametrize(("value", "expected"), [("1234567893", True), ("1234567890", False)])
def test_an_npi_is_told_by_its_check_digit(value: str, expected: bool) -> None:
    (rule,) = (native for native, _ in PAIRS if "mod 10" in native.text)
    node = Node.of({"value": value}, "Identifier")
    assert rule.holds(node, Environment.of_resource(node)) is expected

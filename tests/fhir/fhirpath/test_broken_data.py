"""No data makes an expression fail but by EvaluationError; native closures answer as compiled ones."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhirpa.fhir.fhirpath import Environment, EvaluationError, Expression, Node, compile_expression
from fhirpa.fhir.fhirpath.native import NATIVE
from tests.fhir.fhirpath.broken import broken_bundle
from tests.fhir.fhirpath.official import known_expressions, nodes_of

EXPRESSIONS = [compile_expression(text) for _, text, _ in known_expressions()]
# A blank before it hides an expression from the table of native ones.
PAIRS = [(compile_expression(text), compile_expression(" " + text)) for text in NATIVE]
SEEDS = st.integers(0, 2**32)


def outcome(expression: Expression, node: Node, env: Environment) -> Any:
    """The result, or None for an EvaluationError."""
    try:
        return expression.evaluate(node, env)
    except EvaluationError:
        return None


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(0, 40))
def test_broken_data_raises_nothing_but_evaluation_errors(seed: int, faults: int) -> None:
    random = Random(seed)
    nodes = list(nodes_of(broken_bundle(random, faults)))
    for expression in random.sample(EXPRESSIONS, 40):
        for node, own, root in random.sample(nodes, min(len(nodes), 60)):
            env = Environment(resource=own, root_resource=root)
            found = outcome(expression, node, env)
            assert found is None or isinstance(found, list)
            _holds(expression, node, env)


def _holds(expression: Expression, node: Node, env: Environment) -> None:
    try:
        assert expression.holds(node, env) in (True, False)
    except EvaluationError:
        return


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.integers(0, 40))
def test_native_closures_answer_as_the_compiled_ones(seed: int, faults: int) -> None:
    for node, own, root in nodes_of(broken_bundle(Random(seed), faults)):
        env = Environment(resource=own, root_resource=root)
        for native, compiled in PAIRS:
            assert outcome(native, node, env) == outcome(compiled, node, env), native.text


CONTAINED = [
    ("p", {"reference": "#p"}, True),
    ("p", {"reference": "#q"}, False),
    ("p", {}, False),
    (None, {}, True),
]


@pytest.mark.parametrize(("identifier", "subject", "expected"), CONTAINED)
def test_the_native_dom_3_finds_what_nothing_refers_to(
    identifier: str | None, subject: dict[str, str], expected: bool
) -> None:
    patient = {"resourceType": "Patient"} | ({"id": identifier} if identifier else {})
    node = Node.of_resource({"resourceType": "Observation", "contained": [patient], "subject": subject})
    env = Environment.of_resource(node)
    for native, compiled in PAIRS:
        if "unmatched" in native.text:
            assert native.holds(node, env) is compiled.holds(node, env) is expected


def test_very_deep_data_is_an_evaluation_error_or_an_answer() -> None:
    deep: Any = {"url": "x"}
    for _ in range(3000):
        deep = {"url": "x", "extension": [deep]}
    node = Node.of(deep, "Extension")
    env = Environment.of_resource(node)
    for text in ("extension = extension", "descendants().count() > 10", "repeat(extension).count() > 10"):
        assert outcome(compile_expression(text), node, env) in (None, [True])


def test_a_resource_with_many_parts_takes_time_in_proportion() -> None:
    parameters = {"resourceType": "Parameters", "parameter": [{"name": f"p{i}"} for i in range(20_000)]}
    node = Node.of_resource(parameters)
    env = Environment.of_resource(node)
    assert compile_expression("parameter.name.isDistinct()").holds(node, env)
    assert compile_expression("(parameter.name | parameter.name).count() = 20000").holds(node, env)
    assert compile_expression("parameter.name.subsetOf(parameter.name)").holds(node, env)
    assert compile_expression("parameter.name.intersect(parameter.name).exists()").holds(node, env)

"""Three values: met, not met, undetermined. What is not known never counts as known to be otherwise.

The property that holds: where a fact is no longer told, nothing becomes not met that was not. The one
exception is 'any told', which judges by what is left; a list counts as told as a whole.
"""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.um.expression.nodes import Node
from fhirpa.um.expression.printer import show
from tests.um.expressions import WORLDS, World, conditions, less_known, patient, value_of

THREE = (True, False, None)
PAIRS = list(product(THREE, THREE))


@patient
@given(conditions(), WORLDS, st.sampled_from(["COM", "MCD"]))
def test_every_expression_has_a_value_in_every_world(node: Node, world: World, line: str) -> None:
    assert value_of(show(node), world, line) in THREE


@patient
@given(conditions(told=False), WORLDS, st.data())
def test_losing_a_fact_never_makes_a_condition_not_met(node: Node, world: World, data: st.DataObject) -> None:
    text = show(node)
    if value_of(text, data.draw(less_known(world))) is False:
        assert value_of(text, world) is False


@patient
@given(conditions(told=False, nothing=False), WORLDS, st.data())
def test_without_nothing_says_losing_a_fact_leaves_a_value_or_makes_it_undetermined(
    node: Node, world: World, data: st.DataObject
) -> None:
    text = show(node)
    assert value_of(text, data.draw(less_known(world))) in (None, value_of(text, world))


def test_of_nothing_told_nothing_is_not_met_but_constants() -> None:
    nothing: World = {}
    for text in ("yes", "not yes", "any(orders where seen)", "any told (orders where seen)", "shown yes"):
        assert value_of(text, nothing) is None
    assert value_of("any told of (yes, other)", nothing) is None
    assert value_of("nothing says yes", nothing) is True


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_and_or_and_not_follow_kleene(a: bool | None, b: bool | None) -> None:
    world = {"yes": a, "other": b}
    both, either = value_of("yes and other", world), value_of("yes or other", world)
    assert both is (False if False in (a, b) else None if None in (a, b) else True)
    assert either is (True if True in (a, b) else None if None in (a, b) else False)
    assert value_of("not (yes and other)", world) is value_of("not yes or not other", world)
    assert value_of("not (yes or other)", world) is value_of("not yes and not other", world)
    assert value_of("not not yes", world) is a
    assert both is value_of("other and yes", world)
    assert either is value_of("other or yes", world)


@patient
@given(conditions(depth=1), conditions(depth=1), conditions(depth=1), WORLDS)
def test_and_spreads_over_or(a: Node, b: Node, c: Node, world: World) -> None:
    x, y, z = (f"({show(n)})" for n in (a, b, c))
    assert value_of(f"{x} and ({y} or {z})", world) is value_of(f"({x} and {y}) or ({x} and {z})", world)


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_any_told_of_looks_at_what_is_told(a: bool | None, b: bool | None) -> None:
    told = [x for x in (a, b) if x is not None]
    expected = None if not told else True in told
    assert value_of("any told of (yes, other)", {"yes": a, "other": b}) is expected


@pytest.mark.parametrize("a", THREE)
def test_nothing_says_shown_and_known_read_one_value_each(a: bool | None) -> None:
    world = {"yes": a}
    assert value_of("nothing says yes", world) is (a is not True)
    assert value_of("shown yes", world) is (True if a else None)
    assert value_of("yes is known", world) is (None if a is None else True)

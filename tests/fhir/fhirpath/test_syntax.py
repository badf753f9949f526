"""What cannot be read is refused, with the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.fhir.fhirpath import Environment, FhirPathSyntaxError, Node, UnknownFunction, compile_expression

WRONG = [
    ("", 0, "end"),
    ("a.", 2, "end"),
    ("a b", 2, "'b'"),
    ("(a", 2, "')'"),
    ("a[1", 3, "']'"),
    ("a = ", 4, "end"),
    ("'abc", 0, "quote"),
    ("`abc", 0, "quote"),
    ("a ! b", 2, "'!'"),
    ("a.where(", 8, "end"),
    ("a is 5", 5, "type"),
    ("a.is('x')", 5, "type"),
    ("$that", 0, "$that"),
    ("'a\\qb'", 2, "escape"),
    ("@2020-13", 0, "date"),
    ("@2020-02-30", 0, "date"),
    ("a.first(1)", 2, "arguments"),
    ("a.where()", 2, "arguments"),
    ("a.matches('(')", 2, "pattern"),
    ("a.matches('(a+)+$')", 2, "exponential"),
    ("a.matches('([a-z]*,?)*$')", 2, "exponential"),
    ("a.matches('(a|aa)*$')", 2, "exponential"),
    ("a.matches('(a{1,9})*$')", 2, "exponential"),
    ("a.matches('(a+){1,99}$')", 2, "exponential"),
    ("a.matches('(-[a-]+)*$')", 2, "exponential"),
    ("and", 0, "'and'"),
    ("a..b", 2, "'.'"),
    ("{1}", 1, "'}'"),
    ("1 +", 3, "end"),
]


@pytest.mark.parametrize(("text", "position", "word"), WRONG)
def test_an_error_says_where_and_what(text: str, position: int, word: str) -> None:
    with pytest.raises(FhirPathSyntaxError, match=word.replace("$", r"\$").replace(")", r"\)")) as caught:
        compile_expression(text)
    assert caught.value.position == position


def test_an_unknown_function_is_named() -> None:
    with pytest.raises(UnknownFunction) as caught:
        compile_expression("a.b.frobnicate(1)")
    assert (caught.value.name, caught.value.position) == ("frobnicate", 4)


@pytest.mark.parametrize(
    "text", ["(" * 5000 + "a", "a" + "[0" * 5000, "-" * 5000 + "1", "not(" * 5000, "a" * 30_000]
)
def test_nesting_has_a_limit(text: str) -> None:
    with pytest.raises(FhirPathSyntaxError):
        compile_expression(text)


@pytest.mark.parametrize("part", [".b", " and a", ".first()", "[0]", " | a"])
def test_long_chains_have_a_limit(part: str) -> None:
    node, env = Node.of("x", "string"), Environment()
    assert compile_expression("a" + part * 150).evaluate(node, env) == []
    with pytest.raises(FhirPathSyntaxError):
        compile_expression("a" + part * 2000)


@pytest.mark.parametrize("name", ["as", "is", "in", "contains"])
def test_words_of_operators_are_names_too(name: str) -> None:
    compile_expression(f"a.{name}.b")
    compile_expression(name)


@given(st.text(alphabet="ab.()[]'\"`|=<>!~+-*/& 01$%@{},\\Tisandor\n", max_size=40))
def test_any_text_compiles_or_is_refused_at_a_place_in_it(text: str) -> None:
    assert 0 <= _place_of_error(text) <= len(text)


def _place_of_error(text: str) -> int:
    try:
        compile_expression(text)
    except FhirPathSyntaxError as error:
        return error.position
    return 0

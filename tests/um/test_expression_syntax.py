"""Reading and printing expressions: nothing is lost, and every fault has its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.um.expression.errors import ExpressionError
from fhirpa.um.expression.parser import parse
from fhirpa.um.expression.printer import show
from fhirpa.um.expression.tokens import KEYWORDS, UNITS
from tests.um.expressions import conditions, patient

PIECES = [*sorted(KEYWORDS), *UNITS, "orders", "order.date", "M545", '"a b"', "12", "3.5", "2026-01-31"]
PIECES += ["<=", ">=", "!=", "=", "<", ">", "+", "-", "*", "/", "(", ")", ",", "[", "]", "\n", "?", "\t"]


@patient
@given(conditions())
def test_what_is_printed_reads_as_the_same(node: object) -> None:
    assert parse(show(node)) == node  # type: ignore[arg-type]


def fault_of(text: str) -> ExpressionError | None:
    try:
        parse(text)
    except ExpressionError as error:
        return error
    return None


@given(st.text() | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_any_text_is_read_or_has_a_fault_with_its_place(text: str) -> None:
    error = fault_of(text)
    if error is not None:
        assert 0 <= error.at <= len(text)
        assert min(error.line, error.column) >= 1
        assert error.fault in str(error)
        assert str(error).endswith("^")


OPENINGS = ["(", "not ", "-", "any(orders where ", "nothing says ", "shown ", "1 + (", "["]


@pytest.mark.parametrize("opening", OPENINGS)
def test_a_text_without_end_of_nesting_is_a_fault_and_no_crash(opening: str) -> None:
    with pytest.raises(ExpressionError):
        parse(opening * 500)


def test_a_long_sum_is_a_fault_and_no_crash() -> None:
    with pytest.raises(ExpressionError, match="parts within parts"):
        parse(" + ".join(["amount"] * 300) + " = 1")


@pytest.mark.parametrize(
    ("text", "line", "column", "fault"),
    [
        ("", 1, 1, "something is missing at the end"),
        ("a and", 1, 6, "something is missing at the end"),
        ("a is not known", 1, 6, "what was not told is undetermined"),
        ("a\n  and b ) c", 2, 9, "')' does not fit here"),
        ("a at leest 3", 1, 3, "'at' does not fit here"),
        ("age at least 12 lightyears", 1, 17, "'lightyears' does not fit here"),
        ("age at least 12lightyears", 1, 14, "units are %, SD"),
        ("any(where a)", 1, 5, "goes over a list of facts"),
        ("count(orders where a", 1, 21, "')' is missing"),
        ("a starts M545", 1, 10, "'with' belongs here"),
        ("a between 1 or 2", 1, 13, "'and' belongs here"),
        ("a in [1 2]", 1, 9, "',' belongs here"),
        ("a in [b]", 1, 7, "a list holds codes"),
        ('a = "b', 1, 5, "no partner"),
        ("a = 2026-02-30", 1, 5, "not a day of the calendar"),
        ("Age at least 3", 1, 1, "neither a name"),
        ("a # b", 1, 3, "'#' means nothing here"),
        ("a " * 3000, 1, 4001, "longer than 4000 characters"),
    ],
)
def test_a_fault_names_line_column_and_what_is_wrong(text: str, line: int, column: int, fault: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert fault in str(caught.value)


def test_the_caret_stands_under_the_fault() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("yes and\n\tother = # 3")
    shown, marks = str(caught.value).splitlines()[1:]
    assert shown[marks.index("^")] == "#"

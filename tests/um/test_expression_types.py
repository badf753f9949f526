"""What does not fit together is found before a case is read, with a hint at what was meant."""

import pytest
from hypothesis import given

from fhirpa.um.expression.errors import ExpressionError
from fhirpa.um.expression.evaluate import compile_text
from fhirpa.um.expression.facts import VOCABULARY
from fhirpa.um.expression.nodes import Node
from fhirpa.um.expression.printer import show
from fhirpa.um.expression.tokens import KEYWORDS
from tests.um.expressions import FACTS, PARAMETERS, conditions, patient


@pytest.mark.parametrize(
    ("text", "column", "fault"),
    [
        ("order.dat is known", 1, "unknown fact 'order.dat': did you mean 'order.date'?"),
        ("length at most 90", 8, "cannot compare a length of time with a number: say 90 days"),
        ("part at least 50", 6, "cannot compare a share (%) with a number: say 50 %"),
        ("points at least 20", 8, "cannot compare a score with a number: say 20 points"),
        ("start at most 90 days", 7, "say request.start - 90 days"),
        ("yes = other", 5, "write X or not X"),
        ("amount", 1, "a condition belongs here, this is a number"),
        ("orders", 1, "with a list, write any(… where …)"),
        ("start + start = start", 7, "cannot add a day to a day"),
        ("start * 2 = start", 7, "cannot multiply a day with a number"),
        ("amount / length = 1", 8, "cannot divide a number by a length of time"),
        ("kind in A1", 9, "'in' is followed by a list"),
        ("amount starts with A1", 1, "'starts with' goes with a code"),
        ("kind mentions [A1]", 1, "'mentions' goes with a text"),
        ("kind in [1, 2]", 6, "cannot compare a code with a number"),
        ("kind in [1, A1]", 9, "must be of one kind"),
        ("any(amount where yes)", 5, "'amount' is no list"),
        ("all(orders)", 1, "needs a condition"),
        ("any(orders where daet = start)", 18, "did you mean 'date'?"),
        ("any(orders where colour = A1)", 18, "fields are seen, number"),
        ("(yes and other) is known", 2, "follows the name of a fact"),
        ("max_age(3) is known", 1, "takes nothing in brackets"),
        ("orders(3 days) is known", 1, "write orders"),
        ("least(kind of orders) = A1", 7, "there is no least of a code"),
        ("-yes", 2, "has no minus"),
        ("days from amount to start = 3 days", 11, "takes two days"),
        ("not nothing says yes", 5, "'nothing says' cannot stand within 'not'"),
        ("nothing says nothing says yes", 14, "cannot stand within 'nothing says'"),
        ("count(orders where nothing says seen) = 1", 20, "cannot stand within 'count'"),
        ("points = 5 degrees - 3 points", 20, "cannot subtract"),
    ],
)
def test_what_does_not_fit_is_named_with_a_hint(text: str, column: int, fault: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_text(text, FACTS, PARAMETERS)
    assert fault in str(caught.value)
    assert caught.value.column == column


@pytest.mark.parametrize(
    "text",
    [
        "amount / amount at least 70 %",
        "amount at least 70 % * amount",
        "points at least 20 %",
        "points - 3 points at most 2 * points",
        "start between start - max_age and start + 14 days",
        "start - start at most 3 months",
        "any(orders where any(inner where code = kind and flag))",
        "sum(number of orders where seen) / count(orders) more than 1",
        'words mentions "tendon" or kind starts with [A1, B]',
    ],
)
def test_what_fits_together_is_taken(text: str) -> None:
    assert compile_text(text, FACTS, PARAMETERS).text == text


@patient
@given(conditions())
def test_every_well_formed_condition_is_taken(node: Node) -> None:
    assert compile_text(show(node), FACTS, PARAMETERS).node == node


def test_no_word_of_the_vocabulary_is_a_word_of_the_language() -> None:
    fields = {name for fact in VOCABULARY.values() if fact.type.record for name in fact.type.record.fields}
    assert (VOCABULARY.keys() | fields).isdisjoint(KEYWORDS)


def test_every_fact_says_what_it_means() -> None:
    for fact in VOCABULARY.values():
        assert fact.meaning, fact.name
        for name, field in fact.type.record.fields.items() if fact.type.record else ():
            assert field.meaning, (fact.name, name)

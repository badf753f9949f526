"""Comparing and counting with values that are known. None comes out where there is no answer."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from fhirpa.um.expression.values import Duration, Score, shifted

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_HUNDRED: Final = Decimal(100)


def comparison(word: str) -> Callable[[Any, Any], bool | None]:
    """The comparison of a word; None comes out where the two values stand on different scales."""
    holds = _COMPARE[word]

    def compare(left: Any, right: Any) -> bool | None:
        kind = type(left)
        if kind is Duration:
            return holds(left.in_days, right.in_days)
        if kind is Score or type(right) is Score:
            one, two = _score(left), _score(right)
            return holds(one.amount, two.amount) if _same_scale(one, two) else None
        return holds(left, right)

    return compare


def is_one_of(value: Any, items: tuple[Any, ...]) -> bool | None:
    """True if a value equals one of the items; None where it stands on a scale that none of them has."""
    if type(value) is not Score and type(value) is not Duration:
        return value in items
    found = [_EQUAL(value, x) for x in items]
    return True if True in found else None if None in found else False


_EQUAL: Final = comparison("=")


def calculate(word: str, left: Any, right: Any) -> Any:
    """left word right for + - * /; None where there is no result (division by nothing, other scales)."""
    if isinstance(left, date):
        sign = 1 if word == "+" else -1
        return shifted(left, right, sign) if isinstance(right, Duration) else _apart(right, left)
    if isinstance(left, Duration) and isinstance(right, Duration):
        return _durations(word, left, right)
    if isinstance(left, Duration) or isinstance(right, Duration):
        span, factor = (left, right) if isinstance(left, Duration) else (right, left)
        return _span(_number(word, span.days, factor), _number(word, span.months, factor))
    if isinstance(left, Score) or isinstance(right, Score):
        return _scores(word, left, right)
    return _number(word, left, right)


def negative(value: Any) -> Any:
    """-value."""
    if isinstance(value, Duration):
        return Duration(-value.days, -value.months)
    return Score(-value.amount, value.unit) if isinstance(value, Score) else -value


def apart(start: date, end: date) -> Duration:
    """The days from one day to another; negative where the second is earlier."""
    return _apart(start, end)


def _apart(start: date, end: date) -> Duration:
    return Duration(Decimal((end - start).days))


def starts_with(code: str, beginnings: str | tuple[str, ...]) -> bool:
    """True if a code begins with one of these; codes are compared without dots, in capitals."""
    return code.upper().startswith(beginnings)


def mentions(text: str, words: str | tuple[str, ...]) -> bool:
    """True if one of the words or phrases stands in a text as a whole; capitals do not matter."""
    said = f" {' '.join(re.findall(r'[a-z0-9]+', text.lower()))} "
    wanted = (words,) if isinstance(words, str) else words
    return any(f" {' '.join(re.findall(r'[a-z0-9]+', w.lower()))} " in said for w in wanted if w.strip())


def _score(value: Any) -> Score:
    return value if isinstance(value, Score) else Score(value * _HUNDRED, "%")


def _same_scale(one: Score, two: Score) -> bool:
    return one.unit is not None and one.unit == two.unit


def _scores(word: str, left: Any, right: Any) -> Any:
    if isinstance(left, Score) and isinstance(right, Score):
        if not _same_scale(left, right):
            return None
        amount = _number(word, left.amount, right.amount)
        return amount if word == "/" or amount is None else Score(amount, left.unit)
    if word in ("+", "-"):
        one, two = _score(left), _score(right)
        return _scores(word, one, two)
    score, factor = (left, right) if isinstance(left, Score) else (right, left)
    amount = _number(word, score.amount, factor)
    return None if amount is None else Score(amount, score.unit)


def _durations(word: str, left: Duration, right: Duration) -> Any:
    if word == "/":
        return _number(word, left.in_days, right.in_days)
    return _span(_number(word, left.days, right.days), _number(word, left.months, right.months))


def _span(days: Decimal | None, months: Decimal | None) -> Duration | None:
    return None if days is None or months is None else Duration(days, months)


def _number(word: str, left: Decimal, right: Decimal) -> Decimal | None:
    with localcontext() as context:
        context.traps[InvalidOperation] = context.traps[DivisionByZero] = context.traps[Overflow] = False
        match word:
            case "+":
                result = left + right
            case "-":
                result = left - right
            case "*":
                result = left * right
            case _:
                result = left / right
    return result if result.is_finite() else None

"""Calculating with exact decimals: http://hl7.org/fhirpath/N1/#math.

What is out of range or divided by zero has no result (None); what cannot be calculated with raises
EvaluationError.
"""

from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.fhirpath import temporal
from fhirpa.fhir.fhirpath.errors import EvaluationError
from fhirpa.fhir.fhirpath.quantity import Quantity, calendar_unit, common_measure
from fhirpa.fhir.fhirpath.temporal import Temporal
from fhirpa.fhir.fhirpath.values import is_number

PRECISION: Final = 60  # digits; more than any real value has
MAX_TEXT: Final = 1_000_000  # characters of a text that an expression builds


def _context() -> Context:
    """A context of our own: that of the thread is the application's."""
    return Context(prec=PRECISION)


def add(left: Any, right: Any) -> Any:
    """left + right: numbers, texts, quantities of a common unit, a date and a quantity of time."""
    if type(left) is int and type(right) is int:
        return left + right
    if type(left) is str and type(right) is str:
        return _joined(left, right)
    if type(left) is Temporal and type(right) is Quantity:
        return _moved(left, right, 1)
    return _on_measures(left, right, Context.add)


def subtract(left: Any, right: Any) -> Any:
    """left - right, as add; texts cannot."""
    if type(left) is int and type(right) is int:
        return left - right
    if type(left) is Temporal and type(right) is Quantity:
        return _moved(left, right, -1)
    return _on_measures(left, right, Context.subtract)


def multiply(left: Any, right: Any) -> Any:
    """left * right: numbers, or a quantity and a number."""
    if type(left) is int and type(right) is int:
        return left * right
    if type(left) is Quantity and is_number(right):
        return _scaled(left, right, Context.multiply)
    if type(right) is Quantity and is_number(left):
        return _scaled(right, left, Context.multiply)
    return _on_numbers(left, right, Context.multiply)


def divide(left: Any, right: Any) -> Any:
    """left / right: always a decimal, or a quantity by a number."""
    if type(left) is Quantity and is_number(right):
        return _scaled(left, right, Context.divide)
    return _on_numbers(left, right, Context.divide)


def whole_divide(left: Any, right: Any) -> Any:
    """left div right: an integer, truncated."""
    result = _on_numbers(left, right, Context.divide_int)
    return None if result is None else int(result)


def modulo(left: Any, right: Any) -> Any:
    """left mod right: what remains of a truncated division."""
    result = _on_numbers(left, right, Context.remainder)
    return int(result) if result is not None and type(left) is int and type(right) is int else result


def negate(value: Any) -> Any:
    """-value."""
    if is_number(value):
        return value.copy_negate() if isinstance(value, Decimal) else -value
    if type(value) is Quantity:
        return Quantity(value.value.copy_negate(), value.unit)
    raise EvaluationError("a sign before what is no number")


def concatenate(left: Any, right: Any) -> str:
    """left & right: nothing counts as the empty text."""
    texts = []
    for side in (left, right):
        text = "" if side is None else side.text if type(side) is Temporal else side
        if type(text) is not str:
            raise EvaluationError("& joins texts only")
        texts.append(text)
    return _joined(*texts)


def _joined(left: str, right: str) -> str:
    if len(left) + len(right) > MAX_TEXT:
        raise EvaluationError(f"a text of more than {MAX_TEXT} characters")
    return left + right


_Operation = Callable[[Context, Decimal, Decimal], Decimal]


def _on_numbers(left: Any, right: Any, operation: _Operation) -> Any:
    if not is_number(left) or not is_number(right):
        raise EvaluationError("arithmetic with what is no number")
    try:
        return operation(_context(), Decimal(left), Decimal(right))
    except ArithmeticError:
        return None


def _scaled(quantity: Quantity, factor: Any, operation: _Operation) -> Quantity | None:
    value = _on_numbers(quantity.value, factor, operation)
    return None if value is None else Quantity(value, quantity.unit)


def _on_measures(left: Any, right: Any, operation: _Operation) -> Any:
    if type(left) is not Quantity or type(right) is not Quantity:
        return _on_numbers(left, right, operation)
    if left.unit != right.unit:
        # In the unit of the left side, as far as the units of time allow.
        one = common_measure(Quantity(Decimal(1), left.unit), Quantity(right.value, right.unit))
        if one is None:
            return None
        right = Quantity(_on_numbers(one[1], one[0], Context.divide), left.unit)
    return _scaled(left, right.value, operation)


def _moved(moment: Temporal, by: Quantity, sign: int) -> Temporal | None:
    unit = calendar_unit(by.unit)
    if unit not in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond"):
        raise EvaluationError("a date can be moved by units of time only")
    amount = by.value
    if unit == "second":
        unit, amount = "millisecond", amount * 1000
    if abs(amount) > 10**15:
        return None
    return temporal.add(moment, sign * int(amount), unit)


OPERATIONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = MappingProxyType(
    {"+": add, "-": subtract, "*": multiply, "/": divide, "div": whole_divide, "mod": modulo}
)

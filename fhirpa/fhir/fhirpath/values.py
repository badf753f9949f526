"""Equality, equivalence, order and identity of items: http://hl7.org/fhirpath/N1/#equality."""

from decimal import Decimal
from typing import Any, TypeGuard

from fhirpa.fhir.fhirpath import temporal
from fhirpa.fhir.fhirpath.errors import EvaluationError
from fhirpa.fhir.fhirpath.model import Node, unwrap
from fhirpa.fhir.fhirpath.quantity import Quantity, calendar_unit, common_measure
from fhirpa.fhir.fhirpath.temporal import Temporal

NUMBERS = (int, Decimal)


def is_number(value: Any) -> TypeGuard[int | Decimal]:
    """True for int and Decimal; bool is none."""
    return type(value) in NUMBERS


def equal(left: Any, right: Any) -> bool | None:
    """`=` of two unwrapped items; None if one has no value or the answer is open.

    A date and a text are equal if the date is written so (as the official validator has it).
    """
    kind, other = type(left), type(right)
    if kind is str and other is str:
        return left == right  # type: ignore[no-any-return]
    if left is None or right is None:
        return None
    if kind in NUMBERS and other in NUMBERS:
        return bool(left == right)
    if kind is Temporal and other is Temporal:
        return temporal.same(left, right)
    if kind is Quantity or other is Quantity:
        return _equal_quantities(left, right)
    return bool(freeze(left) == freeze(right))


def _equal_quantities(left: Any, right: Any) -> bool | None:
    left, right = _as_quantity(left), _as_quantity(right)
    if left is None or right is None:
        return False
    values = common_measure(left, right)
    return values[0] == values[1] if values is not None else None


def _as_quantity(value: Any) -> Quantity | None:
    if type(value) is Quantity:
        return value
    return Quantity(Decimal(value), "1") if is_number(value) else None


def freeze(value: Any) -> Any:
    """A hashable that is equal for equal values: of system values and of whole JSON trees."""
    kind = type(value)
    if kind is str:
        return value
    if kind is bool:
        return ("boolean", value)
    if kind in NUMBERS:
        return ("number", value)
    if kind is dict:
        return ("object", frozenset([(n, i if type(i) is str else freeze(i)) for n, i in value.items()]))
    if kind is list:
        return ("list", tuple([freeze(item) for item in value]))
    if kind is Node:
        return freeze(value.value)
    if kind is Temporal:
        return value.text
    return (kind.__name__, value)


def key(item: Any) -> Any:
    """A hashable that two items share when they are equal: for distinct, union, intersect and their like."""
    value = unwrap(item)
    kind = type(value)
    if kind is Temporal:
        return ("temporal", temporal.key(value))
    if kind is Quantity:
        return ("quantity", value.value, value.unit)
    if value is None and type(item) is Node:
        return ("beside", freeze(item.beside))
    return freeze(value)


class Seen:
    """Which items there were already. Whole trees are compared only where their tops are alike."""

    __slots__ = ("_first", "_keys")

    def __init__(self) -> None:
        self._first: dict[Any, Any] = {}
        self._keys: dict[Any, set[Any]] = {}

    def is_new(self, item: Any) -> bool:
        """True, once, for each of the items that are not equal."""
        top = _signature(item)
        if top not in self._first:
            self._first[top] = item
            return True
        keys = self._keys.get(top)
        if keys is None:
            keys = self._keys[top] = {key(self._first[top])}
        known = len(keys)
        keys.add(key(item))
        return len(keys) > known


def all_differ(items: list[Any]) -> bool:
    """True if no two of the items are equal."""
    return len(items) < 2 or all(map(Seen().is_new, items))


def distinct(items: list[Any]) -> list[Any]:
    """The items without those that are equal to an earlier one."""
    return items if len(items) < 2 else list(filter(Seen().is_new, items))


def _signature(item: Any) -> Any:
    """Equal for equal items, and quick; most items that differ differ here already."""
    value = unwrap(item)
    if type(value) is not Node:
        return key(item)
    tree = value.value
    if type(tree) is dict:
        return frozenset([(n, i) if type(i) is str else n for n, i in tree.items()])
    return len(tree) if type(tree) is list else tree


def equivalent(left: Any, right: Any) -> bool:
    """`~` of two unwrapped items: texts without case and spacing, numbers at the lesser precision."""
    if left is None or right is None:
        return left is right
    if type(left) is Temporal and type(right) is Temporal:
        return temporal.same(left, right) is True
    if is_number(left) and is_number(right):
        return _equivalent_numbers(left, right)
    if type(left) is Quantity or type(right) is Quantity:
        return _equivalent_quantities(left, right)
    return bool(_loosen(left) == _loosen(right))


def _equivalent_numbers(left: int | Decimal, right: int | Decimal) -> bool:
    one, other = Decimal(left), Decimal(right)
    places = min(_places(one), _places(other))
    return round(one, places) == round(other, places)


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _equivalent_quantities(left: Any, right: Any) -> bool:
    left, right = _as_quantity(left), _as_quantity(right)
    if left is None or right is None:
        return False
    # A calendar year is equivalent, though not equal, to a year of UCUM.
    values = common_measure(
        Quantity(left.value, calendar_unit(left.unit)), Quantity(right.value, calendar_unit(right.unit))
    )
    return values is not None and _equivalent_numbers(*values)


def _loosen(value: Any) -> Any:
    """As freeze, of what `~` compares: lists in any order, texts without case and spacing."""
    kind = type(value)
    if kind is str:
        return " ".join(value.casefold().split())
    if kind is Node:
        return _loosen(value.value)
    if kind is dict:
        return ("object", frozenset((name, _loosen(item)) for name, item in value.items()))
    if kind is list:
        return ("list", frozenset(_counted([_loosen(item) for item in value]).items()))
    return freeze(value)


def _counted(items: list[Any]) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    return counts


def order(left: Any, right: Any) -> int | None:
    """-1, 0 or 1 of two unwrapped items; None if the answer is open.

    Raises EvaluationError for items that have no order.
    """
    if is_number(left) and is_number(right):
        return (left > right) - (left < right)
    if type(left) is str and type(right) is str:
        return (left > right) - (left < right)
    if type(left) is Temporal and type(right) is Temporal and left.is_time == right.is_time:
        return temporal.compare(left, right)
    one, other = _as_quantity(left), _as_quantity(right)
    if one is not None and other is not None:
        values = common_measure(one, other)
        return None if values is None else (values[0] > values[1]) - (values[0] < values[1])
    raise EvaluationError("the two sides of a comparison have no common order")

"""The operators, each as a closure over its two sides: http://hl7.org/fhirpath/N1/#operations."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.fhirpath.arithmetic import OPERATIONS, concatenate
from fhirpa.fhir.fhirpath.code import Code, Gives, Run, items_code, truth_code, value_code
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import EvaluationError
from fhirpa.fhir.fhirpath.model import Node, unwrap
from fhirpa.fhir.fhirpath.values import distinct, equal, equivalent, key, order

Build = Callable[[Code, Code], Code]


def binary(operator: str, left: Code, right: Code) -> Code:
    """The code of `left operator right`."""
    return _BUILDERS[operator](left, right)


# Logic with three values; the right side is not evaluated where the left one decides.


def _and(left: Code, right: Code) -> Code:
    one, other = left.truth(), right.truth()

    def run(this: Any, env: Environment) -> bool | None:
        first = one(this, env)
        if first is False:
            return False
        second = other(this, env)
        return second if first else False if second is False else None

    return truth_code(run)


def _or(left: Code, right: Code) -> Code:
    one, other = left.truth(), right.truth()

    def run(this: Any, env: Environment) -> bool | None:
        first = one(this, env)
        if first:
            return True
        second = other(this, env)
        return second if first is False else True if second else None

    return truth_code(run)


def _xor(left: Code, right: Code) -> Code:
    one, other = left.truth(), right.truth()

    def run(this: Any, env: Environment) -> bool | None:
        first, second = one(this, env), other(this, env)
        return None if first is None or second is None else first is not second

    return truth_code(run)


def _implies(left: Code, right: Code) -> Code:
    one, other = left.truth(), right.truth()

    def run(this: Any, env: Environment) -> bool | None:
        first = one(this, env)
        if first is False:
            return True
        second = other(this, env)
        return second if first else True if second else None

    return truth_code(run)


# Equality


def _equals(left: Code, right: Code) -> Code:
    if left.gives is not Gives.ITEMS and right.gives is not Gives.ITEMS:
        one, other = left.run, right.run
        return truth_code(lambda this, env: equal(one(this, env), other(this, env)))
    if right.constant and type(right.constant[0]) is str:
        return _equals_text(left, right.constant[0])
    if left.constant and type(left.constant[0]) is str:
        return _equals_text(right, left.constant[0])
    left_items, right_items = left.items(), right.items()
    return truth_code(lambda this, env: _equal_items(left_items(this, env), right_items(this, env)))


def _equals_text(side: Code, text: str) -> Code:
    """`path = 'text'`, the commonest of all comparisons."""
    items_of, raw = side.items(), side.raw

    def run(this: Any, env: Environment) -> bool | None:
        items = items_of(this, env)
        if len(items) != 1:
            return False if items else None
        item = items[0]
        value = item.value if type(item) is Node else item
        if type(value) is str:
            return value == text
        return equal(unwrap(item), text)

    if raw is None:
        return truth_code(run)

    def run_on_text(this: Any, env: Environment) -> bool | None:
        value = raw(this, env)
        return value == text if type(value) is str else run(this, env)

    return truth_code(run_on_text)


def _equal_items(left: list[Any], right: list[Any]) -> bool | None:
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    result: bool | None = True
    for one, other in zip(left, right, strict=True):
        same = equal(unwrap(one), unwrap(other))
        if same is False:
            return False
        if same is None:
            result = None
    return result


def _equivalent_items(left: list[Any], right: list[Any]) -> bool:
    """Equivalence in any order: each item of the left takes one of the right."""
    if len(left) != len(right):
        return False
    rest = [unwrap(item) for item in right]
    for item in map(unwrap, left):
        found = next((i for i, other in enumerate(rest) if equivalent(item, other)), None)
        if found is None:
            return False
        del rest[found]
    return True


def _equivalent(left: Code, right: Code) -> Code:
    one, other = left.items(), right.items()
    return truth_code(lambda this, env: _equivalent_items(one(this, env), other(this, env)))


def _negated(build: Build) -> Build:
    def negate(left: Code, right: Code) -> Code:
        positive = build(left, right).run

        def run(this: Any, env: Environment) -> bool | None:
            truth = positive(this, env)
            return None if truth is None else not truth

        return truth_code(run)

    return negate


# Order


def _comparison(holds: Callable[[int], bool]) -> Build:
    def build(left: Code, right: Code) -> Code:
        one, other = left.value(), right.value()

        def run(this: Any, env: Environment) -> bool | None:
            first, second = one(this, env), other(this, env)
            if first is None or second is None:
                return None
            if type(first) is int and type(second) is int:
                return holds(first - second)
            place = order(first, second)
            return None if place is None else holds(place)

        return truth_code(run)

    return build


# Collections


def _union(left: Code, right: Code) -> Code:
    one, other = left.items(), right.items()
    if left.constant is not None and right.constant is not None:
        constant = distinct([*left.constant, *right.constant])
        return Code(Gives.ITEMS, lambda this, env: constant, constant=tuple(constant))

    def run(this: Any, env: Environment) -> list[Any]:
        return distinct([*one(this, env), *other(this, env)])

    left_some, right_some = left.some(), right.some()
    return items_code(run, lambda this, env: left_some(this, env) or right_some(this, env))


def _in(left: Code, right: Code) -> Code:
    items_of = left.items()
    if right.constant is not None:
        keys = frozenset(map(key, right.constant))
        texts_only = all(type(item) is str for item in right.constant)
        if texts_only:
            return truth_code(_in_texts(items_of, keys))
    all_of = right.items()

    def run(this: Any, env: Environment) -> bool | None:
        items = items_of(this, env)
        if not items:
            return None
        wanted = _one(items)
        return any(equal(wanted, unwrap(item)) for item in all_of(this, env))

    return truth_code(run)


def _in_texts(items_of: Run, texts: frozenset[str]) -> Run:
    def run(this: Any, env: Environment) -> bool | None:
        items = items_of(this, env)
        if not items:
            return None
        value = _one(items)
        return (value if type(value) is str else getattr(value, "text", None)) in texts

    return run


def _one(items: list[Any]) -> Any:
    if len(items) != 1:
        raise EvaluationError("several items where one is expected")
    return unwrap(items[0])


def _contains(left: Code, right: Code) -> Code:
    return _in(right, left)


# Arithmetic


def _arithmetic(operation: Callable[[Any, Any], Any]) -> Build:
    def build(left: Code, right: Code) -> Code:
        one, other = left.value(), right.value()

        def run(this: Any, env: Environment) -> Any:
            first, second = one(this, env), other(this, env)
            return None if first is None or second is None else operation(first, second)

        return value_code(run)

    return build


def _concatenation(left: Code, right: Code) -> Code:
    one, other = left.value(), right.value()
    return value_code(lambda this, env: concatenate(one(this, env), other(this, env)))


_BUILDERS: Final[Mapping[str, Build]] = MappingProxyType(
    {
        "and": _and,
        "or": _or,
        "xor": _xor,
        "implies": _implies,
        "=": _equals,
        "!=": _negated(_equals),
        "~": _equivalent,
        "!~": _negated(_equivalent),
        "<": _comparison(lambda place: place < 0),
        "<=": _comparison(lambda place: place <= 0),
        ">": _comparison(lambda place: place > 0),
        ">=": _comparison(lambda place: place >= 0),
        "|": _union,
        "in": _in,
        "contains": _contains,
        "&": _concatenation,
        **{name: _arithmetic(operation) for name, operation in OPERATIONS.items()},
    }
)

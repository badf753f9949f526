"""Functions that answer yes or no about a collection: http://hl7.org/fhirpath/N1/#existence."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.fhirpath.code import Code, truth_code
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import EvaluationError
from fhirpa.fhir.fhirpath.function import Function
from fhirpa.fhir.fhirpath.model import unwrap
from fhirpa.fhir.fhirpath.values import all_differ, key


def _empty(source: Code) -> Code:
    some = source.some()
    return truth_code(lambda this, env: not some(this, env))


def _exists(source: Code, criterion: Code | None = None) -> Code:
    if criterion is None:
        return truth_code(source.some())
    items_of, finds = source.items(), criterion.finds(True)
    return truth_code(lambda this, env: finds(items_of(this, env), env))


def _all(source: Code, criterion: Code) -> Code:
    items_of, finds_exception = source.items(), criterion.finds(False)
    return truth_code(lambda this, env: not finds_exception(items_of(this, env), env))


def _not(source: Code) -> Code:
    truth_of = source.truth()

    def run(this: Any, env: Environment) -> bool | None:
        truth = truth_of(this, env)
        return None if truth is None else not truth

    return truth_code(run)


def _over_booleans(decide: Callable[[list[bool]], bool]) -> Callable[[Code], Code]:
    def build(source: Code) -> Code:
        items_of = source.items()

        def run(this: Any, env: Environment) -> bool:
            values = [unwrap(item) for item in items_of(this, env)]
            if any(type(value) is not bool for value in values):
                raise EvaluationError("an item is neither true nor false")
            return decide(values)

        return truth_code(run)

    return build


def _over_keys(decide: Callable[[set[Any], set[Any]], bool]) -> Callable[[Code, Code], Code]:
    def build(source: Code, other: Code) -> Code:
        items_of, others_of = source.items(), other.items()

        def run(this: Any, env: Environment) -> bool:
            return decide(set(map(key, items_of(this, env))), set(map(key, others_of(this, env))))

        return truth_code(run)

    return build


def _is_distinct(source: Code) -> Code:
    items_of = source.items()
    return truth_code(lambda this, env: all_differ(items_of(this, env)))


EXISTENCE_FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "empty": Function(0, 0, _empty),
        "exists": Function(0, 1, _exists),
        "all": Function(1, 1, _all),
        "not": Function(0, 0, _not),
        "allTrue": Function(0, 0, _over_booleans(lambda values: all(values))),
        "anyTrue": Function(0, 0, _over_booleans(lambda values: any(values))),
        "allFalse": Function(0, 0, _over_booleans(lambda values: not any(values))),
        "anyFalse": Function(0, 0, _over_booleans(lambda values: not all(values))),
        "subsetOf": Function(1, 1, _over_keys(lambda own, other: own <= other)),
        "supersetOf": Function(1, 1, _over_keys(lambda own, other: own >= other)),
        "isDistinct": Function(0, 0, _is_distinct),
    }
)

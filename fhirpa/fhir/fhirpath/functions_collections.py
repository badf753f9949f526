"""Functions from collections to collections: http://hl7.org/fhirpath/N1/#functions."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.fhirpath.code import Code, items_code, value_code
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import EvaluationError
from fhirpa.fhir.fhirpath.function import Function
from fhirpa.fhir.fhirpath.model import Node, children_of
from fhirpa.fhir.fhirpath.operators import binary
from fhirpa.fhir.fhirpath.values import Seen, distinct, key

MAX_REPEATED: Final = 1_000_000  # items that repeat() may find


def _where(source: Code, criterion: Code) -> Code:
    items_of, kept, finds = source.items(), criterion.kept(), criterion.finds(True)
    return items_code(
        lambda this, env: kept(items_of(this, env), env), lambda this, env: finds(items_of(this, env), env)
    )


def _select(source: Code, projection: Code) -> Code:
    items_of, projected = source.items(), projection.projected()
    return items_code(lambda this, env: projected(items_of(this, env), env))


def _repeat(source: Code, projection: Code) -> Code:
    items_of, projected = source.items(), projection.projected()

    def run(this: Any, env: Environment) -> list[Any]:
        result: list[Any] = []
        seen = Seen()
        fresh = items_of(this, env)
        while fresh:
            fresh = [item for item in projected(fresh, env) if seen.is_new(item)]
            result += fresh
            if len(result) > MAX_REPEATED:
                raise EvaluationError(f"repeat() found more than {MAX_REPEATED} items")
        return result

    return items_code(run)


def _aggregate(source: Code, aggregator: Code, start: Code | None = None) -> Code:
    items_of, next_of = source.items(), aggregator.items()
    start_of = start.items() if start is not None else None

    def run(this: Any, env: Environment) -> list[Any]:
        total: list[Any] = start_of(this, env) if start_of is not None else []
        for index, item in enumerate(items_of(this, env)):
            total = next_of(item, env.at(index).with_total(total))
        return total

    return items_code(run)


def _iif(source: Code, condition: Code, then: Code, otherwise: Code | None = None) -> Code:
    """Only the branch that is chosen is evaluated. Its $this is the input, be it none, one or several."""
    items_of, holds, then_of = source.items(), condition.truth(), then.items()
    otherwise_of = otherwise.items() if otherwise is not None else None

    def run(this: Any, env: Environment) -> list[Any]:
        items = items_of(this, env)
        inner = items[0] if len(items) == 1 else items
        if holds(inner, env) is True:
            result: list[Any] = then_of(inner, env)
            return result
        return otherwise_of(inner, env) if otherwise_of is not None else []

    return items_code(run)


def _of_items(change: Callable[[list[Any]], list[Any]], keeps_some: bool = False) -> Callable[[Code], Code]:
    """A function of the input alone; `keeps_some` if it leaves no items only where there were none."""

    def build(source: Code) -> Code:
        items_of = source.items()
        return items_code(
            lambda this, env: change(items_of(this, env)), source.some() if keeps_some else None
        )

    return build


def _single(items: list[Any]) -> list[Any]:
    if len(items) > 1:
        raise EvaluationError("single() of several items")
    return items


def _counted(change: Callable[[list[Any], int], list[Any]]) -> Callable[[Code, Code], Code]:
    def build(source: Code, number: Code) -> Code:
        items_of, number_of = source.items(), number.value()

        def run(this: Any, env: Environment) -> list[Any]:
            wanted = number_of(this, env)
            if type(wanted) is not int:
                raise EvaluationError("a number of items has to be an integer")
            return change(items_of(this, env), max(wanted, 0))

        return items_code(run)

    return build


def _count(source: Code) -> Code:
    items_of = source.items()
    return value_code(lambda this, env: len(items_of(this, env)))


def _combined(change: Callable[[list[Any], list[Any]], list[Any]]) -> Callable[[Code, Code], Code]:
    def build(source: Code, other: Code) -> Code:
        items_of, others_of = source.items(), other.items()
        return items_code(lambda this, env: change(items_of(this, env), others_of(this, env)))

    return build


def _intersect(items: list[Any], others: list[Any]) -> list[Any]:
    if not items or not others:
        return []
    keys = set(map(key, others))
    return distinct([item for item in items if key(item) in keys])


def _exclude(items: list[Any], others: list[Any]) -> list[Any]:
    keys = set(map(key, others))
    return [item for item in items if key(item) not in keys]


def _children(items: list[Any]) -> list[Any]:
    return [child for item in items if type(item) is Node for child in children_of(item)]


def descendants(items: list[Any]) -> list[Any]:
    """All that is below the items, level by level."""
    result: list[Any] = []
    level = _children(items)
    while level:
        result += level
        level = _children(level)
    return result


def _trace(source: Code, name: Code, projection: Code | None = None) -> Code:
    """The input. Nothing is written anywhere: it may be about a person."""
    return source


COLLECTION_FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        "where": Function(1, 1, _where),
        "select": Function(1, 1, _select),
        "repeat": Function(1, 1, _repeat),
        "aggregate": Function(1, 2, _aggregate),
        "iif": Function(2, 3, _iif),
        "first": Function(0, 0, _of_items(lambda items: items[:1], keeps_some=True)),
        "last": Function(0, 0, _of_items(lambda items: items[-1:], keeps_some=True)),
        "tail": Function(0, 0, _of_items(lambda items: items[1:])),
        "single": Function(0, 0, _of_items(_single)),
        "distinct": Function(0, 0, _of_items(distinct, keeps_some=True)),
        "children": Function(0, 0, _of_items(_children)),
        "descendants": Function(0, 0, _of_items(descendants)),
        "skip": Function(1, 1, _counted(lambda items, number: items[number:])),
        "take": Function(1, 1, _counted(lambda items, number: items[:number])),
        "count": Function(0, 0, _count),
        "union": Function(1, 1, lambda source, other: binary("|", source, other)),
        "combine": Function(1, 1, _combined(lambda items, others: [*items, *others])),
        "intersect": Function(1, 1, _combined(_intersect)),
        "exclude": Function(1, 1, _combined(_exclude)),
        "trace": Function(1, 2, _trace),
    }
)

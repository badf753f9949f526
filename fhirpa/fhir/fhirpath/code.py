"""Compiled subexpressions: closures over ($this, environment), adapted to what their user needs of them.

$this is one item; inside iif() it may be a list, where its input was none or several.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import EvaluationError
from fhirpa.fhir.fhirpath.model import Node, unwrap
from fhirpa.fhir.fhirpath.temporal import Temporal

Run = Callable[[Any, Environment], Any]


class Gives(Enum):
    """What the closure returns: a list of items, a system value or None, or True, False or None."""

    ITEMS = "items"
    VALUE = "value"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Code:
    """`run` returns what `gives` says. `exists` is a quicker way than `run` to know that there is an item.

    `raw` may find the JSON value of the one item, if that is primitive, without making a node: None from it
    means nothing, `run` has to be asked. `one` is a quicker way than `run` to the value of the one item.
    `constant` are the items where they are known beforehand; `uses_index` tells that $index is mentioned.
    """

    gives: Gives
    run: Run
    exists: Run | None = None
    raw: Run | None = None
    one: Run | None = None
    constant: tuple[Any, ...] | None = None
    uses_index: bool = False

    def items(self) -> Run:
        """A closure that returns a list, which the caller must not change."""
        run = self.run
        if self.gives is Gives.ITEMS:
            return run

        def items(this: Any, env: Environment) -> list[Any]:
            value = run(this, env)
            return [] if value is None else [value]

        return items

    def value(self) -> Run:
        """A closure that returns the one value, None if there is none; several raise EvaluationError."""
        run = self.run
        if self.one is not None:
            return self.one
        if self.gives is not Gives.ITEMS:
            return run

        def value(this: Any, env: Environment) -> Any:
            items = run(this, env)
            return single(items) if items else None

        return value

    def written(self) -> Run:
        """As value(), but of dates the text, without parsing it."""
        run = self.run
        if self.gives is not Gives.ITEMS:
            return lambda this, env: _as_written(run(this, env))

        def written(this: Any, env: Environment) -> Any:
            items = run(this, env)
            if len(items) == 1 and type(items[0]) is Node and type(items[0].value) is str:
                return items[0].value
            return _as_written(single(items)) if items else None

        return written

    def truth(self) -> Run:
        """A closure that returns True, False or None: http://hl7.org/fhirpath/N1/#singleton-evaluation."""
        run = self.run
        if self.gives is Gives.TRUTH:
            return run
        if self.gives is Gives.VALUE:
            return lambda this, env: truth_of_value(run(this, env))

        def truth(this: Any, env: Environment) -> bool | None:
            items = run(this, env)
            return truth_of(items) if items else None

        return truth

    def some(self) -> Run:
        """A closure that returns True if there is any item, else False."""
        run = self.run
        if self.exists is not None:
            return self.exists
        if self.gives is Gives.ITEMS:
            return lambda this, env: bool(run(this, env))
        return lambda this, env: run(this, env) is not None

    def kept(self) -> Callable[[list[Any], Environment], list[Any]]:
        """A function from items to those for which this criterion is true."""
        holds = self.truth()
        if self.uses_index:
            return lambda items, env: [i for n, i in enumerate(items) if holds(i, env.at(n)) is True]
        return lambda items, env: [i for i in items if holds(i, env) is True]

    def finds(self, wanted: bool) -> Callable[[list[Any], Environment], bool]:
        """A function from items to whether this criterion is true (not true, if not `wanted`) for any."""
        holds = self.truth()
        uses_index = self.uses_index

        def search(items: list[Any], env: Environment) -> bool:
            for index, item in enumerate(items):
                if (holds(item, env.at(index) if uses_index else env) is True) is wanted:
                    return True
            return False

        return search

    def projected(self) -> Callable[[list[Any], Environment], list[Any]]:
        """A function from items to all that this projection gives for them."""
        run = self.items()
        if self.uses_index:
            return lambda items, env: [o for n, i in enumerate(items) for o in run(i, env.at(n))]
        return lambda items, env: [o for i in items for o in run(i, env)]


def single(items: list[Any]) -> Any:
    """The system value of the one item. Raises EvaluationError for several."""
    if len(items) != 1:
        raise EvaluationError("several items where one is expected")
    return unwrap(items[0])


def _as_written(value: Any) -> Any:
    if type(value) is not Temporal:
        return value
    return value.text.removeprefix("T") if value.is_time else value.text


def truth_of(items: list[Any]) -> bool | None:
    """The truth of a collection that is not empty. Raises EvaluationError for several items."""
    if len(items) != 1:
        raise EvaluationError("several items where true or false is expected")
    item = items[0]
    if type(item) is Node:
        if item.value is None and item.shape.name == "boolean":
            return None
        item = item.value
    return item if type(item) is bool else True


def truth_of_value(value: Any) -> bool | None:
    """The truth of a single value: what is not boolean, but is there, is true."""
    return value if value is None or type(value) is bool else True


def items_code(run: Run, exists: Run | None = None) -> Code:
    """Code that gives a list of items."""
    return Code(Gives.ITEMS, run, exists)


def value_code(run: Run) -> Code:
    """Code that gives a system value or None."""
    return Code(Gives.VALUE, run)


def truth_code(run: Run) -> Code:
    """Code that gives True, False or None."""
    return Code(Gives.TRUTH, run)

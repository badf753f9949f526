"""A checked expression becomes a function from what is judged to met, not met or undetermined.

Kleene's logic of three values: what is not told is unknown, and a result is known only where the unknown
could not change it. A value carries the words and places of the facts that it rests on.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from fhirpa.um.expression import arithmetic, logic
from fhirpa.um.expression.logic import Run
from fhirpa.um.expression.nodes import (
    AnyTold,
    Between,
    Binary,
    Day,
    DaysFrom,
    Items,
    Joined,
    Known,
    Name,
    Negative,
    Node,
    Not,
    NothingSays,
    Over,
    Quantity,
    Shown,
    Text,
    Truth,
    parts,
)
from fhirpa.um.expression.over import over
from fhirpa.um.expression.parser import parse
from fhirpa.um.expression.types import check
from fhirpa.um.expression.values import Record, Score, Value, duration
from fhirpa.um.expression.vocabulary import Fact, Parameter, RecordType, Subject, Vocabulary

Remake: TypeAlias = "Callable[[str, Mapping[str, Parameter]], Expression]"
_TIMES = frozenset({"days", "weeks", "months", "years"})


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """An expression ready to run, with the names that it uses.

    Two are equal if their texts say the same; to another process it travels as its text.
    """

    node: Node
    text: str
    run: Run
    names: frozenset[str]
    remake: "Callable[[], Expression]"

    def of(self, subject: Subject) -> Value:
        """True, False or None (undetermined) for a subject, with what it rests on. Never raises."""
        return self.run(subject, ())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.node == other.node

    def __hash__(self) -> int:
        return hash(self.node)

    def __reduce__(self) -> "tuple[Callable[[], Expression], tuple[()]]":
        return self.remake, ()


def compile_text(
    text: str, vocabulary: Vocabulary, parameters: Mapping[str, Parameter], remake: "Remake | None" = None
) -> Expression:
    """The expression that a text says. Raises ExpressionError, which names place and fault.

    `remake` makes the same again in another process, from text and parameters.
    """
    node = parse(text)
    check(node, text, vocabulary, parameters)
    again = partial(remake or _cannot, text, parameters)
    names = frozenset(_names(node))
    return Expression(node, text, _Compiler(vocabulary, parameters).run(node, ()), names, again)


def _cannot(text: str, parameters: Mapping[str, Parameter]) -> Expression:
    raise TypeError("an expression over a vocabulary of its own stays in its process")


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Name):
        yield node.name
    for below in parts(node):
        yield from _names(below)


def constant(node: Quantity | Text | Day | Truth | Items) -> Any:
    """The value of what is written."""
    match node:
        case Quantity(amount, None):
            return amount
        case Quantity(amount, "%"):
            return amount / 100
        case Quantity(amount, str(unit)):
            return duration(amount, unit) if unit in _TIMES else Score(amount, unit)
        case Items(items):
            return tuple(constant(x) for x in items)
    return node.value  # type: ignore[union-attr]


class _Compiler:
    """Builds the function of each part once; names are looked up here, not when a case is read."""

    def __init__(self, vocabulary: Vocabulary, parameters: Mapping[str, Parameter]) -> None:
        self._vocabulary, self._parameters = vocabulary, parameters

    def run(self, node: Node, scope: tuple[RecordType, ...]) -> Run:
        """The function of a part; what is the same for every entry of a list is calculated once."""
        if scope and _is_sum(node) and not any(n in r.fields for n in _names(node) for r in scope):
            return logic.once(self.run(node, ()))
        match node:
            case Quantity() | Text() | Day() | Truth() | Items():
                return _constant(constant(node))
            case Name():
                return self._name(node, scope)
            case Not(operand):
                return logic.negated(self.run(operand, scope))
            case NothingSays(operand):
                return logic.nothing_says(self.run(operand, scope))
            case Shown(operand):
                return logic.shown(self.run(operand, scope))
            case Joined(word, operands):
                return logic.joined([self.run(x, scope) for x in operands], word == "or")
            case AnyTold(operands):
                return logic.any_told([self.run(x, scope) for x in operands])
            case Known(operand):
                return logic.known(self.run(operand, scope))
            case Over():
                return self._over(node, scope)
        return self._calculated(node, scope)

    def _calculated(self, node: Node, scope: tuple[RecordType, ...]) -> Run:
        match node:
            case Negative(operand):
                return logic.worked_out(arithmetic.negative, self.run(operand, scope))
            case DaysFrom(start, end):
                return logic.of_two(arithmetic.apart, self.run(start, scope), self.run(end, scope))
            case Between(operand, low, high):
                return logic.worked_out(logic.between, *(self.run(x, scope) for x in (operand, low, high)))
            case Binary(word, left, right):
                work, known = logic.work_of(word), self._written(right, scope)
                if known is not None:
                    return logic.of_one(work, self.run(left, scope), known)
                return logic.of_two(work, self.run(left, scope), self.run(right, scope))
        raise TypeError(f"not a part of an expression: {node!r}")

    def _written(self, node: Node, scope: tuple[RecordType, ...]) -> Any:
        """The value that is written, in the expression or as a parameter for all; else None."""
        match node:
            case Quantity() | Text() | Day() | Truth() | Items():
                return constant(node)
            case Name(name) if name in self._parameters and not any(name in r.fields for r in scope):
                parameter = self._parameters[name]
                return None if parameter.by_line else parameter.default
        return None

    def _name(self, node: Name, scope: tuple[RecordType, ...]) -> Run:
        name = node.name
        for depth in range(len(scope) - 1, -1, -1):
            if name in scope[depth].fields and not node.arguments:
                return _field(depth, name, scope[depth])
        if name in self._parameters:
            return _parameter(self._parameters[name])
        arguments = [self.run(x, scope) for x in node.arguments]
        return _fact_of(self._vocabulary[name], arguments) if arguments else _fact(self._vocabulary[name])

    def _over(self, node: Over, scope: tuple[RecordType, ...]) -> Run:
        fact = self._vocabulary.get(node.source.name)
        record = fact.type.record if fact else None
        for outer in scope:
            if node.source.name in outer.fields:
                record = outer.fields[node.source.name].type.record
        if record is None:
            raise TypeError(f"not a list: {node.source.name}")
        inner = (*scope, record)
        where = self.run(node.where, inner) if node.where is not None else None
        value = self.run(node.value, inner) if node.value is not None else None
        return over(node.word, self.run(node.source, scope), value, where)


def _is_sum(node: Node) -> bool:
    return isinstance(node, DaysFrom) or (isinstance(node, Binary) and node.word in ("+", "-", "*", "/"))


def _parameter(parameter: Parameter) -> Run:
    if not parameter.by_line:
        return _constant(parameter.default)
    values = {line: Value(x) for line, x in parameter.by_line.items()}
    default = Value(parameter.default)
    return lambda subject, records: values.get(subject.line, default)


def _constant(known: Any) -> Run:
    value = Value(known)
    return lambda subject, records: value


def _fact(fact: Fact) -> Run:
    name, read, settled = fact.name, fact.read, _settled(fact)

    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        seen = subject.seen
        if name in seen:
            return seen[name]
        found = seen[name] = settled(read(subject.of))
        return found

    return run


def _fact_of(fact: Fact, arguments: list[Run]) -> Run:
    """A fact that takes values; where one of them is unknown, so is the fact."""
    name, read, settled = fact.name, fact.read, _settled(fact)

    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        given = tuple(x(subject, records).known for x in arguments)
        found = subject.seen.get((name, given))
        if found is None:
            found = settled(Value(None) if None in given else read(subject.of, *given))
            subject.seen[name, given] = found
        return found

    return run


def _settled(fact: Fact) -> Callable[[Value], Value]:
    """A list without entries is unknown; what is unknown says so, and what would have to be told."""
    facts, missing = (fact.untold,) if fact.untold else (), (fact.name,)

    def settled(found: Value) -> Value:
        if found.known is not None and found.known != ():
            return found
        return Value(None, found.facts or facts, found.sources, found.missing or missing)

    return settled


def _field(depth: int, name: str, record: RecordType) -> Run:
    untold = record.fields[name].untold
    missing = Value(None, (untold,) if untold else (), (), (f"{record.name}.{name}",))

    def read(subject: Subject, records: tuple[Record, ...]) -> Value:
        known = records[depth].fields.get(name)
        return missing if known is None else Value(known)

    return read

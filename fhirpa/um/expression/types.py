"""Static check: does each part of an expression fit the part it stands in?"""

from collections.abc import Mapping
from typing import Final

from fhirpa.um.expression.errors import ExpressionError, did_you_mean
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
from fhirpa.um.expression.vocabulary import (
    BOOLEAN,
    CODE,
    DATE,
    DURATION,
    LITERAL,
    NUMBER,
    RATIO,
    SHARE,
    Kind,
    Parameter,
    RecordType,
    Type,
    Vocabulary,
)

_TIMES: Final = frozenset({"days", "weeks", "months", "years"})
_NUMERIC: Final = frozenset({Kind.NUMBER, Kind.SHARE, Kind.RATIO})
_ORDERED: Final = frozenset({*_NUMERIC, Kind.DURATION, Kind.DATE, Kind.MEASURED})
_WORDS: Final = frozenset({Kind.CODE, Kind.TEXT, Kind.LITERAL})
_SUMMED: Final = frozenset({*_NUMERIC, Kind.DURATION, Kind.MEASURED})
Scope = tuple[RecordType, ...]


def check(node: Node, text: str, vocabulary: Vocabulary, parameters: Mapping[str, Parameter]) -> None:
    """Raise ExpressionError unless the expression is a yes-or-no of the vocabulary and the parameters.

    'nothing says' may not stand within 'not' or within itself: then losing a fact could turn a criterion to
    not met.
    """
    checker = _Checker(text, vocabulary, parameters)
    checker.boolean(node, ())
    checker.polarity(node, under=None)


def literal_type(node: Quantity | Text | Day | Truth | Items) -> Type:
    """The type of what is written in an expression or as a parameter's value."""
    match node:
        case Quantity(_, None):
            return NUMBER
        case Quantity(_, "%"):
            return SHARE
        case Quantity(_, unit):
            return DURATION if unit in _TIMES else Type(Kind.MEASURED, unit)
        case Day():
            return DATE
        case Truth():
            return BOOLEAN
        case Items(items):
            return Type(Kind.LIST, item=literal_type(items[0]) if items else LITERAL)
    return LITERAL


def fits(left: Type, right: Type) -> bool:
    """True if two values can be compared."""
    kinds = {left.kind, right.kind}
    if Kind.LIST in kinds:
        return False
    if kinds == {Kind.MEASURED}:
        return left.unit == right.unit or None in (left.unit, right.unit)
    if kinds == {Kind.MEASURED, Kind.SHARE}:
        return next(t for t in (left, right) if t.kind is Kind.MEASURED).unit is None
    if Kind.RATIO in kinds:
        return kinds <= _NUMERIC
    return left.kind is right.kind or (Kind.LITERAL in kinds and kinds <= _WORDS)


class _Checker:
    """Finds the type of each part of one expression."""

    def __init__(self, text: str, vocabulary: Vocabulary, parameters: Mapping[str, Parameter]) -> None:
        self._text, self._vocabulary, self._parameters = text, vocabulary, parameters

    def _error(self, fault: str, node: Node) -> ExpressionError:
        return ExpressionError(fault, self._text, node.at, _length(node))

    def boolean(self, node: Node, scope: Scope) -> None:
        """The part must be something that is met or not."""
        found = self.type_of(node, scope)
        if found.kind is not Kind.BOOLEAN:
            hint = " (with a list, write any(… where …))" if found.kind is Kind.LIST else ""
            raise self._error(f"a condition belongs here, this is a {found}{hint}", node)

    def polarity(self, node: Node, under: str | None) -> None:
        """No 'nothing says' below a 'not' or another 'nothing says'."""
        pending = [(node, under)]
        while pending:
            part, outer = pending.pop()
            if isinstance(part, NothingSays) and outer:
                raise self._error(f"'nothing says' cannot stand within '{outer}'", part)
            inner = outer
            if isinstance(part, NothingSays | Not):
                inner = "nothing says" if isinstance(part, NothingSays) else "not"
            elif isinstance(part, Known) or (isinstance(part, Over) and part.word in ("count", "share")):
                inner = "is known" if isinstance(part, Known) else part.word
            elif isinstance(part, Over) and part.word not in ("any", "any told", "all"):
                inner = part.word
            pending += [(below, inner) for below in parts(part)]

    def type_of(self, node: Node, scope: Scope) -> Type:
        """The type of a part."""
        match node:
            case Quantity() | Text() | Day() | Truth():
                return literal_type(node)
            case Items(items):
                return self._items(items, node)
            case Name():
                return self._name(node, scope)
            case Not(operand) | NothingSays(operand) | Shown(operand):
                self.boolean(operand, scope)
            case Joined(_, operands) | AnyTold(operands):
                for operand in operands:
                    self.boolean(operand, scope)
            case Known(operand):
                self._known(operand, scope)
            case Negative(operand):
                return self._negative(operand, scope)
            case Between(operand, low, high):
                for end in (low, high):
                    self._ordered(self.type_of(operand, scope), self.type_of(end, scope), end)
            case DaysFrom(start, end):
                return self._days(start, end, scope)
            case Over():
                return self._over(node, scope)
            case Binary():
                return self._binary(node, scope)
        return BOOLEAN

    def _items(self, items: tuple[Quantity | Text | Day, ...], node: Items) -> Type:
        kinds = {literal_type(x) for x in items}
        if len(kinds) > 1:
            raise self._error("the values of a list must be of one kind", node)
        return literal_type(node)

    def _name(self, node: Name, scope: Scope) -> Type:
        for record in reversed(scope):
            if node.name in record.fields and not node.arguments:
                return record.fields[node.name].type
        if node.name in self._parameters:
            if node.arguments:
                raise self._error(f"the parameter '{node.name}' takes nothing in brackets", node)
            return self._parameters[node.name].type
        fact = self._vocabulary.get(node.name)
        if fact is None:
            raise self._unknown(node, scope)
        wanted = list(fact.takes.items())
        if len(wanted) != len(node.arguments):
            form = f"{fact.name}({', '.join(name for name, _ in wanted)})" if wanted else fact.name
            raise self._error(f"write {form}", node)
        for argument, (name, expected) in zip(node.arguments, wanted, strict=True):
            found = self.type_of(argument, scope)
            if not fits(found, expected):
                raise self._error(f"'{name}' must be a {expected}, this is a {found}", argument)
        return fact.type

    def _unknown(self, node: Name, scope: Scope) -> ExpressionError:
        known = [*self._vocabulary, *self._parameters, *(f for r in scope for f in r.fields)]
        what = "fact" if not scope else f"fact, or field of {scope[-1].name},"
        hint = did_you_mean(node.name, known)
        where = "" if hint or not scope else f"; fields are {', '.join(scope[-1].fields)}"
        return self._error(f"unknown {what} '{node.name}'{hint}{where}", node)

    def _known(self, operand: Node, scope: Scope) -> None:
        if not isinstance(operand, Name):
            raise self._error("'is known' follows the name of a fact or field", operand)
        self.type_of(operand, scope)

    def _negative(self, operand: Node, scope: Scope) -> Type:
        found = self.type_of(operand, scope)
        if found.kind not in _SUMMED:
            raise self._error(f"a {found} has no minus", operand)
        return found

    def _days(self, start: Node, end: Node, scope: Scope) -> Type:
        for end_of in (start, end):
            found = self.type_of(end_of, scope)
            if found.kind is not Kind.DATE:
                raise self._error(f"'days from … to …' takes two days, this is a {found}", end_of)
        return DURATION

    def _over(self, node: Over, scope: Scope) -> Type:
        record = self._name(node.source, scope).record
        if record is None:
            raise self._error(f"'{node.source.name}' is no list", node.source)
        inner = (*scope, record)
        if node.where is not None:
            self.boolean(node.where, inner)
        elif node.word in ("all", "share", "any told"):
            raise self._error(
                f"'{node.word}' needs a condition: {node.word}({node.source.name} where …)", node
            )
        if node.value is None:
            return {"count": NUMBER, "share": SHARE}.get(node.word, BOOLEAN)
        found = self.type_of(node.value, inner)
        if found.kind not in (_SUMMED if node.word == "sum" else _ORDERED):
            raise self._error(f"there is no {node.word} of a {found}", node.value)
        return found

    def _binary(self, node: Binary, scope: Scope) -> Type:
        left, right = self.type_of(node.left, scope), self.type_of(node.right, scope)
        match node.word:
            case "in" | "starts with" | "mentions":
                self._membership(node, left, right)
            case "=" | "!=":
                if not fits(left, right) or Kind.BOOLEAN in (left.kind, right.kind):
                    raise self._cannot_compare(left, right, node)
            case "<" | "<=" | ">" | ">=":
                self._ordered(left, right, node)
            case "+" | "-":
                return self._sum(node, left, right)
            case _:
                return self._product(node, left, right)
        return BOOLEAN

    def _membership(self, node: Binary, left: Type, right: Type) -> None:
        wanted = {"starts with": CODE, "mentions": Type(Kind.TEXT)}.get(node.word, left)
        item = right.item if right.kind is Kind.LIST else (right if node.word != "in" else None)
        if item is None:
            raise self._error("'in' is followed by a list, such as [MCD, CHIP]", node.right)
        if not fits(left, wanted) or left.kind is Kind.LIST:
            raise self._error(f"'{node.word}' goes with a {wanted}, this is a {left}", node.left)
        if not fits(left, item):
            raise self._cannot_compare(left, item, node)

    def _ordered(self, left: Type, right: Type, node: Node) -> None:
        if not fits(left, right) or left.kind not in _ORDERED:
            raise self._cannot_compare(left, right, node)

    def _cannot_compare(self, left: Type, right: Type, node: Node) -> ExpressionError:
        kinds = {left.kind, right.kind}
        hint = ""
        if kinds == {Kind.DURATION, Kind.NUMBER}:
            hint = ": say 90 days"
        elif kinds == {Kind.SHARE, Kind.NUMBER}:
            hint = ": say 50 %"
        elif kinds == {Kind.MEASURED, Kind.NUMBER}:
            hint = ": say 20 points, 20 %, 12 s"
        elif Kind.DATE in kinds and Kind.DURATION in kinds:
            hint = ": say request.start - 90 days, or days from A to B"
        elif kinds == {Kind.BOOLEAN}:
            hint = ": write X or not X"
        return self._error(f"cannot compare a {left} with a {right}{hint}", node)

    def _sum(self, node: Binary, left: Type, right: Type) -> Type:
        if left.kind is Kind.DATE and right.kind is Kind.DURATION:
            return DATE
        if node.word == "-" and left.kind is right.kind is Kind.DATE:
            return DURATION
        if left.kind in _SUMMED and fits(left, right):
            return (
                right if left.kind is Kind.RATIO or (left.kind, left.unit) == (Kind.MEASURED, None) else left
            )
        verb = ("add", "to") if node.word == "+" else ("subtract", "from")
        first, second = (left, right) if node.word == "+" else (right, left)
        raise self._error(f"cannot {verb[0]} a {first} {verb[1]} a {second}", node)

    def _product(self, node: Binary, left: Type, right: Type) -> Type:
        if left.kind in _NUMERIC and right.kind in _NUMERIC:
            same = node.word == "*" and left.kind is right.kind
            return left if same else RATIO
        if right.kind in _NUMERIC and left.kind in _SUMMED:
            return left
        if node.word == "*" and left.kind in _NUMERIC and right.kind in _SUMMED:
            return right
        if node.word == "/" and left.kind in _SUMMED and fits(left, right):
            return RATIO
        verb, joint = ("multiply", "with") if node.word == "*" else ("divide", "by")
        raise self._error(f"cannot {verb} a {left} {joint} a {right}", node)


def _length(node: Node) -> int:
    return len(node.name) if isinstance(node, Name) else 1

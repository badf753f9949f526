"""From the parts of an expression back to text, with as few brackets as the grammar allows."""

import re
from decimal import Decimal
from typing import Any, Final

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
)
from fhirpa.um.expression.values import Duration, Score
from fhirpa.um.expression.vocabulary import Kind, Type

_OR, _AND, _NOT, _COMPARED, _SUM, _PRODUCT, _SINGLE = range(1, 8)
_WORDS: Final = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
_STRENGTH: Final = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT}
_CODE: Final = re.compile(r"[0-9]*[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*", re.ASCII)


def show(node: Node) -> str:
    """An expression as text; `parse` gives the same parts again."""
    return _show(node)[0]


def show_value(kind: Type, value: Any) -> str:
    """A value of a parameter as it is written: 90 days, 50 %, -1.5 SD, [S134, S161]."""
    if isinstance(value, tuple):
        return f"[{', '.join(show_value(kind.item or kind, x) for x in value)}]"
    if isinstance(value, Duration):
        return _quantity(value.months, "months") if value.months else _quantity(value.days, "days")
    if isinstance(value, Score):
        return _quantity(value.amount, value.unit)
    if isinstance(value, Decimal):
        return _quantity(value * 100, "%") if kind.kind is Kind.SHARE else _quantity(value, None)
    return show(Truth(value) if isinstance(value, bool) else Text(str(value)))


def _within(node: Node, strength: int) -> str:
    """The text of a part, in brackets where it binds less than its place needs."""
    text, own = _show(node)
    return text if own >= strength else f"({text})"


def _show(node: Node) -> tuple[str, int]:
    """(text, how strongly it binds)."""
    match node:
        case Quantity(amount, unit):
            return _quantity(amount, unit), _SINGLE
        case Text(value):
            return (value if _CODE.fullmatch(value) else f'"{value}"'), _SINGLE
        case Day(value):
            return value.isoformat(), _SINGLE
        case Truth(value):
            return str(value).lower(), _SINGLE
        case Items(items):
            return f"[{', '.join(map(show, items))}]", _SINGLE
        case Name(name, arguments):
            return (f"{name}({', '.join(map(show, arguments))})" if arguments else name), _SINGLE
        case Not(operand):
            return f"not {_within(operand, _NOT)}", _NOT
        case NothingSays(operand):
            return f"nothing says {_within(operand, _NOT)}", _NOT
        case Shown(operand):
            return f"shown {_within(operand, _NOT)}", _NOT
        case Negative(operand):
            return f"-{_within(operand, _SINGLE)}", _SINGLE
        case AnyTold(operands):
            return f"any told of ({', '.join(map(show, operands))})", _SINGLE
        case Over(word, source, value, where):
            return f"{word}({_over(source, value, where)})", _SINGLE
    return _combined(node)


def _combined(node: Node) -> tuple[str, int]:
    match node:
        case Joined(word, operands):
            own = _OR if word == "or" else _AND
            return f" {word} ".join(_within(x, own + 1) for x in operands), own
        case Between(operand, low, high):
            ends = f"{_within(low, _SUM)} and {_within(high, _SUM)}"
            return f"{_within(operand, _SUM)} between {ends}", _COMPARED
        case Known(operand):
            return f"{_within(operand, _SUM)} is known", _COMPARED
        case DaysFrom(start, end):
            return f"days from {_within(start, _SINGLE)} to {_within(end, _SINGLE)}", _SINGLE
        case Binary(word, left, right) if word in _STRENGTH:
            own = _STRENGTH[word]
            return f"{_within(left, own)} {word} {_within(right, own + 1)}", own
        case Binary(("in" | "starts with" | "mentions") as word, left, right):
            return f"{_within(left, _SUM)} {word} {_within(right, _SINGLE)}", _COMPARED
        case Binary(word, left, right):
            return f"{_within(left, _SUM)} {_WORDS.get(word, word)} {_within(right, _SUM)}", _COMPARED
    raise TypeError(f"not a part of an expression: {node!r}")


def _quantity(amount: Decimal, unit: str | None) -> str:
    plain = amount.normalize() if amount != amount.to_integral_value() else amount.to_integral_value()
    return f"{plain:f}" + (f" {unit}" if unit else "")


def _over(source: Name, value: Node | None, where: Node | None) -> str:
    head = f"{_within(value, _SUM)} of {show(source)}" if value is not None else show(source)
    return f"{head} where {show(where)}" if where is not None else head

"""The parts that an expression consists of. `at` is where a part begins; it does not count in comparisons."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, with its unit where it has one: 4, 60 days, 20 %."""

    amount: Decimal
    unit: str | None = None
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A code (M545) or a text in quotes."""

    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day: 2026-01-31."""

    value: date
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Truth:
    """true or false."""

    value: bool
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Items:
    """A list of literals: [MCD, CHIP]."""

    items: tuple["Quantity | Text | Day", ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A fact, a field of a record, or a parameter; with arguments where a fact takes some."""

    name: str
    arguments: tuple["Node", ...] = ()
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """not X."""

    operand: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class NothingSays:
    """nothing says X: met unless X is known to be so."""

    operand: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """shown X: met where the data shows X; otherwise undetermined, also where X is known not to be so."""

    operand: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negative:
    """-X."""

    operand: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Joined:
    """X and Y and …, or X or Y or …"""

    word: str  # and, or
    operands: tuple["Node", ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AnyTold:
    """any told of (X, Y, …): of those that the data settles, is one met?"""

    operands: tuple["Node", ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """Two values and what stands between them: a comparison, arithmetic, in, starts with, mentions."""

    word: str
    left: "Node"
    right: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Between:
    """X between LOW and HIGH, both included."""

    operand: "Node"
    low: "Node"
    high: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Known:
    """X is known: met when told, undetermined when not."""

    operand: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DaysFrom:
    """days from A to B."""

    start: "Node"
    end: "Node"
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Over:
    """any, all, count, share (LIST where X), or least, greatest, sum (Y of LIST where X)."""

    word: str
    source: Name
    value: "Node | None" = None
    where: "Node | None" = None
    at: int = field(default=0, compare=False)


Node: TypeAlias = (
    Quantity
    | Text
    | Day
    | Truth
    | Items
    | Name
    | Not
    | NothingSays
    | Shown
    | Negative
    | Joined
    | AnyTold
    | Binary
    | Between
    | Known
    | DaysFrom
    | Over
)


def parts(node: Node) -> tuple[Node, ...]:
    """The parts right below a part, in the order in which they are written."""
    match node:
        case Items(items):
            return items
        case Name(_, arguments):
            return arguments
        case Not(operand) | NothingSays(operand) | Shown(operand) | Negative(operand) | Known(operand):
            return (operand,)
        case Joined(_, operands) | AnyTold(operands):
            return operands
        case Binary(_, left, right):
            return (left, right)
        case Between(operand, low, high):
            return (operand, low, high)
        case DaysFrom(start, end):
            return (start, end)
        case Over(_, source, value, where):
            return tuple(x for x in (value, source, where) if x is not None)
    return ()

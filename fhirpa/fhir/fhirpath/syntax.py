"""The tree of an expression. Every node knows where it stands in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A value of the system types; `value` is None for the empty collection {}."""

    value: Any
    position: int


@dataclass(frozen=True, slots=True)
class Special:
    """$this, $index or $total."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Variable:
    """%name."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Member:
    """source.name; without a source the name of an element or of the type of $this."""

    source: Syntax | None
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """source.name(arguments); without a source the input is $this."""

    source: Syntax | None
    name: str
    arguments: tuple[Syntax, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Index:
    """source[index]."""

    source: Syntax
    index: Syntax
    position: int


@dataclass(frozen=True, slots=True)
class Sign:
    """+operand or -operand."""

    sign: str
    operand: Syntax
    position: int


@dataclass(frozen=True, slots=True)
class Binary:
    """left operator right."""

    operator: str
    left: Syntax
    right: Syntax
    position: int


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type specifier: FHIR.Patient, System.String, Quantity. `namespace` is '' where none is given."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class TypeTest:
    """operand is type, operand as type."""

    operator: str
    operand: Syntax
    type: TypeName
    position: int


Syntax = Literal | Special | Variable | Member | Call | Index | Sign | Binary | TypeTest


def parts(syntax: Syntax) -> tuple[Syntax, ...]:
    """The nodes directly below a node."""
    match syntax:
        case Member(source=source) if source is not None:
            return (source,)
        case Call(source=source, arguments=arguments):
            return arguments if source is None else (source, *arguments)
        case Index(source=source, index=index):
            return (source, index)
        case Sign(operand=operand) | TypeTest(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
    return ()


def levels(syntax: Syntax) -> Iterator[list[Syntax]]:
    """The node, then all that is below it, level by level."""
    level = [syntax]
    while level:
        yield level
        level = [part for node in level for part in parts(node)]

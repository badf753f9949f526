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


def walk(syntax: Syntax) -> Iterator[Syntax]:
    """The node and all below it."""
    stack: list[Syntax] = [syntax]
    while stack:
        node = stack.pop()
        yield node
        match node:
            case Member(source=source) if source is not None:
                stack.append(source)
            case Call(source=source, arguments=arguments):
                stack.extend(arguments if source is None else (source, *arguments))
            case Index(source=source, index=index):
                stack += [source, index]
            case Sign(operand=operand) | TypeTest(operand=operand):
                stack.append(operand)
            case Binary(left=left, right=right):
                stack += [left, right]

"""From the tree of an expression to closures."""

from dataclasses import replace
from typing import Any

from fhirpa.fhir.fhirpath.arithmetic import negate
from fhirpa.fhir.fhirpath.code import Code, Gives, items_code, single, value_code
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.errors import EvaluationError, FhirPathSyntaxError, UnknownFunction
from fhirpa.fhir.fhirpath.functions import FUNCTIONS
from fhirpa.fhir.fhirpath.functions_types import TYPE_FUNCTIONS, as_type, is_of_type
from fhirpa.fhir.fhirpath.model import Node, follow, has_children
from fhirpa.fhir.fhirpath.operators import binary
from fhirpa.fhir.fhirpath.parser import parse, type_of_argument
from fhirpa.fhir.fhirpath.syntax import (
    Binary,
    Call,
    Index,
    Literal,
    Member,
    Sign,
    Special,
    Syntax,
    TypeTest,
    Variable,
    levels,
)
from fhirpa.fhir.fhirpath.variables import variable


def compile_text(text: str) -> Code:
    """The code of the expression `text`. Raises FhirPathSyntaxError, UnknownFunction."""
    return _code(parse(text))


def _code(syntax: Syntax) -> Code:
    match syntax:
        case Literal(value=value):
            return _literal(value)
        case Special(name=name):
            return _SPECIALS[name]
        case Variable(name=name):
            return items_code(variable(name))
        case Member(source=None, name=name):
            return _type_or_child(name)
        case Member(source=Special(name="$this"), name=name):
            return _head(name)
        case Member(source=source, name=name) if source is not None:
            return _step(_code(source), name)
        case Call():
            return _call(syntax)
        case Index(source=source, index=index):
            return _indexed(_code(source), _code(index))
        case Sign(sign=sign, operand=operand):
            return _signed(sign, _code(operand))
        case Binary(operator=operator, left=left, right=right):
            sooner = _without_counting(syntax)
            return binary(operator, _code(left), _code(right)) if sooner is None else _call(sooner)
        case TypeTest(operator=operator, operand=operand, type=type_name):
            return (is_of_type if operator == "is" else as_type)(_code(operand), type_name)
    raise AssertionError(syntax)


def _without_counting(syntax: Binary) -> Call | None:
    """exists() for count() > 0, empty() for count() = 0: it is known sooner than the number."""
    match syntax:
        case Binary(">" | "=", Call(source, "count", ()), Literal(zero, position)):
            if type(zero) is int and zero == 0:
                return Call(source, "exists" if syntax.operator == ">" else "empty", (), position)
    return None


def _literal(value: Any) -> Code:
    if value is None:
        nothing: list[Any] = []
        return Code(Gives.ITEMS, lambda this, env: nothing, constant=())
    return Code(Gives.VALUE, lambda this, env: value, constant=(value,))


def _this(this: Any, env: Environment) -> list[Any]:
    return this if type(this) is list else [this]


def _index(this: Any, env: Environment) -> int | None:
    return env.index


def _total(this: Any, env: Environment) -> list[Any]:
    return list(env.total)


_THIS = items_code(_this)
_SPECIALS = {"$this": _THIS, "$index": value_code(_index), "$total": items_code(_total)}


# Paths


def _type_or_child(name: str) -> Code:
    """The first name of a path: that of the type of $this (no element has a capital), or of its children."""
    if name[:1].isupper():
        return items_code(lambda this, env: [item for item in _this(this, env) if _is_named(item, name)])
    return _head(name)


def _head(name: str) -> Code:
    """The children of $this that have the name."""

    def run(this: Any, env: Environment) -> list[Any]:
        return follow(this if type(this) is list else [this], name)

    def exists(this: Any, env: Environment) -> bool:
        if type(this) is Node:
            return has_children(this, this.shape.children[name])
        return type(this) is list and _any_has(this, name)

    def raw(this: Any, env: Environment) -> Any:
        value_name = this.shape.children[name].value_name if type(this) is Node else ""
        if not value_name or type(this.value) is not dict:
            return None
        value = this.value.get(value_name)
        return None if type(value) is list or type(value) is dict else value

    def one(this: Any, env: Environment) -> Any:
        value = raw(this, env)
        if value is None:
            items = run(this, env)
            return single(items) if items else None
        convert = this.shape.children[name].convert
        return value if convert is None else convert(value)

    return Code(Gives.ITEMS, run, exists, raw, one)


def _is_named(item: Any, name: str) -> bool:
    return type(item) is Node and name in item.shape.lineage


def _step(source: Code, name: str) -> Code:
    items_of = source.items()

    return items_code(
        lambda this, env: follow(items_of(this, env), name),
        lambda this, env: _any_has(items_of(this, env), name),
    )


def _any_has(items: list[Any], name: str) -> bool:
    return any(type(item) is Node and has_children(item, item.shape.children[name]) for item in items)


def _indexed(source: Code, index: Code) -> Code:
    items_of, index_of = source.items(), index.value()

    def run(this: Any, env: Environment) -> list[Any]:
        items, place = items_of(this, env), index_of(this, env)
        if place is None:
            return []
        if type(place) is not int:
            raise EvaluationError("an index has to be an integer")
        return items[place : place + 1] if place >= 0 else []

    return items_code(run)


def _signed(sign: str, operand: Code) -> Code:
    value_of = operand.value()
    if operand.constant and sign == "-" and type(operand.constant[0]) is int:
        return _literal(-operand.constant[0])

    def run(this: Any, env: Environment) -> Any:
        value = value_of(this, env)
        if value is None:
            return None
        negative = negate(value)
        return negative if sign == "-" else value

    return value_code(run)


# Functions


def _call(call: Call) -> Code:
    source = _THIS if call.source is None else _code(call.source)
    build_of_type = TYPE_FUNCTIONS.get(call.name)
    if build_of_type is not None:
        _check_count(call, 1, 1)
        type_name = type_of_argument(call.arguments[0])
        if type_name is None:
            raise FhirPathSyntaxError(f"{call.name}() needs the name of a type", call.arguments[0].position)
        return build_of_type(source, type_name)
    function = FUNCTIONS.get(call.name)
    if function is None:
        raise UnknownFunction(call.name, call.position)
    _check_count(call, function.fewest, function.most)
    arguments = [_argument(argument) for argument in call.arguments]
    try:
        return function.build(source, *arguments)
    except ValueError as error:
        raise FhirPathSyntaxError(str(error), call.position) from error


def _argument(syntax: Syntax) -> Code:
    code = _code(syntax)
    mentioned = (part for level in levels(syntax) for part in level)
    if any(isinstance(part, Special) and part.name == "$index" for part in mentioned):
        return replace(code, uses_index=True)
    return code


def _check_count(call: Call, fewest: int, most: int) -> None:
    given = len(call.arguments)
    if not fewest <= given <= most:
        wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
        raise FhirPathSyntaxError(f"{call.name}() takes {wanted} arguments, not {given}", call.position)

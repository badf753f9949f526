"""FHIR JSON to plain dicts and back: decimals exact, nothing silently dropped.

http://hl7.org/fhir/R4/json.html. Read with the standard library, because nothing else finds duplicate
keys; written with msgspec, because it keeps the digits of a Decimal.
"""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

import msgspec

from fhirpa.fhir.outcome import FhirError, Issue

MAX_DEPTH = 100
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def parse_json(body: bytes, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """The resource in `body` (UTF-8), with every number that has a point or exponent as Decimal.

    Raises FhirError (400) for anything that is not one well-formed JSON object: wrong encoding, syntax,
    duplicate names, NaN, NUL or lone surrogate characters, nesting over `max_depth`.
    """
    _limit_depth(body, max_depth)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse("structure", f"The body is not UTF-8: byte {error.start} cannot be decoded.", "not-utf-8")
    try:
        resource = json.loads(
            text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_unique
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        _refuse("structure", f"The body is not JSON: {error.msg} at {where}.", "not-json")
    except (ValueError, RecursionError, ArithmeticError):
        _refuse("structure", "The body holds a number that is out of every range.", "number-too-long")
    if not isinstance(resource, dict):
        _refuse(
            "structure", "The body is JSON, but not an object that holds a FHIR resource.", "not-an-object"
        )
    if "\\u" in text or "\x00" in text:
        _only_characters(resource)
    return resource


def dump_json(resource: dict[str, Any], pretty: bool = False) -> bytes:
    """The resource as UTF-8 JSON; decimals with all their digits."""
    body = _ENCODER.encode(resource)
    return msgspec.json.format(body, indent=2) if pretty else body


def _refuse(code: str, text: str, key: str) -> NoReturn:
    raise FhirError([Issue("fatal", code, text, None, key)])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        _refuse("structure", "A name stands twice in one JSON object; send each once.", "duplicate-name")
    return result


def _no_constant(name: str) -> NoReturn:
    _refuse("value", f"{name} is not a JSON number.", "not-a-number")


def _limit_depth(body: bytes, max_depth: int) -> None:
    """Refuse deep nesting before parsing; one pass that stops at the limit."""
    if body.count(b"[") + body.count(b"{") <= max_depth:
        return
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(body):
        first = match[0][:1]
        if first in b"[{":
            depth += 1
            if depth > max_depth:
                _refuse("too-long", f"The body is nested deeper than {max_depth} levels.", "too-deep")
        elif first in b"]}":
            depth -= 1


def _only_characters(resource: dict[str, Any]) -> None:
    """Refuse NUL and half surrogate pairs, which no database and no XML can hold."""
    stack: list[Any] = [resource]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack.extend(value)
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, str) and any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in value):
            _refuse("value", "A text holds a NUL or half of a surrogate pair.", "not-a-character")

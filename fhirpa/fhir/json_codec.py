"""FHIR JSON to plain dicts and back: decimals exact, nothing silently dropped.

http://hl7.org/fhir/R4/json.html. Read with the standard library, because nothing else finds duplicate
keys; written with msgspec, because it keeps the digits of a Decimal.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, NoReturn

import msgspec

from fhirpa.fhir.outcome import FhirError, Issue

KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "not-utf-8": "The body is not UTF-8.",
        "not-json": "The body is not well-formed JSON.",
        "not-an-object": "The body is JSON, but no object.",
        "duplicate-name": "A name stands twice in one JSON object.",
        "not-a-number": "NaN or Infinity, which JSON does not have.",
        "number-too-long": "A number has more digits than this server reads.",
        "too-deep": "The body is nested deeper than this server reads.",
        "too-many-values": "The body has more values than this server reads.",
        "not-a-character": "A text holds NUL or half of a surrogate pair.",
    }
)
MAX_DEPTH = 100
MAX_VALUES = 300_000  # members of objects and elements of lists; a large request has some ten thousand
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_NESTING = (dict, list)
# A NUL or part of a surrogate pair, escaped: whether a pair is whole is seen after parsing.
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])").search


def parse_json(body: bytes, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """The resource in `body` (UTF-8), with every number that has a point or exponent as Decimal.

    Raises FhirError (400) for anything that is not one well-formed JSON object: wrong encoding, syntax,
    duplicate names, NaN, NUL or lone surrogate characters, nesting over `max_depth`, over MAX_VALUES values.
    """
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
    except RecursionError:
        _refuse("too-long", f"The body is nested deeper than {max_depth} levels.", "too-deep")
    except (ValueError, ArithmeticError):
        _refuse("structure", "The body holds a number that is out of every range.", "number-too-long")
    if not isinstance(resource, dict):
        _refuse(
            "structure", "The body is JSON, but not an object that holds a FHIR resource.", "not-an-object"
        )
    _limit_size(resource, max_depth)
    if _SUSPECT(text):
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


def _limit_size(resource: dict[str, Any], max_depth: int) -> None:
    """Refuse what is too deep or too much, level by level. What is far deeper the parser has refused."""
    level: list[Any] = [resource]
    count = 0
    for _ in range(max_depth):
        count += sum(map(len, level))
        if count > MAX_VALUES:
            _refuse("too-long", f"The body has more than {MAX_VALUES} values.", "too-many-values")
        inner: list[Any] = []
        for item in level:
            inner += [v for v in (item.values() if type(item) is dict else item) if type(v) in _NESTING]
        if not inner:
            return
        level = inner
    _refuse("too-long", f"The body is nested deeper than {max_depth} levels.", "too-deep")


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

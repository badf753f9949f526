"""Conversions: http://hl7.org/fhirpath/N1/#conversion. What cannot be converted gives nothing."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.fhirpath import temporal
from fhirpa.fhir.fhirpath.code import Code, truth_code, value_code
from fhirpa.fhir.fhirpath.environment import Environment
from fhirpa.fhir.fhirpath.function import Function
from fhirpa.fhir.fhirpath.quantity import CALENDAR_WORDS, Quantity
from fhirpa.fhir.fhirpath.temporal import DATE, DATE_TIME, TIME, Temporal
from fhirpa.fhir.fhirpath.values import is_number

_MAX_DIGITS: Final = 100
_TRUE: Final = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE: Final = frozenset({"false", "f", "no", "n", "0", "0.0"})
_integer = re.compile(r"[+-]?[0-9]{1,100}").fullmatch
_decimal = re.compile(r"[+-]?[0-9]{1,100}(?:\.[0-9]{1,100})?").fullmatch
_quantity = re.compile(r"([+-]?[0-9]{1,100}(?:\.[0-9]{1,100})?)\s*(?:'([^']+)'|([A-Za-z]+))?").fullmatch


def to_boolean(value: Any) -> bool | None:
    """A boolean as it is; 1, 0, and the usual words in any case."""
    if type(value) is bool:
        return value
    text = value.lower() if type(value) is str else str(int(value)) if value in (0, 1) else ""
    return True if text in _TRUE else False if text in _FALSE else None


def to_integer(value: Any) -> int | None:
    """An integer, a boolean as 1 or 0, digits with a sign."""
    if type(value) in (int, bool):
        return int(value)
    return int(value) if type(value) is str and _integer(value) else None


def to_decimal(value: Any) -> Decimal | None:
    """A number or boolean, or a text of digits with a point."""
    if type(value) is Decimal:
        return value
    if type(value) in (int, bool) or (type(value) is str and _decimal(value)):
        return Decimal(value)
    return None


def to_text(value: Any) -> str | None:
    """A system value as a literal would write it; dates come as text already."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if is_number(value):
        return _plain(value)
    if type(value) is Quantity:
        unit = value.unit if value.unit in CALENDAR_WORDS else f"'{value.unit}'"
        return f"{_plain(value.value)} {unit}"
    return None


def _plain(number: int | Decimal) -> str:
    """Without exponent, unless that takes very many digits."""
    if type(number) is Decimal and number.is_finite() and abs(number.adjusted()) < _MAX_DIGITS:
        return format(number, "f")
    return str(number)


def _to_temporal(kind: str) -> Callable[[Any], Temporal | None]:
    def convert(value: Any) -> Temporal | None:
        found = temporal.parse(value) if type(value) is str else value
        if type(found) is not Temporal:
            return None
        if found.kind == kind:
            return found
        if found.is_time or kind == TIME:
            return None
        # A date is a date-time of lesser precision; a date-time has a date.
        fields = found.fields[:3]
        text = found.text if kind == DATE_TIME else found.text.partition("T")[0]
        return Temporal(kind, found.fields if kind == DATE_TIME else fields, None, text)

    return convert


def to_quantity(value: Any) -> Quantity | None:
    """A quantity, a number (of unit 1), or a text as a literal has it."""
    if type(value) is Quantity:
        return value
    if is_number(value) or type(value) is bool:
        return Quantity(Decimal(value), "1")
    found = _quantity(value) if type(value) is str else None
    if found is None:
        return None
    number, unit, word = found.groups()
    if word is not None and word not in CALENDAR_WORDS:
        return None
    return Quantity(Decimal(number), CALENDAR_WORDS[word] if word else unit or "1")


Convert = Callable[[Any], Any]


def _converting(convert: Convert) -> Callable[..., Code]:
    def build(source: Code, *_: Code) -> Code:
        value_of = source.written() if convert is to_text else source.value()

        def run(this: Any, env: Environment) -> Any:
            value = value_of(this, env)
            return None if value is None else _or_none(convert, value)

        return value_code(run)

    return build


def _convertible(convert: Convert) -> Callable[..., Code]:
    def build(source: Code, *_: Code) -> Code:
        value_of = source.written() if convert is to_text else source.value()

        def run(this: Any, env: Environment) -> bool | None:
            value = value_of(this, env)
            return None if value is None else _or_none(convert, value) is not None

        return truth_code(run)

    return build


def _or_none(convert: Convert, value: Any) -> Any:
    try:
        return convert(value)
    except (InvalidOperation, OverflowError):
        return None


_CONVERSIONS: Final[Mapping[str, Convert]] = MappingProxyType(
    {
        "Boolean": to_boolean,
        "Integer": to_integer,
        "Decimal": to_decimal,
        "String": to_text,
        "Date": _to_temporal(DATE),
        "DateTime": _to_temporal(DATE_TIME),
        "Time": _to_temporal(TIME),
        "Quantity": to_quantity,
    }
)
CONVERSION_FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {"to" + name: Function(0, 0, _converting(convert)) for name, convert in _CONVERSIONS.items()}
    | {"convertsTo" + name: Function(0, 0, _convertible(convert)) for name, convert in _CONVERSIONS.items()}
)

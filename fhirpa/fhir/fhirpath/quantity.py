"""Quantities: a number and a unit. Units of time convert among each other; others compare when equal."""

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

UCUM: Final = "http://unitsofmeasure.org"

# http://hl7.org/fhirpath/N1/#time-valued-quantities: the words of the grammar, by their singular.
CALENDAR_WORDS: Final = MappingProxyType(
    {
        word + plural: word
        for word in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
        for plural in ("", "s")
    }
)
# UCUM code to calendar word. Years and months have no fixed length: they compare only among themselves.
CALENDAR_WORD_OF_UCUM: Final = MappingProxyType(
    {
        "a": "year",
        "mo": "month",
        "wk": "week",
        "d": "day",
        "h": "hour",
        "min": "minute",
        "s": "second",
        "ms": "millisecond",
    }
)
_MILLISECONDS: Final = MappingProxyType(
    {
        "week": 604_800_000,
        "day": 86_400_000,
        "hour": 3_600_000,
        "minute": 60_000,
        "second": 1000,
        "millisecond": 1,
    }
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """`unit` is a UCUM code, a calendar word in the singular, or system|code of another system."""

    value: Decimal
    unit: str


def quantity_of(element: dict[str, Any]) -> Quantity | None:
    """The FHIR Quantity (Age, Duration, Money …) as a value; None if it has none or has a comparator."""
    number = element.get("value")
    if element.get("comparator") is not None or not (type(number) is int or isinstance(number, Decimal)):
        return None
    system, code = element.get("system"), element.get("code", element.get("currency"))
    if type(code) is not str:
        unit = element.get("unit")
        return Quantity(Decimal(number), f"|{unit}" if type(unit) is str else "1")
    if system == UCUM:
        return Quantity(Decimal(number), code)
    return Quantity(Decimal(number), f"{system}|{code}")


def common_measure(left: Quantity, right: Quantity) -> tuple[Decimal, Decimal] | None:
    """Both values in one unit, or None if the units cannot be compared."""
    if left.unit == right.unit:
        return left.value, right.value
    left_factor, right_factor = (_MILLISECONDS.get(calendar_unit(q.unit)) for q in (left, right))
    if left_factor is None or right_factor is None:
        return None
    return left.value * left_factor, right.value * right_factor


def calendar_unit(unit: str) -> str:
    """The calendar word for a UCUM unit of time, else the unit itself."""
    return CALENDAR_WORD_OF_UCUM.get(unit, unit)

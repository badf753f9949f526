"""Answers that are counts, spans of time or rates, in the unit in which the question is put.

An answer may come as a Quantity in another unit (84 d for 12 weeks). What cannot be converted is unknown: a
number of something else would be read as a number of weeks.
"""

import re
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from fhirpa.pas.access import obj
from fhirpa.pas.evidence_facts import score_of, unit_of

_DAYS: Final = MappingProxyType(
    {
        **dict.fromkeys(("d", "day", "days"), Decimal(1)),
        **dict.fromkeys(("wk", "week", "weeks"), Decimal(7)),
        **dict.fromkeys(("mo", "month", "months"), Decimal("30.4375")),  # UCUM's mean month
        **dict.fromkeys(("a", "year", "years"), Decimal("365.25")),
    }
)
_CENT: Final = Decimal("0.01")
_ANNOTATION: Final = re.compile(r"\{[^{}]*\}")


def amount_in(value: Any, unit: str) -> Decimal | None:
    """The number of an answer in `unit` (UCUM: 'wk', '/wk', '1' for a count); None if it has none.

    A number without a unit is in the unit of the question.
    """
    found = score_of(value)
    if found is None or "value" not in obj(value):
        return found
    told = unit_of(value)
    factor = Decimal(1) if told is None else _factor(_plain(told), unit)
    if factor is None or factor == 1:
        return None if factor is None else found
    exact = (found * factor).quantize(_CENT)
    return exact.to_integral_value() if exact == exact.to_integral_value() else exact


def _plain(unit: str) -> str:
    """A unit without annotations and counted things: '{visits}/wk' and 'visits per week' are '/wk'."""
    bare = _ANNOTATION.sub("", unit.lower()).replace(" per ", "/").strip()
    return re.sub(r"^(1|visits?|falls?|times)(?=/|$)", "", bare) or "1"


def _factor(told: str, wanted: str) -> Decimal | None:
    if told == wanted:
        return Decimal(1)
    if told[:1] == wanted[:1] == "/":
        inner = _factor(told[1:], wanted[1:])
        return 1 / inner if inner else None
    if told in _DAYS and wanted in _DAYS:
        return _DAYS[told] / _DAYS[wanted]
    return None

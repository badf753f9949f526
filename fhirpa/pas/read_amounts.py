"""Reading how much and how often: quantities, their units, and timings."""

from decimal import Decimal
from typing import Any

from fhirpa.pas.access import Json, day, number, obj, text
from fhirpa.pas.codes import X12_QUANTITY_UNIT
from fhirpa.pas.timing_text import repeat_of
from fhirpa.um.request import Frequency
from fhirpa.um.terms import QuantityUnit

_X12_UNITS = {"VS": QuantityUnit.VISITS, "UN": QuantityUnit.UNITS}
_WORDS = {
    "visit": QuantityUnit.VISITS,
    "visits": QuantityUnit.VISITS,
    "visit(s)": QuantityUnit.VISITS,
    "{visit}": QuantityUnit.VISITS,
    "{visits}": QuantityUnit.VISITS,
    "session": QuantityUnit.VISITS,
    "sessions": QuantityUnit.VISITS,
    "{session}": QuantityUnit.VISITS,
    "vs": QuantityUnit.VISITS,
    "unit": QuantityUnit.UNITS,
    "units": QuantityUnit.UNITS,
    "unit(s)": QuantityUnit.UNITS,
    "{unit}": QuantityUnit.UNITS,
    "{units}": QuantityUnit.UNITS,
    "un": QuantityUnit.UNITS,
}
_WEEKS = {  # length of a FHIR unit of time in weeks, as a fraction; a month is the mean Gregorian one
    "d": (1, 7),
    "wk": (1, 1),
    "mo": (146097, 33600),
    "a": (146097, 2800),
    "h": (1, 168),
}
_TIME_WORDS = {
    "day": "d",
    "days": "d",
    "week": "wk",
    "weeks": "wk",
    "month": "mo",
    "months": "mo",
    "year": "a",
    "years": "a",
    "hour": "h",
    "hours": "h",
}
_CENT = Decimal("0.01")


def read_unit(quantity: Json) -> QuantityUnit | None:
    """What a Quantity counts: X12 673 code first, then UCUM annotation or unit text; None if not said."""
    code, unit = text(quantity.get("code")), text(quantity.get("unit"))
    if code and quantity.get("system") in (X12_QUANTITY_UNIT, None) and code.upper() in _X12_UNITS:
        return _X12_UNITS[code.upper()]
    for word in (code, unit):
        if word and word.lower() in _WORDS:
            return _WORDS[word.lower()]
    return QuantityUnit.OTHER if unit or (code and code != "1") else None


def read_quantity(quantity: Any) -> tuple[Decimal | None, QuantityUnit | None]:
    """(value, unit) of a Quantity; the value is positive or None."""
    found = number(obj(quantity).get("value"))
    if found is None or found <= 0:
        return None, None
    return found, read_unit(obj(quantity))


def read_frequency(timing: Any) -> Frequency | None:
    """Visits per week and weeks of a Timing; the upper bound where a range is given.

    A total count within bounds is spread evenly. A Timing without `repeat` is read by the text of its code.
    None if no rate can be told.
    """
    repeat = obj(obj(timing).get("repeat")) or repeat_of(obj(obj(timing).get("code")).get("text"))
    weeks = _bounds(repeat)
    times = _larger(repeat.get("frequency"), repeat.get("frequencyMax"))
    span = _in_weeks(repeat.get("period"), repeat.get("periodUnit"))
    if times is None and span is not None:
        times = Decimal(1)  # FHIR: the default of frequency
    if times and span:
        return Frequency(_rounded(times / span), weeks)
    count = read_count(timing)
    if count and weeks:
        return Frequency(_rounded(count / weeks), weeks)
    return None


def read_count(timing: Any) -> Decimal | None:
    """The total number of occurrences of a Timing, if said."""
    repeat = obj(obj(timing).get("repeat"))
    return _larger(repeat.get("count"), repeat.get("countMax"))


def _larger(*values: Any) -> Decimal | None:
    found = [n for n in map(number, values) if n is not None and n > 0]
    return max(found, default=None)


def _in_weeks(amount: Any, unit: Any) -> Decimal | None:
    value = number(amount)
    word = text(unit)
    fraction = _WEEKS.get(_TIME_WORDS.get(word.lower(), word)) if word else None
    if value is None or value <= 0 or fraction is None:
        return None
    return value * fraction[0] / fraction[1]


def _bounds(repeat: Json) -> Decimal | None:
    duration = obj(repeat.get("boundsDuration")) or obj(obj(repeat.get("boundsRange")).get("high"))
    if duration:
        unit = duration.get("code") or duration.get("unit")
        weeks = _in_weeks(duration.get("value"), unit)
        return _rounded(weeks) if weeks else None
    bounds = obj(repeat.get("boundsPeriod"))
    start, end = day(bounds.get("start")), day(bounds.get("end"))
    if start is None or end is None or end < start:
        return None
    return _rounded(Decimal((end - start).days + 1) / 7)


def _rounded(value: Decimal) -> Decimal:
    rounded = value.quantize(_CENT)
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded.normalize()

"""Fixed values and patterns: http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_."""

from decimal import Decimal
from typing import Any

_NUMBERS = (int, float, Decimal)


def is_same(found: Any, wanted: Any) -> bool:
    """True if a JSON value is exactly the fixed one; numbers by value."""
    if type(wanted) is dict:
        return (
            type(found) is dict
            and found.keys() == wanted.keys()
            and all(is_same(found[name], wanted[name]) for name in wanted)
        )
    if type(wanted) is list:
        return type(found) is list and len(found) == len(wanted) and all(map(is_same, found, wanted))
    return _is_same_value(found, wanted)


def fits(found: Any, wanted: Any) -> bool:
    """True if a JSON value holds all of the pattern; a list an item for each of the pattern's."""
    if type(wanted) is dict:
        return type(found) is dict and all(fits(found.get(name), wanted[name]) for name in wanted)
    if type(wanted) is list:
        return type(found) is list and all(any(fits(item, part) for item in found) for part in wanted)
    return _is_same_value(found, wanted)


def _is_same_value(found: Any, wanted: Any) -> bool:
    if type(found) is bool or type(wanted) is bool:
        return found is wanted
    if isinstance(found, _NUMBERS) and isinstance(wanted, _NUMBERS):
        return bool(found == wanted)
    return type(found) is type(wanted) and bool(found == wanted)

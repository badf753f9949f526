"""Fixed values and patterns: http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_.

What a profile wants is known long before the data: `same_as` and `fitting` make a test of it once.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

Test = Callable[[Any], bool]

_NUMBERS = (int, float, Decimal)


def same_as(wanted: Any) -> Test:
    """A test for a JSON value that is exactly the fixed one; numbers by value."""
    if type(wanted) is dict:
        parts = {name: same_as(part) for name, part in wanted.items()}
        return lambda found: (
            type(found) is dict
            and found.keys() == parts.keys()
            and all(test(found[name]) for name, test in parts.items())
        )
    if type(wanted) is list:
        tests = [same_as(part) for part in wanted]
        return lambda found: (
            type(found) is list
            and len(found) == len(tests)
            and all(test(item) for test, item in zip(tests, found, strict=True))
        )
    return _same_value(wanted)


def fitting(wanted: Any) -> Test:
    """A test for a JSON value that holds all of the pattern; a list an item for each of the pattern's."""
    if type(wanted) is dict:
        return _fitting_object([(name, fitting(part)) for name, part in wanted.items()])
    if type(wanted) is list:
        tests = [fitting(part) for part in wanted]
        return lambda found: type(found) is list and all(any(map(test, found)) for test in tests)
    return _same_value(wanted)


def _fitting_object(parts: list[tuple[str, Test]]) -> Test:
    def test(found: Any) -> bool:
        if type(found) is not dict:
            return False
        for name, part in parts:  # noqa: SIM110 (all() would take longer than the work)
            if not part(found.get(name)):
                return False
        return True

    return test


def _same_value(wanted: Any) -> Test:
    if type(wanted) is str:
        return lambda found: type(found) is str and found == wanted
    if type(wanted) is bool:
        return lambda found: found is wanted
    if isinstance(wanted, _NUMBERS):
        return lambda found: isinstance(found, _NUMBERS) and type(found) is not bool and bool(found == wanted)
    return lambda found: type(found) is type(wanted) and bool(found == wanted)

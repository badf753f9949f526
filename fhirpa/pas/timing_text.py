"""How often and for how long, where a chart says it in words, as in '2x/week for 6 weeks'."""

import re
from typing import Any, Final

from fhirpa.pas.access import Json, number, text

_NUMBERS: Final = {
    name: str(value)
    for value, name in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1
    )
}
_UNITS: Final = {"d": "d", "w": "wk", "m": "mo"}
_UNIT = r"(days?|d|weeks?|wks?|w|months?|mos?)"
_SAID: Final = re.compile(
    r"(?P<low>\d{1,2})(?: ?(?:-|to) ?(?P<high>\d{1,2}))? ?(?:x|times?|visits?|sessions?)? ?"
    rf"(?:/|per|a|each|every) ?(?:(?P<span>\d{{1,2}}) )?(?P<unit>{_UNIT[1:-1]})"
    rf"(?:,? ?(?:x|for) ?(?P<long>\d{{1,3}}) ?(?P<long_unit>{_UNIT[1:-1]}))?"
)


def repeat_of(words: Any) -> Json:
    """The words as Timing.repeat (FHIR R4); {} unless every word of them was understood."""
    said = text(words)
    if said is None or len(said) > 80:
        return {}
    plain = " ".join(said.lower().rstrip(".").split())
    plain = re.sub(r"\b[a-z]+\b", lambda m: _NUMBERS.get(m[0], m[0]), plain)
    for old, new in (("once", "1 time"), ("twice", "2 times"), ("every other ", "every 2 ")):
        plain = plain.replace(old, new)
    plain = re.sub(r"\bweekly\b", "per week", plain)
    plain = re.sub(r"^every", "1 time every", plain)
    match = _SAID.fullmatch(plain)
    if match is None:
        return {}
    repeat: Json = {
        "frequency": number(match["low"]),
        "period": number(match["span"] or "1"),
        "periodUnit": _UNITS[match["unit"][0]],
    }
    if match["high"]:
        repeat["frequencyMax"] = number(match["high"])
    if match["long"]:
        repeat["boundsDuration"] = {"value": number(match["long"]), "code": _UNITS[match["long_unit"][0]]}
    return repeat

"""UCUM: the grammar of case-sensitive codes and the units of common use (https://ucum.org/ucum, 2.1)."""

import re
from typing import Final

from fhirpa.validation.terminology.public_codes import public_codes

_FILE: Final = "units.json"
_DEEPEST: Final = 20

# A unit with its exponent, a whole number or an opening bracket; or an annotation, which may also follow one.
_UNIT: Final = re.compile(
    r"(?P<unit>10[*^]|(?:\[[^\[\]{}\s]+\]|[!#-'*,:-Z\\^-z|~])+)(?P<exponent>[+-]?[0-9]+)?", re.ASCII
)
_NUMBER: Final = re.compile(r"[0-9]+(?![0-9*^])", re.ASCII)
_ANNOTATION: Final = re.compile(r"\{[^{}]*\}")


def is_unit(code: str) -> bool | None:
    """Whether a code is one of UCUM: False where the grammar is broken, None for a unit not known here."""
    if not code.isascii():
        return False
    reader = _Reader(code)
    if not reader.read():
        return False
    return True if all(map(_is_known, reader.units)) else None


class _Reader:
    """Reads one code from left to right and gathers the units in it."""

    def __init__(self, code: str) -> None:
        self.units: list[str] = []
        self._code = code
        self._at = 0

    def read(self) -> bool:
        """True if the whole code is one term, with or without a stroke before it."""
        self._take("/")
        return self._term(0) and self._at == len(self._code)

    def _term(self, depth: int) -> bool:
        """Components with dots and strokes between them."""
        while self._component(depth):
            if not (self._take(".") or self._take("/")):
                return True
        return False

    def _component(self, depth: int) -> bool:
        is_read = False
        if self._take("("):
            is_read = depth < _DEEPEST and self._term(depth + 1) and self._take(")")
            if not is_read:
                return False
        elif unit := _NUMBER.match(self._code, self._at) or _UNIT.match(self._code, self._at):
            is_read = True
            self._at = unit.end()
            if unit.re is _UNIT:
                self.units.append(unit["unit"])
        if annotation := _ANNOTATION.match(self._code, self._at):
            self._at = annotation.end()
        return is_read or annotation is not None

    def _take(self, character: str) -> bool:
        found = self._code.startswith(character, self._at)
        self._at += found
        return found


def _is_known(unit: str) -> bool:
    metric = public_codes(_FILE, "metric")
    if unit in metric or unit in public_codes(_FILE, "other"):
        return True
    return any(unit[n:] in metric and unit[:n] in public_codes(_FILE, "prefixes") for n in (1, 2))

"""From text to words, numbers and signs."""

import re
from dataclasses import dataclass
from typing import Final

from fhirpa.um.expression.errors import ExpressionError

LONGEST: Final = 4_000  # characters of one expression
_PHRASES: Final = (
    "and or not shown in is known between mentions where of any all count share least greatest sum true",
    "false, nothing says, starts with, any told of, days from to, at least, at most, more than, less than",
)
KEYWORDS: Final = frozenset(" ".join(_PHRASES).replace(",", "").split())
UNITS: Final = {  # as written -> as kept
    **dict.fromkeys(("day", "days"), "days"),
    **dict.fromkeys(("week", "weeks"), "weeks"),
    **dict.fromkeys(("month", "months"), "months"),
    **dict.fromkeys(("year", "years"), "years"),
    **dict.fromkeys(("point", "points"), "points"),
    **dict.fromkeys(("degree", "degrees"), "degrees"),
    **{unit: unit for unit in ("%", "SD", "m/s", "m", "s", "kg")},
}
_UNIT: Final = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
_NUMBER: Final = r"[0-9]{1,12}(?:\.[0-9]{1,9})?"
_PATTERN: Final = re.compile(
    rf"""
    (?P<space>\s+)
    | (?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(?![0-9A-Za-z-])
    | (?P<code>[0-9]*[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*)(?![a-z_])
    | (?P<number>{_NUMBER})(?:\s*(?P<unit>{_UNIT})(?![A-Za-z0-9_]))?(?![0-9A-Za-z_.])
    | "(?P<text>[^"\n]*)"
    | (?P<word>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)
    | (?P<sign><=|>=|!=|[=<>+\-*/(),\[\]])
    """,
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text: its kind (day, code, number, text, word, keyword, sign, end), value and place."""

    kind: str
    value: str
    at: int
    unit: str | None = None

    @property
    def length(self) -> int:
        """Characters that the caret marks."""
        return len(self.value) + (2 if self.kind == "text" else 0)


def tokens(text: str) -> list[Token]:
    """The pieces of a text, with an end piece. Raises ExpressionError where a sign means nothing."""
    if len(text) > LONGEST:
        raise ExpressionError(f"longer than {LONGEST} characters: make it several criteria", text, LONGEST)
    out: list[Token] = []
    at = 0
    while at < len(text):
        found = _PATTERN.match(text, at)
        if found is None:
            raise ExpressionError(_fault(text, at), text, at)
        kind = next(k for k, v in found.groupdict().items() if v is not None and k != "unit")
        if kind != "space":
            out.append(_token(kind, found, at))
        at = found.end()
    out.append(Token("end", "", len(text)))
    return out


def _token(kind: str, found: re.Match[str], at: int) -> Token:
    value = found.group(kind)
    unit = UNITS[found.group("unit")] if kind == "number" and found.group("unit") else None
    return Token("keyword" if kind == "word" and value in KEYWORDS else kind, value, at, unit)


def _fault(text: str, at: int) -> str:
    rest = re.split(r"[\s,()\[\]]", text[at:], maxsplit=1)[0]
    if text[at] == '"':
        return "the quotation mark has no partner on this line"
    if re.match(r"[0-9]", rest):
        return (
            f"'{rest}' is not a number with a known unit; units are {', '.join(sorted(set(UNITS.values())))}"
        )
    if re.match(r"[A-Za-z]", rest):
        return f"'{rest}' is neither a name (small letters) nor a code (capital letters)"
    return f"'{text[at]}' means nothing here"

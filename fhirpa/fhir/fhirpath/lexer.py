"""An expression as tokens: http://hl7.org/fhirpath/N1/grammar.html, with the quotes of older expressions."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from fhirpa.fhir.fhirpath.errors import FhirPathSyntaxError


class Kind(Enum):
    """What a token is."""

    NAME = "name"
    QUOTED_NAME = "quoted name"
    STRING = "string"
    NUMBER = "number"
    MOMENT = "date or time"
    VARIABLE = "variable"
    SPECIAL = "special name"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is unescaped and without quotes, @ or %; `position` is that of the first character."""

    kind: Kind
    text: str
    position: int


_DATE = r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?"
_CLOCK = r"[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_TOKEN: Final = re.compile(
    rf"""
    (?P<space> \s+ | //[^\n]* | /\*.*?\*/ )
  | (?P<moment> @(?: T{_CLOCK} | {_DATE}(?:T(?:{_CLOCK}(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?)? ) )
  | (?P<number> [0-9]+(?:\.[0-9]+)? )
  | (?P<string> '(?:[^'\\]|\\.)*' )
  | (?P<quoted> `(?:[^`\\]|\\.)*` | "(?:[^"\\]|\\.)*" )
  | %(?P<variable> (?:vs|ext)-[A-Za-z0-9_-]+ | [A-Za-z_][A-Za-z0-9_]*
      | `(?:[^`\\]|\\.)*` | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
  | (?P<special> \$[a-z]+ )
  | (?P<name> [A-Za-z_][A-Za-z0-9_]* )
  | (?P<symbol> <= | >= | != | !~ | [-+*/&|=~<>.,()\[\]{{}}] )
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS: Final = {
    "moment": Kind.MOMENT,
    "number": Kind.NUMBER,
    "string": Kind.STRING,
    "quoted": Kind.QUOTED_NAME,
    "variable": Kind.VARIABLE,
    "special": Kind.SPECIAL,
    "name": Kind.NAME,
    "symbol": Kind.SYMBOL,
}
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED: Final = {
    "'": "'",
    '"': '"',
    "`": "`",
    "\\": "\\",
    "/": "/",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}
_QUOTES: Final = frozenset("'\"`")


def tokens(text: str) -> list[Token]:
    """The tokens of `text`, with one of kind END behind them. Raises FhirPathSyntaxError."""
    result: list[Token] = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise FhirPathSyntaxError(_fault(text[position]), position)
        group = found.lastgroup or "space"
        if group != "space":
            result.append(Token(_KINDS[group], _content(group, found[group], position), position))
        position = found.end()
    result.append(Token(Kind.END, "", len(text)))
    return result


def _fault(character: str) -> str:
    if character in _QUOTES:
        return "a quote is not closed"
    return f"unexpected character {character!r}"


def _content(group: str, text: str, position: int) -> str:
    if group == "moment":
        return text[1:]
    if group == "symbol" or text[0] not in _QUOTES:
        return text

    def unescape(found: re.Match[str]) -> str:
        escape = found[1]
        if len(escape) == 5:
            return chr(int(escape[1:], 16))
        if escape not in _ESCAPED:
            raise FhirPathSyntaxError(f"unknown escape \\{escape}", position + 1 + found.start())
        return _ESCAPED[escape]

    return _ESCAPE.sub(unescape, text[1:-1])

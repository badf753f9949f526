"""From the FHIRPath of a fault to line and column of the source, JSON or XML.

    places = locate(body, "json")
    places.of("Bundle.entry[0].resource.item[2].quantity")  # Position(line=41, column=17)

Nothing is read before the first question, then the text is scanned once, in linear time. The scan is
tolerant: of a text that breaks off, or that breaks rules, what can be told is told.
"""

import codecs
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lxml import etree

from fhirpa.fhir.lines import Lines
from fhirpa.fhir.positions_scan import Scan, Spot, scan_json, scan_xml
from fhirpa.fhir.primitives import CHECKS
from fhirpa.fhir.tables import type_names
from fhirpa.fhir.xhtml import safe_parser

_STEP = re.compile(
    r"""\s*\.?\s*(?:
        (?P<call>[A-Za-z]+)\(\s*['"]?(?P<argument>[^()'"]*)['"]?\s*\)
      | `(?P<quoted>[^`]*)`
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    )(?:\[(?P<index>[0-9]{1,9})\])?""",
    re.VERBOSE,
)
_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._\-]{1,40})["']""")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: line and column (in characters), both from 1."""

    line: int
    column: int


def locate(body: bytes, format: str, at: str | None = None) -> "Positions":
    """The positions in a body of `format` json or xml, whatever state it is in. Never fails but for
    ValueError for another format.

    `at` is the FHIRPath of the resource that is asked about, where the body only holds it:
    Parameters.parameter[0].resource.
    """
    if format not in ("json", "xml"):
        raise ValueError(f"unknown format: {format}")
    return Positions(body, format, at)


class Positions:
    """The places in one text. Made by `locate`; from any thread."""

    def __init__(self, body: bytes, format: str, at: str | None = None) -> None:
        self._body = body
        self._format = format
        self._at = at

    def of(self, expression: str | None) -> Position | None:
        """Where a FHIRPath leads to: the name of the element, or the list item that it is.

        What is not there is where its parent is. Understood are names (a choice without its type: `value`),
        indexes, `ofType()` and `extension()` with a url; at any other function the path ends. None without
        an expression, and where not even the resource is there.
        """
        root = self._scan.root
        if not expression or root is None:
            return None
        if self._at is not None:
            _, dot, inside = expression.partition(".")
            expression = self._at + dot + inside
        return self._position(_deepest(root, expression))

    @cached_property
    def trouble(self) -> Position | None:
        """Where the text stops being JSON or XML, or a JSON name stands for the second time; else None."""
        offset = self._broken()
        return None if offset is None else self._position(offset)

    def line(self, number: int) -> str:
        """The text of a line, from 1, without its end. Empty for a number that the text does not have."""
        return self._lines.text(number) if 1 <= number <= self._lines.count else ""

    @cached_property
    def text(self) -> str:
        """The whole text; bytes that cannot be decoded are replaced."""
        return self._body.decode(_encoding(self._body, self._format), "replace")

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.text)

    @cached_property
    def _scan(self) -> Scan:
        return scan_json(self.text) if self._format == "json" else scan_xml(self.text)

    def _position(self, offset: int) -> Position:
        return Position(*self._lines.at(offset))

    def _broken(self) -> int | None:
        encoding = _encoding(self._body, self._format)
        try:
            self._body.decode(encoding)
        except UnicodeDecodeError as error:
            return len(self._body[: error.start].decode(encoding, "replace"))
        if self._format == "json":
            return self._broken_json()
        try:
            etree.fromstring(self._body, safe_parser())
        except etree.XMLSyntaxError as error:
            line, column = error.position
            line = min(max(line, 1), self._lines.count)
            return min(self._lines.start(line) + max(column - 1, 0), len(self.text))
        return None

    def _broken_json(self) -> int | None:
        try:
            json.loads(self.text, parse_int=str, parse_float=str)
        except json.JSONDecodeError as error:
            return error.pos
        except RecursionError:
            return None
        return self._scan.odd


def _encoding(body: bytes, format: str) -> str:
    """The encoding to read `body` in: JSON is UTF-8, XML says or shows its own. One that exists."""
    if format == "json":
        return "utf-8"
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return encoding
    declared = _ENCODING.match(body[:200])
    try:
        return codecs.lookup(declared[1].decode()).name if declared else "utf-8"
    except LookupError:
        return "utf-8"


def _deepest(root: Spot, expression: str) -> int:
    """The offset of what an expression leads to, or of the last thing on the way that is there."""
    first = _STEP.match(expression)
    offset = root.offset
    if first is None or first["name"] is None:
        return offset
    here = [root]
    position = first.end()
    while position < len(expression):
        step = _STEP.match(expression, position)
        if step is None:
            break
        position = step.end()
        found = _call(here, step) if step["call"] else _member(here, step["name"] or step["quoted"])
        if not found:
            break
        here = _at(found, step["index"])
        offset = here[0].offset if here else found[0].offset
        if not here:
            break
    return offset


def _call(here: list[Spot], step: re.Match[str]) -> list[Spot]:
    """What a function leaves: ofType changes nothing, since the JSON name said it; extension has a url."""
    if step["call"] == "ofType":
        return here
    if step["call"] == "extension":
        inner = _member(here, "extension")
        items = [item for spot in inner for item in (spot.items or [spot])]
        return [item for item in items if item.url == step["argument"]]
    return []


def _member(here: list[Spot], label: str) -> list[Spot]:
    """The element of that label: under its own name, with a type behind it, and the `_name` beside it."""
    for spot in here:
        for holder in (spot, *(spot.items or ())[:1]):
            names = holder.members
            if names:
                name = _name(names, label)
                found = [names[n] for n in (name, "_" + name) if n in names]
                if found:
                    return found
    return []


def _name(names: dict[str, Spot], label: str) -> str:
    if label in names or "_" + label in names:
        return label
    size = len(label)
    for name in names:
        bare = name.removeprefix("_")
        if bare.startswith(label) and _is_type(bare[size:]):
            return bare
    return label


def _is_type(suffix: str) -> bool:
    """True for what stands behind the name of a choice: String, Quantity."""
    return suffix[:1].isupper() and (suffix in type_names() or suffix[0].lower() + suffix[1:] in CHECKS)


def _at(found: list[Spot], index: str | None) -> list[Spot]:
    """The items of an index, of the list and of the list beside it; all that was found without an index."""
    if index is None:
        return found
    number = int(index)
    chosen: list[Spot] = []
    for spot in found:
        if spot.items is None:
            chosen += [spot] if number == 0 else []
        elif number < len(spot.items):
            chosen.append(spot.items[number])
    return chosen

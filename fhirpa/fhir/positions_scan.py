"""JSON and XML text to a tree of offsets: what stands where. Tolerant, linear, and silent about faults."""

import json
import re
from dataclasses import dataclass
from typing import Final


class Spot:
    """One thing in a text: a member of an object (the offset is that of its name) or an item of a list.

    `members` are those of an object, `items` those of a list; `url` is the text of a member of that name.
    """

    __slots__ = ("items", "members", "offset", "url")

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.members: dict[str, Spot] | None = None
        self.items: list[Spot] | None = None
        self.url: str | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found. `odd` is the offset of the first thing that is well-formed and yet wrong."""

    root: Spot | None
    odd: int | None


# A name with its colon, a text (to the end of the line if it is not closed), a bracket, or a bare word. No
# alternative looks further than the line, so that no text makes the scan quadratic.
_JSON = re.compile(
    r"""("(?:[^"\\\n]++|\\[^\n])*+")(?:(\s*+:)|)|([{\[])|([}\]])|(?:"[^\n]*+|[^\s{}\[\],:"]++)"""
)
_NAME, _COLON, _OPEN, _CLOSE = range(1, 5)
_NO_NUMBERS: Final = frozenset({"NaN", "Infinity", "-Infinity"})

# What is no tag goes to its end, or to that of the text; a tag never over the next "<".
_XML = re.compile(
    r"""<!--(?:.*?-->|.*)|<!\[CDATA\[(?:.*?\]\]>|.*)|<\?(?:.*?\?>|.*)|<!(?:[^>]*>|.*)"""
    r"""|<(/?)(?:[\w.\-]++:)?([\w.\-]++)((?:"[^"<]*+"|'[^'<]*+'|[^<>"'/]|/(?!>))*+)(/?)>""",
    re.DOTALL,
)
_URL = re.compile(r"""\surl\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def scan_json(text: str) -> Scan:
    """The tree of a JSON text. Of two members of one name the last counts, as with most readers."""
    root: Spot | None = None
    odd: int | None = None
    stack: list[Spot] = []
    member: Spot | None = None  # whose value comes next
    name = ""
    for token in _JSON.finditer(text):
        kind = token.lastindex
        if kind == _COLON and stack and (members := stack[-1].members) is not None:
            name = _plain(token[_NAME])
            if odd is None and name in members:
                odd = token.start()
            member = members[name] = Spot(token.start())
            continue
        if kind == _CLOSE:
            if stack:
                stack.pop()
            member = None
            continue
        if member is not None:
            spot = member
            member = None
            if name == "url" and kind == _NAME:
                stack[-1].url = _plain(token[_NAME])
        else:
            spot = Spot(token.start())
            if not stack:
                if root is not None:
                    continue
                root = spot
            elif (items := stack[-1].items) is not None:
                items.append(spot)
        if kind == _OPEN:
            if token[_OPEN] == "{":
                spot.members = {}
            else:
                spot.items = []
            stack.append(spot)
        elif kind is None and odd is None and token[0] in _NO_NUMBERS:
            odd = token.start()
    return Scan(root, odd)


def _plain(quoted: str) -> str:
    """The text that a JSON text means."""
    if "\\" in quoted:
        try:
            return str(json.loads(quoted, strict=False))
        except ValueError:
            pass
    return quoted[1:-1]


def scan_xml(text: str) -> Scan:
    """The tree of an XML text, in the shape that JSON has: an element of a resource's name adds no level."""
    root: Spot | None = None
    stack: list[Spot] = []
    for token in _XML.finditer(text):
        name = token[2]
        if name is None:
            continue
        if token[1]:
            if stack:
                stack.pop()
            continue
        if not stack:
            if root is not None:
                continue
            spot = root = Spot(token.start())
            spot.members = {}
        elif name[0].isupper():
            spot = stack[-1]
        else:
            spot = _child(stack[-1], name, token.start())
            url = _URL.search(token[3])
            if url:
                spot.url = url[1] or url[2]
        if not token[4]:
            stack.append(spot)
    return Scan(root, None)


def _child(parent: Spot, name: str, offset: int) -> Spot:
    """A new element below another. All elements are lists: XML does not tell which are."""
    if parent.members is None:
        parent.members = {}
    spot = Spot(offset)
    held = parent.members.get(name)
    if held is None:
        held = parent.members[name] = Spot(offset)
        held.items = []
    assert held.items is not None
    held.items.append(spot)
    return spot

"""Changes of primitive values: lexical forms, ranges, narrative."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Final

from tests.official.mutation import Mutation, at, is_text, of, put
from tests.official.spots import Spot

_DAYS = (
    "2026-13-01",
    "2026-02-30",
    "2026-00-10",
    "26-01-01",
    "2026-1-1",
    "2026/01/01",
    "20260101",
    "2026-01-32",
    " 2026-01-01",
    "today",
)
_TIMES = (
    "2026-01-01T10:00:00",
    "2026-01-01T10:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T10:61:00Z",
    "2026-01-01 10:00:00Z",
    "2026-01-01T10:00:00+25:00",
    "2026-01-01T10:00:00.Z",
    "2026-01-01T10Z",
)
_PARTIAL = ("2026", "2026-01")
_DIV = '<div xmlns="http://www.w3.org/1999/xhtml">{}</div>'
_INSIDE = (
    "<script>alert(1)</script>",
    "<p onclick='x()'>x</p>",
    "<p>not closed",
    "<img src='javascript:x'/>",
    "<iframe/>",
    "",
    "&nbsp;x",
    "&nosuch;",
    "<p style='color:red'>fine</p>",
    "<form><input/></form>",
    "<a name='x'>y</a>",
    "<table><tr><td>x</td></tr></table>",
    "<h7>x</h7>",
    "<p fhir='x'>y</p>",
    "   ",
    "<b>bold</b> &amp; &lt;",
    "<style>p{}</style>",
    "<object/>",
    "<!-- comment -->x",
    "<a href='#nowhere'>x</a>",
)
_NARRATIVES = (
    *map(_DIV.format, _INSIDE),
    "<div>no namespace</div>",
    "plain",
    '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
    '<div xmlns="http://example.org/other">x</div>',
    _DIV.format("x") + _DIV.format("y"),
    "<?xml version='1.0'?>" + _DIV.format("x"),
)


def _around(spot: Spot, rng: Random) -> None:
    text = spot.value
    spot.put(rng.choice([f" {text}", f"{text} ", f"{text}\n", f"\t{text}", f"{text[:2]}  {text[2:]}"]))


def _inside(spot: Spot, rng: Random) -> None:
    text = spot.value
    spot.put(text[:1] + rng.choice(["\u0007", "\u00a0", "\u200b", "\r", "<b>", "\u001f"]) + text[1:])


def _extended(spot: Spot, rng: Random) -> None:
    spot.put(spot.value + rng.choice(["x", "-", "0", "é"]))


def _add_narrative(spot: Spot, rng: Random) -> None:
    spot.value["text"] = {"status": "generated", "div": rng.choice(_NARRATIVES)}


# The seeds have no narratives: mutants of this kind get one.
NARRATIVE_MUTATIONS: Final[Mapping[str, Mutation]] = MappingProxyType(
    {
        "narrative-added": at(
            lambda s: (
                s.type == "Resource" and isinstance(s.value, dict) and s.value["resourceType"] != "Bundle"
            ),
            _add_narrative,
        )
    }
)
MUTATIONS: Final[Mapping[str, Mutation]] = MappingProxyType(
    {
        "date": at(of("date"), put(*_DAYS, *_TIMES[:2], *_PARTIAL, "0000-01-01", "9999-12-31", "1800-01-01")),
        "date-time": at(of("dateTime"), put(*_DAYS, *_TIMES, *_PARTIAL, "2026-01-01T10:00:00.123456Z")),
        "instant": at(of("instant"), put(*_TIMES, *_PARTIAL, "2026-01-01", "2026-01-01T10:00:60Z")),
        "time": at(of("time"), put("10:00", "25:00:00", "10:00:00Z")),
        "id": at(of("id"), put("a b", "a_b", "a" * 65, "ä", "a/b", "")),
        "resource-id": at(
            lambda s: s.name == "id" and s.within[0].isupper() and "." not in s.within,
            put("a b", "a_b", "a" * 65, "other"),
        ),
        "uri": at(
            of("uri", "url", "canonical"),
            put(
                "with space",
                "urn:uuid:not-a-uuid",
                "urn:oid:1.2.x",
                "urn:uuid:0F4C6B4E-1B5C-4C1E-9B61-4C1D0C0A9B11",
                "http://",
                "",
                "relative/path",
                "urn:oid:2.16.840",
                "http://a b",
                "urn:uuid:0f4c6b4e1b5c4c1e9b614c1d0c0a9b11",
            ),
        ),
        "base64": at(of("base64Binary"), put("!!!", "YWJj=", "YW Jj", "YWJ", "", "YWJjZA==")),
        "decimal": at(of("decimal"), put("1.5", True, 1e5, -0.0, 12345678901234567890, 0.1000)),
        "integer": at(of("positiveInt", "unsignedInt", "integer"), put(0, -1, 1.5, "1", 2**31, 1e2)),
        "boolean": at(of("boolean"), put("true", 1, "yes", None)),
        "code-space": at(of("code"), _around),
        "text-around": at(of("string", "markdown", "uri", "id"), _around),
        "text-inside": at(of("string", "markdown", "code"), _inside),
        "narrative": at(of("xhtml"), put(*_NARRATIVES)),
        "narrative-2": at(of("xhtml"), put(*_NARRATIVES)),
        "extended-text": at(lambda s: is_text(s) and s.type != "xhtml", _extended),
        "extended-uri": at(of("uri", "canonical", "code"), _extended),
    }
)

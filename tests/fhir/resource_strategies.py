"""Random valid resources, made from the base tables: any type, extensions everywhere, contained resources."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from fhirpa.fhir.primitives import CHECKS
from fhirpa.fhir.tables import Element, Kind, resource_types, type_table

Json = dict[str, Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

_XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'
_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r\"'<>&é"),
    min_size=1,
    max_size=6,
)
_WORD = st.text("abzAZ09-_é<>&\"'", min_size=1, max_size=6)
_ZONES = st.integers(-13 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))) | st.just(UTC)
_DATES = st.dates().map(lambda d: d.isoformat())
_INSTANTS = st.datetimes(timezones=_ZONES).map(lambda d: d.isoformat())
_DIGITS = st.sampled_from(["0", "1.10", "100.0", "0.000000001", "-1E+3", "1.23456789012345678901234567890"])
_OF_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "base64Binary": st.binary(min_size=1, max_size=9).map(lambda b: b64encode(b).decode()),
    "boolean": st.booleans(),
    "canonical": _WORD,
    "code": _WORD | st.tuples(_WORD, _WORD).map(" ".join),
    "date": _DATES | _DATES.map(lambda d: d[:7]) | _DATES.map(lambda d: d[:4]),
    "dateTime": _DATES | _INSTANTS,
    "decimal": _DIGITS.map(Decimal) | st.decimals(-9, 9, places=3) | st.integers(-(10**20), 10**20),
    "id": st.text("abzAZ09-.", min_size=1, max_size=64),
    "instant": _INSTANTS,
    "integer": st.integers(-(2**31), 2**31 - 1),
    "markdown": _TEXT,
    "oid": st.just("urn:oid:2.16.840.1"),
    "positiveInt": st.integers(1, 2**31 - 1),
    "string": _TEXT,
    "time": st.sampled_from(["00:00:00", "23:59:60.123"]),
    "unsignedInt": st.integers(0, 2**31 - 1),
    "uri": _WORD,
    "url": _WORD,
    "uuid": st.uuids().map(lambda u: f"urn:uuid:{u}"),
    "xhtml": st.sampled_from(
        [
            f"<div {_XHTML}><p>a &amp; b</p></div>",
            f"<div {_XHTML}><p class='x'>&quot;&#233;é&quot;</p><br></br><!-- c --> \n</div>",
            f'<div lang="en" {_XHTML}><div><div/>&lt;div&gt;<![CDATA[<div>]]></div></div>',
            f"<div {_XHTML}/>",
        ]
    ),
}
assert set(_OF_TYPE) >= set(CHECKS)


@st.composite
def resources(draw: Draw, kind: str | None = None, depth: int = 4) -> Json:
    """A valid resource, of `kind` or of any type, with at most about `depth` levels of optional elements."""
    name = kind or draw(st.sampled_from(sorted(resource_types())))
    return {"resourceType": name, **draw(_objects(name, depth))}


@st.composite
def _objects(draw: Draw, type_name: str, depth: int) -> Json:
    if type_name == "Extension":
        return draw(_extensions(depth))
    table = type_table(type_name)
    by_label: dict[str, list[Element]] = {}
    for element in table.elements.values():
        by_label.setdefault(element.label, []).append(element)
    optional = [label for label in by_label if label not in table.required]
    limit = 3 if depth > 0 else 0
    labels = draw(st.lists(st.sampled_from(optional), max_size=limit, unique=True)) if optional else []
    chosen = [*labels, *table.required] or ["id"]
    out: Json = {}
    for label in chosen:
        _put(draw, draw(st.sampled_from(by_label[label])), out, depth - 1, label in table.required)
    return out or {"id": "x"}


@st.composite
def _extensions(draw: Draw, depth: int) -> Json:
    out: Json = {"url": draw(_WORD)}
    if depth > 0 and draw(st.booleans()):
        return {**out, "extension": draw(st.lists(_extensions(depth - 2), min_size=1, max_size=2))}
    values = [e for e in type_table("Extension").elements.values() if e.label == "value"]
    if depth <= 0:
        values = [e for e in values if e.is_primitive]
    _put(draw, draw(st.sampled_from(values)), out, depth - 1, True)
    return out


def _put(draw: Draw, element: Element, out: Json, depth: int, needed: bool) -> None:
    """Give `out` the element; one that is not needed is left out where it would go too deep."""
    if depth < 0 and not needed and not element.is_primitive:
        return
    count = draw(st.integers(1, 2 if depth > 0 else 1)) if element.many else 1
    if element.is_primitive and not element.attribute:
        _put_primitive(draw, element, out, depth, count)
        return
    if element.kind is Kind.COMPLEX:
        each = _objects(element.type, depth)
    elif element.kind is Kind.RESOURCE:
        each = resources(draw(st.sampled_from(["Basic", "Patient", "Claim", "Parameters"])), depth)
    else:
        each = _OF_TYPE[element.type]
    items = [draw(each) for _ in range(count)]
    out[element.name] = items if element.many else items[0]


def _put_primitive(draw: Draw, element: Element, out: Json, depth: int, count: int) -> None:
    values = [draw(_OF_TYPE[element.type]) for _ in range(count)]
    extras: list[Any] = [None] * count
    if depth > 0 and draw(st.integers(0, 4)) == 0:
        index = draw(st.integers(0, count - 1))
        extras[index] = {"extension": [draw(_extensions(depth - 1))]}
        if draw(st.booleans()):
            extras[index]["id"] = draw(_WORD)
        if draw(st.booleans()):
            values[index] = None
    if any(v is not None for v in values):
        out[element.name] = values if element.many else values[0]
    if any(extras):
        out["_" + element.name] = extras if element.many else extras[0]

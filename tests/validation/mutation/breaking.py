"""Breaking invariants: a search for changes that make an expression false, guided by the words in it.

Around the element that a rule is about, what the expression names is taken out, doubled, put in, and given
the values that stand in the expression, one change or two at a time, until the rule no longer holds.
"""

import copy
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from fhirpa.fhir.primitives import CHECKS
from fhirpa.fhir.tables import Kind, type_table
from tests.validation.mutation.edits import GONE, Edit, changed
from tests.validation.mutation.invariants import Subject, environment
from tests.validation.mutation.profile_operators import Tools
from tests.validation.mutation.specimens import SAMPLES

Json = dict[str, Any]

_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LITERAL: Final = re.compile(r"'((?:[^'\\]|\\.)*)'")
_EQUALS: Final = re.compile(r"([a-zA-Z]+)\s*=\s*'([^']*)'")
_OF_RESOURCE: Final = re.compile(r"%resource\.([a-zA-Z]+)")
_VALUES: Final[dict[str, tuple[Any, ...]]] = {
    "boolean": (True, False),
    "integer": (0, 1, 2, 7, -1),
    "positiveInt": (1, 2, 7),
    "unsignedInt": (0, 1, 7),
    "decimal": (0, 1, -1, 200, Decimal("1.5")),
    "date": ("2026", "2026-01-02", "1900-01-01", "2100-01-01"),
    "dateTime": ("2026", "2026-01-02", "1900-01-01", "2100-01-01", "2026-01-02T03:04:05Z"),
    "instant": ("1900-01-01T00:00:00Z", "2100-01-01T00:00:00Z"),
    "time": ("00:00:00", "23:59:59"),
    "string": ("x", "X y", "9", "1234567890", "a.b", "#a", "x" * 300),
    "markdown": ("x", "9"),
    "code": ("x", "active", "9"),
    "id": ("x", "y"),
    "uri": ("http://example.org/x", "urn:oid:1.2.3", "x", "http://example.org/x/", "#a", "x|1"),
    "url": ("http://example.org/x", "x"),
    "canonical": ("http://example.org/x", "http://example.org/x|1", "x", "#a"),
    "xhtml": (
        '<div xmlns="http://www.w3.org/1999/xhtml"> </div>',
        '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>',
    ),
}
_WIDE: Final = frozenset({"children", "descendants", "resource", "rootResource", "resolve", "repeat"})


def violations(tools: Tools, subject: Subject, budget: int) -> Iterator[tuple[Edit, ...]]:
    """Changes after which the rule does not hold, with at most `budget` trials."""
    env = environment(tools, subject.resource)
    if subject.holds(env) is False:
        yield ()
        return
    first = [*_at_once(tools, subject), *((edit,) for edit in _edits(tools, subject))]
    for edits in first:
        with changed(edits):
            broken = subject.holds(env) is False
        if broken:
            yield edits
    left = budget
    for edits in first:
        with changed(edits):
            more = list(_edits(tools, subject)) if subject.node() is not None else []
        for other in more:
            left -= 1
            if left < 0:
                return
            both = (*edits, other)
            with changed(both):
                broken = subject.holds(env) is False
            if broken:
                yield both


def _at_once(tools: Tools, subject: Subject) -> Iterator[tuple[Edit, ...]]:
    """Several changes in one: all that the expression names gone, all that it compares made equal."""
    node = subject.node()
    if node is None or not isinstance(node.value, dict):
        return
    value, text = node.value, subject.rule.expression
    words = set(_WORD.findall(text))
    elements = type_table(subject.type).elements
    named = [n for n in value if n in elements and elements[n].label in words]
    if 1 < len(named) < len(value):
        yield tuple(Edit(value, n, GONE) for n in named)
    equal = dict(_EQUALS.findall(text))
    if subject.type == "Extension":
        equal.pop("url", None)  # another url is another extension
    made = [Edit(value, n, v) for n, v in equal.items() if n in elements and elements[n].type in SAMPLES]
    made = [e for e in made if not elements[e.key].many and _is_of(elements[e.key].type, e.value)]
    root = subject.resource if node.value is not subject.resource else {}
    made += [Edit(root, n, equal[n]) for n in _OF_RESOURCE.findall(text) if n in equal and n in root]
    changing = {e.key for e in made}
    gone = [Edit(value, n, GONE) for n in named if n not in changing]
    if made:
        yield tuple(made)
    if made and gone and len(gone) < len(value):
        yield (*made, *gone)
    for edit in gone:
        yield (*made, edit)


def _edits(tools: Tools, subject: Subject) -> Iterator[Edit]:
    text = subject.rule.expression
    words = set(_WORD.findall(text))
    literals = [m.replace("\\", "") for m in _LITERAL.findall(text)]
    node = subject.node()
    if node is None:
        return
    if isinstance(node.value, dict):
        yield from _of_object(tools, node.value, subject.type, words, literals, 0)
        yield from _extensions(tools, node.value, literals)
    elif subject.box is not None:
        yield from _of_value(subject.box, subject.key, subject.type, literals)
    if words & {"resource", "rootResource", "resolve"} and node.value is not subject.resource:
        kind = subject.resource["resourceType"]
        yield from _of_object(tools, subject.resource, kind, words, literals, 0)


def _extensions(tools: Tools, value: Json, literals: list[str]) -> Iterator[Edit]:
    """Extensions whose url stands in the expression, with the codes that do."""
    present = value.get("extension", [])
    if not isinstance(present, list):
        return
    codes = [c for c in literals if "/" not in c and _is_of("code", c)]
    for url in literals:
        found = tools.walk.tables.extension(url)
        if found is not None:
            made = tools.specimens.of(found)
            yield Edit(value, "extension", [*present, made])
            for code in codes if "valueCodeableConcept" in made else ():
                yield Edit(value, "extension", [*present, {**made, **_coded(code)}])
        elif re.fullmatch(r"[a-z][a-z-]+", url):
            without = [e for e in present if e.get("url") != url]
            for code in codes:
                yield Edit(value, "extension", [*without, {"url": url, "valueCode": code}])
            yield Edit(value, "extension", [*without, {"url": url, **_coded("x")}])
            if without and len(without) < len(present):
                yield Edit(value, "extension", without)


def _coded(code: str) -> Json:
    return {"valueCodeableConcept": {"coding": [{"code": code}]}}


def _of_object(
    tools: Tools, value: Json, type_name: str, words: set[str], literals: list[str], depth: int
) -> Iterator[Edit]:
    if depth > 4:
        return
    elements = type_table(type_name).elements
    is_wide = bool(words & _WIDE)
    for name in list(value):
        wire = elements.get(name)
        if wire is None or (name == "url" and type_name == "Extension" and not depth):
            continue  # another url is another extension
        is_near = wire.label in words or is_wide
        if is_near or depth:
            yield Edit(value, name, GONE)
        if isinstance(value[name], list):
            yield Edit(value, name, value[name] + [copy.deepcopy(value[name][0])])
            yield Edit(value, name, value[name] + [copy.deepcopy(value[name][0]) for _ in range(2)])
            yield Edit(value, name, value[name][::-1])
            if len(value[name]) > 1:
                yield Edit(value, name, value[name][:1])
        box, key = (value[name], 0) if isinstance(value[name], list) else (value, name)
        if wire.type == "Coding" and isinstance(box[key], dict):
            for system in [u for u in literals if ":" in u or u == "something"]:
                for code in [c for c in literals if c != system and _is_of("code", c)]:
                    yield Edit(box, key, {**box[key], "system": system, "code": code})
        if wire.type in SAMPLES:
            yield from _of_value(box, key, wire.type, literals)
        elif wire.kind is Kind.RESOURCE and wire.label in words:
            yield Edit(box, key, {"resourceType": "Basic", "id": "x", "code": {"text": "x"}})
        elif (
            wire.kind is not Kind.RESOURCE and isinstance(box[key], dict) and (is_near or depth) and depth < 4
        ):
            yield from _of_object(tools, box[key], wire.type, words, literals, depth + 1)
    yield from _new(tools, value, type_name, words, literals)


def _new(tools: Tools, value: Json, type_name: str, words: set[str], literals: list[str]) -> Iterator[Edit]:
    """Elements that the expression names and that are not there."""
    elements = type_table(type_name).elements
    present = {elements[n].label for n in value if n in elements}
    for wire in elements.values():
        if wire.label in present or wire.name in value:
            continue
        if wire.label not in words and wire.name not in words:
            continue
        if wire.label == "contained":
            yield from _contained(value)
            continue
        if wire.type in SAMPLES:
            values = (*literals, *_VALUES.get(wire.type, ()), SAMPLES[wire.type])
            for item in [v for v in values if _is_of(wire.type, v)][:6]:
                yield Edit(value, wire.name, [item] if wire.many else item)
        else:
            item = tools.specimens.value(wire, tools.specimens.plain(type_name, wire.label))
            yield Edit(value, wire.name, [item] if wire.many else item)


def _contained(value: Json) -> Iterator[Edit]:
    inner = {"resourceType": "Basic", "id": "a", "code": {"text": "x"}}
    for extra in (
        {},
        {"meta": {"versionId": "1"}},
        {"meta": {"security": [{"code": "x"}]}},
        {"contained": [copy.deepcopy(inner)]},
        {"text": {"status": "generated", "div": SAMPLES["xhtml"]}},
    ):
        yield Edit(value, "contained", [{**inner, **extra}])


def _of_value(box: Any, key: Any, type_name: str, literals: list[str]) -> Iterator[Edit]:
    before = box[key]
    for item in (*literals, *_VALUES.get(type_name, ())):
        if item != before and _is_of(type_name, item):
            yield Edit(box, key, item)
    if isinstance(before, str) and type_name in ("string", "code", "uri", "markdown", "canonical", "url"):
        for item in (f"{before}x", before[:-1], before[::-1], before.upper()):
            if item and item != before and _is_of(type_name, item):
                yield Edit(box, key, item)


def _is_of(type_name: str, value: Any) -> bool:
    """True if a value has the form of a type."""
    check = CHECKS.get(type_name)
    return type_name == "xhtml" if check is None else check(value) is None

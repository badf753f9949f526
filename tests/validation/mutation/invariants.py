"""Breaking invariants: a search for changes that make an expression false, guided by the words in it.

Around the element that a rule is about, what the expression names is taken out, doubled, put in, and given the
values that stand in the expression, one change or two at a time, until the rule no longer holds.
"""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from fhirpa.fhir.fhirpath import Environment, EvaluationError, Expression, Node
from fhirpa.fhir.tables import Element as Wire
from fhirpa.fhir.tables import Kind, type_table
from fhirpa.validation.elements import Constraint
from fhirpa.validation.rules import rules
from tests.validation.mutation.edits import GONE, Edit, changed
from tests.validation.mutation.profile_operators import Tools
from tests.validation.mutation.specimens import SAMPLES
from tests.validation.mutation.walk import Typed, objects

Json = dict[str, Any]

NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LITERAL: Final = re.compile(r"'((?:[^'\\]|\\.)*)'")
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


@dataclass(frozen=True, slots=True)
class Subject:
    """A rule and an element that it is about: `key` in `box`, or the resource itself (box None)."""

    owner: str
    rule: Constraint
    expression: Expression
    severity: str
    resource: Json
    box: Any
    key: Any
    type: str
    beside: Json | None
    place: str

    @property
    def name(self) -> str:
        """The rule by who states it and its key."""
        return f"{self.owner} {self.rule.key}"

    def node(self) -> Node | None:
        """The element as it is now; None if it is not there any more."""
        if self.box is None:
            return Node.of(self.resource, self.type)
        try:
            return Node.of(self.box[self.key], self.type, self.beside)
        except (KeyError, IndexError):
            return None

    def holds(self, environment: Environment) -> bool | None:
        """Whether the rule holds; None if that cannot be said."""
        node = self.node()
        if node is None or node.value is None:
            return None
        try:
            return self.expression.holds(node, environment)
        except EvaluationError:
            return None


def subjects(tools: Tools, resource: Json) -> Iterator[Subject]:
    """Every invariant at every element of a resource: of R4, of the profiles it declares, of its extensions."""
    yield from _of_r4(tools, resource)
    yield from _of_profiles(tools, resource)


def _of_r4(tools: Tools, resource: Json) -> Iterator[Subject]:
    for at in objects(resource):
        if "." not in at.type:
            own = tools.walk.tables.base(at.type).constraints
            box, key = _where(resource, at)
            yield from _make("R4", own, resource, box, key, at.type, None, at.place)
        for name in list(at.value):
            wire = type_table(at.type).elements.get(name)
            plain = tools.specimens.plain(at.type, wire.label) if wire is not None else None
            if wire is not None and plain is not None and plain.constraints and wire.kind is not Kind.RESOURCE:
                yield from _at_items("R4", plain.constraints, resource, at, wire)


def _at_items(
    owner: str, constraints: tuple[Constraint, ...], resource: Json, at: Typed, wire: Wire
) -> Iterator[Subject]:
    value, beside = at.value[wire.name], at.value.get(f"_{wire.name}")
    place = f"{at.place}.{wire.label}"
    if isinstance(value, list):
        for index in range(len(value)):
            extra = beside[index] if isinstance(beside, list) and index < len(beside) else None
            spot = f"{place}[{index}]"
            yield from _make(owner, constraints, resource, value, index, wire.type, extra, spot)
    else:
        yield from _make(owner, constraints, resource, at.value, wire.name, wire.type, beside, place)


def _of_profiles(tools: Tools, resource: Json) -> Iterator[Subject]:
    tables = tools.walk.tables
    for canonical in resource.get("meta", {}).get("profile", ()):
        profile = tables.profile(canonical)
        if profile is not None and profile.type == resource["resourceType"]:
            own = profile.root.constraints
            yield from _make(profile.url, own, resource, None, None, profile.type, None, profile.type)
    for at in objects(resource):
        found = tables.extension(at.value.get("url", "")) if at.type == "Extension" else None
        if found is not None:
            box, key = _where(resource, at)
            own = found.root.constraints
            yield from _make(found.url, own, resource, box, key, "Extension", None, at.place)
    for site in tools.walk.resource(resource):
        wire = site.wire
        if wire is None or not site.element.constraints:
            continue
        for box, key, _, place in site.spots():
            owner, own = site.profile.url, site.element.constraints
            yield from _make(owner, own, resource, box, key, wire.type, None, place)


def _make(
    owner: str,
    constraints: tuple[Constraint, ...],
    resource: Json,
    box: Any,
    key: Any,
    type_name: str,
    beside: Json | None,
    place: str,
) -> Iterator[Subject]:
    stated = {c.key: c for c in constraints}
    for rule in rules(constraints):
        expression, severity = rule.expression, rule.severity
        constraint = stated[rule.key]
        yield Subject(owner, constraint, expression, severity, resource, box, key, type_name, beside, place)


def _where(resource: Json, at: Typed) -> tuple[Any, Any]:
    """The container and key of an object; None for the resource."""
    if at.value is resource:
        return None, None
    stack: list[Any] = [resource]
    while stack:
        box = stack.pop()
        for key, inner in box.items() if isinstance(box, dict) else enumerate(box):
            if inner is at.value:
                return box, key
            if isinstance(inner, dict | list):
                stack.append(inner)
    raise KeyError(at.place)


def environment(tools: Tools, resource: Json) -> Environment:
    """The environment of a resource that stands alone."""
    root = Node.of_resource(resource)

    def member_of(node: Node, canonical: str) -> bool | None:
        known = tools.walk.tables.value_set(canonical)
        if known is None or type(node.value) is not str:
            return None
        return known.has_code(node.value)

    return Environment(resource=root, root_resource=root, member_of=member_of, now=NOW)


def violations(tools: Tools, subject: Subject, budget: int) -> Iterator[tuple[Edit, ...]]:
    """Changes after which the rule does not hold, with at most `budget` trials."""
    env = environment(tools, subject.resource)
    if subject.holds(env) is False:
        yield ()
        return
    left = budget
    first = list(_edits(tools, subject))
    for edit in first:
        left -= 1
        with changed([edit]):
            broken = subject.holds(env) is False
        if broken:
            yield (edit,)
    for edit in first:
        with changed([edit]):
            second = list(_edits(tools, subject)) if subject.node() is not None else []
        for other in second:
            left -= 1
            if left < 0:
                return
            with changed([edit, other]):
                broken = subject.holds(env) is False
            if broken:
                yield edit, other


def _edits(tools: Tools, subject: Subject) -> Iterator[Edit]:
    text = subject.rule.expression
    words = set(_WORD.findall(text))
    literals = [m.replace("\\", "") for m in _LITERAL.findall(text)]
    node = subject.node()
    if node is None:
        return
    if isinstance(node.value, dict):
        yield from _of_object(tools, node.value, subject.type, words, literals, 0)
    elif subject.box is not None:
        yield from _of_value(subject.box, subject.key, subject.type, literals)
    if words & {"resource", "rootResource", "resolve"} and node.value is not subject.resource:
        kind = subject.resource["resourceType"]
        yield from _of_object(tools, subject.resource, kind, words, literals, 0)


def _of_object(
    tools: Tools, value: Json, type_name: str, words: set[str], literals: list[str], depth: int
) -> Iterator[Edit]:
    elements = type_table(type_name).elements
    is_wide = bool(words & _WIDE)
    for name in list(value):
        wire = elements.get(name)
        if wire is None or name == "resourceType":
            continue
        if wire.label in words or is_wide or depth:
            yield Edit(value, name, GONE)
        if isinstance(value[name], list):
            yield Edit(value, name, value[name] + [copy.deepcopy(value[name][0])])
            if len(value[name]) > 1:
                yield Edit(value, name, value[name][:1])
        box, key = (value[name], 0) if isinstance(value[name], list) else (value, name)
        if wire.type in SAMPLES:
            yield from _of_value(box, key, wire.type, literals)
        elif depth < 4 and isinstance(box[key], dict) and wire.kind is not Kind.RESOURCE:
            if wire.label in words or is_wide or depth:
                yield from _of_object(tools, box[key], wire.type, words, literals, depth + 1)
    yield from _new(tools, value, type_name, words, literals)


def _new(
    tools: Tools, value: Json, type_name: str, words: set[str], literals: list[str]
) -> Iterator[Edit]:
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
            values = [v for v in (*literals, *_VALUES.get(wire.type, ()), SAMPLES[wire.type])]
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
    from fhirpa.fhir.primitives import CHECKS

    check = CHECKS.get(type_name)
    return type_name == "xhtml" if check is None else check(value) is None

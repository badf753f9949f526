"""Invariants and the elements that they are about: every rule at every place of a resource where it holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fhirpa.fhir.fhirpath import Environment, EvaluationError, Expression, Node
from fhirpa.fhir.tables import Element as Wire
from fhirpa.fhir.tables import Kind, type_table
from fhirpa.validation.elements import Constraint
from fhirpa.validation.rules import rules
from tests.validation.mutation.profile_operators import Tools
from tests.validation.mutation.walk import Typed, objects

Json = dict[str, Any]

NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)


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
    """Every invariant at every element of a resource: of R4, of its profiles, of its extensions."""
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
            if (
                wire is not None
                and plain is not None
                and plain.constraints
                and wire.kind is not Kind.RESOURCE
            ):
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
        for box, key, value, place in site.spots():
            owner, own = site.profile.url, site.element.constraints
            kind = value["resourceType"] if wire.kind is Kind.RESOURCE else wire.type
            yield from _make(owner, own, resource, box, key, kind, None, place)


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
        value = node.value
        codings = value.get("coding", [value]) if isinstance(value, dict) else [value]
        answers: list[bool | None] = [None] if known is None else []
        for coding in codings if known is not None else ():
            is_code = isinstance(coding, str)
            pair = ("", "") if is_code else (coding.get("system", ""), coding.get("code", ""))
            answers.append(known.has_code(coding) if is_code else known.has(*pair))
        if True not in answers and None in answers:
            raise EvaluationError("nobody knows the codes")
        return True in answers

    return Environment(resource=root, root_resource=root, member_of=member_of, now=NOW)

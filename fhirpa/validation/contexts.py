"""Where an extension may stand: http://hl7.org/fhir/R4/defining-extensions.html#context."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from fhirpa.fhir.fhirpath import EvaluationError, Expression, Node
from fhirpa.fhir.fhirpath.model import add_children
from fhirpa.fhir.fhirpath.shapes import Shape
from fhirpa.fhir.place import Place
from fhirpa.fhir.tables import resource_types, type_table
from fhirpa.validation.elements import Context, Profile
from fhirpa.validation.rules import compiled
from fhirpa.validation.scope import Scope
from fhirpa.validation.tables import TableSet

_ANYWHERE: Final = frozenset({"Element", "*", "Base"})
# Interfaces of R5 that definitions for R4 name all the same: resources that are published.
_PUBLISHED: Final = frozenset({"CanonicalResource", "MetadataResource"})
_BASE: Final = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class ContextPlan:
    """The contexts of one extension. `paths`: types and element paths, without [x].

    `extensions`: the extensions it may stand in; `queries`: FHIRPath that finds the elements it may stand on;
    `rules`: FHIRPath that such an element must fulfil.
    """

    is_anywhere: bool
    paths: frozenset[str]
    extensions: frozenset[str]
    queries: tuple[Expression, ...]
    rules: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an extension stands: on an element of shape `owner` at `place`, in the resource of `scope`.

    `path` is the definition path of the owner where the shape does not tell it (of a primitive), `outer` the
    url of the extension around it, if that is known.
    """

    owner: Shape
    path: str | None
    place: Place
    scope: Scope
    outer: str | None


def context_plan(tables: TableSet, profile: Profile) -> ContextPlan:
    """The plan of an extension's contexts; of one that names none it may stand anywhere."""
    elements = [p for c in profile.context if c.kind == "element" for p in _paths(tables, c)]
    queries = [compiled(c.expression) for c in profile.context if c.kind == "fhirpath"]
    rules = [compiled(text) for text in profile.context_invariants]
    extensions = frozenset(c.expression for c in profile.context if c.kind == "extension")
    is_open = not _ANYWHERE.isdisjoint(elements) or None in queries
    return ContextPlan(
        is_anywhere=is_open or not (elements or queries or extensions),
        paths=frozenset(elements),
        extensions=extensions,
        queries=tuple(q for q in queries if q),
        rules=tuple(r for r in rules if r),
    )


def may_stand(plan: ContextPlan, spot: Spot) -> bool:
    """Whether one of the contexts fits."""
    if plan.is_anywhere or not plan.paths.isdisjoint(spot.owner.lineage) or spot.path in plan.paths:
        return True
    chain = owners(spot)
    return (
        not plan.paths.isdisjoint(_typed_paths(chain, spot.place))
        or (spot.owner.name == "Extension" and _stands_in(plan.extensions, chain, spot))
        or any(_finds(query, chain, spot.scope) for query in plan.queries)
    )


def broken_rule(plan: ContextPlan, extension: Node, spot: Spot) -> Expression | None:
    """The first context invariant that the element with the extension does not fulfil."""
    if not plan.rules:
        return None
    owner = owners(spot)[-1]
    env = replace(spot.scope.env, variables={"extension": [extension]})
    for rule in plan.rules:
        try:
            if not rule.holds(owner, env):
                return rule
        except EvaluationError:
            continue
    return None


def owners(spot: Spot) -> list[Node]:
    """The elements from the resource to the one that the extension stands on."""
    chain = [spot.scope.node]
    for _, label, index in _steps(spot.place, spot.scope):
        child = _child(chain[-1], label, index)
        if child is None:
            break
        chain.append(child)
    return chain


def _child(owner: Node, label: str, index: int | None) -> Node | None:
    """One child, without going through all those of a long list for each of them."""
    places = owner.shape.children[label]
    only, source = places.only, owner.value
    if index is not None and only is not None and only.shape is not None and type(source) is dict:
        value, beside = _at(source.get(only.name), index), _at(source.get(only.beside), index)
        if value is None and type(beside) is not dict:
            return None
        return Node(value, only.shape, beside if type(beside) is dict else None)
    found: list[Any] = []
    add_children(owner, places, found)
    return found[index or 0] if (index or 0) < len(found) else None


def _at(items: Any, index: int) -> Any:
    return items[index] if type(items) is list and index < len(items) else None


def path_of(spot: Spot) -> str:
    """The path from its resource of the element that the extension stands on: Claim.item."""
    return ".".join((spot.scope.type, *(label for _, label, _ in _steps(spot.place, spot.scope))))


def _paths(tables: TableSet, context: Context) -> Iterator[str]:
    """The types and paths that an element context means here."""
    named, _, inside = context.expression.replace("[x]", "").partition("#")
    expression = (inside or named).removeprefix(_BASE) if named.startswith(_BASE) else context.expression
    expression = expression.replace("[x]", "")
    head = expression.partition(".")[0]
    if expression in _PUBLISHED:
        yield from (name for name in resource_types() if "publisher" in type_table(name).elements)
    elif ":" in expression:
        yield "*"  # an element of a profile: nothing to hold it against
    elif tables.is_type(head):  # PAS 2.0.1 names "Examples.item", which R4 does not have: that fits nowhere
        yield expression


def _steps(place: Place, scope: Scope) -> list[Place]:
    """The steps from the resource to the element that the extension at `place` stands on."""
    steps: list[Place] = []
    at: Place | None = place[0]
    while at is not None and at is not scope.place:
        steps.append(at)
        at = at[0]
    steps.reverse()
    return steps


def _typed_paths(chain: list[Node], place: Place) -> Iterator[str]:
    """The path of the last element from each type on the way: Patient.address.period, Address.period."""
    labels: list[str] = []
    at: Place = place[0]
    for node in reversed(chain):
        yield ".".join((node.shape.name, *reversed(labels)))
        labels.append(at[1])
        at = at[0] or at


def _stands_in(extensions: frozenset[str], chain: list[Node], spot: Spot) -> bool:
    """Whether the extension around is one of these, or one inside of it (url#code)."""
    urls = [n.value.get("url") for n in chain if n.shape.name == "Extension" and type(n.value) is dict]
    known = [u for u in urls if type(u) is str] or [spot.outer or ""]
    return known[-1] in extensions or "#".join(known[-2:]) in extensions


def _finds(query: Expression, chain: list[Node], scope: Scope) -> bool:
    """Whether FHIRPath over the resource finds the element, or says true of it (both are in use)."""
    owner = chain[-1]
    try:
        if query.evaluate(owner, scope.env) == [True]:
            return True
        return any(
            type(n) is Node and (n.value is owner.value and n.beside is owner.beside)
            for n in query.evaluate(scope.node, scope.env)
        )
    except EvaluationError:
        return True

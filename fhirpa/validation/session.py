"""What one validation shares: the plans, the scopes, what was found, what is still to be checked."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from fhirpa.fhir.bundle import BundleGraph, Entry, Unresolved
from fhirpa.fhir.fhirpath import Environment, EvaluationError, Node
from fhirpa.fhir.place import Place
from fhirpa.validation.elements import Binding
from fhirpa.validation.finding import Kind, Notes
from fhirpa.validation.plans import Plans
from fhirpa.validation.rules import Rule
from fhirpa.validation.scope import Scope, resolver
from fhirpa.validation.terms import codings, shown

# https://hl7.org/fhir/R4/terminologies.html#4.1: the types that can be bound.
_BINDABLE: Final = frozenset({"Coding", "CodeableConcept", "Quantity", "string", "uri"})


@dataclass(frozen=True, slots=True)
class Obligation:
    """A resource that must meet one of `targets` (profiles or types), since `place` leads to it."""

    place: Place
    targets: tuple[str, ...]
    resource: dict[str, Any]
    profile: str | None


@dataclass(slots=True)
class Session:
    """One validation. Nothing of it outlives the report."""

    plans: Plans
    now: datetime
    notes: Notes = field(default_factory=Notes)
    scopes: dict[int, Scope] = field(default_factory=dict)
    named_extensions: set[int] = field(default_factory=set)
    unknown_sets: dict[str, Place] = field(default_factory=dict)
    misplaced: list[tuple[int, Place, str, str, str]] = field(default_factory=list)
    due: deque[Obligation] = field(default_factory=deque)
    conforms: Callable[[Node, str], bool | None] | None = None
    _unknown: bool = False

    def scope(
        self,
        resource: dict[str, Any],
        place: Place,
        outer: Scope | None,
        graph: BundleGraph | None,
        entry: Entry | None,
    ) -> Scope:
        """The scope of a resource, remembered."""
        node = Node.of_resource(resource)
        root = outer.node if outer else node
        resolve = resolver(root, graph, entry)

        def resolve_node(text: str) -> Node | None:
            found = resolve(text)
            return Node.of_resource(found) if type(found) is dict else None

        env = Environment(
            resource=node,
            root_resource=root,
            resolve=resolve_node,
            member_of=self._member_of,
            conforms_to=self.conforms,
            now=self.now,
        )
        bundle = BundleGraph(resource) if node.shape.name == "Bundle" else None
        made = Scope(node, place, env, outer, graph, entry, bundle)
        self.scopes[id(resource)] = made
        return made

    def resolve(self, reference: str, scope: Scope) -> dict[str, Any] | Unresolved | None:
        """What a reference in a resource means; see resolver."""
        root = scope.outer.node if scope.outer else scope.node
        return resolver(root, scope.graph, scope.entry)(reference)

    def rules(
        self,
        rules: Iterable[Rule],
        node: Node,
        env: Environment,
        notes: Notes,
        place: Place,
        profile: str | None,
    ) -> None:
        """Evaluate invariants on an element."""
        for rule in rules:
            self._unknown = False
            try:
                if rule.expression.holds(node, env):
                    continue
            except EvaluationError:
                text = f"The rule {rule.key} has no meaning here: its expression does not fit what was sent."
                notes.add(
                    Kind.INVARIANT, "warning", place, text, cause=rule.key, profile=profile, key=rule.key
                )
                continue
            severity, text = rule.severity, rule.text
            if self._unknown:
                severity, text = "information", text + " A value set that it needs is not known here."
            notes.add(Kind.INVARIANT, severity, place, text, cause=rule.key, profile=profile, key=rule.key)

    def binding(self, binding: Binding, node: Node, notes: Notes, place: Place, profile: str | None) -> None:
        """Check an element against its value sets, where its type can be bound (of a choice some cannot)."""
        if node.value is None or _BINDABLE.isdisjoint(node.shape.lineage):
            return
        if binding.maximum:
            self._in_set(binding.maximum, "error", node, notes, place, profile)
        if binding.value_set and binding.strength in ("required", "extensible"):
            severity = "error" if binding.strength == "required" else "warning"
            self._in_set(binding.value_set, severity, node, notes, place, profile)

    def _in_set(
        self, value_set: str, severity: str, node: Node, notes: Notes, place: Place, profile: str | None
    ) -> None:
        known = self.plans.terms.member(node, value_set)
        if known:
            return
        if known is None:
            self.unknown_sets.setdefault(value_set, place)
            return
        is_code = type(node.value) is str
        found = [node.value] if is_code else [code for _, code in codings(node)]
        if not found:
            if severity == "warning" or node.shape.name == "Quantity":
                return
            text = f"There is no code here; one of the value set {value_set} is required."
        else:
            codes = ", ".join(map(shown, found[:3]))
            verb = "must" if severity == "error" else "should, where one fits,"
            text = f"Found {codes}; the code {verb} be of the value set {value_set}. Send one of that set."
        notes.add(Kind.BINDING, severity, place, text, cause="binding", profile=profile, code="code-invalid")

    def _member_of(self, node: Node, value_set: str) -> bool | None:
        known = self.plans.terms.member(node, value_set)
        if known is None:
            self._unknown = True
        return known

    def close(self) -> None:
        """Say what could be said only now: unknown value sets, and extensions outside their context.

        Where a profile of the guide names an extension at a place that its own definition leaves out,
        the guide contradicts itself and the sender is not to blame.
        """
        for value_set, place in self.unknown_sets.items():
            text = f"The codes of the value set {value_set} are not known here; membership was not checked."
            self.notes.add(Kind.BINDING, "information", place, text, cause=value_set, code="not-supported")
        for identity, place, path, url, text in self.misplaced:
            is_named = identity in self.named_extensions or path in self.plans.places_of(url)
            if is_named:
                text += " A profile of the same guide names it here all the same."
            severity = "information" if is_named else "error"
            self.notes.add(Kind.EXTENSION, severity, place, text, cause="context", profile=url)

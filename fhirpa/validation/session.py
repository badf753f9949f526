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
from fhirpa.validation.scope import Scope, contained_in, resolver
from fhirpa.validation.terms import codings, shown
from fhirpa.validation.unknowns import Guesses, is_broken_anyway

# What a binding means something for: http://hl7.org/fhir/R4/terminologies.html#binding. A profile may bind a
# choice of a code and a boolean.
_BINDABLE: Final = frozenset({"code", "string", "uri", "Coding", "CodeableConcept", "Quantity"})


@dataclass(frozen=True, slots=True)
class Obligation:
    """A resource that must meet one of `targets` (profiles or types), since `place` leads to it."""

    place: Place
    targets: tuple[str, ...]
    resource: dict[str, Any]
    profile: str | None


@dataclass(slots=True)
class Session:
    """One validation. Nothing of it outlives the report.

    `links`: by id() of an entry's resource, the resources that references in it lead to.
    """

    plans: Plans
    now: datetime
    notes: Notes = field(default_factory=Notes)
    scopes: dict[int, Scope] = field(default_factory=dict)
    named_extensions: set[int] = field(default_factory=set)
    unknown_sets: dict[str, Place] = field(default_factory=dict)
    misplaced: list[tuple[int, Place, str, str, str]] = field(default_factory=list)
    due: deque[Obligation] = field(default_factory=deque)
    links: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    _published: dict[int, dict[str, list[dict[str, Any]]]] = field(default_factory=dict)
    conforms: Callable[[Node, str, Scope], bool | None] | None = None
    _unknown: bool = False
    _guesses: Guesses | None = None

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
        contained = outer.contained if outer else contained_in(resource)
        resolve = resolver(root.value, contained, graph, entry)

        def conforms(subject: Node, profile: str) -> bool | None:
            return self._conforms(subject, profile, made)

        def resolve_node(text: str) -> Node | None:
            found = resolve(text)
            return Node.of_resource(found) if type(found) is dict else None

        def contained_node(identifier: str) -> Node | None:
            found = contained.get(identifier)
            return Node.of_resource(found) if found is not None else None

        env = Environment(
            resource=node,
            root_resource=root,
            resolve=resolve_node,
            contained=contained_node,
            member_of=self._member_of,
            conforms_to=conforms,
            now=self.now,
        )
        bundle = BundleGraph(resource) if node.shape.name == "Bundle" else None
        made = Scope(node, place, env, outer, graph, entry, bundle, resolve, contained)
        self.scopes[id(resource)] = made
        return made

    def resolve(self, reference: str, scope: Scope) -> dict[str, Any] | Unresolved | None:
        """What a reference in a resource means; see resolver."""
        return scope.resolve(reference)

    def published(self, graph: BundleGraph) -> dict[str, list[dict[str, Any]]]:
        """The resources in a Bundle that have a url of their own, by that."""
        found = self._published.get(id(graph))
        if found is None:
            found = self._published[id(graph)] = {}
            for entry in graph.entries:
                url = entry.resource.get("url")
                if type(url) is str:
                    found.setdefault(url, []).append(entry.resource)
        return found

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
                text = f"The rule {rule.key} cannot be evaluated on what was sent: mend what it is about. "
                text += f"It demands: {rule.stated}"
                notes.add(
                    Kind.INVARIANT, "warning", place, text, cause=rule.key, profile=profile, key=rule.key
                )
                continue
            severity, text = rule.severity, rule.text
            if self._unknown and not self._is_broken_anyway(rule, node, env):
                severity = "information"
                text += " Whether that is so depends on a value set or profile that is not known here."
            notes.add(Kind.INVARIANT, severity, place, text, cause=rule.key, profile=profile, key=rule.key)

    def binding(self, binding: Binding, node: Node, notes: Notes, place: Place, profile: str | None) -> None:
        """Check a coded element against its value sets."""
        if node.value is None or _BINDABLE.isdisjoint(node.shape.lineage):
            return
        if binding.maximum:
            self._in_set(binding.maximum, "error", node, notes, place, profile)
        if binding.value_set and binding.strength in ("required", "extensible"):
            severity = "error" if binding.strength == "required" else "warning"
            self._in_set(binding.value_set, severity, node, notes, place, profile)
        for other in binding.additional:
            if other.severity:
                cause = f"binding {other.value_set}"
                self._in_set(other.value_set, other.severity, node, notes, place, profile, cause)

    def _in_set(
        self,
        value_set: str,
        severity: str,
        node: Node,
        notes: Notes,
        place: Place,
        profile: str | None,
        cause: str = "binding",
    ) -> None:
        known = self.plans.terms.member(node, value_set)
        if known:
            return
        if known is None:
            self.unknown_sets.setdefault(value_set, place)
            return
        is_code = type(node.value) is str
        found = [("", node.value)] if is_code else list(codings(node))
        if found and all(map(self._is_no_code, found)):
            return  # its own code system says so, and that is what is to be mended
        codes = ", ".join(shown(code) for _, code in found[:3])
        if not found:
            if severity != "error" or node.shape.name == "Quantity":
                return
            text = f"There is no code here: send one of the value set {value_set}."
        elif severity == "warning" and profile is None and self._is_of_its_systems(found, value_set):
            severity = "information"
            text = (
                f"Found {codes}, which the value set {value_set} does not list, though it lists others of the"
            )
            text += " same system. That is right where none of those fits."
        elif severity == "information":
            text = (
                f"Found {codes}; what is newly recorded needs a code of the value set {value_set}: send one."
            )
        else:
            verb = "must" if severity == "error" else "should, where one fits,"
            text = f"Found {codes}; the code {verb} be of the value set {value_set}: send one of that."
        notes.add(Kind.BINDING, severity, place, text, cause=cause, profile=profile, code="code-invalid")

    def _is_no_code(self, coding: tuple[str, str]) -> bool:
        """True for a code that its own system does not have: that is said where the Coding is checked."""
        fault = self.plans.terms.fault({"system": coding[0], "code": coding[1]})
        return fault is not None and fault.is_error

    def _is_of_its_systems(self, found: list[tuple[str, str]], value_set: str) -> bool:
        """True if a code exists in a system of which R4's value set picks some codes.

        An extensible list asks for one of its codes where one fits, and R4's are short (identifier-type has
        18 of the 140 types of v2-0203): whether one would have fitted no machine can tell.
        """
        known = self.plans.tables.value_set(value_set)
        for system, code in found:
            defined = self.plans.tables.code_system(system) if known and system in known.codes else None
            if defined and defined.has(code):
                return True
        return False

    def _is_broken_anyway(self, rule: Rule, node: Node, env: Environment) -> bool:
        def holds(guesses: Guesses) -> bool:
            self._guesses = guesses
            try:
                return rule.expression.holds(node, env)
            except EvaluationError:
                return True

        try:
            return is_broken_anyway(holds)
        finally:
            self._guesses = None

    def _member_of(self, node: Node, value_set: str) -> bool | None:
        if node.value is None:
            return None  # nothing is there that could be in: memberOf() of nothing is empty
        known = self.plans.terms.member(node, value_set)
        return self._guessed(node, value_set) if known is None else known

    def _conforms(self, node: Node, profile: str, scope: Scope) -> bool | None:
        """For conformsTo(). What is found on the way belongs to the node, not to the rule that asks."""
        asking = self._unknown, self._guesses
        self._guesses = None
        known = self.conforms(node, profile, scope) if self.conforms else None
        self._unknown, self._guesses = asking
        return self._guessed(node, profile) if known is None else known

    def _guessed(self, node: Node, canonical: str) -> bool | None:
        """The answer where there is none: a guess while the outcome of a rule is tried, else None."""
        self._unknown = True
        if self._guesses is None:
            return None
        value = node.value
        return self._guesses.answer((value if type(value) is str else id(value), canonical))

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
                text += " A profile of the guide names it here all the same, so it may stay."
            severity = "information" if is_named else "error"
            self.notes.add(Kind.EXTENSION, severity, place, text, cause="context", profile=url)

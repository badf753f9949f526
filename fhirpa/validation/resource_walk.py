"""The walk over a resource by the rules of R4 itself: invariants, bindings, extensions, references."""

from bisect import bisect_left
from operator import attrgetter
from typing import Any

from fhirpa.fhir.bundle import Entry, Unresolved
from fhirpa.fhir.fhirpath import Node
from fhirpa.fhir.fhirpath.shapes import Shape
from fhirpa.fhir.place import Place
from fhirpa.fhir.tables import resource_types
from fhirpa.validation.extension_check import ExtensionCheck
from fhirpa.validation.finding import Kind
from fhirpa.validation.identifier_check import identifier_faults
from fhirpa.validation.links import canonical_target
from fhirpa.validation.plans import ProfilePlan
from fhirpa.validation.reference_check import ReferenceCheck
from fhirpa.validation.scope import Scope
from fhirpa.validation.session import Session
from fhirpa.validation.terminology.shapes import NPI, NPI_SHAPE
from fhirpa.validation.type_plans import Slot, TypePlan
from fhirpa.validation.wording import ONLY_AN_ID

_Json = dict[str, Any]


class ResourceWalk:
    """Goes once over everything, and remembers the scope of each resource it meets."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notes = session.notes
        self._types = session.plans.types
        self._terms = session.plans.terms
        self._extensions = ExtensionCheck(session)
        self._references = ReferenceCheck(session)

    def resource(self, value: _Json, place: Place | None, outer: Scope | None, entry: Entry | None) -> None:
        """A resource; `outer` is the scope of what it stands in."""
        name = value.get("resourceType")
        if type(name) is not str or name not in resource_types():
            return
        graph = outer.bundle if entry and outer else outer.graph if outer else None
        container = outer if outer and place and place[1] == "contained" else None
        if outer and not entry:
            entry = outer.entry
        scope = self._session.scope(value, place or (None, name, None), container, graph, entry)
        plan = self._types[name]
        self._session.rules(plan.rules, scope.node, scope.env, self._notes, scope.place, None)
        self._elements(value, plan, scope.place, scope, None)

    def _elements(
        self, value: _Json, plan: TypePlan, place: Place, scope: Scope, outer: ProfilePlan | None
    ) -> None:
        visited = plan.visited
        for name, item in value.items():
            slot = visited.get(name)
            if slot is None:
                if name[:1] == "_":
                    self._beside(item, value.get(name[1:]), plan.slots.get(name[1:]), plan, place, scope)
            elif slot.is_primitive:
                self._primitives(item, slot, place, scope)
            elif type(item) is list:
                for index, inner in enumerate(item):
                    if type(inner) is dict:
                        self._child(inner, slot, (place, slot.label, index), plan, scope, outer)
            elif type(item) is dict:
                self._child(item, slot, (place, slot.label, None), plan, scope, outer)

    def _child(
        self,
        value: _Json,
        slot: Slot,
        place: Place,
        owner: TypePlan,
        scope: Scope,
        outer: ProfilePlan | None,
    ) -> None:
        if slot.shape is None:
            self.resource(value, place, scope, _entry(owner, place, scope))
            return
        plan = self._types[slot.shape.name]
        if slot.is_extension:
            is_modifier = slot.label == "modifierExtension"
            inner = self._extensions.check(value, place, owner.shape, None, scope, outer, is_modifier)
        else:
            inner = None
        if slot.rules or plan.rules or slot.binding:
            node = Node(value, slot.shape)
            if plan.rules:
                self._session.rules(plan.rules, node, scope.env, self._notes, place, None)
            if slot.rules:
                self._session.rules(slot.rules, node, scope.env, self._notes, place, None)
            if slot.binding:
                self._session.binding(slot.binding, node, self._notes, place, None)
        if plan.is_reference:
            self._references.check(value, slot.targets, place, scope)
        elif plan.is_coding:
            self._coding(value, place, scope)
        elif plan.is_identifier:
            self._identifier(value, place)
        if len(value) == 1 and "id" in value:
            self._only_id(place)
        if not plan.quiet.issuperset(value):
            self._elements(value, plan, place, scope, inner)

    def _primitives(self, item: Any, slot: Slot, place: Place, scope: Scope) -> None:
        assert slot.shape is not None
        for index, value in enumerate(item if type(item) is list else (item,)):
            if value is not None:
                node = Node(value, slot.shape)
                at = (place, slot.label, index if type(item) is list else None)
                if slot.rules:
                    self._session.rules(slot.rules, node, scope.env, self._notes, at, None)
                if slot.binding:
                    self._session.binding(slot.binding, node, self._notes, at, None)
                if slot.is_link and type(value) is str:
                    self._canonical(value, slot, at, scope)

    def _canonical(self, text: str, slot: Slot, place: Place, scope: Scope) -> None:
        found = canonical_target(self._session, scope, text)
        if isinstance(found, Unresolved):
            said = "No such resource is contained: contain it, or mend the id."
            self._notes.add(Kind.REFERENCE, "error", place, said, cause="resolve", code="not-found")
        elif found is not None:
            self._references.target(found.get("resourceType"), slot.targets, place)

    def _beside(
        self, item: Any, value: Any, slot: Slot | None, owner: TypePlan, place: Place, scope: Scope
    ) -> None:
        """What stands beside a primitive (or beside each of a list): its extensions."""
        if slot is None or slot.shape is None:
            return
        values = value if type(value) is list else ()
        for index, extra in enumerate(item if type(item) is list else (item,)):
            if type(extra) is not dict:
                continue
            at = (place, slot.label, index if type(item) is list else None)
            if (values[index : index + 1] or [value])[0] is None:
                self._without_value(extra, slot, at)
            self._extensions_beside(extra, f"{owner.name}.{slot.label}", slot.shape, at, scope)

    def _extensions_beside(self, extra: _Json, path: str, owner: Shape, place: Place, scope: Scope) -> None:
        extensions = extra.get("extension")
        plan = self._types["Extension"]
        for index, extension in enumerate(extensions if type(extensions) is list else ()):
            if type(extension) is dict:
                below = (place, "extension", index)
                known = self._extensions.check(extension, below, owner, path, scope, None, False)
                self._elements(extension, plan, below, scope, known)

    def _without_value(self, extra: _Json, slot: Slot, place: Place) -> None:
        if len(extra) == 1 and "id" in extra:
            self._only_id(place)
        if slot.binding and slot.binding.strength == "required" and slot.shape and slot.shape.name == "code":
            text = f"There is no code here, and no extension stands in for one of {slot.binding.value_set}."
            self._notes.add(Kind.BINDING, "error", place, text, cause="binding", code="required")

    def _only_id(self, place: Place) -> None:
        text = f"{ONLY_AN_ID} (rule ele-1)."
        self._notes.add(Kind.INVARIANT, "error", place, text, cause="ele-1", key="ele-1")

    def _coding(self, value: _Json, place: Place, scope: Scope) -> None:
        language = scope.node.value.get("language")
        fault = self._terms.fault(value, language if type(language) is str else None)
        if fault:
            at: Place = (place, fault.element, None) if fault.element else place
            severity = "error" if fault.is_error else "warning"
            self._notes.add(Kind.BINDING, severity, at, fault.text, cause=fault.element or "code")

    def _identifier(self, value: _Json, place: Place) -> None:
        """R4's own rules; a broken NPI: a warning, until a profile with that rule makes an error of it."""
        for label, said in identifier_faults(value):
            self._notes.add(Kind.TYPE, "error", (place, label, None), said, cause="identifier", code="value")
        number = value.get("value")
        if value.get("system") != NPI or type(number) is not str:
            return
        text = NPI_SHAPE.fault(number)
        if text:
            rule = "us-core-17" if len(number) == 10 and number.isdecimal() else "us-core-16"
            self._notes.add(Kind.BINDING, "warning", place, f"The NPI {text}", cause=rule)


def _entry(owner: TypePlan, place: Place, scope: Scope) -> Entry | None:
    """The entry of a Bundle that a resource stands in, if it is one's."""
    if owner.name != "Bundle.entry" or scope.bundle is None or place[0] is None:
        return None
    entries, index = scope.bundle.entries, place[0][2]
    at = bisect_left(entries, index or 0, key=attrgetter("index"))
    return entries[at] if at < len(entries) and entries[at].index == index else None

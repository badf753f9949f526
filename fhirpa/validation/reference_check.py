"""References by the rules of R4 itself: their text, where they lead, and what type they say that is."""

from typing import Any

from fhirpa.fhir.bundle import Unresolved
from fhirpa.fhir.fhirpath.shapes import shape
from fhirpa.fhir.place import Place
from fhirpa.fhir.tables import resource_types
from fhirpa.validation.finding import Kind
from fhirpa.validation.reference_form import form_fault, type_fault
from fhirpa.validation.scope import Scope, type_in
from fhirpa.validation.session import Session


class ReferenceCheck:
    """Checks one Reference at a time. `targets` are the types that its element allows; none: all."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notes = session.notes

    def check(self, value: dict[str, Any], targets: frozenset[str], place: Place, scope: Scope) -> None:
        """Check a Reference, and remember the link if it leads to another entry."""
        text = value.get("reference")
        if type(text) is not str:
            self._declared_type(value, targets, None, place)
        elif said := form_fault(text):
            self._notes.add(Kind.REFERENCE, "error", place, said, cause="form", code="value")
        elif self.target(name := self._leads_to(text, place, scope), targets, place):
            known = name if type(name) is str and name in resource_types() else None
            self._declared_type(value, targets, known, place)

    def target(self, name: Any, targets: frozenset[str], place: Place) -> bool:
        """Whether a target of this type is allowed, or nothing is known of it; if not it is said."""
        if not targets or type(name) is not str or name not in resource_types():
            return True
        if not targets.isdisjoint(shape(name).lineage):
            return True
        allowed = ", ".join(sorted(targets))
        said = f"The reference leads to {name}. Refer to what R4 allows here: {allowed}."
        self._notes.add(Kind.REFERENCE, "error", place, said, cause="target")
        return False

    def _leads_to(self, text: str, place: Place, scope: Scope) -> Any:
        """The type of what a reference leads to, by the resource itself or by the text."""
        found = self._session.resolve(text, scope)
        if isinstance(found, Unresolved):
            self._unresolved(text, found, place)
        elif found is not None and scope.entry is not None:
            self._session.links.setdefault(id(scope.entry.resource), []).append(found)
        return found.get("resourceType") if type(found) is dict else type_in(text)

    def _declared_type(
        self, value: dict[str, Any], targets: frozenset[str], actual: str | None, place: Place
    ) -> None:
        if said := type_fault(value, targets, actual):
            self._notes.add(Kind.REFERENCE, "error", (place, "type", None), said, cause="type")

    def _unresolved(self, text: str, found: Unresolved, place: Place) -> None:
        if text.startswith("#"):
            return  # ref-1 says it
        if found.ambiguous:
            said = "More than one entry has the fullUrl that this reference names: make them differ."
            self._notes.add(Kind.REFERENCE, "error", place, said, cause="resolve")
            return
        severity = "warning" if text.startswith("urn:") else "information"
        said = "The Bundle has no entry for this reference: add the resource, or mend fullUrl or reference."
        self._notes.add(Kind.REFERENCE, severity, place, said, cause="resolve", code="not-found")

"""Extensions against their definitions, found by url: http://hl7.org/fhir/R4/extensibility.html."""

from typing import Any

from fhirpa.fhir.fhirpath import Node
from fhirpa.fhir.fhirpath.shapes import Shape, shape
from fhirpa.fhir.place import Place
from fhirpa.validation.contexts import Spot, broken_rule, may_stand, path_of
from fhirpa.validation.finding import Kind
from fhirpa.validation.plans import ProfilePlan
from fhirpa.validation.profile_walk import ProfileWalk
from fhirpa.validation.scope import Scope
from fhirpa.validation.session import Obligation, Session


class ExtensionCheck:
    """Checks one extension at a time; what its definition says of references becomes `obligations`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notes = session.notes
        self._shape = shape("Extension")

    def check(
        self,
        value: dict[str, Any],
        place: Place,
        owner: Shape,
        path: str | None,
        scope: Scope,
        outer: ProfilePlan | None,
        is_modifier: bool,
    ) -> ProfilePlan | None:
        """Check an extension that stands in an `owner`; the plan of its definition, if that is known.

        `path` is the definition path of the owner where the place does not tell it; `outer` the definition
        of the extension around it.
        """
        url = value.get("url")
        if type(url) is not str:
            return None
        if ":" not in url:
            self._inner(url, place, owner, outer)
            return None
        bare, bar, _ = url.partition("|")
        if bar:
            text = "The url of an extension has no version: send what stands before the bar."
            self._notes.add(Kind.EXTENSION, "error", place, text, cause="url")
        plan = self._session.plans.extension(bare)
        if plan is None:
            self._unknown(url, place, is_modifier)
            return None
        node = Node(value, self._shape)
        if not plan.context.is_anywhere or plan.context.rules:
            self._context(plan, node, Spot(owner, path, place, scope, outer.url if outer else None))
        if plan.is_modifier is not is_modifier:
            self._wrong_list(plan, place, is_modifier)
        due: list[Obligation] = []
        walk = ProfileWalk(self._session, scope, self._notes, due, plan.url)
        walk.item(node, plan.root, place)
        self._session.due.extend(due)
        return plan

    def _inner(self, url: str, place: Place, owner: Shape, outer: ProfilePlan | None) -> None:
        if owner.name != "Extension":
            text = "The url of an extension must be absolute: send the canonical url of its definition."
            self._notes.add(Kind.EXTENSION, "error", place, text, cause="url")
        elif outer is not None and url not in outer.inner_urls:
            known = ", ".join(sorted(outer.inner_urls)) or "none"
            text = (
                f"The extension {outer.url} has no such extension inside: send one that it defines ({known})."
            )
            self._notes.add(Kind.EXTENSION, "error", place, text, cause="url", profile=outer.url)

    def _unknown(self, url: str, place: Place, is_modifier: bool) -> None:
        shown = url.partition("?")[0][:200]
        if is_modifier:
            text = f"A modifier extension that is not known here ({shown}) must not be ignored: leave it out."
            self._notes.add(Kind.EXTENSION, "error", place, text, cause="unknown")
        else:
            text = f"The extension {shown} is not known here; nothing of it was checked."
            self._notes.add(Kind.EXTENSION, "information", place, text, cause="unknown")

    def _context(self, plan: ProfilePlan, node: Node, spot: Spot) -> None:
        if not may_stand(plan.context, spot):
            where = ", ".join(c.expression for c in plan.profile.context)
            text = (
                f"The extension {plan.url} may not stand here. Its definition allows: {where}; move it there."
            )
        elif rule := broken_rule(plan.context, node, spot):
            text = f"The extension {plan.url} may stand only where this is true of the element: {rule.text}"
        else:
            return
        path = spot.path or path_of(spot)
        self._session.misplaced.append((id(node.value), spot.place, path, plan.url, text))

    def _wrong_list(self, plan: ProfilePlan, place: Place, is_modifier: bool) -> None:
        if is_modifier:
            text = (
                f"The extension {plan.url} changes no meaning: send it in extension, not modifierExtension."
            )
        else:
            text = (
                f"The extension {plan.url} changes the meaning: send it in modifierExtension, not extension."
            )
        self._notes.add(Kind.EXTENSION, "error", place, text, cause="modifier", profile=plan.url)

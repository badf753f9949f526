"""Extensions against their definitions, found by url: http://hl7.org/fhir/R4/extensibility.html."""

from typing import Any, Final

from fhirpa.fhir.fhirpath import Node
from fhirpa.fhir.fhirpath.shapes import Shape, shape
from fhirpa.fhir.place import Place
from fhirpa.fhir.tables import type_names
from fhirpa.validation.elements import Context
from fhirpa.validation.finding import Kind
from fhirpa.validation.plans import ProfilePlan
from fhirpa.validation.profile_walk import ProfileWalk
from fhirpa.validation.scope import Scope
from fhirpa.validation.session import Obligation, Session

_ANYWHERE: Final = frozenset({"Element", "*"})


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
        plan = self._session.plans.extension(url)
        if plan is None:
            self._unknown(url, place, is_modifier)
            return None
        if not _may_stand(plan.profile.context, owner, path, place, scope, outer):
            self._misplaced(plan, value, place, path or _path(place, scope))
        due: list[Obligation] = []
        walk = ProfileWalk(self._session, scope, self._notes, due, plan.url)
        walk.item(Node(value, self._shape), plan.root, place)
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

    def _misplaced(self, plan: ProfilePlan, value: dict[str, Any], place: Place, path: str) -> None:
        where = ", ".join(c.expression for c in plan.profile.context)
        text = f"The extension {plan.url} may not stand here. Its definition allows: {where}; move it there."
        self._session.misplaced.append((id(value), place, path, plan.url, text))


def _may_stand(
    contexts: tuple[Context, ...],
    owner: Shape,
    path: str | None,
    place: Place,
    scope: Scope,
    outer: ProfilePlan | None,
) -> bool:
    """Whether one of the contexts fits. FHIRPath contexts and profiles as contexts count as fitting."""
    if not contexts:
        return True
    fitting = {*owner.lineage, _path(place, scope)}
    if path:
        fitting.add(path)
    return any(_fits(c, fitting, outer) for c in contexts)


def _fits(context: Context, fitting: set[str], outer: ProfilePlan | None) -> bool:
    expression = context.expression.replace("[x]", "")
    if context.kind == "extension":
        return "Extension" in fitting and (outer is None or outer.url == expression)
    if context.kind != "element" or ":" in expression or expression in _ANYWHERE:
        return True
    return expression in fitting or expression.partition(".")[0] not in type_names() | {"string", "code"}


def _path(place: Place, scope: Scope) -> str:
    """The path from its resource of the element that the extension at `place` stands in."""
    labels: list[str] = []
    at: Place | None = place[0]
    while at is not None and at is not scope.place:
        labels.append(at[1])
        at = at[0]
    labels.reverse()
    return ".".join((scope.type, *labels))

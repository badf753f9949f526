"""What a profile says of a reference or canonical: where it may lead, to what, and whether to a version.

http://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.type
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fhirpa.fhir.bundle import Unresolved
from fhirpa.fhir.fhirpath import Node
from fhirpa.fhir.place import Place
from fhirpa.validation.elements import Element
from fhirpa.validation.finding import Kind
from fhirpa.validation.scope import Scope, type_in

if TYPE_CHECKING:
    from fhirpa.validation.profile_walk import ProfileWalk
    from fhirpa.validation.session import Session

LINKS: Final = ("Reference", "canonical")
# Where a reference leads, in words; what is in the Bundle is referred to, too.
_MODES: Final = {
    "contained": ("a contained resource", frozenset({"contained"})),
    "bundled": ("another entry of the Bundle", frozenset({"bundled", "referenced"})),
    "elsewhere": ("a resource that is not sent along", frozenset({"referenced"})),
}


@dataclass(frozen=True, slots=True)
class Links:
    """Of each of `targets` (profiles or types) one must be met; none are named: any resource will do.

    `modes`: contained, referenced, bundled; empty: all. `versioning`: specific, independent or None.
    """

    targets: tuple[str, ...]
    modes: frozenset[str]
    versioning: str | None


def links_of(element: Element) -> Mapping[str, Links] | None:
    """What an element's types say, for Reference and canonical apart; None where they say nothing."""
    found: dict[str, Links] = {}
    for code in LINKS:
        types = [t for t in element.types if t.code == code]
        targets = tuple(target for t in types for target in t.targets)
        modes = (
            frozenset(mode for t in types for mode in t.aggregation)
            if all(t.aggregation for t in types)
            else frozenset[str]()
        )
        stated = {t.versioning for t in types} - {"either"}
        versioning = stated.pop() if len(stated) == 1 else None
        if targets or modes or versioning:
            found[code] = Links(targets, modes, versioning)
    return found or None


def check_link(walk: "ProfileWalk", node: Node, links: Mapping[str, Links], place: Place) -> None:
    """Check one Reference or canonical; what its target must meet becomes an obligation."""
    demand = links.get(node.shape.name)
    text = node.value.get("reference") if type(node.value) is dict else node.value
    if demand is None or type(text) is not str:
        return
    is_canonical = node.shape.name == "canonical"
    if is_canonical:
        found = canonical_target(walk.session, walk.scope, text)
    else:
        found = walk.session.resolve(text, walk.scope)
    if demand.modes:
        _check_mode(walk, demand.modes, text, found, place)
    if demand.versioning:
        _check_version(walk, demand.versioning, ("|" if is_canonical else "/_history/") in text, place)
    if not demand.targets or isinstance(found, Unresolved):
        return
    if found is not None and not is_canonical:
        walk.owe(place, demand.targets, found)
        return
    # Of what a canonical leads to only the type is held against the sender, as the official validator does.
    name = type_in(text) or _stated_type(node) if found is None else found.get("resourceType")
    if type(name) is str and not _allows(walk.session, demand.targets, name):
        walk.say(Kind.REFERENCE, place, wrong_target(name, demand.targets), "target")


def _stated_type(node: Node) -> Any:
    """What Reference.type says, where nothing else tells the type of the target."""
    return node.value.get("type") if type(node.value) is dict else None


def canonical_target(session: "Session", scope: Scope, canonical: str) -> dict[str, Any] | Unresolved | None:
    """The resource that a canonical means: contained, or an entry with that url; None where none is sent."""
    if canonical.startswith("#"):
        return session.resolve(canonical, scope)
    if scope.graph is None:
        return None
    url, _, version = canonical.partition("|")
    found = session.published(scope.graph).get(url, [])
    fitting = [r for r in found if not version or r.get("version", version) == version]
    return fitting[0] if len(fitting) == 1 else None


def wrong_target(name: str, targets: tuple[str, ...]) -> str:
    """The text for a reference that leads to a wrong type."""
    return f"The reference leads to {name}. Refer to one of these: {', '.join(targets)}."


def _check_mode(walk: "ProfileWalk", modes: frozenset[str], text: str, found: Any, place: Place) -> None:
    where = "contained" if text.startswith("#") else "bundled" if type(found) is dict else "elsewhere"
    words, fitting = _MODES[where]
    if fitting.isdisjoint(modes):
        text = f"This leads to {words}. Send it as the profile allows: {', '.join(sorted(modes))}."
        walk.say(Kind.REFERENCE, place, text, "aggregation")


def _check_version(walk: "ProfileWalk", versioning: str, has_version: bool, place: Place) -> None:
    if versioning == "specific" and not has_version:
        walk.say(Kind.REFERENCE, place, "The version must be named here: add it.", "versioning")
    elif versioning == "independent" and has_version:
        walk.say(Kind.REFERENCE, place, "No version must be named here: leave it out.", "versioning")


def _allows(session: "Session", targets: tuple[str, ...], name: str) -> bool:
    for target in targets:
        if not session.plans.is_profile(target):
            fitting = target in (name, "Resource")
        else:
            plan = session.plans.profile(target)
            fitting = plan is None or plan.profile.type == name
        if fitting:
            return True
    return False

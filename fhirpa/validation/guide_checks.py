"""Rules of a guide that no expression can state, because they are about more than one resource.

`profiles/rules` names them; they are run on a resource that is held against the profile that has them.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.place import Place
from fhirpa.validation.elements import GuideCheck
from fhirpa.validation.finding import Kind, Notes
from fhirpa.validation.scope import Scope
from fhirpa.validation.session import Session

_Json = dict[str, Any]
_Faults = Iterator[tuple[Place, str]]


def run_check(check: GuideCheck, session: Session, scope: Scope, notes: Notes, profile: str) -> None:
    """Run one check on a resource and note what it finds."""
    for place, cause in _CHECKS[check.kind](check, session, scope):
        text = f"{check.text} (rule {check.key})."
        notes.add(Kind.INVARIANT, check.severity, place, text, cause=cause, profile=profile, key=check.key)


def _unreachable(check: GuideCheck, session: Session, scope: Scope) -> _Faults:
    """Entries of a Bundle to which no reference leads, by whatever way, from the first of a type.

    `first` is that type, the root of the message; `apart` are types to which nothing refers. A definition
    (what has a url of its own) is named by that.
    """
    if scope.bundle is None or not scope.bundle.of_type(check.parameters["first"]):
        return
    waiting = [scope.bundle.of_type(check.parameters["first"])[0].resource]
    reached = {id(waiting[0])}
    while waiting:
        for target in session.links.get(id(waiting.pop()), ()):
            if id(target) not in reached:
                reached.add(id(target))
                waiting.append(target)
    for entry in scope.bundle.entries:
        is_named = "url" in entry.resource or entry.type in check.parameters["apart"]
        if id(entry.resource) not in reached and not is_named:
            yield ((scope.place, "entry", entry.index), "resource", None), "reach"


def _without_predecessor(check: GuideCheck, session: Session, scope: Scope) -> _Faults:
    """A first Claim of a Bundle whose related Claim is not there."""
    if scope.entry is None or scope.entry.index or _predecessor(session, scope) is not None:
        return
    yield (((scope.place, "related", 0), "claim", None)), "resolve"


def _changed(check: GuideCheck, session: Session, scope: Scope) -> _Faults:
    """Entries of a list that differ from those of the predecessor and bear no flag."""
    prior = _by_sequence(_predecessor(session, scope), check.parameters["of"])
    for place, entry in _entries(scope, check.parameters["of"]):
        before = prior.get(entry.get("sequence"))
        if before is not None and not _flag(entry, check) and _told(entry, check) != _told(before, check):
            yield place, check.key


def _added(check: GuideCheck, session: Session, scope: Scope) -> _Faults:
    """Entries of a list that the predecessor lacks and that bear no flag."""
    predecessor = _predecessor(session, scope)
    if predecessor is None:
        return
    prior = _by_sequence(predecessor, check.parameters["of"])
    for place, entry in _entries(scope, check.parameters["of"]):
        if entry.get("sequence") not in prior and not _flag(entry, check):
            yield place, check.key


_CHECKS: Final[Mapping[str, Callable[[GuideCheck, Session, Scope], _Faults]]] = MappingProxyType(
    {"reachable": _unreachable, "predecessor": _without_predecessor, "changed": _changed, "added": _added}
)


def _predecessor(session: Session, scope: Scope) -> _Json | None:
    """The Claim that the first related entry of a Claim leads to, where it is at hand."""
    related = scope.node.value.get("related")
    first = related[0] if type(related) is list and related else None
    claim = first.get("claim") if type(first) is dict else None
    text = claim.get("reference") if type(claim) is dict else None
    found = session.resolve(text, scope) if type(text) is str else None
    return found if type(found) is dict and found.get("resourceType") == scope.type else None


def _by_sequence(claim: _Json | None, name: str) -> dict[Any, _Json]:
    entries = claim.get(name) if claim else None
    rows = [e for e in entries if type(e) is dict] if type(entries) is list else []
    return {e["sequence"]: e for e in rows if type(e.get("sequence")) is int}


def _entries(scope: Scope, name: str) -> Iterator[tuple[Place, _Json]]:
    entries = scope.node.value.get(name)
    for index, entry in enumerate(entries if type(entries) is list else ()):
        if type(entry) is dict and type(entry.get("sequence")) is int:
            yield (scope.place, name, index), entry


def _flag(entry: _Json, check: GuideCheck) -> bool:
    return any(e.get("url") == check.parameters["changed"] for e in _extensions(entry, "extension"))


def _told(entry: _Json, check: GuideCheck) -> _Json:
    """What an entry says, without its id and what says only how it changed or what kind of request it is."""
    told = {k: v for k, v in entry.items() if k not in ("id", "extension")}
    ignored = (check.parameters["changed"], *check.parameters["ignored"])
    kept = [e for e in _extensions(entry, "extension") if e.get("url") not in ignored]
    return told | {"extension": kept}


def _extensions(entry: _Json, name: str) -> list[_Json]:
    found = entry.get(name)
    return [e for e in found if type(e) is dict] if type(found) is list else []

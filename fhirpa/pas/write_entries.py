"""The entries of a response Bundle: what we make, and what of the request is echoed.

Guide: specification#prior-authorization-response. Each resource once (spec-31); echoed ones keep fullUrl
and identifiers (spec-33); all that the ClaimResponse leads to is there, except the Claim.
"""

from collections.abc import Callable, Hashable, Iterator
from typing import Any, Final

from fhirpa.fhir.bundle import BundleGraph, Entry
from fhirpa.pas.access import Json, obj, objects
from fhirpa.pas.codes import BASE, SD
from fhirpa.pas.versions import PasVersion
from fhirpa.pas.write_values import identifier, is_whole

_PROFILES: Final = {  # profile of an echoed resource that declares none
    "Coverage": "profile-coverage",
    "Location": "profile-location",
    "Organization": "profile-requestor",
    "Patient": "profile-beneficiary",
    "Practitioner": "profile-practitioner",
    "PractitionerRole": "profile-practitionerrole",
}
_STRICT_IDENTIFIERS: Final = ("Organization", "Practitioner")  # their identifiers are PASIdentifiers


class Entries:
    """Entries being collected: the ClaimResponses first, then our other resources, then the echoed ones.

    Echoed ones come last because some clients resolve a relative reference against the last fullUrl.
    """

    def __init__(self, version: PasVersion, new_id: Callable[[], str]) -> None:
        self._version = version
        self._new_id = new_id
        self._leading: list[Json] = []
        self._made: list[Json] = []
        self._made_of: dict[Hashable, str] = {}
        self._echoed: dict[str, Json] = {}

    def listed(self) -> list[Json]:
        """All entries in their order."""
        return [*self._leading, *self._made, *self._echoed.values()]

    def lead(self, resource: Json, profile: str) -> str:
        """Add a ClaimResponse (or what stands in its place); answers its fullUrl."""
        return self._own(self._leading, resource, profile)

    def add(self, resource: Json, profile: str) -> str:
        """Add a resource of ours; answers its fullUrl."""
        return self._own(self._made, resource, profile)

    def add_once(self, key: Hashable, make: Callable[[], Json], profile: str) -> str:
        """Add a resource of ours unless one was made for the same key; answers its fullUrl."""
        if key not in self._made_of:
            self._made_of[key] = self.add(make(), profile)
        return self._made_of[key]

    def _own(self, entries: list[Json], resource: Json, profile: str) -> str:
        own_id = self._new_id()
        url = f"urn:uuid:{own_id}"
        kind = {"resourceType": resource["resourceType"]}
        entries.append(
            {"fullUrl": url, "resource": {**kind, "id": own_id, "meta": {"profile": [profile]}, **resource}}
        )
        return url

    def echo(self, graph: BundleGraph, entry: Entry, profile: str | None = None) -> str | None:
        """Add an entry of the request and all it leads to there; answers its fullUrl.

        None if it cannot be echoed: without a fullUrl, or a Claim (the guide leaves it out). `profile` is
        the id of the guide's profile to declare if the resource declares none.
        """
        waiting = [(entry, profile)]
        while waiting:
            current, role = waiting.pop(0)
            url = current.full_url
            if url is None or current.type == "Claim" or url in self._echoed:
                continue
            self._echoed[url] = {"fullUrl": url, "resource": self._echo(current, role)}
            targets = (graph.find(r, current) for r in _references(current.resource))
            waiting += [(t.entry, None) for t in targets if t and not t.contained]
        return entry.full_url if entry.full_url in self._echoed else None

    def _echo(self, entry: Entry, role: str | None) -> Json:
        foreign = self._version.foreign_extensions
        resource: Json = (
            _without(entry.resource, foreign) if _has(entry.resource, foreign) else entry.resource
        )
        if self._version.identifier_system_required and entry.type in _STRICT_IDENTIFIERS:
            sent = resource.get("identifier")
            if not all(map(is_whole, objects(sent))):
                resource = {**resource, "identifier": [identifier(i, self._version) for i in objects(sent)]}
        meta = obj(resource.get("meta"))
        declared = _declared(meta.get("profile"), self._version)
        if not declared:
            named = role or _PROFILES.get(entry.type)
            declared = [SD + named if named else BASE + entry.type]
        if declared == meta.get("profile"):
            return resource
        head: Json = {k: resource[k] for k in ("resourceType", "id") if k in resource}
        return {**head, "meta": {**meta, "profile": declared}, **_but(resource, *head, "meta")}


def _but(resource: Json, *names: str) -> Json:
    return {k: v for k, v in resource.items() if k not in names}


def _declared(profiles: Any, version: PasVersion) -> list[str]:
    """The declared profiles; one of the guide that names another of its versions is named without it."""
    out = []
    for profile in profiles if isinstance(profiles, list) else ():
        if isinstance(profile, str):
            url, _, label = profile.partition("|")
            out.append(url if url.startswith(SD) and label not in ("", version.label) else profile)
    return list(dict.fromkeys(out))


def _references(value: Any) -> Iterator[Json]:
    """Every Reference with a literal inside a resource, its contained ones included."""
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value
        for item in value.values():
            if isinstance(item, dict | list):
                yield from _references(item)


def _has(resource: Json, urls: frozenset[str]) -> bool:
    """True if any object of the resource has one of these urls: most have none, and a look is cheap."""
    stack: list[Any] = [resource]
    while stack:
        value = stack.pop()
        if type(value) is dict:
            url = value.get("url")
            if type(url) is str and url in urls:
                return True
            value = value.values()
        for child in value:
            if type(child) is dict or type(child) is list:
                stack.append(child)
    return False


def _without(value: Any, urls: frozenset[str]) -> Any:
    """The value without extensions of these urls, at any depth; itself if it has none of them."""
    if isinstance(value, list):
        items = [_without(v, urls) for v in value]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if not isinstance(value, dict):
        return value
    out = {k: _without(v, urls) for k, v in value.items()}
    for name in ("extension", "modifierExtension"):
        if any(e.get("url") in urls for e in objects(out.get(name))):
            kept = [e for e in out[name] if not (isinstance(e, dict) and e.get("url") in urls)]
            out = {**out, name: kept} if kept else _but(out, name)
    same = len(out) == len(value) and all(out[k] is v for k, v in value.items())
    return value if same else out

"""The Bundle as a graph: entries by fullUrl, and references resolved inside it.

Rules: http://hl7.org/fhir/R4/bundle.html#references. An absolute reference (http, urn:uuid, urn:oid)
matches a fullUrl; a relative one is made absolute with the base of the fullUrl of the entry that holds
it; `#id` is a contained resource. A version-specific reference also matches meta.versionId.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_RESTFUL = re.compile(
    r"^(https?://[^\s?#]*?/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})"
    r"(?:/_history/([A-Za-z0-9.\-]{1,64}))?$"
)
_ABSOLUTE = re.compile(r"^[a-z][a-z0-9+.\-]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `path` is its FHIRPath up to the resource, e.g. Bundle.entry[0].resource."""

    index: int
    full_url: str | None
    resource: dict[str, Any]

    @property
    def path(self) -> str:
        """FHIRPath of the resource from the Bundle."""
        return f"Bundle.entry[{self.index}].resource"

    @property
    def type(self) -> str:
        """resourceType, or '' where it is missing."""
        kind = self.resource.get("resourceType")
        return kind if isinstance(kind, str) else ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a reference leads to: the resource, its FHIRPath, and the entry that holds it."""

    resource: dict[str, Any]
    path: str
    entry: Entry
    contained: bool = False


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A reference that leads nowhere in the bundle, or to more than one place."""

    reference: str
    ambiguous: bool = False


class BundleGraph:
    """Read-only view of a parsed Bundle. Tolerates malformed parts: they are simply not there."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        self.bundle = bundle
        self.entries: tuple[Entry, ...] = tuple(_entries(bundle))
        self._by_url: dict[str, list[Entry]] = {}
        self._bases: dict[str | None, str | None] = {}
        for entry in self.entries:
            if entry.full_url:
                self._by_url.setdefault(entry.full_url, []).append(entry)
        # Made when they are wanted, so that many references into one resource or its versions stay cheap.
        self._by_version: dict[str, dict[str | None, list[Entry]]] = {}
        self._contained_by_id: dict[int, dict[str, list[tuple[int, dict[str, Any]]]]] = {}

    def of_type(self, resource_type: str) -> tuple[Entry, ...]:
        """All entries of one resource type, in order."""
        return tuple(e for e in self.entries if e.type == resource_type)

    def duplicates(self) -> Iterator[tuple[Entry, Entry]]:
        """Pairs (first, later) of entries that share a fullUrl and a version."""
        for entries in self._by_url.values():
            seen: dict[str | None, Entry] = {}
            for entry in entries:
                version = _version(entry)
                if version in seen:
                    yield seen[version], entry
                else:
                    seen[version] = entry

    def resolve(self, reference: Any, holder: Entry) -> Target | Unresolved | None:
        """Resolve a Reference element (or its string) that stands in `holder`.

        None if there is no literal reference at all (identifier or display only).
        """
        text = reference.get("reference") if isinstance(reference, dict) else reference
        if not isinstance(text, str) or not text:
            return None
        if text.startswith("#"):
            return self._contained(text, holder)
        base = holder.full_url
        if base not in self._bases:
            self._bases[base] = _base(base)
        url, version = _absolute(text, self._bases[base])
        if url is None:
            return Unresolved(text)
        found = self._by_url.get(url, []) if version is None else self._versions(url).get(version, [])
        if len(found) == 1:
            return Target(found[0].resource, found[0].path, found[0])
        return Unresolved(text, ambiguous=len(found) > 1)

    def find(self, reference: Any, holder: Entry) -> Target | None:
        """Like resolve, but None for everything that leads nowhere."""
        target = self.resolve(reference, holder)
        return target if isinstance(target, Target) else None

    def _versions(self, url: str) -> dict[str | None, list[Entry]]:
        """The entries of a fullUrl by meta.versionId."""
        if url not in self._by_version:
            by_version = self._by_version[url] = {}
            for entry in self._by_url.get(url, ()):
                by_version.setdefault(_version(entry), []).append(entry)
        return self._by_version[url]

    def _contained(self, text: str, holder: Entry) -> Target | Unresolved:
        if text == "#":
            return Target(holder.resource, holder.path, holder)
        by_id = self._contained_by_id.get(id(holder.resource))
        if by_id is None:
            by_id = self._contained_by_id[id(holder.resource)] = _by_id(holder.resource.get("contained"))
        hits = by_id.get(text[1:], [])
        if len(hits) == 1:
            index, resource = hits[0]
            return Target(resource, f"{holder.path}.contained[{index}]", holder, contained=True)
        return Unresolved(text, ambiguous=len(hits) > 1)


def _by_id(contained: Any) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """Contained resources with their index, by id."""
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for index, resource in enumerate(contained if isinstance(contained, list) else []):
        identifier = resource.get("id") if isinstance(resource, dict) else None
        if isinstance(identifier, str):
            found.setdefault(identifier, []).append((index, resource))
    return found


def absolute_url(reference: str, holder_full_url: str | None) -> str | None:
    """The absolute URL that a literal reference stands for, or None if it has no base."""
    return _absolute(reference, _base(holder_full_url))[0]


def _entries(bundle: dict[str, Any]) -> Iterator[Entry]:
    entries = bundle.get("entry")
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            url = entry.get("fullUrl")
            yield Entry(index, url if isinstance(url, str) else None, entry["resource"])


def _version(entry: Entry) -> str | None:
    meta = entry.resource.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else None


def _absolute(reference: str, base: str | None) -> tuple[str | None, str | None]:
    """The absolute URL of a reference without its version, and the version."""
    if reference.startswith(("urn:", "http://", "https://")) and "/_history/" not in reference:
        return reference, None
    version = None
    match = _RESTFUL.match(reference)
    if match and match[4]:
        version = match[4]
        reference = reference[: -len("/_history/" + version)]
    if _ABSOLUTE.match(reference):
        return reference, version
    return (base + reference if match and base else None), version


def _base(full_url: str | None) -> str | None:
    """What relative references in the resource at a fullUrl are relative to: the address of the server."""
    match = _RESTFUL.match(full_url) if full_url else None
    return match[1] if match else None

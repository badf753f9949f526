"""A fresh copy of a request: another submission that says the same.

A server that has seen a request answers a repeat with what it decided then. Tests and demonstrations want it
decided again, so a fresh copy is about a new member, under new numbers. NPIs, dates, codes and everything
clinical stay as they are.
"""

import hashlib
import re
import uuid
from collections.abc import Callable, Iterator
from copy import deepcopy
from enum import StrEnum
from typing import Any

from fhirpa.testkit.builder_terms import NPI, Json
from fhirpa.testkit.references import rename

_STAYING = ("Organization", "Practitioner", "PractitionerRole", "Location")
_RESTFUL = re.compile(r"^(.*/)([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})$")
_SSN = "http://hl7.org/fhir/sid/us-ssn"


class Scope(StrEnum):
    """What may be new in a copy."""

    NEW_MEMBER = "new-member"
    SAME_MEMBER = "same-member"  # the member is one that the server knows from its roster
    UNCHANGED = "unchanged"  # an exact repeat


def fresh(bundle: Json, token: str, scope: Scope = Scope.NEW_MEMBER) -> Json:
    """A copy of a PAS Bundle under new numbers that depend on `token` only.

    New are the identifiers of the Bundle and its Claims and their trace numbers, the ids and fullUrls of all
    resources but organizations and clinicians, and, unless `scope` keeps the member, the identifiers of
    patients and coverages. Anything that is not a Bundle comes back as it was.
    """
    if scope is Scope.UNCHANGED or bundle.get("resourceType") != "Bundle":
        return deepcopy(bundle)
    numbers = {old: _renumbered(old, token) for old in _transaction_numbers(bundle)}
    if scope is Scope.NEW_MEMBER:
        numbers |= _member_numbers(bundle, token)
    out = rename(bundle, dict(_new_urls(bundle, token, scope)))
    for entry in _entries(out):
        _same_id_as_url(entry)
    if isinstance(out.get("id"), str):
        out["id"] = _hash(out["id"], token)[:32]
    _replace(out, numbers)
    return out


def new_token() -> str:
    """A token that was never used before."""
    return uuid.uuid4().hex


def _transaction_numbers(bundle: Json) -> Iterator[str]:
    yield from _values([bundle.get("identifier")])
    for claim in _resources(bundle, "Claim"):
        yield from _values(claim.get("identifier"))
        items = claim.get("item")
        for item in items if isinstance(items, list) else ():
            extensions = item.get("extension") if isinstance(item, dict) else None
            for found in extensions if isinstance(extensions, list) else ():
                if isinstance(found, dict) and str(found.get("url")).endswith("itemTraceNumber"):
                    yield from _values([found.get("valueIdentifier")])


def _member_numbers(bundle: Json, token: str) -> dict[str, str]:
    """Members keep the family's number as the beginning of their own, if it was."""
    families = [c.get("subscriberId") for c in _resources(bundle, "Coverage")]
    numbers = {f: _renumbered(f, token) for f in families if isinstance(f, str) and f}
    for holder in (*_resources(bundle, "Patient"), *_resources(bundle, "Coverage")):
        for value in _values(holder.get("identifier")):
            family = next((f for f in families if isinstance(f, str) and f and value.startswith(f)), "")
            if value not in numbers:
                rest = value[len(family) :]
                numbers[value] = numbers[family] + rest if family else _renumbered(value, token)
    return numbers


def _new_urls(bundle: Json, token: str, scope: Scope) -> Iterator[tuple[str, str]]:
    member = ("Patient", "Coverage", "RelatedPerson") if scope is Scope.SAME_MEMBER else ()
    for entry in _entries(bundle):
        url, kind = entry.get("fullUrl"), entry["resource"].get("resourceType")
        if not isinstance(url, str) or kind in _STAYING or kind in member:
            continue
        match = _RESTFUL.match(url)
        if match:
            yield url, f"{match[1]}{match[2]}/{_hash(url, token)[:32]}"
        elif url.startswith("urn:uuid:"):
            yield url, f"urn:uuid:{uuid.UUID(_hash(url, token)[:32], version=5)}"


def _same_id_as_url(entry: Json) -> None:
    match = _RESTFUL.match(str(entry.get("fullUrl")))
    if match and isinstance(entry["resource"].get("id"), str):
        entry["resource"]["id"] = match[3]


def _replace(node: Any, numbers: dict[str, str]) -> None:
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        elif isinstance(node, dict):
            for name in ("value", "subscriberId"):
                old = node.get(name)
                if isinstance(old, str) and old in numbers and node.get("system") != NPI:
                    node[name] = numbers[old]
            stack += node.values()


def _renumbered(old: str, token: str) -> str:
    """As long as the old one, with letters, dashes and the like where they were; a short one grows."""
    digits = str(int(_hash(old, token), 16))
    if sum(c.isdigit() for c in old) < 6:
        return f"{old}-{digits[:10]}"
    take: Callable[[], str] = iter(digits * (1 + len(old) // len(digits))).__next__
    return "".join(take() if c.isdigit() else c for c in old)


def _hash(old: str, token: str) -> str:
    return hashlib.sha256(f"{token}\n{old}".encode()).hexdigest()


def _entries(bundle: Json) -> list[Json]:
    entries = bundle.get("entry")
    found = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    return [e for e in found if isinstance(e.get("resource"), dict)]


def _resources(bundle: Json, kind: str) -> list[Json]:
    return [e["resource"] for e in _entries(bundle) if e["resource"].get("resourceType") == kind]


def _values(identifiers: Any) -> list[str]:
    found = [i for i in identifiers if isinstance(i, dict)] if isinstance(identifiers, list) else []
    return [i["value"] for i in found if isinstance(i.get("value"), str) and i.get("system") != _SSN]

"""Giving the entries of a Bundle other fullUrls, with every literal reference to them following."""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from fhirpa.fhir.bundle import absolute_url
from fhirpa.testkit.builder_terms import Json

_RESTFUL = re.compile(r"^(.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})$")


def rename(bundle: Json, named: Mapping[str, str]) -> Json:
    """A copy in which each fullUrl of `named` is replaced, and what refers to it, absolutely or relatively.

    A relative reference stays relative if old and new have the same base. Nested Bundles are left alone: they
    resolve for themselves.
    """
    out = deepcopy(bundle)
    entries = out.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            old = entry.get("fullUrl")
            _follow(entry.get("resource"), old if isinstance(old, str) else None, named)
            if isinstance(old, str) and old in named:
                entry["fullUrl"] = named[old]
    return out


def _follow(node: Any, base: str | None, named: Mapping[str, str]) -> None:
    stack = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        elif isinstance(node, dict) and node.get("resourceType") != "Bundle":
            link = node.get("reference")
            if isinstance(link, str):
                node["reference"] = _renamed(link, base, named)
            stack += node.values()


def _renamed(link: str, base: str | None, named: Mapping[str, str]) -> str:
    old = absolute_url(link, base)
    new = named.get(old) if old else None
    if old is None or new is None:
        return link
    before, after = _RESTFUL.match(old), _RESTFUL.match(new)
    relative = link != old
    if relative and before and after and before[1] == after[1]:
        return f"{after[2]}/{after[3]}"
    return new

"""Rules that a guide states in prose only, written by hand as data: profiles/rules/<guide>.json.

A rule is an invariant (`expression`), or names a `check` of `guide_checks`. It holds for profiles by url, in
some versions of the guide; the format stands in profiles/README.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

import msgspec

from fhirpa.validation.elements import Constraint, Element, GuideCheck, Profile

_DECODE: Final = msgspec.json.Decoder().decode
_Row = Mapping[str, Any]
GuideRules = Mapping[str, Sequence[_Row]]


def read_guide_rules(set_name: str, folder: Traversable) -> GuideRules:
    """The rules for a set (pas-2.2.1) by profile url; none where no file is there."""
    guide, _, version = set_name.rpartition("-")
    file = folder.joinpath(f"{guide}.json")
    by_profile: dict[str, list[_Row]] = {}
    for row in _DECODE(file.read_bytes())["rules"] if file.is_file() else ():
        if version in row["versions"]:
            for url in row["profiles"]:
                by_profile.setdefault(url, []).append(row)
    return by_profile


def with_guide_rules(profile: Profile, rules: GuideRules) -> Profile:
    """The profile with its rules in prose. Raises KeyError for an element that it leaves alone."""
    rows = rules.get(profile.url, ())
    if not rows:
        return profile
    root = profile.root
    for row in rows:
        if "expression" in row:
            constraint = Constraint(row["key"], row["expression"], row["severity"], False, row["text"])
            root = _with_constraint(root, row.get("element"), constraint)
    checks = tuple(_check(row) for row in rows if "check" in row)
    return replace(profile, root=root, checks=checks)


def _with_constraint(root: Element, name: str | None, constraint: Constraint) -> Element:
    if name is None:
        return replace(root, constraints=(*root.constraints, constraint))
    children = dict(root.children or {})
    children[name] = replace(children[name], constraints=(*children[name].constraints, constraint))
    return replace(root, children=MappingProxyType(children))


def _check(row: _Row) -> GuideCheck:
    parameters = {k: v for k, v in row.items() if k in ("of", "changed", "ignored", "first", "apart")}
    return GuideCheck(row["check"], row["key"], row["severity"], row["text"], MappingProxyType(parameters))

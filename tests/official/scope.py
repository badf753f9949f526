"""What the comparison is made without: packages that others stand in for, profiles that nobody here has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from fhirpa.fhir.tables import resource_types
from tests.official.cases import ROOT, Case
from tests.official.subjects import BASE
from tests.official.verdicts import validator


def stand_ins(guide: str) -> list[str]:
    """Each pinned package that is not at hand, and what answers for it."""
    content = json.loads((ROOT / "profiles" / "sets" / f"pas-{guide}.json").read_text())
    return [f"{pinned} -> {found or 'nothing'}" for pinned, found in sorted(content["dependencies"].items())]


def unknown_profiles(cases: Iterable[Case]) -> Counter[tuple[str, str]]:
    """How often the resources of a source declare a profile that no tables have: (source, profile)."""
    found: Counter[tuple[str, str]] = Counter()
    for case in cases:
        known = validator(case.guide).knows
        declared = [
            p for p in _declared(json.loads(case.body)) if p.removeprefix(BASE) not in resource_types()
        ]
        found.update((case.source, profile) for profile in declared if not known(profile))
    return found


def _declared(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _declared(item)
    elif isinstance(value, dict):
        meta = value.get("meta")
        if "resourceType" in value and isinstance(meta, dict) and isinstance(meta.get("profile"), list):
            yield from (p for p in meta["profile"] if isinstance(p, str))
        for item in value.values():
            yield from _declared(item)

"""Mutants: seeded, of every kind, made of requests and responses."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import cycle

from fhirpa.fhir.tables import resource_types
from tests.official.cases import Case
from tests.official.mutation import Mutation
from tests.official.mutations import MUTATIONS
from tests.official.spots import Json, spots
from tests.official.subjects import BASE

_TRIES = 50


def mutants(
    seeds: Sequence[Case], count: int, seed: int, kinds: Mapping[str, Mutation] = MUTATIONS
) -> Iterator[Case]:
    """`count` changed copies of the seeds, as many of each kind of change as can be.

    Bundles and single resources out of them take turns. The same arguments give the same mutants.
    """
    rng = random.Random(seed)
    parsed = [(case, json.loads(case.body)) for case in seeds]
    seen: set[bytes] = set()
    for number, kind in enumerate(cycle(sorted(kinds))):
        for attempt in range(_TRIES):
            case, whole = rng.choice(parsed)
            is_part = number // len(kinds) % 2 and attempt < _TRIES / 2
            made = _mutant(_part(whole, rng) if is_part else whole, kinds[kind], rng)
            if made and (body := _bytes(made[0])) not in seen:
                seen.add(body)
                name = f"{len(seen):04}-{kind}-{case.name}-{made[1]}"
                yield replace(
                    case,
                    source=f"mutants-{case.guide}",
                    name=name,
                    profile=_profile(made[0], case),
                    body=body,
                )
                break
        if len(seen) == count:
            return


def _profile(resource: Json, case: Case) -> str:
    """What the mutant must meet: what its seed must, or for a part of it the base definition."""
    kind = resource.get("resourceType")
    if kind == "Bundle" or not isinstance(kind, str) or kind not in resource_types():
        return case.profile
    return BASE + kind


def _part(bundle: Json, rng: random.Random) -> Json:
    entries = [e["resource"] for e in bundle.get("entry", ()) if "resource" in e]
    part: Json = rng.choice(entries) if entries else bundle
    return part


def _mutant(resource: Json, mutation: Mutation, rng: random.Random) -> tuple[Json, str] | None:
    """A changed copy and the place of the change; None where this kind of change does not apply."""
    changed = copy.deepcopy(resource)
    place = mutation(changed, spots(changed), rng)
    return (changed, place) if place and changed != resource else None


def _bytes(resource: Json) -> bytes:
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()

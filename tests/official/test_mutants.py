"""Mutants: the same for the same seed, of every kind, none like its seed."""

import json
from collections import Counter

from tests.official.cases import Case, fixtures
from tests.official.mutate import mutants
from tests.official.mutations import MUTATIONS

SEEDS = [case for case in fixtures() if case.name in ("lbp-initial", "lbp-contained-practitioner")]


def kind(mutant: Case) -> str:
    rest = mutant.name.split("-", 1)[1]
    return max((name for name in MUTATIONS if rest.startswith(name + "-")), key=len)


def test_the_same_seed_gives_the_same_mutants() -> None:
    one, two, other = (list(mutants(SEEDS, 60, seed)) for seed in (1, 1, 2))
    assert one == two
    assert [m.body for m in one] != [m.body for m in other]


def test_every_kind_of_change_is_made_as_often_as_can_be() -> None:
    made = list(mutants(SEEDS, 3 * len(MUTATIONS), 1))
    counts = Counter(map(kind, made))
    assert set(MUTATIONS) - set(counts) <= {
        "boolean",
        "instant",
        "narrative",
        "narrative-2",
        "time",
    }  # no such value there
    assert max(counts.values()) <= 5


def test_a_mutant_is_json_and_no_other_one_is_like_it() -> None:
    made = list(mutants(SEEDS, 100, 3))
    assert len({m.body for m in made}) == 100
    assert not {m.body for m in made} & {
        json.dumps(json.loads(s.body), separators=(",", ":")).encode() for s in SEEDS
    }
    assert all(isinstance(json.loads(m.body), dict) and m.guide in m.source for m in made)

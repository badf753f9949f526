"""Mutation tests: what the tables demand is broken, and must be found where it is, by its kind and name.

Every rule of every profile is broken once, in a specimen made from the tables; `make check-deep` takes the
fixtures, answers and examples too. `pytest -s` prints the score.
"""

from collections.abc import Iterator
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from fhirpa.fhir.tables import resource_types
from fhirpa.validation import load_set
from tests.validation.mutation.bundle_operators import bundle_mutants, target_mutants
from tests.validation.mutation.by_hand import BY_HAND, NEVER
from tests.validation.mutation.extension_operators import extension_mutants
from tests.validation.mutation.invariant_score import InvariantScore
from tests.validation.mutation.mutant import Mutant
from tests.validation.mutation.profile_operators import Tools, mutants
from tests.validation.mutation.score import Maker, Score, alone, specimens
from tests.validation.mutation.slice_operators import slice_mutants
from tests.validation.mutation.specimens import Specimens
from tests.validation.mutation.structure_operators import structure_mutants
from tests.validation.mutation.walk import Walk
from tests.validation.sources import SETS, answers, examples, fixtures, validator

Json = dict[str, Any]

# Rules that nothing can break, each with its reason.
ESCAPES = {
    "http://hl7.org/fhir/StructureDefinition/quantity-confidenceInterval.extension": (
        "closed: the definition does not give the urls of its slices"
    ),
}


@cache
def tools(set_name: str) -> Tools:
    tables = load_set(set_name)
    return Tools(Walk(tables), Specimens(tables))


def of_profiles(set_name: str) -> Maker:
    """Mutants of what the profiles say of the elements of a resource."""

    def make(resource: Json) -> Iterator[Mutant]:
        for site in tools(set_name).walk.resource(resource):
            yield from mutants(tools(set_name), site)
            yield from slice_mutants(tools(set_name), site)

    return make


def shares(quick: int) -> pytest.MarkDecorator:
    """One rule in so many in the daily run, all of them in the deep one."""
    deep = pytest.param(1, id="all", marks=pytest.mark.deep)
    return pytest.mark.parametrize("share", [pytest.param(quick, id="a-share"), deep])


def judge(score: Score, of: str, at_least: int) -> None:
    """Print the score; fail for rules whose mutant escaped, and if next to nothing was broken."""
    print(f"\n{of}", *score.lines(), sep="\n  ")
    assert {rule: why for (_, rule), why in score.escaped.items() if rule not in ESCAPES} == {}
    assert sum(score.made.values()) > at_least


@shares(8)
@pytest.mark.parametrize("set_name", SETS)
def test_what_a_profile_demands_is_found_where_it_is_broken(set_name: str, share: int) -> None:
    score = Score()
    subjects = specimens(tools(set_name).walk.tables)
    score.take(validator(set_name), subjects, of_profiles(set_name), share)
    judge(score, set_name, 4_000 // share)
    assert {"min", "max", "slice min", "slice max", "pattern", "fixed", "binding", "target"} <= {*score.made}


@pytest.mark.deep
@pytest.mark.parametrize("set_name", SETS)
def test_what_a_profile_demands_is_found_in_fixtures_answers_and_examples(
    set_name: str, tmp_path: Path
) -> None:
    known = (k for k in chain(fixtures(), answers(tmp_path), examples()) if k.set == set_name)
    score = Score()
    resources = (r for k in known for r in alone(k.resource))
    score.take(validator(set_name), resources, of_profiles(set_name))
    judge(score, f"{set_name}, what is sent", 600)


@shares(50)
def test_what_r4_says_of_the_form_of_each_element_is_found_where_it_is_broken(share: int) -> None:
    build = tools("pas-2.2.1").specimens.of_type
    score = Score()
    resources = (build(name) for name in sorted(resource_types()))
    score.take(validator("pas-2.2.1"), resources, structure_mutants, share)
    judge(score, "R4", 30_000 // share)


@shares(8)
@pytest.mark.parametrize("set_name", SETS)
def test_extensions_are_found_where_they_may_not_stand_or_are_unknown(set_name: str, share: int) -> None:
    tables = tools(set_name).walk.tables
    score = Score()
    maker = partial(extension_mutants, tables)
    score.take(validator(set_name), specimens(tables), maker, share)
    judge(score, set_name, 1_000 // share)


@shares(3)
@pytest.mark.parametrize("set_name", SETS)
def test_entries_and_references_of_a_bundle_are_found_where_they_are_wrong(set_name: str, share: int) -> None:
    bundles = [k.resource for k in fixtures() if k.set == set_name and not k.name.startswith("bad-")]
    score = Score()
    score.take(validator(set_name), bundles, partial(bundle_mutants, tools(set_name)))
    score.take(validator(set_name), bundles, partial(target_mutants, tools(set_name)), share)
    judge(score, set_name, 80)


@pytest.mark.parametrize(("key", "place", "resource"), BY_HAND, ids=[key for key, _, _ in BY_HAND])
def test_an_invariant_that_was_broken_by_hand_is_said_where_it_is(
    key: str, place: str, resource: Json
) -> None:
    issues = validator("pas-2.2.1").validate(resource).issues
    assert (key, place) in [(f.key, f.expression) for f in issues]


@shares(8)
@pytest.mark.parametrize("set_name", SETS)
def test_every_invariant_is_said_by_its_key_where_it_is_broken(set_name: str, share: int) -> None:
    own = tools(set_name)
    score = InvariantScore()
    of_types = (own.specimens.of_type(name) for name in sorted(resource_types()))
    score.take(validator(set_name), own, of_types, share)
    score.take(validator(set_name), own, specimens(own.walk.tables), share)
    by_hand = {key for key, _, _ in BY_HAND}
    unbroken = [name for name in score.unbroken() if name.rpartition(" ")[2] not in by_hand]
    keys = {name.rpartition(" ")[2] for name in score.caught}
    print(f"\n{set_name}: {len(score.caught)} of {len(score.tried)} invariants ({len(keys)} keys)")
    print("  by nothing broken:", *unbroken, sep="\n    ")
    assert score.escaped == {}
    assert {name.rpartition(" ")[2] for name in unbroken} <= NEVER.keys()
    assert len(score.caught) > 500 // share

"""Mutation tests: what the tables demand is broken, and must be found where it is, by its kind and name.

Every rule of every profile is broken once, in a specimen made from the tables; `make check-deep` takes the
fixtures, answers and examples too. `pytest -s` prints the score.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from fhirpa.validation import load_set
from tests.validation.mutation.mutant import Mutant
from tests.validation.mutation.profile_operators import Tools, mutants
from tests.validation.mutation.score import Maker, Score, specimens
from tests.validation.mutation.slice_operators import slice_mutants
from tests.validation.mutation.specimens import Specimens
from tests.validation.mutation.walk import Walk
from tests.validation.sources import SETS, validator

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


@pytest.mark.parametrize("set_name", SETS)
def test_what_a_profile_demands_is_found_where_it_is_broken(set_name: str) -> None:
    score = Score()
    score.take(validator(set_name), specimens(tools(set_name).walk.tables), of_profiles(set_name), share=3)
    print(f"\n{set_name}", *score.lines(), sep="\n  ")
    assert {rule: why for (_, rule), why in score.escaped.items() if rule not in ESCAPES} == {}
    assert sum(score.made.values()) > 1_000
    assert {"min", "max", "slice min", "slice max", "pattern", "fixed", "binding", "target"} <= set(
        score.made
    )

"""Mutation tests: what the tables demand and a fixture exercises is broken, and must be found where it is."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fhirpa.validation import Validator, load_set
from tests.validation.mutants import Mutant, mutate

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILES = ("lbp-initial", "home-pt-reason", "evidence-as-observations")


def _is_found(mutant: Mutant, issues: Any) -> bool:
    return any(
        f.kind in mutant.kinds and f.is_error and (f.expression or "").startswith(mutant.place)
        for f in issues
    )


@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
def test_what_a_profile_demands_is_found_where_it_is_broken(version: str) -> None:
    tables = load_set(f"pas-{version}")
    validator = Validator(tables)
    made: Counter[str] = Counter()
    escaped: list[tuple[str, str, str]] = []
    for name in FILES:
        bundle = json.loads((FIXTURES / version / "json" / f"{name}.json").read_text())
        stranger = bundle["entry"][0]["fullUrl"]
        subjects = [(bundle, "Bundle")]
        subjects += [(e["resource"], f"Bundle.entry[{n}].resource") for n, e in enumerate(bundle["entry"])]
        for resource, place in subjects:
            for canonical in resource.get("meta", {}).get("profile", ()):
                profile = tables.profile(canonical)
                if profile is None:
                    continue
                for mutant in mutate(tables, resource, profile, place, stranger):
                    made[mutant.made] += 1
                    if not _is_found(mutant, validator.validate(bundle).issues):
                        escaped.append((mutant.made, mutant.place, canonical))
    lost = Counter(kind for kind, _, _ in escaped)
    for kind, count in sorted(made.items()):
        print(f"{version} {kind:10} {count - lost[kind]}/{count}")
    assert {"min", "max", "slice max", "pattern", "fixed", "binding", "target", "invariant"} <= set(made)
    assert escaped == []

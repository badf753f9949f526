"""Verdict tables: what is known to be wrong, and why, of all that the guides and the public suites publish.

verdicts.toml lists the examples and payloads that are not valid, with all their errors; the others must be.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from fhirpa.fhir.codec import decode
from tests.official.cases import Case, examples, payloads
from tests.validation.sources import PACKAGES, PAYLOADS, definitions, validator

HERE = Path(__file__).parent
Errors = list[tuple[str, str, str]]

needs_packages = pytest.mark.skipif(not PACKAGES.is_dir(), reason="no packages in ../shared")
needs_payloads = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="no payloads in ../shared")


def expected() -> dict[tuple[str, str, str], Errors]:
    """By source, file and set: the errors, as (kind, path, key)."""
    found: dict[tuple[str, str, str], Errors] = {}
    for row in tomllib.loads((HERE / "verdicts.toml").read_text())["verdict"]:
        assert row["why"]
        errors = {(e["kind"], e["path"], e.get("key", "")) for e in row["errors"]}
        found[(row["source"], row["file"], row["set"])] = sorted(errors)
    return found


def errors(case: Case) -> Errors:
    """What the validator says, in the form of the tables."""
    own, resource = validator(f"pas-{case.guide}"), decode(case.body, "json")
    try:
        issues = own.validate(resource, case.profile).issues
    except KeyError:  # a base type: every resource is held against that anyway
        issues = own.validate(resource).issues
    return sorted({(str(f.kind), f.expression or "", f.key or "") for f in issues if f.is_error})


def check(cases: Iterable[Case], at_least: int) -> None:
    """Every resource has the verdict that is written down, and every verdict its resource."""
    table = expected()
    seen: set[tuple[str, str, str]] = set()
    sources: set[str] = set()
    wrong = {}
    for case in cases:
        key = (case.source, case.name.replace(" [", "["), f"pas-{case.guide}")
        seen.add(key)
        sources.add(case.source)
        if (found := errors(case)) != table.get(key, []):
            wrong[key] = found
    assert wrong == {}
    assert len(seen) >= at_least
    assert {key for key in table if key[0] in sources} <= seen


@needs_packages
def test_every_example_of_every_guide_has_the_verdict_recorded() -> None:
    check(examples(PACKAGES), at_least=700)


@needs_payloads
def test_every_payload_of_the_public_suites_has_the_verdict_recorded() -> None:
    check(payloads(PAYLOADS), at_least=25)


@needs_packages
@pytest.mark.parametrize(
    "share", [pytest.param(0.05, id="a-share"), pytest.param(1, id="all", marks=pytest.mark.deep)]
)
def test_the_definitions_of_the_guides_have_no_errors_but_those_listed(share: float) -> None:
    """All 10,000 conformance resources of the packages, by R4 itself: a false alarm would show."""
    rows = tomllib.loads((HERE / "verdicts_of_definitions.toml").read_text())["row"]
    known = {(r["kind"], r.get("key"), r.get("profile")): r["count"] for r in rows}
    found: Counter[Any] = Counter()
    count = 0
    for number, resource in enumerate(definitions()):
        if number % round(1 / share):
            continue
        count += 1
        issues = validator(resource.set).validate(resource.resource).issues
        found.update((str(f.kind), f.key, f.profile) for f in issues if f.is_error)
    assert count > 10_000 * share
    assert found.keys() <= known.keys()
    if share == 1:
        assert found == known

"""Known good: our fixtures, our responses and the guides' own examples, each with its verdict and why."""

import json
import os
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fhirpa.validation import Validator, load_set
from tests.official import samples

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("FHIRPA_SHARED", ROOT.parent / "shared"))
VERSIONS = ("2.0.1", "2.2.1")

# File or response -> what is wrong with it on purpose, as (kind, key) of its errors.
WRONG_ON_PURPOSE = {
    ("2.2.1", "requester-npi-invalid"): ("invariant", "us-core-17"),  # 2.0.1 has no rule for the check digit
}


@cache
def validator(version: str) -> Validator:
    return Validator(load_set(f"pas-{version}"))


def errors(version: str, resource: Json) -> list[tuple[str, str | None]]:
    return [(str(f.kind), f.key) for f in validator(version).validate(resource).issues if f.is_error]


def _fixtures() -> list[Any]:
    files = [(v, f) for v in VERSIONS for f in sorted((ROOT / "fixtures" / v / "json").glob("*.json"))]
    good = [(v, f) for v, f in files if not f.stem.startswith("bad-")]
    return [pytest.param(v, f, id=f"{v}-{f.stem}") for v, f in good]


@pytest.mark.parametrize(("version", "file"), _fixtures())
def test_a_fixture_is_valid_unless_it_is_wrong_on_purpose(version: str, file: Path) -> None:
    expected = WRONG_ON_PURPOSE.get((version, file.stem))
    assert errors(version, json.loads(file.read_text())) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("name", "kind", "where"),
    [
        ("bad-claim-use", "pattern", "Bundle.entry[0].resource.use"),
        ("bad-no-claim", "slicing", "Bundle.entry"),
        ("bad-duplicate-full-url", "invariant", "Bundle"),
    ],
)
def test_a_bad_fixture_has_the_fault_that_it_is_named_after(name: str, kind: str, where: str) -> None:
    for version in VERSIONS:
        resource = json.loads((ROOT / "fixtures" / version / "json" / f"{name}.json").read_text())
        found = validator(version).validate(resource).issues
        assert (kind, where) in [(f.kind, f.expression) for f in found if f.is_error]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_response_that_this_server_writes_is_valid(version: str, tmp_path: Path) -> None:
    samples.main(tmp_path)
    files = sorted((tmp_path / version).glob("*.json"))
    assert len(files) > 50
    wrong = {f.stem: found for f in files if (found := errors(version, json.loads(f.read_text())))}
    assert wrong == {}


def _examples(version: str) -> Iterator[tuple[str, Json]]:
    with tarfile.open(SHARED / "packages" / f"hl7.fhir.us.davinci-pas#{version}.tgz") as archive:
        for member in archive:
            if "/example/" in member.name and member.name.endswith(".json"):
                content = archive.extractfile(member)
                assert content is not None
                resource = json.load(content)
                if "resourceType" in resource:
                    yield Path(member.name).stem, resource


# Warnings of the guides' own examples, by what they are about.
#   us-core-medication-codes: an NDC where US Core asks for RxNorm.
#   attachment-report-type-code: an additional binding of 2.2.1 asks for a code of X12 beside that of LOINC.
#   National Provider Identifier: numbers that were made up.
KNOWN_WARNINGS = (
    "/us-core-medication-codes",
    "-attachment-report-type-code",
    "National Provider Identifier",
)
# Defects of the guide's examples (ig-digest 6.3): rules in prose that they break themselves, by version.
#   prof-2: a quantity without unit and code. prof-3: a unit of UCUM. spec-20: entries that nothing refers to.
KNOWN_DEFECTS = {"2.0.1": {"spec-20"}, "2.2.1": {"prof-2", "prof-3", "spec-20"}}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_example_of_the_guide_is_valid(version: str) -> None:
    if not (SHARED / "packages").is_dir():
        pytest.skip("FHIRPA_SHARED holds no packages")
    seen = dict(_examples(version))
    assert len(seen) > 35
    defects = set()
    for name, resource in seen.items():
        for finding in validator(version).validate(resource).issues:
            if finding.key in KNOWN_DEFECTS[version]:
                defects.add(finding.key)
            elif finding.severity != "information":
                assert any(v in finding.text for v in KNOWN_WARNINGS), (name, finding)
    assert defects == KNOWN_DEFECTS[version]

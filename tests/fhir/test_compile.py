"""The committed base tables are what the compiler makes of the official package."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from fhirpa.fhir.compile import compile_core
from fhirpa.fhir.data import data_path

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("FHIRPA_SHARED", ROOT.parent / "shared"))
PACKAGE = SHARED / "packages" / "hl7.fhir.r4.core#4.0.1.tgz"


def committed() -> bytes:
    return data_path("profiles").joinpath("r4-core.json").read_bytes()


def strings(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {s for v in value.values() for s in strings(v)}
    if isinstance(value, list):
        return {s for v in value for s in strings(v)}
    return {value} if isinstance(value, str) else set()


@pytest.mark.skipif(not PACKAGE.exists(), reason="shared: the R4 core package is not there")
def test_compiling_the_package_gives_the_committed_bytes() -> None:
    assert compile_core(PACKAGE) == committed()


def test_the_tables_name_their_source_and_know_the_resources_of_a_request() -> None:
    tables = json.loads(committed())
    assert tables["source"]["package"] == "hl7.fhir.r4.core"
    assert tables["source"]["version"] == "4.0.1"
    assert len(tables["source"]["sha256"]) == 64
    wanted = {"Claim", "Claim.item", "Coverage", "Bundle.entry", "Patient", "QuestionnaireResponse.item"}
    assert wanted <= strings(tables)

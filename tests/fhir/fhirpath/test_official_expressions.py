"""The list of official expressions is complete, and all of them are understood."""

import pytest

from fhirpa.fhir.fhirpath import compile_expression, mended
from fhirpa.fhir.fhirpath.native import NATIVE
from tests.fhir.fhirpath.official import SHARED, extract_expressions, known_expressions


def test_every_official_expression_compiles() -> None:
    rows = known_expressions()
    assert len(rows) == 338
    assert [text for _, text, _ in rows if not compile_expression(text)] == []


def test_every_native_expression_is_an_official_one() -> None:
    assert set(NATIVE) <= {mended(text) for _, text, _ in known_expressions()}


def test_the_list_is_what_the_packages_have() -> None:
    if not (SHARED / "packages").is_dir():
        pytest.skip(f"no {SHARED / 'packages'}")
    assert extract_expressions() == known_expressions()

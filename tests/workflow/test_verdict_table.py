"""The table of verdicts has an answer for everything, and a reason for every answer."""

import itertools
import json
from typing import Any

import pytest

from fhirpa.fhir.data import data_path
from fhirpa.pas.checks import KEYS
from fhirpa.validation import Finding, Kind
from fhirpa.workflow import judging
from fhirpa.workflow.verdicts import LENIENT_LETS_THROUGH, ROWS, SAID_BY_OURS, Part, Verdict

PLACES = ("", "item", "item.extension", "extension.extension", "item.extension.value", "x.modifierExtension")


@pytest.mark.parametrize("operation", ["submit", "inquire"])
def test_every_finding_fits_a_row(operation: str) -> None:
    for kind, part, place, code in itertools.product(Kind, Part, PLACES, ("required", "value")):
        finding = Finding("error", code, kind, "text", None, None, None)
        assert any(row.fits(finding, part, place, operation) for row in ROWS), (kind, part, place)


@pytest.mark.parametrize("operation", ["submit", "inquire"])
def test_every_row_is_the_first_for_something(operation: str) -> None:
    keys = {None, *(key for row in ROWS for key in row.keys)}
    profiles = {None, *(f"http://guide.example/{p}" for row in ROWS for p in row.profiles)}
    used = set()
    for kind, code, key, profile in itertools.product(Kind, ("required", "value"), keys, profiles):
        finding = Finding("error", code, kind, "text", None, profile, key)
        for part, place in itertools.product(Part, PLACES):
            used.add(next(row.name for row in ROWS if row.fits(finding, part, place, operation)))
    # The last row waits for kinds of findings that do not exist yet.
    assert used == {row.name for row in ROWS[:-1] if row.operation in ("", operation)}


def test_every_kind_has_a_key_that_is_documented() -> None:
    assert {f"profile-{kind}" for kind in Kind} - {"profile-structure"} == set(judging.KEYS)


def test_rows_have_names_of_their_own_and_reasons_in_sentences() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    for row in ROWS:
        assert row.reason.endswith((".", ")"))
        assert len(row.reason) > 30


def test_lenient_never_refuses_what_standard_lets_through() -> None:
    for row in ROWS:
        assert row.lenient is not Verdict.REFUSED or row.standard is Verdict.REFUSED, row.name


def test_faults_of_ours_are_named_as_they_are() -> None:
    assert set(SAID_BY_OURS) <= set(KEYS)
    assert set(LENIENT_LETS_THROUGH) <= set(KEYS)


def test_every_rule_that_the_guide_states_in_prose_is_answered_for() -> None:
    """A new one must not refuse by accident: the guide's own examples break some of them."""
    rules: list[dict[str, Any]] = json.loads(
        data_path("profiles").joinpath("rules", "pas.json").read_bytes()
    )["rules"]
    by_row = set().union(*(row.keys for row in ROWS))
    by_ours = {key for covers in SAID_BY_OURS.values() for _, key, _ in covers if key}
    assert {r["key"] for r in rules} - by_row - by_ours == set()

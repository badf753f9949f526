"""Reading an answer, and the index that says what the answer should be."""

from pathlib import Path
from typing import Any

import pytest

from fhirpa.fhir.codec import decode
from fhirpa.testkit.answer import outcome
from fhirpa.testkit.fixtures_index import IndexEntry, load_index
from fhirpa.testkit.fresh import Scope

Json = dict[str, Any]
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
INDEX = load_index(Path(__file__).parents[2] / "fixtures")


def line(sequence: int, *actions: str) -> Json:
    code = [
        {
            "url": PAS + "extension-reviewActionCode",
            "valueCodeableConcept": {
                "coding": [{"system": "https://codesystem.x12.org/005010/306", "code": a}]
            },
        }
        for a in actions
    ]
    number = {"url": "number", "valueString": "A1234567890"}
    review = {"url": PAS + "extension-reviewAction", "extension": [number, *code]}
    return {"itemSequence": sequence, "adjudication": [{"extension": [review]}]}


def answer(**more: Any) -> Json:
    response = {"resourceType": "ClaimResponse", "outcome": "complete", **more}
    return {"resourceType": "Bundle", "entry": [{"resource": response}]}


def test_the_review_action_of_each_line_is_told() -> None:
    told = outcome(200, answer(item=[line(1, "A1"), line(3, "A4")]))
    assert told == {"lines": {"1": "A1", "3": "A4"}}


def test_a_line_without_review_action_is_told_as_such() -> None:
    assert outcome(200, answer(item=[line(1)])) == {"lines": {"1": None}}


def test_the_first_error_is_told() -> None:
    codes = [{"system": "https://codesystem.x12.org/005010/901", "code": c} for c in ("75", "43")]
    errors = [{"code": {"coding": [c]}} for c in codes]
    assert outcome(200, answer(outcome="error", error=errors)) == {"error": "75"}
    assert outcome(200, answer(outcome="error")) == {"error": None}


def test_a_refusal_is_told_by_its_status() -> None:
    assert outcome(400, {"resourceType": "OperationOutcome"}) == {"status": 400}


@pytest.mark.parametrize(
    "body", [{}, {"entry": 3}, {"entry": [{"resource": []}]}, answer(item=[{"a": 1}, 2])]
)
def test_a_strange_answer_is_no_accident(body: Json) -> None:
    assert set(outcome(200, body)) == {"lines"}


def entry(scenario: str, kind: str = "json") -> IndexEntry:
    return next(e for e in INDEX if e.scenario == scenario and e.format == kind)


def test_the_index_leads_to_the_requests() -> None:
    assert all(e.path.exists() for e in INDEX)
    assert {e.mode for e in INDEX} == {"sandbox", "strict"}
    assert entry("lbp-initial").body() == entry("lbp-initial").path.read_bytes()


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_a_fresh_body_is_another_submission_in_the_same_format(kind: str) -> None:
    one = decode(entry("lbp-initial", kind).body("one"), kind)
    two = decode(entry("lbp-initial", kind).body("two"), kind)
    assert one["identifier"] != two["identifier"]
    assert one["entry"][0]["resource"]["item"][0]["quantity"]["value"] == 8


def test_a_request_that_has_to_be_repeated_exactly_is_not_renewed() -> None:
    strict = entry("strict-known-member")
    assert strict.fresh is Scope.UNCHANGED
    assert strict.body("one") == strict.path.read_bytes()

"""The answer to an inquiry, in the shape of each version."""

from dataclasses import replace
from typing import Any

from fhirpa.pas.inquiry_write import write_inquiry_response
from fhirpa.pas.versions import V201, V221, PasVersion
from fhirpa.um.terms import LineState
from tests.pas.case_builder import (
    NOW,
    PAYER_URL,
    PLAN_OF_CARE,
    REASONS,
    TEXTS,
    action_of,
    case_of,
    ids,
    in_state,
    resources,
    sent,
)
from tests.pas.request_builder import graph, item
from tests.pas.response_checker import SD, problems

Json = dict[str, Any]


def answered(version: PasVersion, *matches: Any) -> Json:
    return write_inquiry_response(
        matches,
        graph(sent()),
        version,
        now=NOW,
        new_id=ids(),
        reason_codes=REASONS,
        texts=TEXTS,
        payer_url=PAYER_URL,
    )


def two_matches() -> tuple[Any, Any]:
    first, second = sent(item(1)), sent(item(2), item(3))
    certified = case_of(first, in_state(LineState.CERTIFIED))
    pended = case_of(second, in_state(LineState.PENDED_INFORMATION, information=(PLAN_OF_CARE,)))
    return (certified, graph(first)), (pended, graph(second))


def test_2_0_1_answers_one_bundle_with_every_match_and_shared_resources_once() -> None:
    bundle = answered(V201, *two_matches())
    assert bundle["meta"]["profile"] == [SD + "profile-pas-inquiry-response-bundle"]
    kinds = [e["resource"]["resourceType"] for e in bundle["entry"]]
    assert kinds[:2] == ["ClaimResponse", "ClaimResponse"]
    assert kinds.count("Patient") == 1
    assert problems(bundle, "2.0.1", inquiry=True) == []
    for response in resources(bundle, "ClaimResponse"):
        assert response["meta"]["profile"] == [SD + "profile-claiminquiryresponse"]


def test_2_2_1_answers_parameters_with_one_bundle_per_match() -> None:
    answer = answered(V221, *two_matches())
    assert answer["resourceType"] == "Parameters"
    assert [p["name"] for p in answer["parameter"]] == ["return", "return"]
    for parameter, sequences in zip(answer["parameter"], ([1], [2, 3]), strict=True):
        assert problems(parameter["resource"], "2.2.1", inquiry=True) == []
        (response,) = resources(parameter["resource"], "ClaimResponse")
        assert [i["itemSequence"] for i in response["item"]] == sequences


def test_cancelled_lines_are_part_of_the_current_state() -> None:
    body = sent(item(1), item(2))
    case = case_of(body, in_state(LineState.CERTIFIED), in_state(LineState.CANCELLED))
    (response,) = resources(answered(V201, (case, graph(body))), "ClaimResponse")
    assert [action_of(i) for i in response["item"]] == ["A1", "C"]


def test_nothing_found_is_an_operation_outcome_in_2_0_1() -> None:
    bundle = answered(V201)
    (outcome,) = resources(bundle, "OperationOutcome")
    assert outcome["issue"][0]["severity"] == "information"
    assert problems(bundle, "2.0.1", inquiry=True) == []


def test_nothing_found_is_parameters_without_return_in_2_2_1() -> None:
    assert answered(V221) == {"resourceType": "Parameters"}


def test_a_case_without_its_request_says_why_there_is_no_claim() -> None:
    case = case_of(sent(), in_state(LineState.CERTIFIED))
    for version in (V201, V221):
        answer = answered(version, (case, None), (replace(case, case_id="1"), None))
        bundles = [p["resource"] for p in answer["parameter"]] if version is V221 else [answer]
        for bundle in bundles:
            assert problems(bundle, version.label, inquiry=True) == []
            assert len(resources(bundle, "Patient")) == 1
            for response in resources(bundle, "ClaimResponse"):
                assert response["request"]["extension"][0]["valueCode"] == "unknown"

"""Answers to the guide's own request examples and the public presets, where they are at hand."""

import pytest

from fhirpa.pas.versions import VERSIONS, PasVersion
from fhirpa.pas.write import write_response
from fhirpa.um.terms import LineState
from tests.pas.case_builder import (
    NOW,
    PAYER_URL,
    PLAN_OF_CARE,
    QUESTIONS,
    REASONS,
    TEXTS,
    case_of,
    ids,
    in_state,
    resources,
)
from tests.pas.request_builder import Json, graph
from tests.pas.response_checker import problems
from tests.pas.test_read_guide_examples import _params


@pytest.mark.parametrize("answered", list(VERSIONS.values()), ids=lambda v: f"in-{v.label}")
@pytest.mark.parametrize(("version", "bundle"), _params(inquiries=False))
def test_a_request_example_is_answered_soundly_in_both_versions(
    version: PasVersion, bundle: Json, answered: PasVersion
) -> None:
    for state in (LineState.CERTIFIED, LineState.PENDED_INFORMATION):
        case = case_of(
            bundle,
            in_state(state, block=True, information=(PLAN_OF_CARE, QUESTIONS)),
            version=version,
        )
        response = write_response(
            case,
            graph(bundle),
            answered,
            now=NOW,
            new_id=ids(),
            reason_codes=REASONS,
            texts=TEXTS,
            payer_url=PAYER_URL,
        )
        assert problems(response, answered.label) == []
        (answer,) = resources(response, "ClaimResponse")
        sequences = [i["sequence"] for i in bundle["entry"][0]["resource"].get("item", [])]
        assert [i["itemSequence"] for i in answer.get("item", [])] == sequences
        urls = {e["fullUrl"] for e in response["entry"]}
        assert answer["patient"]["reference"] in urls & {e["fullUrl"] for e in bundle["entry"]}

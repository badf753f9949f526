"""A request of one version, answered for the other (a 2x2 matrix), and echoed only where valid there."""

from collections.abc import Iterator
from typing import Any

import pytest

from fhirpa.pas.versions import V201, V221, VERSIONS, PasVersion
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
    pas_extensions,
    resources,
    response_of,
    sent,
)
from tests.pas.request_builder import BASE, concept, ext, graph, item
from tests.pas.response_checker import SD, problems

Json = dict[str, Any]
ONLY_201 = {"extension-paLineNumber"}
ONLY_221 = {
    "extension-TransmissionIdentifiers",
    "extension-admissionDates",
    "extension-authorizedProviderType",
    "extension-claimResponseReviewer",
    "extension-dischargeDate",
    "extension-itemCategory",
    "extension-revenueCode",
}


def request_of(version: PasVersion) -> Json:
    """A request with what is particular to its version."""
    body = sent(
        item(
            1,
            revenue=concept(version.revenue_system, "0420"),
            quantity={"value": 12, "unit": "visits"},
        )
    )
    claim = body["entry"][0]["resource"]
    claim["careTeam"][0]["role"] = concept("https://codesystem.x12.org/005010/98", "SJ")
    organizations = [e["resource"] for e in body["entry"] if e["resource"]["resourceType"] == "Organization"]
    if version is V201:  # PASIdentifier without system
        claim["identifier"] = [{"value": "E1"}]
        claim["item"][0]["extension"][0] = ext("extension-itemTraceNumber", valueIdentifier={"value": "T1"})
        organizations[1]["identifier"] = [{"value": "PAYER7"}]
        organizations[0]["extension"] = [ext("extension-paLineNumber", valueInteger=1)]
    else:
        parts = [
            {"url": "applicationSenderCode", "valueString": "S"},
            {"url": "applicationReceiverCode", "valueString": "R"},
        ]
        claim["extension"] = [ext("extension-TransmissionIdentifiers", extension=parts)]
        organizations[0]["extension"] = [
            ext("extension-itemCategory", valueCodeableConcept=concept("s", "c"))
        ]
    organizations[0]["meta"] = {"profile": [f"{SD}profile-requestor|{version.label}"]}
    return body


@pytest.mark.parametrize("answered", list(VERSIONS.values()), ids=lambda v: v.label)
@pytest.mark.parametrize("asked", list(VERSIONS.values()), ids=lambda v: v.label)
@pytest.mark.parametrize("state", [LineState.CERTIFIED, LineState.MODIFIED, LineState.PENDED_INFORMATION])
def test_each_pair_of_versions_gives_a_sound_response(
    asked: PasVersion, answered: PasVersion, state: LineState
) -> None:
    body = request_of(asked)
    case = case_of(body, in_state(state, block=True, information=(PLAN_OF_CARE, QUESTIONS)), version=asked)
    response = write_response(
        case,
        graph(body),
        answered,
        now=NOW,
        new_id=ids(),
        reason_codes=REASONS,
        texts=TEXTS,
        payer_url=PAYER_URL,
    )
    assert problems(response, answered.label) == []
    foreign = ONLY_221 if answered is V201 else ONLY_201
    used = {u.removeprefix(SD) for u in _extension_urls(response)}
    assert not used & foreign
    profiles = {p for e in response["entry"] for p in e["resource"]["meta"]["profile"]}
    other = V201 if answered is V221 else V221
    assert not [p for p in profiles if p.endswith("|" + other.label)]


def test_a_missing_system_is_said_to_be_missing_where_2_2_1_demands_one() -> None:
    body = request_of(V201)
    case = case_of(body, in_state(LineState.CERTIFIED), version=V201)
    response = write_response(
        case, graph(body), V221, now=NOW, new_id=ids(), reason_codes={}, texts=TEXTS, payer_url=PAYER_URL
    )
    claim_response = response_of(response)
    payer = next(o for o in resources(response, "Organization") if o["id"] == "payer")
    (trace,) = pas_extensions(claim_response["item"][0], "extension-itemTraceNumber")
    for found in (claim_response["identifier"][0], payer["identifier"][0], trace["valueIdentifier"]):
        assert "system" not in found
        assert found["_system"]["extension"][0]["valueCode"] == "unknown"
    assert payer["identifier"][0]["value"] == "PAYER7"


def test_the_same_request_is_echoed_as_it_is_in_2_0_1() -> None:
    body = request_of(V201)
    case = case_of(body, in_state(LineState.CERTIFIED), version=V201)
    response = write_response(
        case, graph(body), V201, now=NOW, new_id=ids(), reason_codes={}, texts=TEXTS, payer_url=PAYER_URL
    )
    assert response_of(response)["identifier"] == [{"value": "E1"}]
    clinic = next(e["resource"] for e in body["entry"] if e["fullUrl"] == BASE + "Organization/clinic")
    assert clinic in resources(response, "Organization")


def _extension_urls(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _extension_urls(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name in ("extension", "modifierExtension"):
                yield from (e["url"] for e in one)
            yield from _extension_urls(one)

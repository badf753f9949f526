"""Claim/$inquire as a use case: who may see what, by which keys, in both versions and across them."""

import pytest

from fhirpa.testkit.answer import read_answer
from fhirpa.workflow.services import Services
from tests.workflow.requests import SD, Json, claim_responses, inquiry, number, renumbered, request
from tests.workflow.services import ask, post

VERSIONS = pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])


def found(services: Services, bundle: Json, version: str = "2.2.1") -> list[Json]:
    status, resource = ask(services, bundle, version)
    assert status == 200, resource
    assert resource["resourceType"] == ("Parameters" if version == "2.2.1" else "Bundle")
    return claim_responses(resource)


def numbers(responses: list[Json]) -> set[str | None]:
    entries = [{"entry": [{"resource": r}]} for r in responses]
    return {x.number for e in entries for x in read_answer(e).lines if x.number}


@VERSIONS
def test_member_and_provider_find_the_case(services: Services, version: str) -> None:
    bundle = request(version=version)
    _, resource = post(services, bundle, version)
    sent = read_answer(resource)
    responses = found(services, inquiry(bundle), version)
    assert numbers(responses) == {sent.lines[0].number}


@pytest.mark.parametrize(("asked_in", "sent_in"), [("2.0.1", "2.2.1"), ("2.2.1", "2.0.1")])
def test_a_case_is_found_from_the_other_version(services: Services, asked_in: str, sent_in: str) -> None:
    _, resource = post(services, request(version=sent_in, key="across"), sent_in)
    sent = read_answer(resource)
    responses = found(services, inquiry(request(version=asked_in, key="across")), asked_in)
    assert numbers(responses) == {sent.lines[0].number}


@VERSIONS
def test_nothing_is_found_for_another_member_or_another_provider(services: Services, version: str) -> None:
    bundle = request(version=version)
    post(services, bundle, version)
    assert found(services, inquiry(request(version=version)), version) == []
    other = inquiry(bundle)
    for entry in other["entry"]:
        for identifier in entry["resource"].get("identifier", []):
            if identifier.get("system") == "http://hl7.org/fhir/sid/us-npi":
                identifier["value"] = "1992999825"
    assert found(services, other, version) == []


@VERSIONS
def test_an_authorization_number_finds_its_case_only(services: Services, version: str) -> None:
    first = request(version=version, key=f"two-cases-{version}")
    evaluation = request("evaluation-only", version=version, key=f"two-cases-{version}")
    _, resource = post(services, first, version)
    post(services, renumbered(evaluation, "-e"), version)
    wanted = read_answer(resource).lines[0].number or ""
    assert len(found(services, inquiry(first), version)) >= 1
    by_number = found(services, inquiry(first, number("extension-authorizationNumber", wanted)), version)
    assert numbers(by_number) == {wanted}
    unknown = inquiry(first, number("extension-authorizationNumber", "A0000000000"))
    assert found(services, unknown, version) == []


def test_an_administrative_reference_number_finds_a_pended_case(services: Services) -> None:
    bundle = request("lbp-no-plan-of-care")
    _, resource = post(services, bundle)
    reference = read_answer(resource).lines[0].reference or ""
    assert reference.startswith("R")
    asked = inquiry(bundle, number("extension-administrationReferenceNumber", reference))
    (response,) = found(services, asked)
    assert read_answer({"entry": [{"resource": response}]}).lines[0].action == "A4"


def test_dates_service_and_review_action_narrow(services: Services) -> None:
    bundle = request()
    post(services, bundle)
    asked = inquiry(bundle)
    asked["entry"][0]["resource"]["billablePeriod"] = {"start": "2020-01-01", "end": "2020-12-31"}
    assert found(services, asked) == []
    assert found(services, inquiry(bundle, review_action("A4"))) == []
    assert len(found(services, inquiry(bundle, review_action("A1")))) == 1
    other = inquiry(
        bundle,
        productOrService={"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "97116"}]},
    )
    assert found(services, other) == []


def test_the_sibling_with_the_same_number_is_not_shown(services: Services) -> None:
    bundle = request()
    post(services, bundle)
    asked = inquiry(bundle)
    for entry in asked["entry"]:
        if entry["resource"]["resourceType"] == "Patient":
            entry["resource"]["birthDate"] = "2015-01-01"
    assert found(services, asked) == []


def test_all_items_come_back_in_order(services: Services) -> None:
    bundle = request("tka-several-codes")
    _, resource = post(services, bundle)
    (response,) = found(services, inquiry(bundle, productOrService=item_service(bundle, 0)))
    assert [i["itemSequence"] for i in response["item"]] == [
        i["sequence"] for i in bundle["entry"][0]["resource"]["item"]
    ]
    assert resource["entry"][0]["resource"]["item"][0]["itemSequence"] == 1


def review_action(code: str) -> Json:
    coding = {"system": "https://codesystem.x12.org/005010/306", "code": code}
    return {"url": SD + "extension-reviewActionCode", "valueCodeableConcept": {"coding": [coding]}}


def item_service(bundle: Json, index: int) -> Json:
    service: Json = bundle["entry"][0]["resource"]["item"][index]["productOrService"]
    return service

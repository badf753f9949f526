"""Findings in the metrics, and answers that are validated once they have been sent."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from fhirpa.fhir.codec import encode
from fhirpa.web import create_app
from fhirpa.web.bind import bind
from fhirpa.workflow.ports import Answer, AnswerFault
from fhirpa.workflow.services import Services
from tests.web.fake_house import BUNDLE, FHIR_JSON, House
from tests.workflow.requests import inquiry, request
from tests.workflow.services import incoming, open_services

FAULT = AnswerFault("error", "ClaimResponse", "cardinality", "min", "Bundle.entry.resource.item")


def submit(client: FlaskClient) -> Any:
    answer = client.post("/fhir/2.2.1/Claim/$submit", data=BUNDLE, headers=FHIR_JSON)
    answer.close()
    return answer


def metric(client: FlaskClient, start: str) -> list[str]:
    return [line for line in client.get("/metrics").text.splitlines() if line.startswith(start)]


def test_findings_of_requests_are_counted_by_kind_and_verdict(house: House, client: FlaskClient) -> None:
    found = (("binding", "decision", 2), ("guide", "refused", 1))
    house.answer = lambda incoming: Answer(200, b"{}", incoming.answer_format, found)
    submit(client)
    submit(client)
    assert sorted(metric(client, "fhirpa_request_findings_total")) == [
        'fhirpa_request_findings_total{kind="binding",operation="submit",verdict="decision"} 4.0',
        'fhirpa_request_findings_total{kind="guide",operation="submit",verdict="refused"} 2.0',
    ]


def test_an_answer_that_is_not_picked_is_not_validated(house: House, client: FlaskClient) -> None:
    submit(client)
    assert house.validated == []


def test_an_answer_is_validated_after_it_was_sent_and_is_not_changed(
    house: House, client: FlaskClient
) -> None:
    plain = submit(client).data
    house.sampled, house.faults = True, (FAULT,)
    answer = client.post("/fhir/2.2.1/Claim/$submit", data=BUNDLE, headers=FHIR_JSON)
    assert (answer.status_code, answer.data) == (200, plain)
    answer.close()
    ((operation, version, sent),) = house.validated
    assert (operation, version, sent.body) == ("submit", "2.2.1", plain)
    assert metric(client, "fhirpa_answers_validated_total") == [
        'fhirpa_answers_validated_total{operation="submit"} 1.0'
    ]
    assert metric(client, "fhirpa_answer_faults_total") == [
        'fhirpa_answer_faults_total{kind="cardinality",operation="submit",'
        'resource="ClaimResponse",severity="error"} 1.0'
    ]


def test_a_fault_of_an_answer_is_one_log_line_with_the_request_id(house: House, client: FlaskClient) -> None:
    house.sampled, house.faults = True, (FAULT,)
    with capture_logs() as lines:
        answer = submit(client)
    (said,) = [line for line in lines if line["event"] == "answer not valid"]
    assert said["request_id"] == answer.headers["X-Request-Id"]
    assert (said["kind"], said["key"], said["place"]) == ("cardinality", "min", "Bundle.entry.resource.item")


def test_a_crash_of_the_look_at_an_answer_reaches_nobody_but_the_log(
    house: House, client: FlaskClient
) -> None:
    def crash(*_: Any) -> Any:
        raise ValueError("Zebulon")

    house.sampled = True
    house._faults = crash  # type: ignore[method-assign]
    client = house.client()
    with capture_logs() as lines:
        assert submit(client).status_code == 200
    assert [line["cause"] for line in lines if line["event"] == "crash"] == [["builtins.ValueError"]]
    assert "Zebulon" not in json.dumps(lines, default=str)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """A house that validates every answer."""
    opened = open_services(tmp_path, wanted={"validate_answers": 1})
    yield opened
    opened.close()


@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
def test_real_answers_have_no_faults(services: Services, version: str) -> None:
    client = create_app(bind(services)).test_client()
    asked = request(version=version)
    for operation, bundle in (("$submit", asked), ("$inquire", inquiry(asked)), ("$submit", {"a": 1})):
        for form in ("json", "xml") if "a" not in bundle else ("json",):
            headers = {"Content-Type": f"application/fhir+{form}", "Accept": f"application/fhir+{form}"}
            path = f"/fhir/{version}/Claim/{operation}"
            client.post(path, data=encode(bundle, form), headers=headers).close()
    assert metric(client, "fhirpa_answers_validated_total") == [
        'fhirpa_answers_validated_total{operation="submit"} 3.0',
        'fhirpa_answers_validated_total{operation="inquire"} 2.0',
    ]
    errors = [m for m in metric(client, "fhirpa_answer_faults_total") if 'severity="error"' in m]
    assert errors == []


def test_a_fraction_of_the_answers_is_picked(tmp_path: Path) -> None:
    services = open_services(tmp_path, wanted={"validate_answers": 0.25})
    try:
        picked = sum(bind(services).answer_is_sampled() for _ in range(4000))
    finally:
        services.close()
    assert 800 < picked < 1200  # 1000 expected; this far off happens once in 10^13 runs


def test_no_answer_is_picked_unless_wanted(tmp_path: Path) -> None:
    services = open_services(tmp_path, wanted={"validate_answers": 0})
    try:
        assert not any(bind(services).answer_is_sampled() for _ in range(500))
    finally:
        services.close()


def test_a_wrong_answer_is_found(services: Services) -> None:
    answer = Answer(200, b'{"resourceType": "Bundle", "type": "searchset"}', "json")
    found = bind(services).answer_faults("submit", "2.2.1", answer)
    assert {"error"} <= {f.severity for f in found}
    assert ("Bundle", "Bundle.type") in {(f.resource, f.place) for f in found}


def test_a_fault_of_an_answer_names_the_resource_that_has_it(services: Services) -> None:
    sent = request()
    patient = next(e["resource"] for e in sent["entry"] if e["resource"]["resourceType"] == "Patient")
    del patient["name"]  # echoed as it came: the sender's fault
    house = bind(services)
    answer = house.submit(incoming(services, sent))
    found = [f for f in house.answer_faults("submit", "2.2.1", answer) if f.severity == "error"]
    assert {f.resource for f in found} == {"Patient"}
    assert {f.place for f in found} == {"Bundle.entry.resource.name"}

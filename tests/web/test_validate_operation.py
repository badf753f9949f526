"""$validate over HTTP: addresses, formats, limits. What is found is for tests/workflow/test_validate.py."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from fhirpa.fhir.codec import decode
from fhirpa.fhir.tables import resource_types
from fhirpa.web import create_app
from fhirpa.web.bind import bind
from fhirpa.workflow.validate_call import Asked
from tests.web.fake_house import BASES, BUNDLE, FHIR_JSON, LIMIT, House
from tests.workflow.services import open_services

PATIENT = b'{"resourceType": "Patient",\n "gender": "zebra"}'


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of the whole house, not of the fake one."""
    services = open_services(tmp_path_factory.mktemp("validate"))
    yield create_app(replace(bind(services), validate_per_minute=0)).test_client()
    services.close()


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("dollar", ["$", "%24"])
def test_every_type_of_r4_has_the_operation(
    house: House, client: FlaskClient, base: str, dollar: str
) -> None:
    for kind in resource_types():
        assert (
            client.post(f"{base}/{kind}/{dollar}validate", data=BUNDLE, headers=FHIR_JSON).status_code == 200
        )
    assert {asked.type for asked in house.validations} == resource_types()


@pytest.mark.parametrize(
    ("path", "status"),
    [("Nose/$validate", 404), ("Resource/$validate", 404), ("$validate", 404), ("Patient/$Validate", 404)],
)
def test_what_is_no_type_of_r4_is_not_found(client: FlaskClient, path: str, status: int) -> None:
    answer = client.post(f"/fhir/2.2.1/{path}", data=BUNDLE, headers=FHIR_JSON)
    assert answer.status_code == status
    assert answer.json["resourceType"] == "OperationOutcome"


def test_a_get_without_an_id_is_not_allowed(client: FlaskClient) -> None:
    answer = client.get("/fhir/2.2.1/Patient/$validate")
    assert (answer.status_code, answer.json["resourceType"]) == (405, "OperationOutcome")
    assert "POST" in answer.headers["Allow"]


def test_parameters_of_the_query_and_the_id_are_handed_over(house: House, client: FlaskClient) -> None:
    path = "/fhir/2.2.1/Questionnaire/known/$validate?mode=profile&profile=http://a&profile=http://b"
    assert client.get(path).status_code == 200
    assert client.post(path, data=BUNDLE, headers=FHIR_JSON).status_code == 200
    asked = Asked("Questionnaire", "known", ("profile",), ("http://a", "http://b"))
    assert house.validations == [asked, asked]
    assert [incoming.body for _, incoming in house.asked] == [b"", BUNDLE]


def test_a_body_may_be_compressed_and_is_limited_after_that(client: FlaskClient) -> None:
    packed = FHIR_JSON | {"Content-Encoding": "gzip"}
    for body, status in ((BUNDLE, 200), (BUNDLE + b" " * LIMIT, 413)):
        answer = client.post("/fhir/2.2.1/Bundle/$validate", data=gzip.compress(body), headers=packed)
        assert answer.status_code == status


@pytest.mark.parametrize("base", BASES)
def test_an_invalid_resource_is_answered_200(real: FlaskClient, base: str) -> None:
    answer = real.post(f"{base}/Patient/$validate", data=PATIENT, headers=FHIR_JSON)
    assert answer.status_code == 200
    assert answer.json["resourceType"] == "OperationOutcome"
    assert [i["expression"] for i in answer.json["issue"] if i["severity"] == "error"] == [["Patient.gender"]]


@pytest.mark.parametrize("wanted", ["json", "xml"])
@pytest.mark.parametrize("sent", ["json", "xml"])
def test_both_formats_come_in_and_go_out(real: FlaskClient, sent: str, wanted: str) -> None:
    body = {"json": PATIENT, "xml": b'<Patient xmlns="http://hl7.org/fhir"><gender value="zebra"/></Patient>'}
    answer = real.post(
        f"/fhir/2.2.1/Patient/$validate?_format={wanted}&_pretty=true",
        data=body[sent],
        headers={"Content-Type": f"application/fhir+{sent}"},
    )
    assert answer.mimetype == f"application/fhir+{wanted}"
    assert answer.data.count(b"\n") > 10
    outcome = decode(answer.data, wanted)
    assert ["Patient.gender"] in [i.get("expression") for i in outcome["issue"]]


def test_what_cannot_be_parsed_is_400_with_the_place(real: FlaskClient) -> None:
    answer = real.post("/fhir/2.2.1/Patient/$validate", data=b'{\n"a": }', headers=FHIR_JSON)
    assert answer.status_code == 400
    assert "line 2" in answer.json["issue"][0]["details"]["text"]


def test_a_fixture_is_valid(real: FlaskClient) -> None:
    body = (Path(__file__).parents[2] / "fixtures/2.2.1/xml/lbp-initial.xml").read_bytes()
    answer = real.post(
        "/fhir/2.2.1/Bundle/$validate?_format=json",
        data=body,
        headers={"Content-Type": "application/fhir+xml"},
    )
    assert answer.status_code == 200
    assert not [i for i in answer.json["issue"] if i["severity"] in ("fatal", "error")]


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    client = House(validate_per_minute=3).client()
    path = "/fhir/2.2.1/Bundle/$validate"
    answers = [client.post(path, data=BUNDLE, headers=FHIR_JSON) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert answers[-1].json["issue"][0]["code"] == "throttled"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 20
    other = client.post(path, data=BUNDLE, headers=FHIR_JSON, environ_overrides={"REMOTE_ADDR": "192.0.2.9"})
    assert other.status_code == 200
    assert client.post("/fhir/2.2.1/Claim/$submit", data=BUNDLE, headers=FHIR_JSON).status_code == 200


def test_nothing_is_kept_and_nothing_is_logged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_services(tmp_path).close()
    before = (tmp_path / "test.db").read_bytes()
    services = open_services(tmp_path)
    client = create_app(bind(services)).test_client()
    body = json.dumps({"resourceType": "Patient", "name": [{"family": "Zebulon"}], "gender": "Zebulon"})
    answer = client.post("/fhir/2.2.1/Patient/$validate?profile=Zebulon", data=body, headers=FHIR_JSON)
    assert answer.status_code == 400
    client.post("/fhir/2.2.1/Patient/$validate", data=body, headers=FHIR_JSON)
    services.close()
    assert (tmp_path / "test.db").read_bytes() == before
    assert "Zebulon" not in "".join(capsys.readouterr())

"""What a caller of the two FHIR endpoints gets."""

import json

import pytest
from flask.testing import FlaskClient

from fhirpa.fhir.codec import decode
from fhirpa.store import BreachCount, LateCount
from fhirpa.workflow.clocks import Figures
from tests.web.fake_house import BASES, BUNDLE, FHIR_JSON, NOW, House


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("operation", ["submit", "inquire"])
@pytest.mark.parametrize("dollar", ["$", "%24"])
def test_an_operation_hands_the_body_over_as_it_came(
    house: House, client: FlaskClient, base: str, operation: str, dollar: str
) -> None:
    sent = FHIR_JSON | {"X-Request-Id": "abc-1"}
    answer = client.post(f"{base}/Claim/{dollar}{operation}", data=BUNDLE, headers=sent)
    assert answer.status_code == 200
    assert answer.content_type == "application/fhir+json; charset=utf-8"
    assert answer.json == {"resourceType": "Bundle", "id": operation}
    ((asked, incoming),) = house.asked
    assert asked == operation
    assert incoming.body == BUNDLE
    assert incoming.version == base.rsplit("/", 1)[1]
    assert (incoming.format, incoming.answer_format, incoming.client) == ("json", "json", None)
    assert (incoming.received_at, incoming.request_id, incoming.pretty) == (NOW, "abc-1", False)


@pytest.mark.parametrize("path", ["Claim/$submit/", "Claim/$inquire/"])
def test_a_trailing_slash_does_no_harm(client: FlaskClient, path: str) -> None:
    assert client.post(f"/fhir/2.2.1/{path}", data=BUNDLE, headers=FHIR_JSON).status_code == 200


@pytest.mark.parametrize("base", BASES)
def test_metadata_is_the_statement_of_its_own_base(client: FlaskClient, base: str) -> None:
    answer = client.get(f"{base}/metadata")
    assert answer.status_code == 200
    assert answer.json["url"] == f"http://payer.example{base}/metadata"
    assert client.get(f"{base}/metadata/").data == answer.data


def test_metadata_is_made_once_per_format_and_layout(client: FlaskClient) -> None:
    plain = client.get("/fhir/2.2.1/metadata").data
    pretty = client.get("/fhir/2.2.1/metadata?_pretty=true").data
    xml = client.get("/fhir/2.2.1/metadata?_format=xml").data
    assert client.get("/fhir/2.2.1/metadata").data == plain
    assert json.loads(plain) == json.loads(pretty)
    assert pretty.count(b"\n") > plain.count(b"\n")
    assert xml.startswith(b"<")


@pytest.mark.parametrize("kind", ["OperationDefinition", "Questionnaire", "Basic"])
def test_a_definition_is_read_by_its_id(client: FlaskClient, kind: str) -> None:
    assert client.get(f"/fhir/2.0.1/{kind}/known").json == {"resourceType": kind, "id": "known"}
    missing = client.get(f"/fhir/2.0.1/{kind}/other")
    assert missing.status_code == 404
    assert missing.json["resourceType"] == "OperationOutcome"


def test_a_search_by_canonical_url_gives_a_searchset(client: FlaskClient) -> None:
    path = "/fhir/2.2.1/Questionnaire"
    found = client.get(path, query_string={"url": "http://here.example/known"}).json
    assert (found["type"], found["total"]) == ("searchset", 1)
    (entry,) = found["entry"]
    assert entry["fullUrl"] == f"http://payer.example{path}/known"
    assert entry["search"] == {"mode": "match"}
    (link,) = found["link"]
    assert link == {
        "relation": "self",
        "url": f"http://payer.example{path}?url=http%3A%2F%2Fhere.example%2Fknown",
    }
    nothing = client.get(path, query_string={"url": "http://here.example/other"}).json
    assert nothing["total"] == 0
    assert "entry" not in nothing
    assert client.get(path).json["link"][0]["url"] == f"http://payer.example{path}"


@pytest.mark.parametrize("wanted", ["json", "xml"])
@pytest.mark.parametrize(("url", "total"), [("", 1), ("%00%0b", 0), ("%ff", 0), ("%ed%a0%80", 0), ("<&>", 0)])
def test_a_strange_url_finds_nothing_and_breaks_nothing(
    client: FlaskClient, url: str, total: int, wanted: str
) -> None:
    answer = client.get(f"/fhir/2.2.1/Questionnaire?_format={wanted}&url={url}")
    assert answer.status_code == 200
    assert decode(answer.data, wanted)["total"] == total


def test_a_search_can_be_posted_as_a_form(client: FlaskClient) -> None:
    path = "/fhir/2.2.1/Questionnaire"
    for url in ("http://here.example/known", "http://here.example/other"):
        posted = client.post(f"{path}/_search", data={"url": url})
        assert posted.status_code == 200
        assert posted.json == client.get(path, query_string={"url": url}).json


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/fhir+json", b"{}", 415),
        (None, b"", 415),
        ("application/x-www-form-urlencoded", b"url=" + b"x" * 20_000, 413),
    ],
)
def test_what_is_no_search_form_is_refused(
    client: FlaskClient, content_type: str | None, body: bytes, status: int
) -> None:
    answer = client.post("/fhir/2.2.1/Questionnaire/_search", data=body, content_type=content_type)
    assert answer.status_code == status
    assert answer.json["resourceType"] == "OperationOutcome"


def test_head_answers_as_get_without_a_body(client: FlaskClient) -> None:
    head, get = client.head("/fhir/2.2.1/metadata"), client.get("/fhir/2.2.1/metadata")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_options_names_the_methods(client: FlaskClient) -> None:
    answer = client.options("/fhir/2.2.1/Claim/$submit")
    assert answer.status_code in (200, 204)
    assert {"POST", "OPTIONS"} == set(answer.headers["Allow"].replace(" ", "").split(","))
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_metrics_tell_missed_clocks_and_late_cases_and_go_on_without_the_database() -> None:
    house = House(figures=Figures((BreachCount("MA", "T01", 2),), (LateCount("MCD", 1),)))
    said = house.client().get("/metrics").text
    assert 'fhirpa_clocks_missed_total{line_of_business="MA",rule="T01"} 2.0' in said
    assert 'fhirpa_cases_late{line_of_business="MCD"} 1.0' in said
    house.figures = None
    said = house.client().get("/metrics").text
    assert "fhirpa_cases_late" not in said
    assert "fhirpa_http_requests" in said

"""Every error below /fhir is one OperationOutcome, save a 5xx, which is plain text."""

import json
import logging
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from fhirpa.fhir.outcome import FhirError, Issue
from fhirpa.web import create_app
from fhirpa.workflow.ports import Answer, Incoming, Unavailable
from tests.web.fake_house import BUNDLE, FHIR_JSON, House

SUBMIT = "/fhir/2.2.1/Claim/$submit"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
UNKNOWN = (
    *("/fhir", "/fhir/", "/fhir/2.2.1", "/fhir/2.2.1/", "/fhir/9.9.9/metadata", "/fhir/metadata"),
    *("/fhir/2.2.1/Patient", "/fhir/2.2.1/Patient/1", "/fhir/2.2.1/Claim", "/fhir/2.2.1/Claim/1"),
    *("/fhir/2.2.1/$submit", "/fhir/2.2.1/Claim/$other", "/fhir/2.2.1/Claim/1/$submit", "/fhir/2.2.1/Basic"),
    *("/fhir//2.2.1/metadata", "/fhir/2.2.1//metadata", "/fhir/2.2.1/metadata/x", "/fhir/%00", "/fhir/%ff/a"),
    "/fhir/2.2.1/../2.2.1/metadata",
)


def only_issue(answer: Any) -> dict[str, Any]:
    assert answer.mimetype == "application/fhir+json"
    assert answer.json["resourceType"] == "OperationOutcome"
    (issue,) = answer.json["issue"]
    found: dict[str, Any] = issue
    return found


@pytest.mark.parametrize("path", UNKNOWN)
@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_path_is_not_found_whatever_the_method(
    client: FlaskClient, path: str, method: str
) -> None:
    answer = client.open(path, method=method)
    assert answer.status_code == 404
    assert answer.headers["X-Request-Id"]
    if method != "HEAD":
        assert only_issue(answer)["code"] == "not-found"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (SUBMIT, {"POST", "OPTIONS"}),
        ("/fhir/2.0.1/Claim/$inquire", {"POST", "OPTIONS"}),
        ("/fhir/2.0.1/metadata", {"GET", "HEAD", "OPTIONS"}),
        ("/fhir/2.0.1/Questionnaire", {"GET", "HEAD", "OPTIONS"}),
        ("/fhir/2.0.1/Questionnaire/known", {"GET", "HEAD", "OPTIONS"}),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_method_is_told_the_right_ones(
    client: FlaskClient, path: str, allowed: set[str], method: str
) -> None:
    if method in allowed:
        return
    answer = client.open(path, method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == allowed
    if method != "HEAD":
        assert only_issue(answer)["code"] == "not-supported"


def test_an_answer_of_the_use_case_keeps_its_status(house: House, client: FlaskClient) -> None:
    house.answer = lambda incoming: Answer(400, b'{"resourceType": "OperationOutcome"}', "json")
    answer = client.post(SUBMIT, data=BUNDLE, headers=FHIR_JSON)
    assert (answer.status_code, answer.json) == (400, {"resourceType": "OperationOutcome"})


def test_a_fault_that_a_use_case_raises_is_an_outcome(house: House, client: FlaskClient) -> None:
    def refuse(incoming: Incoming) -> Answer:
        raise FhirError([Issue("error", "value", "Wrong.", "Claim.use", "k")], 422)

    house.answer = refuse
    answer = client.post(SUBMIT, data=BUNDLE, headers=FHIR_JSON)
    assert answer.status_code == 422
    assert only_issue(answer)["expression"] == ["Claim.use"]


SECRET = "Zebulon Quist 1931"


def crash(incoming: Incoming) -> Answer:
    local = SECRET
    try:
        raise KeyError(local)
    except KeyError as error:
        raise ValueError(f"cannot read {local}") from error


@pytest.mark.parametrize("accept", ["application/fhir+json", "application/fhir+xml", "text/html"])
def test_a_crash_is_plain_text_with_the_request_id(house: House, client: FlaskClient, accept: str) -> None:
    house.answer = crash
    sent = FHIR_JSON | {"X-Request-Id": "r-77", "Accept": f"{accept}, */*;q=0.1"}
    answer = client.post(SUBMIT, data=BUNDLE, headers=sent)
    assert answer.status_code == 500
    assert answer.mimetype == "text/plain"
    assert "r-77" in answer.text
    assert answer.headers["X-Request-Id"] == "r-77"
    assert int(answer.headers["Retry-After"]) > 0
    assert "OperationOutcome" not in answer.text
    assert SECRET not in answer.text


def test_a_crash_is_logged_by_type_and_place_without_what_was_sent(
    house: House, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    house.answer = crash
    with caplog.at_level(logging.DEBUG), capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        client.post(f"{SUBMIT}?name={SECRET}", data=BUNDLE, headers=FHIR_JSON | {"X-Request-Id": "r-78"})
    (line,) = [x for x in lines if x["event"] == "crash"]
    assert line["cause"] == ["builtins.ValueError", "builtins.KeyError"]
    assert line["request_id"] == "r-78"
    assert line["places"][-1].split(":")[0].endswith("test_http_errors")
    assert line["places"][-1].endswith(" crash")
    assert SECRET not in json.dumps(lines) + caplog.text


def test_a_crash_after_the_view_says_no_more_than_one_inside_it(
    house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    app = create_app(house.use_cases())

    @app.after_request
    def spoil(response: Any) -> Any:
        raise ValueError(SECRET)

    with caplog.at_level(logging.DEBUG), capture_logs() as lines:
        answer = app.test_client().post(SUBMIT, data=BUNDLE, headers=FHIR_JSON)
    assert (answer.status_code, answer.mimetype) == (500, "text/plain")
    assert "crash" in [line["event"] for line in lines]
    told = capfd.readouterr()
    assert SECRET not in answer.text + json.dumps(lines) + caplog.text + told.out + told.err


def test_what_is_busy_says_when_to_come_again(house: House, client: FlaskClient) -> None:
    def busy(incoming: Incoming) -> Answer:
        raise Unavailable(retry_after=7)

    house.answer = busy
    answer = client.post(SUBMIT, data=BUNDLE, headers=FHIR_JSON)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.mimetype == "text/plain"


def test_outside_fhir_errors_are_plain_text(client: FlaskClient) -> None:
    for path, method, status in (("/nothing", "GET", 404), ("/fhirx", "GET", 404), ("/healthz", "POST", 405)):
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.mimetype) == (status, "text/plain")
        assert answer.headers["X-Request-Id"] in answer.text


@settings(deadline=None)
@given(
    path=st.text(max_size=30),
    method=st.sampled_from(METHODS),
    base=st.sampled_from(["/fhir/", "/fhir/2.2.1/"]),
)
def test_no_path_is_ever_a_server_error(path: str, method: str, base: str) -> None:
    answer = CLIENT.open(base + path.replace("?", "").replace("#", ""), method=method)
    assert answer.status_code < 500
    if answer.status_code >= 400 and method != "HEAD":
        assert only_issue(answer)


CLIENT = House().client()

"""`fhirpa exchange show`: what an operator sees when a sender quotes a request id."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from fhirpa.cli import main
from fhirpa.fhir.codec import encode
from fhirpa.web import create_app
from fhirpa.web.bind import bind
from tests.workflow.requests import Json, request
from tests.workflow.services import open_services

REVENUE = {"coding": [{"system": "http://here.example/revenue", "code": "0420"}]}


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in [n for n in os.environ if n.startswith("FHIRPA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FHIRPA_DATABASE_URL", f"sqlite:///{tmp_path}/test.db")
    return CliRunner()


@pytest.fixture
def bundle() -> Json:
    made = request()
    made["entry"][0]["resource"]["item"][0]["revenue"] = REVENUE
    return made


@pytest.fixture(autouse=True)
def _submitted(tmp_path: Path, bundle: Json) -> None:
    """One request that is let through, one that is refused, one that is no FHIR."""
    services = open_services(tmp_path)
    client = create_app(bind(services)).test_client()

    def post(request_id: str, body: bytes) -> None:
        headers = {"Content-Type": "application/fhir+json", "X-Request-Id": request_id}
        client.post("/fhir/2.2.1/Claim/$submit", data=body, headers=headers)

    post("let-through", encode(bundle, "json"))
    bundle["entry"][0]["resource"]["use"] = "claim"
    post("refused", encode(bundle, "json"))
    post("broken", b"{")
    services.close()


def show(runner: CliRunner, *arguments: str) -> str:
    result = runner.invoke(main, ["exchange", "show", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_request_that_was_let_through_shows_what_was_found(runner: CliRunner) -> None:
    said = show(runner, "let-through")
    assert "request id let-through" in said
    assert "$submit 2.2.1, HTTP 200" in said
    assert "at level standard: 0 refused the request, 1 left to the decision" in said
    assert "error, left to the decision (code): Bundle.entry[0].resource.item[0].revenue" in said
    assert "StructureDefinition/profile-claim" in said
    assert "information" not in said
    assert "information, noted" in show(runner, "let-through", "--all")


def test_a_refused_request_shows_why(runner: CliRunner) -> None:
    said = show(runner, "refused")
    assert "HTTP 400" in said
    assert "case none" in said
    assert "error, refused the request (guide-check): Bundle.entry[0].resource.use" in said
    assert "rule: guide claim-use" in said


def test_a_body_that_could_not_be_decoded_says_so(runner: CliRunner) -> None:
    said = show(runner, "broken")
    assert "the body could not be decoded: 1 refused the request" in said
    assert "rule: codec not-json" in said


def test_nothing_of_the_bodies_is_printed(runner: CliRunner, bundle: Json) -> None:
    patient = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    for arguments in (("let-through", "--all"), ("refused", "--all")):
        said = show(runner, *arguments)
        assert patient["name"][0]["family"] not in said
        assert patient["identifier"][0]["value"] not in said
        assert patient["birthDate"] not in said


def test_an_exchange_is_shown_by_its_own_id_too(runner: CliRunner) -> None:
    own = show(runner, "refused").split()[1].rstrip(",")
    assert show(runner, own) == show(runner, "refused")


def test_an_id_that_nobody_has_is_an_error_in_words(runner: CliRunner) -> None:
    result = runner.invoke(main, ["exchange", "show", "nobody"])
    assert (result.exit_code, result.output) == (1, "Error: no exchange with this id is kept\n")

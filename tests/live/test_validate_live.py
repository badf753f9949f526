"""$validate and /validate of a real server, asked as others would: by requests and a model library."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from fhir.resources.R4B import get_fhir_model_class

from tests.live.server import ROOT, live_server

FIXTURES = ROOT / "fixtures"
VALID = FIXTURES / "2.2.1" / "json" / "lbp-initial.json"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with live_server(tmp_path_factory.mktemp("live"), "sandbox") as address:
        yield address


def outcome(answer: requests.Response) -> Any:
    """The answer as another implementation reads it."""
    assert answer.status_code == 200, answer.text
    return get_fhir_model_class("OperationOutcome").model_validate_json(answer.content)


def errors(answer: requests.Response) -> list[Any]:
    return [i for i in outcome(answer).issue if i.severity in ("fatal", "error")]


@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_fixture_is_valid_and_a_broken_one_is_told_where(url: str, version: str, form: str) -> None:
    address = f"{url}/fhir/{version}/Bundle/$validate?_format=json"
    headers = {"Content-Type": f"application/fhir+{form}"}
    body = (FIXTURES / version / form / f"lbp-initial.{form}").read_bytes()
    assert not errors(requests.post(address, body, headers=headers, timeout=30))
    broken = body.replace(b"preauthorization", b"claim", 1)
    (fault, *_) = errors(requests.post(address, broken, headers=headers, timeout=30))
    assert fault.expression[0].endswith(".use")
    line = {e.url.rsplit("-", 1)[1]: e.valueInteger for e in fault.extension}["line"]
    assert b"use" in broken.splitlines()[line - 1]


def test_parameters_and_gzip_are_taken(url: str) -> None:
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "profile",
                "valueUri": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient",
            },
            {"name": "resource", "resource": {"resourceType": "Patient"}},
        ],
    }
    answer = requests.post(
        f"{url}/fhir/2.2.1/Patient/$validate",
        gzip.compress(json.dumps(parameters).encode()),
        headers={"Content-Type": "application/fhir+json", "Content-Encoding": "gzip"},
        timeout=30,
    )
    assert {"Patient.name", "Patient.gender", "Patient.identifier"} <= {
        e for fault in errors(answer) for e in fault.expression
    }


def test_the_page_takes_a_file_and_keeps_nothing(url: str) -> None:
    answer = requests.post(f"{url}/validate", files={"file": VALID.open("rb")}, timeout=30)
    assert answer.status_code == 200
    assert "Valid by PAS 2.2.1" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    for name in ("validate.css", "validate.js"):
        assert requests.get(f"{url}/static/{name}", timeout=30).status_code == 200


def test_an_answer_of_the_server_is_valid_by_its_own_validation(url: str) -> None:
    headers = {"Content-Type": "application/fhir+json"}
    sent = requests.post(f"{url}/fhir/2.2.1/Claim/$submit", VALID.read_bytes(), headers=headers, timeout=30)
    assert sent.status_code == 200
    assert not errors(
        requests.post(f"{url}/fhir/2.2.1/Bundle/$validate", sent.content, headers=headers, timeout=30)
    )

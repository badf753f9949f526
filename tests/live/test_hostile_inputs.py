"""No body of up to 20 MB costs more than a few seconds or is a fault of ours (bench/hostile.py measures)."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from fhirpa.web import create_app
from fhirpa.web.bind import bind
from tests.live.hostile_inputs import INPUTS, zipped
from tests.workflow.services import open_services

# Measured: under 3 s each on one core of 2024; the bound is for slow and busy machines.
BOUND = 12  # CPU seconds
MOST = 5_000_000  # bytes of any answer
SHORT = (
    "10 MB of [",
    "10 MB of one text",
    "10 MB of identifiers",
    "999 items",
    "900 documents",
    "30,000 identifiers of the Patient",
    "a reference of types",
    "a million digits of date",
    "a reference of many histories",
    "a number of blanks",
    "a hidden div",
    "XML: blanks before a bracket",
    "XML: open instructions",
    "XML: 10 MB of unknown elements",
)
VALIDATED = ("10 MB of [", "30,000 identifiers of the Patient")
MEDIA = {"json": "application/fhir+json", "xml": "application/fhir+xml"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    services = open_services(tmp_path_factory.mktemp("hostile"))
    yield create_app(replace(bind(services), validate_per_minute=0)).test_client()
    services.close()


def cost(client: FlaskClient, name: str, gzip: bool = False, path: str | None = None) -> float:
    """CPU seconds of the operation that the input is made for, or of `path`."""
    body, form, operation = INPUTS[name]()
    headers = {"Content-Type": MEDIA[form], "Accept": MEDIA["json"]}
    if gzip:
        body, headers["Content-Encoding"] = zipped(body), "gzip"
    start = time.process_time()
    address = f"/fhir/2.2.1/{path or f'Claim/{operation}'}"
    response = client.post(address, data=body, headers=headers)
    spent = time.process_time() - start
    assert response.status_code in (200, 400, 413), response.get_data(as_text=True)
    if response.status_code != 200:
        answer = json.loads(response.data)
        assert answer["resourceType"] == "OperationOutcome"
        assert len(response.data) < 100_000  # the answer is not an attack either
    assert len(response.data) < MOST
    return spent


@pytest.mark.parametrize("name", SHORT)
def test_a_hostile_body_gets_a_short_answer(client: FlaskClient, name: str) -> None:
    cost(client, name)


def test_the_same_behind_gzip_gets_a_short_answer(client: FlaskClient) -> None:
    cost(client, "10 MB of [", gzip=True)


@pytest.mark.parametrize("name", VALIDATED)
def test_validating_a_hostile_body_gets_a_short_answer(client: FlaskClient, name: str) -> None:
    cost(client, name, path="Bundle/$validate")


@pytest.mark.deep
@pytest.mark.parametrize("name", INPUTS)
def test_validating_every_hostile_body_costs_little(client: FlaskClient, name: str) -> None:
    assert cost(client, name, path="Bundle/$validate") < BOUND


@pytest.mark.deep
@pytest.mark.parametrize("name", INPUTS)
def test_every_hostile_body_costs_little(client: FlaskClient, name: str) -> None:
    assert cost(client, name, gzip=name == "10 MB of [") < BOUND

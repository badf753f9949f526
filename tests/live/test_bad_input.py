"""Whatever is posted, the server answers 2xx or 4xx with one resource of the right kind, never 5xx."""

import gzip
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhirpa.fhir.codec import decode, encode
from fhirpa.web import create_app
from fhirpa.web.bind import bind
from tests.live.server import ROOT
from tests.workflow.services import open_services

Json = dict[str, Any]
SCENARIOS = ("lbp-initial", "stroke-ot", "lbp-recert-progress", "evaluation-and-treatment", "lbp-dependent")
MEDIA = {"json": "application/fhir+json", "xml": "application/fhir+xml"}


def sources() -> list[tuple[str, Json]]:
    found = []
    for version in ("2.0.1", "2.2.1"):
        for path in sorted((ROOT / "fixtures" / version / "json").glob("*.json")):
            if path.stem in SCENARIOS:
                found.append((version, decode(path.read_bytes(), "json")))
    return found


SOURCES = sources()
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.text(max_size=12),
    st.sampled_from(
        ["2026-02-30", "2026-03", "0001-01-01", "9999-12-31", "#", "#x", "Patient/x", "urn:uuid:1", "<a/>"]
    ),
    st.sampled_from(["A" * 5000, "97110", "GP", "M54.50", "-1", "1e999", "１２", "PT\x01"]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["reference", "coding", "code", "system", "value", "extension", "url", "resourceType", "item"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*path, key)
        yield from paths(value[key], (*path, key))


PATHS = [list(paths(bundle)) for _, bundle in SOURCES]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Json]:
    index = draw(st.integers(0, len(SOURCES) - 1))
    version, original = SOURCES[index]
    whole = deepcopy(original)
    for path in draw(st.lists(st.sampled_from(PATHS[index]), min_size=1, max_size=4)):
        node: Any = whole
        try:
            for step in path[:-1]:
                node = node[step]
            change = draw(st.sampled_from(["delete", "replace", "double", "move"]))
            if change == "delete":
                del node[path[-1]]
            elif change == "replace":
                node[path[-1]] = draw(JSON)
            elif isinstance(node, list):
                node.append(deepcopy(node[path[-1]]))
            elif change == "move":
                node[draw(st.sampled_from(["x", "valueString", "id"]))] = node.pop(path[-1])
        except (KeyError, IndexError, TypeError):
            continue  # a change before has removed this place
    return version, whole


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    services = open_services(tmp_path_factory.mktemp("mutations"))
    yield create_app(bind(services)).test_client()
    services.close()


def post(client: FlaskClient, version: str, body: bytes, form: str = "json", **headers: str) -> Any:
    return client.post(
        f"/fhir/{version}/Claim/$submit",
        data=body,
        headers={"Content-Type": MEDIA[form], "Accept": "application/fhir+json", **headers},
    )


def check(response: Any) -> None:
    assert response.status_code in (200, 400, 413), response.get_data(as_text=True)
    answer = json.loads(response.data)
    if response.status_code == 200:
        assert answer["entry"][0]["resource"]["resourceType"] == "ClaimResponse"
        return
    assert answer["resourceType"] == "OperationOutcome"
    assert any(i["severity"] in ("error", "fatal") for i in answer["issue"])
    for issue in answer["issue"]:
        assert issue["details"]["text"]
        assert issue["code"]


XML_LINES = [(version, encode(bundle, "xml", True).decode().splitlines()) for version, bundle in SOURCES]


@st.composite
def mutated_xml(draw: st.DrawFn) -> tuple[str, bytes]:
    version, original = draw(st.sampled_from(XML_LINES))
    lines = list(original)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(lines) - 1))
        change = draw(st.sampled_from(["delete", "double", "swap", "value"]))
        if change == "delete":
            del lines[place]
        elif change == "double":
            lines.insert(place, lines[place])
        elif change == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[place], lines[other] = lines[other], lines[place]
        else:
            value = str(draw(SCALARS)).replace("\\", "/")
            lines[place] = re.sub(r'value="[^"]*"', f'value="{value}"', lines[place])
    return version, "\n".join(lines).encode()


SLOW = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large)


def submit_json(client: FlaskClient, source: tuple[str, Json]) -> None:
    check(post(client, source[0], json.dumps(source[1], default=str).encode()))


def submit_xml(client: FlaskClient, source: tuple[str, bytes]) -> None:
    check(post(client, source[0], source[1], "xml"))


@settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
@given(source=mutated())
def test_no_mutation_of_a_valid_bundle_is_a_5xx(client: FlaskClient, source: tuple[str, Json]) -> None:
    submit_json(client, source)


@settings(max_examples=100, deadline=None, suppress_health_check=SLOW)
@given(source=mutated_xml())
def test_no_mutation_of_valid_xml_is_a_5xx(client: FlaskClient, source: tuple[str, bytes]) -> None:
    submit_xml(client, source)


@pytest.mark.deep
@settings(max_examples=8_000, deadline=None, suppress_health_check=SLOW)
@given(source=mutated())
def test_eight_thousand_mutations_are_no_5xx(client: FlaskClient, source: tuple[str, Json]) -> None:
    submit_json(client, source)


@pytest.mark.deep
@settings(max_examples=2_000, deadline=None, suppress_health_check=SLOW)
@given(source=mutated_xml())
def test_two_thousand_mutations_of_xml_are_no_5xx(client: FlaskClient, source: tuple[str, bytes]) -> None:
    submit_xml(client, source)


BAD = {
    "nothing": b"",
    "not JSON": b"hello",
    "a number": b"5",
    "a list": b"[]",
    "an empty object": b"{}",
    "not a Bundle": b'{"resourceType":"Patient"}',
    "an empty Bundle": b'{"resourceType":"Bundle","type":"collection","entry":[]}',
    "a NUL byte": b'{"resourceType":"Bundle","type":"coll\x00ection"}',
    "a NUL escape": b'{"resourceType":"Bundle","type":"coll\\u0000ection"}',
    "half a surrogate pair": b'{"resourceType":"Bundle","id":"\\ud800"}',
    "a name twice": b'{"resourceType":"Bundle","type":"collection","type":"collection"}',
    "NaN": b'{"resourceType":"Bundle","total":NaN}',
    "10 MB of nesting": b"[" * 10_000_000,
    "10 MB of nested objects": b'{"a":' * 2_000_000,
    "latin-1": '{"resourceType":"Bundle","id":"é"}'.encode("latin-1"),
    "a byte order mark": b"\xef\xbb\xbf{}",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_a_4xx_with_one_outcome(client: FlaskClient, name: str) -> None:
    response = post(client, "2.2.1", BAD[name])
    assert response.status_code == 400
    check(response)


BAD_XML = {
    "not XML": b"hello",
    "another namespace": b'<Bundle xmlns="urn:x"/>',
    "no namespace": b"<Bundle/>",
    "an unknown element": b'<Bundle xmlns="http://hl7.org/fhir"><nope value="1"/></Bundle>',
    "an entity": b'<!DOCTYPE x [<!ENTITY e "v">]>'
    b'<Bundle xmlns="http://hl7.org/fhir"><id value="&e;"/></Bundle>',
    "entities of entities": b'<!DOCTYPE l [<!ENTITY a "h"><!ENTITY b "&a;&a;">]>'
    b'<Bundle xmlns="http://hl7.org/fhir"/>',
    "deep nesting": b'<Bundle xmlns="http://hl7.org/fhir">' + b"<entry>" * 100_000,
}


@pytest.mark.parametrize("name", BAD_XML)
def test_bad_xml_is_a_4xx_with_one_outcome(client: FlaskClient, name: str) -> None:
    response = post(client, "2.2.1", BAD_XML[name], "xml")
    assert response.status_code == 400
    check(response)


def test_a_million_items_are_refused_or_answered_but_never_a_fault(client: FlaskClient) -> None:
    version, bundle = SOURCES[0]
    whole = deepcopy(bundle)
    items = b",".join([b'{"sequence":1}'] * 1_000_000)
    whole["entry"][0]["resource"]["item"] = ["HERE"]
    body = json.dumps(whole, default=str).encode().replace(b'"HERE"', items)
    response = post(client, version, body)
    assert response.status_code in (400, 413)
    answer = json.loads(response.data)
    assert answer["resourceType"] == "OperationOutcome"
    assert len(response.data) < 1_000_000


def test_a_gzip_bomb_is_a_413(client: FlaskClient) -> None:
    bomb = gzip.compress(b" " * 100_000_000)
    response = post(client, "2.2.1", bomb, **{"Content-Encoding": "gzip"})
    assert response.status_code == 413
    check(response)

"""Size, compression and completeness of bodies, in and out."""

import gzip
import io
import zlib
from typing import Any

import pytest
from flask.testing import FlaskClient

from fhirpa.fhir.codec import encode
from fhirpa.web.body import gunzip
from fhirpa.workflow.ports import Answer
from tests.web.fake_house import BUNDLE, FHIR_JSON, LIMIT, House

SUBMIT = "/fhir/2.0.1/Claim/$submit"


class Broken(io.RawIOBase):
    """A connection that cannot be read from."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise LookupError("a server's own error for a bad chunk")


def send(client: FlaskClient, stream: io.IOBase, length: int | None = None) -> Any:
    """Post from a stream: with a length, else in chunks."""
    environ: dict[str, Any] = {"wsgi.input": stream, "wsgi.input_terminated": length is None}
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    return client.post(SUBMIT, headers=FHIR_JSON, environ_overrides=environ)


def key_of(answer: Any) -> str:
    assert answer.json["resourceType"] == "OperationOutcome"
    (issue,) = answer.json["issue"]
    return str(issue["details"]["coding"][0]["code"])


def padded(size: int) -> bytes:
    return BUNDLE + b" " * (size - len(BUNDLE))


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
def test_a_compressed_body_arrives_unpacked(house: House, client: FlaskClient, coding: str) -> None:
    headers = FHIR_JSON | {"Content-Encoding": coding}
    assert client.post(SUBMIT, data=gzip.compress(BUNDLE), headers=headers).status_code == 200
    assert house.asked[0][1].body == BUNDLE


def test_an_identity_coding_changes_nothing(house: House, client: FlaskClient) -> None:
    headers = FHIR_JSON | {"Content-Encoding": "identity"}
    assert client.post(SUBMIT, data=BUNDLE, headers=headers).status_code == 200
    assert house.asked[0][1].body == BUNDLE


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_another_coding_is_unsupported_and_the_answer_says_which_is(
    house: House, client: FlaskClient, coding: str
) -> None:
    answer = client.post(SUBMIT, data=BUNDLE, headers=FHIR_JSON | {"Content-Encoding": coding})
    assert (answer.status_code, key_of(answer)) == (415, "content-encoding")
    assert answer.headers["Accept-Encoding"] == "gzip"
    assert house.asked == []


@pytest.mark.parametrize(
    "data",
    [b"not gzip", gzip.compress(BUNDLE)[:-5], gzip.compress(BUNDLE) + b"more", zlib.compress(BUNDLE)],
    ids=["other", "cut", "longer", "zlib"],
)
def test_a_broken_stream_is_a_bad_request(house: House, client: FlaskClient, data: bytes) -> None:
    answer = client.post(SUBMIT, data=data, headers=FHIR_JSON | {"Content-Encoding": "gzip"})
    assert (answer.status_code, key_of(answer)) == (400, "not-gzip")
    assert house.asked == []


def test_a_bomb_is_stopped_at_the_limit(house: House, client: FlaskClient) -> None:
    bomb = gzip.compress(b" " * (LIMIT * 50))
    assert len(bomb) < LIMIT
    answer = client.post(SUBMIT, data=bomb, headers=FHIR_JSON | {"Content-Encoding": "gzip"})
    assert (answer.status_code, key_of(answer)) == (413, "too-large")
    assert house.asked == []


def test_exactly_the_limit_is_unpacked() -> None:
    assert gunzip(gzip.compress(b"x" * 1000), 1000) == b"x" * 1000


def test_a_body_over_the_limit_is_refused_before_it_is_read(house: House, client: FlaskClient) -> None:
    answer = send(client, Broken(), LIMIT + 1)
    assert (answer.status_code, key_of(answer)) == (413, "too-large")
    assert str(LIMIT) in answer.json["issue"][0]["details"]["text"]
    assert house.asked == []


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413), (LIMIT * 3, 413)])
def test_a_body_without_a_length_is_limited_while_it_is_read(
    client: FlaskClient, size: int, status: int
) -> None:
    answer = send(client, io.BytesIO(padded(size)))
    assert answer.status_code == status


@pytest.mark.parametrize("data", [b"", b"  \r\n\t"])
@pytest.mark.parametrize("headers", [{}, FHIR_JSON])
def test_an_empty_body_is_a_bad_request(
    house: House, client: FlaskClient, data: bytes, headers: dict[str, str]
) -> None:
    answer = client.post(SUBMIT, data=data, headers=headers)
    assert (answer.status_code, key_of(answer)) == (400, "empty-body")
    assert house.asked == []


def test_a_body_that_breaks_off_is_a_bad_request(house: House, client: FlaskClient) -> None:
    for answer in (send(client, Broken()), send(client, io.BytesIO(BUNDLE), 5000)):
        assert answer.status_code == 400
        assert answer.json["resourceType"] == "OperationOutcome"
    assert house.asked == []


def long_answer(house: House) -> bytes:
    body = encode({"resourceType": "Bundle", "id": "x" * 5000}, "json")
    house.answer = lambda incoming: Answer(200, body, incoming.answer_format)
    return body


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "*"])
def test_a_long_answer_is_compressed_for_who_accepts_it(
    house: House, client: FlaskClient, accepted: str
) -> None:
    body = long_answer(house)
    answer = client.post(SUBMIT, data=BUNDLE, headers=FHIR_JSON | {"Accept-Encoding": accepted})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.data) < len(body)
    assert gzip.decompress(answer.data) == body
    assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize("accepted", [None, "", "identity", "br", "gzip;q=0", "gzip;q=0, *"])
def test_nobody_gets_gzip_who_does_not_accept_it(
    house: House, client: FlaskClient, accepted: str | None
) -> None:
    body = long_answer(house)
    headers = FHIR_JSON if accepted is None else FHIR_JSON | {"Accept-Encoding": accepted}
    answer = client.post(SUBMIT, data=BUNDLE, headers=headers)
    assert "Content-Encoding" not in answer.headers
    assert answer.data == body
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_short_answer_is_sent_as_it_is(client: FlaskClient) -> None:
    answer = client.post(SUBMIT, data=BUNDLE, headers=FHIR_JSON | {"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers

"""Which formats go in and out, by Content-Type, Accept, _format and _pretty."""

import string
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fhirpa.fhir.codec import decode, encode
from fhirpa.web.media import negotiate
from tests.web.fake_house import BUNDLE, House

METADATA = "/fhir/2.2.1/metadata"
SUBMIT = "/fhir/2.2.1/Claim/$submit"
XML_BUNDLE = encode({"resourceType": "Bundle", "type": "collection"}, "xml")
FHIR_JSON, FHIR_XML = "application/fhir+json", "application/fhir+xml"


def media_of(answer: Any) -> str:
    assert answer.content_type.endswith("; charset=utf-8")
    return str(answer.mimetype)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, FHIR_JSON),
        ("", FHIR_JSON),
        ("*/*", FHIR_JSON),
        ("application/*", FHIR_JSON),
        (FHIR_JSON, FHIR_JSON),
        ("APPLICATION/FHIR+JSON", FHIR_JSON),
        ("application/json", "application/json"),
        ("application/json, application/fhir+json", FHIR_JSON),
        ("application/json, */*;q=0.1", "application/json"),
        (FHIR_XML, FHIR_XML),
        ("application/xml", "application/xml"),
        ("text/xml", "text/xml"),
        ("text/*", "text/xml"),
        ("application/fhir+json;q=0.5, application/fhir+xml;q=0.9", FHIR_XML),
        ("application/fhir+json;q=0, */*", "application/json"),
        ("application/fhir+json; fhirVersion=4.0", FHIR_JSON),
        ("application/fhir+json; fhirVersion=5.0, application/fhir+xml;q=0.1", FHIR_XML),
        ("application/fhir+xml; charset=utf-8; q=0.8, text/html", FHIR_XML),
        ("application/fhir+xml;q=nonsense", FHIR_XML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/xml"),
    ],
)
def test_the_answer_takes_the_form_that_is_accepted(
    client: FlaskClient, accept: str | None, media: str
) -> None:
    answer = client.get(METADATA, headers={} if accept is None else {"Accept": accept})
    assert answer.status_code == 200
    assert media_of(answer) == media
    decoded = decode(answer.data, "xml" if media.endswith("xml") else "json")
    assert decoded["resourceType"] == "CapabilityStatement"
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("wanted", "media"),
    [
        ("json", FHIR_JSON),
        ("xml", FHIR_XML),
        ("XML", FHIR_XML),
        ("application/json", "application/json"),
        ("text/xml", "text/xml"),
        ("application/fhir%2Bxml", FHIR_XML),
        ("application/fhir+xml", FHIR_XML),
        ("application/fhir%2Bjson;%20fhirVersion=4.0", FHIR_JSON),
        ("", FHIR_JSON),
    ],
)
def test_format_in_the_address_overrides_accept(client: FlaskClient, wanted: str, media: str) -> None:
    other = "application/fhir+json" if media != FHIR_JSON else "*/*"
    answer = client.get(f"{METADATA}?_format={wanted}", headers={"Accept": other})
    assert (answer.status_code, media_of(answer)) == (200, media)


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/html", ""),
        ("application/pdf, image/*", ""),
        ("application/fhir+json; fhirVersion=3.0", ""),
        ("application/fhir+json; charset=utf-16", ""),
        ("*/*;q=0", ""),
        (",", ""),
        ("*/*", "ttl"),
        ("*/*", "text/html"),
    ],
)
@pytest.mark.parametrize("path", [METADATA, SUBMIT])
def test_what_cannot_be_made_is_not_acceptable(
    house: House, client: FlaskClient, path: str, accept: str, wanted: str
) -> None:
    call = client.post if path == SUBMIT else client.get
    body = {"data": BUNDLE, "content_type": FHIR_JSON} if path == SUBMIT else {}
    answer = call(path, query_string={"_format": wanted}, headers={"Accept": accept}, **body)
    assert answer.status_code == 406
    assert media_of(answer) == FHIR_JSON
    assert answer.json["issue"][0]["details"]["coding"][0]["code"] == "not-acceptable"
    assert house.asked == []


@pytest.mark.parametrize(
    ("content_type", "body", "read_as"),
    [
        (FHIR_JSON, BUNDLE, "json"),
        ("application/fhir+json;charset=UTF-8", BUNDLE, "json"),
        ('application/json; charset="utf-8"', BUNDLE, "json"),
        ("application/fhir+json; fhirVersion=4.0", BUNDLE, "json"),
        (FHIR_XML, XML_BUNDLE, "xml"),
        ("application/xml; charset=utf-8", XML_BUNDLE, "xml"),
        ("text/xml", XML_BUNDLE, "xml"),
        (None, BUNDLE, "json"),
        (None, XML_BUNDLE, "xml"),
        (None, b"\xef\xbb\xbf <Bundle/>", "xml"),
        (None, b"neither", "json"),
    ],
)
def test_the_content_type_says_how_a_body_is_read(
    house: House, client: FlaskClient, content_type: str | None, body: bytes, read_as: str
) -> None:
    answer = client.post(SUBMIT, data=body, content_type=content_type)
    assert answer.status_code == 200
    ((_, incoming),) = house.asked
    assert (incoming.format, incoming.body) == (read_as, body)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/fhir+turtle",
        "nonsense",
        "application/fhir+json; charset=iso-8859-1",
        "application/fhir+xml; charset=utf-16",
        "application/fhir+json; fhirVersion=5.0",
    ],
)
def test_another_type_charset_or_fhir_version_is_unsupported(
    house: House, client: FlaskClient, content_type: str
) -> None:
    answer = client.post(SUBMIT, data=BUNDLE, content_type=content_type)
    assert answer.status_code == 415
    assert answer.json["resourceType"] == "OperationOutcome"
    assert FHIR_JSON in answer.headers["Accept"]
    assert house.asked == []


@pytest.mark.parametrize("accept", [None, "*/*"])
def test_without_a_preference_the_answer_is_in_the_format_of_the_request(
    client: FlaskClient, accept: str | None
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = client.post(SUBMIT, data=XML_BUNDLE, content_type=FHIR_XML, headers=headers)
    assert media_of(answer) == FHIR_XML
    assert decode(answer.data, "xml") == {"resourceType": "Bundle", "id": "submit"}


def test_a_json_request_can_have_an_xml_answer(client: FlaskClient) -> None:
    answer = client.post(SUBMIT, data=BUNDLE, content_type=FHIR_JSON, headers={"Accept": FHIR_XML})
    assert media_of(answer) == FHIR_XML


@pytest.mark.parametrize("path", ["/fhir/9.9.9/metadata", "/fhir/2.2.1/Patient/1", "/fhir"])
def test_errors_too_take_the_form_that_is_accepted(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "application/fhir+xml"})
    assert (answer.status_code, media_of(answer)) == (404, FHIR_XML)
    assert decode(answer.data, "xml")["resourceType"] == "OperationOutcome"


def test_pretty_is_for_people(house: House, client: FlaskClient) -> None:
    answer = client.post(f"{SUBMIT}?_pretty=true", data=BUNDLE, content_type=FHIR_JSON)
    assert house.asked[0][1].pretty
    assert b"\n  " in answer.data
    assert b"\n" not in client.post(f"{SUBMIT}?_pretty=false", data=BUNDLE, content_type=FHIR_JSON).data
    assert b"\n  " in client.get("/fhir/nothing?_pretty=true").data


header_text = st.text(alphabet=string.printable.replace("\r", "").replace("\n", ""), max_size=60)
ranges = st.lists(
    st.tuples(
        st.sampled_from(
            [FHIR_JSON, FHIR_XML, "application/json", "text/html", "*/*", "text/*", "*", "a/b/c"]
        ),
        st.sampled_from(["", ";q=0", ";q=1", ";q=0.5", ";q=-1", ";q=NaN", ";q=", ";fhirVersion=4.0", ';x="']),
    ).map("".join),
    max_size=6,
).map(",".join)


@settings(deadline=None)
@given(accept=header_text | ranges, wanted=header_text | st.sampled_from(["json", "xml"]))
@example(accept='"', wanted="")
@example(accept="application/fhir+json;q=inf", wanted="")
def test_no_accept_header_is_ever_a_server_error(accept: str, wanted: str) -> None:
    client = CLIENT
    answer = client.get(METADATA, headers={"Accept": accept}, query_string={"_format": wanted})
    assert answer.status_code in (200, 406)
    expected = negotiate(accept, wanted)
    assert (expected is not None) == (answer.status_code == 200)
    if expected is not None:
        assert media_of(answer) == expected.type


@settings(deadline=None)
@given(content_type=header_text)
def test_no_content_type_is_ever_a_server_error(content_type: str) -> None:
    answer = CLIENT.post(SUBMIT, data=BUNDLE, headers={"Content-Type": content_type})
    assert answer.status_code in (200, 415)


CLIENT = House().client()

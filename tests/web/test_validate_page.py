"""/validate in a browser: with and without scripts, with honest and hostile input."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from fhirpa.web import create_app
from fhirpa.web.bind import bind
from tests.web.fake_house import LIMIT, House
from tests.web.test_front_page import Page
from tests.workflow.services import open_services

FIXTURES = Path(__file__).parents[2] / "fixtures"
FAULTY = '{"resourceType": "Patient",\n "gender": "zebra"}'
CONTROLS = ("source", "file", "profile")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of the whole house, not of the fake one."""
    services = open_services(tmp_path_factory.mktemp("page"))
    yield create_app(replace(bind(services), validate_per_minute=0)).test_client()
    services.close()


def send(
    client: FlaskClient, source: str | bytes = "", file: bytes | None = None, **more: Any
) -> TestResponse:
    """The form as a browser sends it."""
    headers = more.pop("headers", {})
    data = {"source": source, "file": (BytesIO(file or b""), "r.json" if file else ""), **more}
    return client.post("/validate", data=data, content_type="multipart/form-data", headers=headers)


def outcome(answer: TestResponse) -> dict[str, Any]:
    """What the download link holds."""
    (link,) = [a for a in Page(answer.text).of("a") if "download" in a]
    start = "data:application/fhir+json;base64,"
    assert (link["href"] or "").startswith(start)
    found: dict[str, Any] = json.loads(base64.b64decode((link["href"] or "").removeprefix(start)))
    return found


def line_texts(answer: TestResponse) -> list[str]:
    return [unescape(t) for t in re.findall(r'<span class="text">([^<]*)</span>', answer.text)]


def test_the_form_can_be_filled_in_without_seeing_it(client: FlaskClient) -> None:
    page = Page(client.get("/validate").text)
    labels = {label.get("for") for label in page.of("label")}
    assert set(CONTROLS) <= labels
    assert page.of("html")[0]["lang"] == "en"
    assert len(page.of("main")) == len(page.of("h1")) == len(page.of("title")) == 1
    assert page.of("fieldset")
    assert page.of("legend")
    assert [b for b in page.of("button") if b.get("type") == "submit"]
    assert [p for p in page.of("p") if p.get("role") == "status"]


@pytest.mark.parametrize("source", ["", FAULTY])
def test_the_page_keeps_to_its_own_content_policy(real: FlaskClient, source: str) -> None:
    answer = send(real, source) if source else real.get("/validate")
    policy = dict(p.split(" ", 1) for p in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    page = Page(answer.text)
    assert not page.of("style", "iframe", "img")
    assert [s.get("src") for s in page.of("script")] == ["/static/validate.js"]
    for tag, attributes in page.tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
    for address in [a.get("href") or "" for a in page.of("link")] + ["/static/validate.js"]:
        assert real.get(address).status_code == 200


def test_nothing_of_it_may_be_cached(real: FlaskClient) -> None:
    assert send(real, FAULTY).headers["Cache-Control"] == "no-store"


def test_findings_stand_beside_their_lines_and_lead_to_each_other(real: FlaskClient) -> None:
    answer = send(real, FAULTY)
    assert answer.status_code == 200
    assert "Not valid by PAS 2.2.1" in answer.text
    assert line_texts(answer) == FAULTY.split("\n")
    page = Page(answer.text)
    (line,) = [s for s in page.of("span") if s.get("id") == "L2"]
    assert line["class"] == "line error"
    targets = {a["href"] for a in page.of("a") if (a.get("href") or "").startswith("#")}
    ids = {f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes}
    assert {"#L2", "#F1"} <= targets
    assert targets <= ids
    assert "1 error" in page.text
    assert page.text.count("Patient.gender") == 1


def test_the_title_says_the_verdict_since_it_is_what_is_read_first(real: FlaskClient) -> None:
    def title(answer: TestResponse) -> str:
        return unescape(re.search(r"<title>\s*(.*?)\s*</title>", answer.text, re.DOTALL)[1])  # type: ignore[index]

    valid = (FIXTURES / "2.2.1" / "json" / "lbp-initial.json").read_bytes()
    assert title(send(real, file=valid)) == "Valid | fhirpa"
    assert title(send(real, FAULTY)) == "Not valid: 1 error | fhirpa"
    assert title(send(real, "{")) == "Not readable | fhirpa"
    assert title(send(real, "")) == "Not validated | fhirpa"
    assert title(real.get("/validate")) == "Validate a resource | fhirpa"


def test_the_outcome_can_be_taken_along_with_the_lines_of_what_was_sent(real: FlaskClient) -> None:
    found = outcome(send(real, file=FAULTY.encode()))
    (fault,) = [i for i in found["issue"] if i["severity"] == "error"]
    assert [e.get("valueInteger", e.get("valueString")) for e in fault["extension"]] == [2, "2"]
    assert "Held against" in found["issue"][-1]["details"]["text"]


def test_a_source_in_one_line_is_shown_indented(real: FlaskClient) -> None:
    body = (FIXTURES / "2.2.1" / "json" / "bad-claim-use.json").read_bytes()
    laid_out = send(real, file=body)
    dense = send(real, file=json.dumps(json.loads(body)).encode())
    assert line_texts(dense) == line_texts(laid_out)
    assert "hardly any line breaks" in dense.text
    assert re.findall('class="line error" id="(.*?)"', dense.text) == re.findall(
        'class="line error" id="(.*?)"', laid_out.text
    )
    lines = {i["extension"][0]["valueInteger"] for i in outcome(dense)["issue"] if "extension" in i}
    assert lines == {1}


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
def test_the_version_is_chosen_or_told_from_the_resource(real: FlaskClient, version: str, form: str) -> None:
    body = (FIXTURES / version / form / f"lbp-initial.{form}").read_bytes()
    assert f"Valid by PAS {version}" in send(real, file=body, version=version).text
    declared = body.replace(b"profile-pas-request-bundle", f"profile-pas-request-bundle|{version}".encode())
    assert f"Valid by PAS {version}" in send(real, file=declared, version="").text
    assert "by PAS 2.2.1" in send(real, "{}", version="9.9.9").text


def test_a_profile_can_be_asked_for(house: House, client: FlaskClient) -> None:
    send(client, FAULTY, profile=" http://a.example/p ", version="2.0.1")
    assert house.inspected == [(FAULTY.encode(), "json", "2.0.1", "http://a.example/p")]


def test_a_file_goes_before_what_is_pasted(house: House, client: FlaskClient) -> None:
    send(client, "{}", file=b"<Patient/>")
    assert house.inspected == [(b"<Patient/>", "xml", None, None)]


@pytest.mark.parametrize("example", ["valid", "faulty"])
def test_an_example_is_loaded_into_the_form_and_does_what_it_says(real: FlaskClient, example: str) -> None:
    page = real.get(f"/validate?example={example}").text
    source = unescape(re.search("<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1])  # type: ignore[index]
    assert json.loads(source)["resourceType"] == "Bundle"
    answer = send(real, source)
    assert ("Valid by PAS" if example == "valid" else "Not valid by PAS") in answer.text


def test_an_unknown_example_is_an_empty_form(client: FlaskClient) -> None:
    assert client.get("/validate?example=../../x&version=/etc").status_code == 200


@pytest.mark.parametrize(
    ("source", "more", "status", "said"),
    [
        ("", {}, 400, "Paste a resource"),
        ("x" * (LIMIT + 1), {}, 413, f"larger than {LIMIT} bytes"),
        ("x" * (4 * LIMIT), {}, 413, f"larger than {LIMIT} bytes"),
        (FAULTY, {"headers": {"Sec-Fetch-Site": "cross-site"}}, 403, "only be sent from this page"),
        (FAULTY, {"headers": {"Origin": "https://evil.example"}}, 403, "only be sent from this page"),
    ],
)
def test_what_cannot_be_validated_is_said_on_the_page(
    house: House, client: FlaskClient, source: str, more: dict[str, Any], status: int, said: str
) -> None:
    answer = send(client, source, **more)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert said in Page(answer.text).text
    assert [p for p in Page(answer.text).of("p") if p.get("role") == "alert"]
    assert not house.inspected


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {}])
def test_the_page_itself_may_send_the_form(client: FlaskClient, headers: dict[str, str]) -> None:
    assert send(client, FAULTY, headers=headers).status_code == 200


def test_an_unknown_profile_is_said_and_the_form_keeps_what_was_typed(real: FlaskClient) -> None:
    answer = send(real, FAULTY, profile="http://nowhere.example/p")
    assert answer.status_code == 400
    assert "no profile with the canonical url" in answer.text
    assert "http://nowhere.example/p" in answer.text
    assert "zebra" in answer.text


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data; boundary=x", "multipart/form-data", "text/plain"]
)
def test_a_form_that_is_none_is_refused(client: FlaskClient, content_type: str) -> None:
    answer = client.post("/validate", data=b"--y\r\nwhat", content_type=content_type)
    assert (answer.status_code, answer.mimetype) == (400, "text/html")


def test_a_form_may_be_url_encoded(house: House, client: FlaskClient) -> None:
    assert client.post("/validate", data={"source": FAULTY}).status_code == 200
    assert house.inspected[0][0] == FAULTY.encode()


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    client = House(validate_per_minute=2).client()
    answers = [send(client, FAULTY) for _ in range(3)]
    assert [a.status_code for a in answers] == [200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert "Too many validations" in answers[-1].text


HOSTILE = (
    "<script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</code></pre><img src=x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}{% raw %}",
    "<!--",
    "]]>",
    "&lt;script&gt;",
    "\u202ereversed",
)


def assert_harmless(answer: TestResponse) -> None:
    page = Page(answer.text)
    assert [s.get("src") for s in page.of("script")] == ["/static/validate.js"]
    assert not page.of("img", "svg", "iframe", "object", "embed", "base")
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")], tag
        address = attributes.get("href") or attributes.get("src") or attributes.get("action") or ""
        assert address.startswith(("/", "#", "data:application/fhir+json;base64,")) or not address
    assert "49{% raw" not in answer.text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_content_stays_text(real: FlaskClient, text: str) -> None:
    resource = {
        "resourceType": "Patient",
        text: text,
        "id": text,
        "gender": text,
        "name": [{"family": text, text: 1}],
        "extension": [{"url": text, "valueString": text}],
        "meta": {"profile": [text]},
    }
    for source in (json.dumps(resource, indent=1), json.dumps(resource), text):
        answer = send(real, source, profile=text if source == text else "")
        assert_harmless(answer)
    as_xml = f'<Patient xmlns="http://hl7.org/fhir"><gender value="{text.replace(chr(34), "")}"/></Patient>'
    assert_harmless(send(real, as_xml))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200) | st.sampled_from(HOSTILE))
def test_any_text_gets_an_answer_and_stays_text(real: FlaskClient, text: str) -> None:
    answer = send(real, text.encode("utf-8", "surrogatepass"))
    assert answer.status_code in (200, 400)
    assert_harmless(answer)


def test_any_bytes_get_an_answer(real: FlaskClient) -> None:
    for body in (b"\xff\xfe{", b"\x00\x01", b"<?xml version='1.0' encoding='utf-16'?><a/>", b"<a/>" * 99):
        answer = send(real, file=body)
        assert answer.status_code == 200
        assert_harmless(answer)


def test_a_large_source_is_not_sent_back_whole(real: FlaskClient) -> None:
    bundle = json.loads((FIXTURES / "2.2.1" / "json" / "lbp-initial.json").read_bytes())
    organization = bundle["entry"][2]
    for number in range(1800):
        name = {"fullUrl": f"https://ehr.example/fhir/Organization/n{number}"}
        bundle["entry"].append(
            {**organization, **name, "resource": {**organization["resource"], "id": f"n{number}"}}
        )
    body = json.dumps(bundle, indent=2).encode()
    assert len(body) > 2_000_000
    answer = send(real, file=body)
    assert answer.status_code == 200
    assert len(answer.text) < len(body)
    assert answer.text.count('<span class="line') < 3100
    assert "are left out" in answer.text
    assert "choose the file\n          again" in answer.text


def test_nothing_of_what_is_sent_is_logged(real: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    send(real, FAULTY.replace("zebra", "Zebulon"), profile="http://Zebulon.example")
    send(real, "{ Zebulon")
    assert "Zebulon" not in "".join(capsys.readouterr())

"""The front page: what a newcomer sees in a browser."""

from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from tests.web.fake_house import BASES, House


class Page(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture
def page(client: FlaskClient) -> Page:
    answer = client.get("/")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    return Page(answer.text)


def test_the_page_names_both_endpoints_by_their_public_address(page: Page) -> None:
    for base in BASES:
        assert f"http://payer.example{base}" in page.text


def test_every_link_of_the_page_leads_somewhere(page: Page, client: FlaskClient) -> None:
    addresses = [a.get("href") or "" for a in page.of("a", "link")]
    own = [a for a in addresses if not a.startswith("http")]
    assert {f"{base}/metadata?_format=json&_pretty=true" for base in BASES} <= set(own)
    for address in own:
        expected = 404 if "therapy-documentation" in address else 200  # the fake house has no questionnaire
        assert client.get(address).status_code == expected, address


def test_the_page_is_built_for_assistive_technology(page: Page) -> None:
    assert page.of("html")[0]["lang"] == "en"
    assert len(page.of("main")) == len(page.of("h1")) == len(page.of("title")) == 1
    assert all(th.get("scope") in ("col", "row") for th in page.of("th"))
    assert page.of("caption")
    assert all(pre.get("tabindex") == "0" and pre.get("aria-label") for pre in page.of("pre"))


def test_the_page_keeps_to_its_own_content_policy(page: Page) -> None:
    assert not page.of("script", "style", "iframe", "img", "form")
    for tag, attributes in page.tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag


@pytest.mark.parametrize(("mode", "shown"), [("sandbox", True), ("strict", False)])
def test_a_sandbox_says_so_on_top(mode: str, shown: bool) -> None:
    text = House(mode=mode).client().get("/").text
    assert ("Sandbox." in text) == shown
    assert ("made-up data only" in text) == shown


def test_the_stylesheet_may_be_cached(client: FlaskClient) -> None:
    answer = client.get("/static/fhirpa.css")
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert answer.headers.get("Cache-Control") != "no-store"
    assert answer.headers["ETag"]

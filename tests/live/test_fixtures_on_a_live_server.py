"""Every fixture, submitted again and again to a live server of its mode, gets the expected answer."""

from collections.abc import Iterator
from typing import Any

import pytest

from fhirpa.testkit.answer import outcome, read_answer
from fhirpa.testkit.client import post_bundle
from fhirpa.testkit.fixtures_index import IndexEntry, load_index
from fhirpa.testkit.fresh import new_token
from tests.live.server import ROOT, live_server
from tests.um.words import unfriendly_in

INDEX = load_index(ROOT / "fixtures")
ALL = pytest.mark.parametrize("entry", INDEX, ids=lambda e: f"{e.path.name}-{e.version}")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("live")
    with live_server(folder, "sandbox") as sandbox, live_server(folder, "strict") as strict:
        yield {"sandbox": sandbox, "strict": strict}


def submit(servers: dict[str, str], entry: IndexEntry, token: str | None = None) -> dict[str, Any]:
    """The answer to a fixture, or to a fresh copy of it, if it is the expected one."""
    reply = post_bundle(servers[entry.mode], entry.version, entry.body(token), entry.format)
    assert reply.resource is not None, reply.text
    assert outcome(reply.status, reply.resource) == entry.expected, read_answer(reply.resource)
    assert unfriendly_in(reply.resource) == []  # a person decides, and no fixture has been before one
    if reply.status != 200:
        assert reply.resource["resourceType"] == "OperationOutcome"
    return reply.resource


@ALL
def test_a_fixture_gets_its_answer_again_and_again(servers: dict[str, str], entry: IndexEntry) -> None:
    first, again = submit(servers, entry), submit(servers, entry)
    assert read_answer(again).lines == read_answer(first).lines  # a repeat is not decided twice


@ALL
def test_fresh_copies_of_a_fixture_get_the_same_answer(servers: dict[str, str], entry: IndexEntry) -> None:
    submit(servers, entry, new_token())
    submit(servers, entry, new_token())


def test_every_scenario_stands_in_both_versions_and_both_formats() -> None:
    kinds = {(e.scenario, e.version, e.format) for e in INDEX}
    scenarios = {e.scenario for e in INDEX}
    assert kinds == {(s, v, f) for s in scenarios for v in ("2.0.1", "2.2.1") for f in ("json", "xml")}
    assert len(scenarios) >= 24

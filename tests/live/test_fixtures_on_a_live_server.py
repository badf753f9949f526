"""Every fixture, submitted twice to a live server of its mode, gets the expected answer."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhirpa.fhir.codec import decode, encode
from fhirpa.testkit.fresh import fresh, new_token

from fhirpa.testkit.answer import Decision, read_answer
from fhirpa.testkit.client import Reply, post_bundle
from tests.live.server import ROOT, live_server

FIXTURES = ROOT / "fixtures"
INDEX: list[dict[str, Any]] = json.loads((FIXTURES / "index.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("live")
    with live_server(folder, "sandbox") as sandbox, live_server(folder, "strict") as strict:
        yield {"sandbox": sandbox, "strict": strict}


def submit(servers: dict[str, str], case: dict[str, Any], body: bytes) -> Reply:
    return post_bundle(servers[case["mode"]], case["version"], body, case["format"])


def check(reply: Reply, case: dict[str, Any]) -> Decision:
    expected = case["expected"]
    assert reply.resource is not None, reply.text
    answer = read_answer(reply.resource)
    if "status" in expected:
        assert reply.status == expected["status"]
        assert reply.resource["resourceType"] == "OperationOutcome"
        return answer
    assert reply.status == 200, answer.errors
    if "error" in expected:
        assert answer.outcome == "error"
        assert expected["error"] in answer.error_codes
        return answer
    assert answer.outcome == "complete", answer.errors
    found = {str(x.sequence): x.action for x in answer.lines if not x.added}
    assert found == expected["lines"], answer.notes
    return answer


@pytest.mark.parametrize("case", INDEX, ids=lambda c: c["file"])
def test_a_fixture_gets_its_answer_again_and_again(servers: dict[str, str], case: dict[str, Any]) -> None:
    body = (FIXTURES / case["file"]).read_bytes()
    first = check(submit(servers, case, body), case)
    again = check(submit(servers, case, body), case)
    assert again.lines == first.lines  # the same numbers: a repeat is not decided twice


@pytest.mark.parametrize("case", [c for c in INDEX if "status" not in c["expected"]], ids=lambda c: c["file"])
def test_a_fresh_copy_of_a_fixture_gets_the_same_answer(
    servers: dict[str, str], case: dict[str, Any]
) -> None:
    form = case["format"]
    bundle = decode((FIXTURES / case["file"]).read_bytes(), form)
    renew = case["mode"] == "sandbox"
    for _ in range(2):
        body = encode(fresh(bundle, new_token()) if renew else bundle, form)
        check(submit(servers, case, body), case)


def test_every_scenario_stands_in_both_versions_and_both_formats() -> None:
    kinds = {(c["version"], c["format"]) for c in INDEX}
    assert kinds == {(v, f) for v in ("2.0.1", "2.2.1") for f in ("json", "xml")}
    assert len(INDEX) >= 24 * 4
    for case in INDEX:
        assert Path(FIXTURES / case["file"]).is_file()

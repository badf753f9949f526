"""Claim/$submit as a use case: decided once, durable, and never beyond a benefit, on both databases."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fhirpa.fhir.codec import encode
from fhirpa.testkit.answer import Answer, outcome, read_answer
from fhirpa.workflow.ports import Incoming
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from tests.workflow.requests import Json, renumbered, request
from tests.workflow.services import incoming, post


def answer(services: Services, bundle: Json, version: str = "2.2.1", form: str = "json") -> Answer:
    status, resource = post(services, bundle, version, form)
    assert status == 200, resource
    return read_answer(resource)


def test_a_repeat_gets_the_same_numbers(services: Services) -> None:
    bundle = request()
    assert answer(services, bundle).lines == answer(services, bundle).lines


def test_a_repeat_in_xml_or_wrapped_in_parameters_is_the_same_request(services: Services) -> None:
    bundle = request()
    first = answer(services, bundle)
    assert answer(services, bundle, form="xml").lines == first.lines
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": bundle}]}
    assert answer(services, wrapped).lines == first.lines


def test_a_repeat_with_its_names_in_another_order_is_the_same_request(services: Services) -> None:
    bundle = request()
    turned = dict(reversed(bundle.items()))
    assert answer(services, turned).lines == answer(services, bundle).lines


def test_the_same_bundle_many_times_at_the_same_moment_is_one_case(services: Services) -> None:
    bundle = request()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: answer(services, bundle).lines, range(16)))
    assert len(set(found)) == 1
    assert found[0][0].action == "A1"


def test_other_content_under_the_same_identifier_is_another_case(services: Services) -> None:
    bundle = request()
    first = answer(services, bundle)
    bundle["entry"][0]["resource"]["item"][0]["quantity"]["value"] = 6
    second = answer(services, bundle)
    # The same member, discipline and dates again: a person looks at the overlap, nothing is decided twice.
    assert (first.lines[0].action, second.lines[0].action) == ("A1", "A4")


def test_requests_at_the_same_moment_cannot_together_exceed_a_hard_limit(services: Services) -> None:
    """Invariant 22: eight different requests for one member, 6 visits in the plan."""
    base = request("over-benefit-limit", key="limit")
    bundles = [renumbered(base, f"-{n}") for n in range(8)]

    def certified(bundle: Json) -> int:
        lines = answer(services, bundle).lines
        return sum(int((x.quantity or "0").split()[0]) for x in lines if x.action == "A1" and x.number)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(certified, bundles)) == 6
    member = base["entry"][0]["resource"]["patient"]
    assert member


def test_visits_that_were_certified_before_reduce_what_remains(services: Services) -> None:
    first = request("over-benefit-limit", key="drawn")
    assert [x.quantity for x in answer(services, first).lines if x.action == "A1"] == ["6 visits"]
    again = answer(services, renumbered(first, "-again"))
    assert [x.action for x in again.lines] == ["A4"]


@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
def test_the_answer_comes_in_the_format_that_was_asked_for(services: Services, version: str) -> None:
    call = incoming(services, request(version=version), version)
    for form in ("json", "xml"):
        wanted = Incoming(call.body, "json", version, None, call.received_at, answer_format=form)
        reply = submit(services, wanted)
        assert (reply.status, reply.format) == (200, form)
        assert reply.body.lstrip()[:1] == (b"<" if form == "xml" else b"{")


def test_a_member_who_is_brought_along_twice_at_once_is_enrolled_once(services: Services) -> None:
    base = request("evaluation-only", key="newcomer")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: answer(services, renumbered(base, f"-{n}")), range(8)))
    assert {x.lines[0].action for x in found} == {"NA"}


def test_a_case_of_one_version_is_answered_in_the_other(services: Services) -> None:
    """Same bytes at the other endpoint: the case is there already, written for the version that asks."""
    bundle = request(version="2.0.1")
    first = answer(services, bundle, "2.0.1")
    status, resource = post(services, bundle, "2.2.1")
    if status == 200:
        assert read_answer(resource).lines[0].number == first.lines[0].number
    else:  # 2.2.1 asks for more than this bundle has
        assert outcome(status, resource) == {"status": 400}


def test_nothing_of_a_refused_request_is_kept_but_the_exchange(services: Services) -> None:
    bundle = request()
    del bundle["entry"][0]["resource"]["patient"]
    status, resource = post(services, bundle)
    assert status == 400
    places = [i["expression"][0] for i in resource["issue"] if i["severity"] == "error"]
    assert places == ["Bundle.entry[0].resource.patient"]


def test_a_bundle_that_is_not_json_is_told_where(services: Services) -> None:
    now = services.clock.now()
    reply = submit(services, Incoming(b'{"resourceType": "Bundle",}', "json", "2.2.1", None, now))
    assert reply.status == 400
    assert b"line 1, column" in reply.body
    assert encode({}, "json") == b"{}"

"""What becomes of a finding: refused, left to the decision or noted, by the sender's level."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fhirpa.fhir.codec import decode, encode
from fhirpa.testkit.answer import read_answer
from fhirpa.workflow.exchanges import find_exchanges
from fhirpa.workflow.inquire import inquire
from fhirpa.workflow.kept_report import read_report
from fhirpa.workflow.services import Services
from fhirpa.workflow.submit import submit
from tests.workflow.requests import SD, Json, inquiry, request
from tests.workflow.services import incoming, open_services
from tests.workflow.updates import adds_item, cancels_all, unflag, update

Change = Callable[[Json], object]
LEVELS = ("strict", "standard", "lenient")
NPI = "1234567893"


@contextmanager
def house(folder: Path, level: str = "standard", **levels: str) -> Iterator[Services]:
    wanted = {"validation_level": level, "validation_levels": levels}
    services = open_services(folder, wanted=wanted)
    try:
        yield services
    finally:
        services.close()


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Services]]:
    """A house of each level."""
    opened = {
        level: open_services(tmp_path_factory.mktemp(level), wanted={"validation_level": level})
        for level in LEVELS
    }
    yield opened
    for services in opened.values():
        services.close()


def send(
    services: Services, bundle: Json, version: str = "2.2.1", operation: str = "submit", **more: Any
) -> tuple[int, Json, Json]:
    """Status, answer and kept report."""
    wanted = replace(incoming(services, bundle, version), request_id=services.ids.uuid4(), **more)
    answer = (submit if operation == "submit" else inquire)(services, wanted)
    (kept,) = find_exchanges(services, wanted.request_id)
    assert (kept.status, kept.operation, kept.guide_version) == (answer.status, operation, version)
    return answer.status, decode(answer.body, answer.format), read_report(kept.report)


def errors(report: Json) -> list[tuple[str, str, str]]:
    """(verdict, row of the table, place) of every error of a report."""
    return [
        (f["verdict"], f["row"], f.get("expression", ""))
        for f in report["findings"]
        if f["severity"] == "error"
    ]


def of_type(bundle: Json, resource_type: str) -> Json:
    found: Json = next(
        e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == resource_type
    )
    return found


def claim(bundle: Json) -> Json:
    return of_type(bundle, "Claim")


def _no_report_type(bundle: Json) -> None:
    for info in claim(bundle)["supportingInfo"]:
        for extension in info.get("extension", []):
            parts = extension["extension"]
            extension["extension"] = [p for p in parts if p["url"] != "reportTypeCode"]


def _document_by_address(bundle: Json) -> None:
    attachment = of_type(bundle, "DocumentReference")["content"][0]["attachment"]
    attachment.pop("data", None)
    attachment["url"] = "https://ehr.example/Binary/1"


def _revenue(bundle: Json) -> None:
    coding = {"system": "http://here.example/revenue", "code": "0420"}
    claim(bundle)["item"][0]["revenue"] = {"coding": [coding]}


def _broken_condition_code(bundle: Json) -> None:
    claim(bundle)["extension"].append({"url": SD + "extension-conditionCode", "valueBoolean": True})


def _third_identifier(bundle: Json) -> None:
    first = claim(bundle)["identifier"][0]
    claim(bundle)["identifier"] = [{**first, "value": f"{first['value']}-{n}"} for n in range(3)]


def _foreign_profile_of_another_type(bundle: Json) -> None:
    of_type(bundle, "Condition")["meta"]["profile"] = [SD + "profile-beneficiary"]


def _mandatory_name(bundle: Json) -> None:
    del of_type(bundle, "Patient")["name"]


def _use(bundle: Json) -> None:
    claim(bundle)["use"] = "claim"


def _unknown_element(bundle: Json) -> None:
    claim(bundle)["colour"] = "blue"


def _unknown_modifier(bundle: Json) -> None:
    detail = {"sequence": 1, "productOrService": {"text": "x"}}
    detail["modifierExtension"] = [{"url": "http://here.example/not", "valueBoolean": True}]
    claim(bundle)["item"][0]["detail"] = [detail]


def _no_category(bundle: Json) -> None:
    del claim(bundle)["item"][0]["category"]


# change -> (status at strict, standard, lenient; row of the table; verdict at standard)
CHANGES: dict[Change, tuple[tuple[int, int, int], str, str]] = {
    _unknown_element: ((400, 400, 400), "form", "refused"),
    _use: ((400, 400, 400), "guide-check", "refused"),
    _unknown_modifier: ((400, 400, 400), "modifier", "refused"),
    _no_category: ((400, 400, 200), "guide-check", "refused"),
    _no_report_type: ((400, 400, 200), "mandatory-extension", "refused"),
    _mandatory_name: ((400, 200, 200), "party", "decision"),
    _revenue: ((400, 200, 200), "code", "decision"),
    _document_by_address: ((400, 200, 200), "evidence", "noted"),
    _broken_condition_code: ((400, 200, 200), "optional-extension", "noted"),
    _foreign_profile_of_another_type: ((400, 200, 200), "declared-profile", "noted"),
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__)
def test_each_class_of_finding_has_its_verdict_at_each_level(
    houses: dict[str, Services], change: Change, level: str
) -> None:
    statuses, row, verdict = CHANGES[change]
    bundle = request()
    change(bundle)
    status, resource, report = send(houses[level], bundle)
    assert status == statuses[LEVELS.index(level)], resource
    assert report["level"] == level
    found = [(v, r) for v, r, _ in errors(report) if r == row]
    assert found, report["findings"]
    if level == "standard":
        assert found[0] == (verdict, row)
    if status == 400:
        assert "refused" in {v for v, _ in found}
        assert resource["resourceType"] == "OperationOutcome"
        refused = [f for f in report["findings"] if f["verdict"] == "refused"]
        assert [i["details"]["text"] for i in resource["issue"]] == [f["text"] for f in refused]
    else:
        assert "refused" not in {v for v, _, _ in errors(report)}
        assert resource["entry"][0]["resource"]["resourceType"] == "ClaimResponse"


def test_a_profile_that_refuses_is_named_with_the_place(houses: dict[str, Services]) -> None:
    bundle = request()
    _no_report_type(bundle)
    status, resource, _ = send(houses["standard"], bundle)
    assert status == 400
    issue = resource["issue"][0]
    assert issue["expression"] == ["Bundle.entry[0].resource.supportingInfo[1].extension[0].extension"]
    assert issue["details"]["coding"] == [{"system": "urn:fhirpa:issue", "code": "profile-slicing"}]
    assert issue["diagnostics"] == f"slicing rule of {SD}extension-documentInformation"


def test_what_is_let_through_changes_neither_the_decision_nor_the_answer(
    houses: dict[str, Services],
) -> None:
    for change in (_mandatory_name, _revenue, _broken_condition_code, _foreign_profile_of_another_type):
        whole = request()
        broken = request()
        change(broken)
        answers = [send(houses["standard"], b)[1] for b in (whole, broken)]
        actions = [[(x.action, x.quantity) for x in read_answer(a).lines] for a in answers]
        assert actions[0] == actions[1]
        assert actions[0][0][0] == "A1"
        types = [sorted(e["resource"]["resourceType"] for e in a["entry"]) for a in answers]
        assert types[0] == types[1]
        assert "OperationOutcome" not in types[1]


def test_what_the_decision_needs_becomes_a_business_error(houses: dict[str, Services]) -> None:
    bundle = request()
    for identifier in of_type(bundle, "Practitioner")["identifier"]:
        identifier["value"] = "1234567890"
    status, resource, report = send(houses["standard"], bundle)
    assert status == 200
    assert read_answer(resource).error_codes == ("43",)
    assert ("decision", "party") in {(v, r) for v, r, _ in errors(report)}


# R4's list of identifier types lacks the member number (MB) that the guide asks for.
_OF_EVERY_REQUEST = "ValueSet/identifier-type. Send one of that set."


@pytest.mark.parametrize("change", [_use, _no_category, _third_identifier], ids=lambda c: c.__name__)
def test_one_cause_is_told_once(houses: dict[str, Services], change: Change) -> None:
    bundle = request()
    change(bundle)
    for level in LEVELS:
        _, _, report = send(houses[level], deepcopy(bundle))
        loud = [f for f in report["findings"] if f["severity"] != "information"]
        told = [f for f in loud if not f["text"].endswith(_OF_EVERY_REQUEST)]
        assert len(told) == 1, told


def test_strict_refuses_what_a_check_of_ours_only_warns_of(houses: dict[str, Services]) -> None:
    bundle = request()
    _third_identifier(bundle)
    assert send(houses["standard"], bundle)[0] == 200
    status, resource, _ = send(houses["strict"], bundle)
    assert status == 400
    (issue,) = resource["issue"]
    assert issue["details"]["coding"][0]["code"] == "profile-cardinality"


def test_a_declared_profile_of_claim_or_bundle_is_never_a_reason(houses: dict[str, Services]) -> None:
    bundle = request()
    bundle["meta"] = {"profile": [SD + "profile-pas-response-bundle"]}
    claim(bundle)["meta"] = {"profile": [SD + "profile-claim-update", "http://nowhere.example/profile"]}
    status, _, report = send(houses["strict"], bundle)
    assert (status, errors(report)) == (200, [])


@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
@pytest.mark.parametrize("scenario", ["lbp-initial", "stroke-ot", "lbp-cancelled-line", "lbp-dependent"])
def test_a_whole_request_passes_at_every_level(
    houses: dict[str, Services], version: str, scenario: str
) -> None:
    for services in houses.values():
        status, resource, report = send(services, request(scenario, version), version)
        assert (status, errors(report)) == (200, []), resource


def test_xml_and_json_have_the_same_report(houses: dict[str, Services]) -> None:
    bundle = request()
    for change in (_mandatory_name, _revenue, _broken_condition_code):
        change(bundle)
    in_json = send(houses["standard"], bundle)
    services = houses["standard"]
    in_xml = send(services, bundle, format="xml", body=encode(bundle, "xml"))
    assert in_json[2] == in_xml[2]
    assert (in_json[0], in_xml[0]) == (200, 200)


def test_a_repeat_gets_the_same_case_and_a_report_of_its_own(houses: dict[str, Services]) -> None:
    bundle = request()
    _revenue(bundle)
    (_, first, one), (_, again, two) = (send(houses["standard"], bundle) for _ in range(2))
    assert read_answer(first).lines == read_answer(again).lines
    assert one == two
    assert ("decision", "code", "Bundle.entry[0].resource.item[0].revenue") in errors(one)


def test_a_body_that_cannot_be_decoded_has_a_report_too(houses: dict[str, Services]) -> None:
    status, _, report = send(houses["standard"], request(), body=b"{")
    assert status == 400
    assert report["level"] is None
    assert [(f["kind"], f["key"], f["verdict"]) for f in report["findings"]] == [
        ("codec", "not-json", "refused")
    ]


def test_an_inquiry_is_a_query_by_example(houses: dict[str, Services]) -> None:
    services = houses["standard"]
    asked = request()
    send(services, asked)
    query = inquiry(asked)
    claim(query)["extension"] = []
    _broken_condition_code(query)
    status, resource, report = send(services, query, operation="inquire")
    assert (status, resource["resourceType"]) == (200, "Parameters")
    assert {v for v, _, _ in errors(report)} == {"noted"}
    del claim(query)["patient"]
    status, resource, report = send(services, query, operation="inquire")
    assert status == 400
    assert "Bundle.entry[0].resource.patient" in {p for v, _, p in errors(report) if v == "refused"}


def test_a_sender_has_the_level_of_its_name(tmp_path: Path) -> None:
    bundle = request()
    _revenue(bundle)
    npi = of_type(bundle, "Organization")["identifier"][0]["value"]
    named: dict[str, dict[str, Any]] = {"ehr-1": {"client": "ehr-1"}, "EHREXAMPLE": {}, npi: {}}
    for number, (name, more) in enumerate(named.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        with house(folder, **{name: "strict"}) as services:
            status, _, report = send(services, bundle, **more)
            assert (status, report["level"]) == (400, "strict"), name
    with house(tmp_path, somebody="strict") as services:
        assert send(services, bundle)[0] == 200


def test_the_name_by_which_a_client_signed_in_counts_most(tmp_path: Path) -> None:
    bundle = request()
    _revenue(bundle)
    with house(tmp_path, level="strict", EHREXAMPLE="strict", known="lenient") as services:
        assert send(services, bundle, client="known")[0] == 200
        assert send(services, bundle, client="other")[0] == 400


def test_where_the_guide_contradicts_itself_even_strict_does_not_refuse(houses: dict[str, Services]) -> None:
    """A cancellation of everything needs no items by the guide's text, though its profile asks for one."""
    services = houses["strict"]
    first = request()
    send(services, first)
    status, resource, report = send(services, update(first, "u1", cancels_all, lambda x: x.pop("item")))
    assert (status, {r for _, r, _ in errors(report)}) == (200, {"guide-cancel-without-items"}), resource


def test_the_claim_before_an_update_is_not_held_against_its_sender(houses: dict[str, Services]) -> None:
    first = request()
    send(houses["standard"], first)
    second = update(first, "u1", cancels_all)
    prior = second["entry"][1]["resource"]
    assert prior["resourceType"] == "Claim"
    prior["item"][0]["extension"] = prior["item"][0]["extension"][:1]
    status, _, report = send(houses["standard"], second)
    assert status == 200
    assert ("noted", "prior-claim", "Bundle.entry[1].resource.item[0].extension") in errors(report)


def test_flags_of_an_update_that_do_not_fit_are_left_to_the_decision(houses: dict[str, Services]) -> None:
    first = request()
    send(houses["standard"], first)
    second = update(first, "u1", adds_item("97140", 4))
    unflag(claim(second))
    status, _, report = send(houses["standard"], second)
    assert status == 200
    assert ("decision", "update") in {(v, r) for v, r, _ in errors(report)}

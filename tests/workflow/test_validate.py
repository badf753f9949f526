"""$validate as a use case: verdicts, what was held against, and what cannot be validated."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fhirpa.fhir.codec import decode, encode
from fhirpa.pas.codes import SD
from fhirpa.pas.versions import VERSIONS
from fhirpa.workflow.ports import Answer, Incoming
from fhirpa.workflow.services import Services
from fhirpa.workflow.validate import validate
from fhirpa.workflow.validate_call import Asked
from tests.workflow.services import NOW, open_services

Json = dict[str, Any]
FIXTURES = Path(__file__).parents[2] / "fixtures"
LINE = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line"
COLUMN = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col"
PATIENT: Json = {
    "resourceType": "Patient",
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'},
    "name": [{"family": "Zebulon"}],
}
WRONG = {**PATIENT, "gender": "zebra"}
versions = pytest.mark.parametrize("version", VERSIONS)
forms = pytest.mark.parametrize("form", ["json", "xml"])


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    opened = open_services(tmp_path_factory.mktemp("validate"))
    yield opened
    opened.close()


def fixture(name: str, version: str = "2.2.1") -> Json:
    return decode((FIXTURES / version / "json" / f"{name}.json").read_bytes(), "json")


def call(
    services: Services, body: bytes | Json | None, asked: Asked, version: str = "2.2.1", form: str = "json"
) -> tuple[int, list[Json]]:
    """Status and issues."""
    sent = encode(body, form) if isinstance(body, dict) else body or b""
    answer: Answer = validate(services, Incoming(sent, form, version, None, NOW, form), asked)
    resource = decode(answer.body, form)
    assert resource["resourceType"] == "OperationOutcome"
    issues: list[Json] = resource["issue"]
    return answer.status, issues


def place(issue: Json) -> tuple[int, str]:
    """Line and column, the latter a text as HL7 defines it."""
    found = {e["url"]: e for e in issue["extension"]}
    return found[LINE]["valueInteger"], found[COLUMN]["valueString"]


def errors(issues: list[Json]) -> list[Json]:
    return [i for i in issues if i["severity"] in ("fatal", "error")]


def key(issue: Json) -> str:
    found: str = issue["details"]["coding"][0]["code"]
    return found


def held_against(issues: list[Json]) -> str:
    (text,) = [i["details"]["text"] for i in issues if key(i) == "profile/held-against"]
    assert isinstance(text, str)
    return text


@versions
@forms
def test_a_valid_resource_is_answered_with_what_it_was_held_against(
    services: Services, version: str, form: str
) -> None:
    status, issues = call(services, PATIENT, Asked("Patient"), version, form)
    assert status == 200
    assert not errors(issues)
    assert f"PAS {version}" in held_against(issues)
    assert "no profile was asked for" in held_against(issues)


@versions
@forms
def test_an_invalid_resource_is_answered_200_with_the_place_of_the_fault(
    services: Services, version: str, form: str
) -> None:
    status, issues = call(services, WRONG, Asked("Patient"), version, form)
    (fault,) = errors(issues)
    assert status == 200
    assert (fault["code"], fault["expression"]) == ("code-invalid", ["Patient.gender"])
    assert {e["url"] for e in fault["extension"]} == {LINE, COLUMN}


def test_line_and_column_are_those_of_the_body(services: Services) -> None:
    body = b'{"resourceType": "Patient",\n  "gender": "zebra"}'
    _, issues = call(services, body, Asked("Patient"))
    (fault,) = errors(issues)
    assert place(fault) == (2, "3")


def test_line_and_column_of_a_resource_in_parameters_are_those_of_the_whole_body(services: Services) -> None:
    body = b"""{"resourceType": "Parameters", "parameter": [
      {"name": "mode", "valueCode": "create"},
      {"name": "resource", "resource": {
         "resourceType": "Patient",
         "gender": "zebra"}}]}"""
    status, issues = call(services, body, Asked("Patient"))
    (fault,) = errors(issues)
    assert status == 200
    assert fault["expression"] == ["Patient.gender"]
    assert place(fault) == (5, "10")


def test_texts_repeat_no_value_but_codes(services: Services) -> None:
    _, issues = call(services, {**WRONG, "birthDate": "Zebulon", "photo": "Zebulon"}, Asked("Patient"))
    assert len(errors(issues)) >= 3
    assert "Zebulon" not in str([(i["details"]["text"], i.get("diagnostics")) for i in issues])


@versions
def test_a_request_bundle_without_profile_is_held_against_that_of_the_guide(
    services: Services, version: str
) -> None:
    bundle = fixture("lbp-initial", version)
    del bundle["meta"]
    del bundle["identifier"]
    status, issues = call(services, bundle, Asked("Bundle"), version)
    assert status == 200
    assert f"{SD}profile-pas-request-bundle (none of the guide is declared" in held_against(issues)
    assert [i["expression"] for i in errors(issues)] == [["Bundle.identifier"]]
    assert "profile-pas-request-bundle" in errors(issues)[0]["diagnostics"]


def test_an_inquiry_is_known_by_the_profile_of_its_claim(services: Services) -> None:
    bundle = fixture("lbp-initial")
    del bundle["meta"]
    bundle["entry"][0]["resource"]["meta"] = {"profile": [SD + "profile-claim-inquiry|2.2.1"]}
    _, issues = call(services, bundle, Asked("Bundle"))
    assert f"{SD}profile-pas-inquiry-request-bundle (" in held_against(issues)


def test_a_bundle_that_declares_a_profile_is_held_against_that_one(services: Services) -> None:
    bundle = fixture("lbp-initial")
    bundle["meta"] = {"profile": [SD + "profile-pas-inquiry-request-bundle"]}
    _, issues = call(services, bundle, Asked("Bundle"))
    said = held_against(issues)
    assert f"{SD}profile-pas-inquiry-request-bundle (declared in meta.profile)" in said
    assert "profile-pas-request-bundle" not in said


@pytest.mark.parametrize(
    "change",
    [
        {"entry": []},
        {"entry": [{"resource": PATIENT}]},
        {"entry": [{"resource": {"resourceType": "Claim", "use": "claim"}}]},
        {"entry": "none"},
        {"entry": [None]},
        {"meta": 3, "entry": [{"resource": {"resourceType": ["Claim"], "use": "preauthorization"}}]},
    ],
)
def test_another_bundle_is_held_against_no_profile_of_the_guide(services: Services, change: Json) -> None:
    body = {"resourceType": "Bundle", "type": "collection", **change}
    status, issues = call(services, body, Asked("Bundle"))
    assert status == 200
    assert "no profile was asked for" in held_against(issues)


@pytest.mark.parametrize("value", ["valueUri", "valueCanonical", "valueUrl", "valueString"])
@pytest.mark.parametrize("place", ["query", "body", "both"])
def test_a_profile_is_taken_from_query_and_parameters(services: Services, value: str, place: str) -> None:
    profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
    parameters = [{"name": "resource", "resource": PATIENT}]
    if place != "query":
        parameters.append({"name": "profile", value: profile})
    body = {"resourceType": "Parameters", "parameter": parameters}
    asked = Asked("Patient", profiles=() if place == "body" else (profile,))
    status, issues = call(services, body, asked)
    assert status == 200
    assert f"{profile} (asked for)" in held_against(issues)
    assert "Patient.identifier" in {e for i in errors(issues) for e in i["expression"]}


def test_a_profile_for_another_type_is_an_error_in_the_outcome(services: Services) -> None:
    status, issues = call(services, PATIENT, Asked("Patient", profiles=(SD + "profile-claim",)))
    assert status == 200
    assert [key(i) for i in errors(issues)] == ["profile/type"]


def test_parameters_can_be_validated_as_such_and_as_a_wrapper(services: Services) -> None:
    plain = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": PATIENT}]}
    assert call(services, plain, Asked("Parameters"))[0] == 200
    inner = {"resourceType": "Parameters", "parameter": [{"valueCode": "x"}]}
    outer = {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": inner}]}
    _, issues = call(services, outer, Asked("Parameters"))
    assert errors(issues)[0]["expression"][0].startswith("Parameters.parameter[0]")
    assert "name" in errors(issues)[0]["details"]["text"]


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b'{"resourceType": "Patient", ', "json"),
        (b"\xff\xfe", "json"),
        (b"[]", "json"),
        (b'{"a": 1, "a": 2}', "json"),
        (b"<Patient", "xml"),
        (b'<!DOCTYPE x><Patient xmlns="http://hl7.org/fhir"/>', "xml"),
    ],
)
def test_what_cannot_be_parsed_is_400(services: Services, body: bytes, form: str) -> None:
    status, issues = call(services, body, Asked("Patient"), form=form)
    assert status == 400
    assert issues[0]["severity"] == "fatal"


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b'{"resourceType": "Patient", "nose": 1}', "json"),
        (b'<Patient xmlns="http://hl7.org/fhir"><nose value="1"/></Patient>', "xml"),
        (b'{"resourceType": "Nose"}', "json"),
        (b'<Nose xmlns="http://hl7.org/fhir"/>', "xml"),
        (b"{}", "json"),
    ],
)
def test_what_can_be_parsed_but_is_no_fhir_is_a_verdict(services: Services, body: bytes, form: str) -> None:
    status, issues = call(services, body, Asked("Patient"), form=form)
    assert status == 200
    assert errors(issues)


PROFILE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"


def parameters(*more: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": PATIENT}, *more]}


@pytest.mark.parametrize(
    ("body", "asked", "expected"),
    [
        (None, Asked("Patient"), "validate-resource-missing"),
        ({"resourceType": "Parameters"}, Asked("Patient"), "validate-resource-missing"),
        ({"resourceType": "Parameters", "parameter": [None]}, Asked("Patient"), "validate-resource-missing"),
        (PATIENT, Asked("Claim"), "validate-type"),
        (PATIENT, Asked("Patient", modes=("erase",)), "validate-mode"),
        (PATIENT, Asked("Patient", modes=("update",)), "validate-mode"),
        (PATIENT, Asked("Patient", modes=("delete",)), "validate-mode"),
        (PATIENT, Asked("Patient", modes=("profile",)), "validate-mode"),
        (PATIENT, Asked("Patient", profiles=("http://a", PROFILE)), "validate-parameter"),
        (parameters({"name": "profile", "valueUri": PROFILE}), Asked("Patient", profiles=("urn:x",)),
         "validate-parameter"),
        (parameters({"name": "profile", "valueCode": 3}), Asked("Patient"), "validate-parameter"),
        (parameters({"name": "mode", "valueCode": ["create"]}), Asked("Patient"), "validate-parameter"),
        (PATIENT, Asked("Patient", profiles=("http://nowhere.example/x",)), "profile-unknown"),
        (PATIENT, Asked("Patient", profiles=(PROFILE + "|99.0",)), "profile-unknown"),
    ],
)  # fmt: skip
def test_a_call_that_the_operation_does_not_define_is_400(
    services: Services, body: Json | None, asked: Asked, expected: str
) -> None:
    status, issues = call(services, body, asked)
    assert status == 400
    assert [key(i) for i in issues] == [expected]


@pytest.mark.parametrize("mode", ["create", "profile"])
def test_the_other_modes_check_the_content(services: Services, mode: str) -> None:
    status, issues = call(services, WRONG, Asked("Patient", modes=(mode,), profiles=(PROFILE,)))
    assert status == 200
    assert ["Patient.gender"] in [i["expression"] for i in errors(issues)]
    assert ("structure/mode-create" in map(key, issues)) == (mode == "create")


@versions
def test_the_resources_of_the_endpoint_are_valid_where_they_stand(services: Services, version: str) -> None:
    # PAS 2.2.1 itself gives targetProfile to parameters of type Bundle, which opd-3 of R4 forbids.
    known = {"2.0.1": set(), "2.2.1": {"invariant/opd-3"}}[version]
    definitions = services.definitions(version)
    found = [r for kind in ("Questionnaire", "OperationDefinition") for r in definitions.search(kind, None)]
    assert len(found) >= 3
    for resource in found:
        status, issues = call(services, None, Asked(resource["resourceType"], resource["id"]), version)
        assert status == 200
        assert set(map(key, errors(issues))) <= known, resource["id"]


@pytest.mark.parametrize("mode", ["update", "delete"])
def test_a_resource_of_the_endpoint_cannot_be_changed(services: Services, mode: str) -> None:
    asked = Asked("Questionnaire", "therapy-documentation", modes=(mode,))
    status, issues = call(services, None, asked)
    assert status == 200
    assert [i["code"] for i in errors(issues)] == ["not-supported"]


def test_a_resource_that_is_not_here_is_404(services: Services) -> None:
    status, issues = call(services, PATIENT, Asked("Patient", "1"))
    assert (status, key(issues[0])) == (404, "unknown-resource")
    assert "Patient/$validate" in issues[0]["details"]["text"]

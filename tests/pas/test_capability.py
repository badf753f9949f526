"""The definitional resources that the endpoints serve."""

import ast
import inspect
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from fhirpa import __version__
from fhirpa.fhir import structure
from fhirpa.fhir.codec import decode, encode
from fhirpa.pas import evidence_questionnaire
from fhirpa.pas.capability import load
from fhirpa.pas.codes import PAS, QUESTIONNAIRE, QUESTIONNAIRE_LOINC, SD, TOPIC
from fhirpa.pas.measure_names import is_known_measure
from fhirpa.pas.read import read_request
from fhirpa.pas.versions import V221, VERSIONS
from fhirpa.um.evidence import Evidence
from tests.pas.request_builder import Json, graph, with_support

ANSWERS: dict[str, Json] = {
    "date": {"valueDate": "2026-02-26"},
    "string": {"valueString": "words"},
    "text": {"valueString": "words"},
    "decimal": {"valueDecimal": Decimal("1.5")},
    "integer": {"valueInteger": 3},
    "boolean": {"valueBoolean": True},
}
versions = pytest.mark.parametrize("version", VERSIONS)


def statement(version: str, mode: str = "sandbox") -> Json:
    return load(version).capability_statement(f"https://payer.example/fhir/{version}", 12345, mode)


def served(version: str) -> Iterator[Json]:
    for kind in ("OperationDefinition", "Questionnaire", "Basic"):
        yield from load(version).search(kind, None)


@versions
def test_the_statement_says_which_guide_and_server_it_is_about(version: str) -> None:
    says = statement(version)
    assert (says["kind"], says["fhirVersion"]) == ("instance", "4.0.1")
    assert says["instantiates"] == [f"{PAS}/CapabilityStatement/IntermediaryCapabilities|{version}"]
    assert says["implementationGuide"] == [f"{PAS}/ImplementationGuide/hl7.fhir.us.davinci-pas|{version}"]
    assert says["implementation"]["url"] == f"https://payer.example/fhir/{version}"
    assert says["software"] == {"name": "fhirpa", "version": __version__}
    assert {"application/fhir+json", "application/fhir+xml"} <= set(says["format"])


@versions
@pytest.mark.parametrize("mode", ["sandbox", "strict"])
def test_the_statement_leaves_no_blank_and_states_the_limits(version: str, mode: str) -> None:
    text = encode(statement(version, mode), "json").decode()
    assert not re.search(r"\{\w+\}", text)
    assert "12345 bytes" in text
    assert "100 levels" in text


def test_the_statement_of_a_sandbox_warns_of_open_access() -> None:
    sandbox, strict = (statement("2.2.1", mode)["rest"][0]["security"] for mode in ("sandbox", "strict"))
    assert "made-up" in str(statement("2.2.1")["implementation"]["description"])
    assert sandbox["description"] != strict["description"]


def test_an_unknown_version_has_no_definitions() -> None:
    with pytest.raises(KeyError):
        load("../2.2.1")


@versions
def test_every_resource_is_valid_r4_in_both_formats(version: str) -> None:
    for resource in (statement(version), *served(version)):
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert structure.check(resource) == []
        assert decode(encode(resource, "xml"), "xml") == resource


@versions
@pytest.mark.parametrize(
    ("name", "code", "wanted", "given"),
    [
        ("Claim-submit", "submit", "request-bundle", "response-bundle"),
        ("Claim-inquiry", "inquire", "inquiry-request-bundle", "inquiry-response-bundle"),
    ],
)
def test_the_operations_have_the_profiles_of_the_guide(
    version: str, name: str, code: str, wanted: str, given: str
) -> None:
    operation = load(version).read("OperationDefinition", name)
    assert operation is not None
    assert (operation["code"], operation["version"]) == (code, version)
    assert operation["base"] == f"{PAS}/OperationDefinition/{name}|{version}"
    assert (operation["system"], operation["type"], operation["instance"]) == (False, True, False)
    into, out = operation["parameter"]
    assert (into["name"], into["use"], out["name"], out["use"]) == ("resource", "in", "return", "out")
    if version == "2.0.1":
        profiles = operation["inputProfile"], operation["outputProfile"]
        assert "targetProfile" not in into
    else:
        profiles = into["targetProfile"][0], out["targetProfile"][0]
        assert "inputProfile" not in operation
    assert [p.split("|")[0] for p in profiles] == [SD + "profile-pas-" + wanted, SD + "profile-pas-" + given]


def test_an_inquiry_answers_one_bundle_or_any_number_by_version() -> None:
    def cardinality(version: str) -> tuple[int, str]:
        operation = load(version).read("OperationDefinition", "Claim-inquiry") or {}
        out = operation["parameter"][1]
        return out["min"], out["max"]

    assert cardinality("2.0.1") == (1, "1")
    assert cardinality("2.2.1") == (0, "*")
    claim = {v: statement(v)["rest"][0]["resource"][0]["operation"][1]["documentation"] for v in VERSIONS}
    assert "one Bundle" in claim["2.0.1"]
    assert "Parameters resource with one Bundle" in claim["2.2.1"]


@versions
def test_the_topic_has_the_guides_address_trigger_and_filter(version: str) -> None:
    topic = load(version).read("Basic", "PASSubscriptionTopic")
    assert topic is not None
    by_name = {e["url"].rsplit(".", 1)[1]: e for e in topic["extension"]}
    assert by_name["url"]["valueUri"] == TOPIC
    assert by_name["version"]["valueString"] == version
    trigger = {e["url"]: e for e in by_name["eventTrigger"]["extension"]}
    assert trigger["event"]["valueCodeableConcept"]["coding"][0]["code"] == "result-available"
    filters = {e["url"]: e for e in by_name["canFilterBy"]["extension"]}
    assert filters["filterParameter"]["valueString"] == "orgIdentifier"
    assert ("notificationShape" in by_name) == (version == "2.2.1")


@versions
def test_a_resource_is_found_by_its_canonical_address(version: str) -> None:
    definitions = load(version)
    for resource in served(version):
        kind, url = resource["resourceType"], resource.get("url")
        assert definitions.read(kind, resource["id"]) == resource
        if url:
            assert definitions.search(kind, url) == [resource]
            assert definitions.search(kind, f"{url}|{resource['version']}") == [resource]
            assert definitions.search(kind, f"{url}|0") == []
    assert definitions.search("Questionnaire", "http://other.example/q") == []
    assert definitions.read("Questionnaire", "other") is None


def questionnaire() -> Json:
    found = load("2.2.1").read("Questionnaire", QUESTIONNAIRE.rsplit("/", 1)[1])
    assert found is not None
    return found


def questions(items: list[Json]) -> Iterator[Json]:
    for item in items:
        yield item
        yield from questions(item.get("item", []))


def link_ids_in_the_reader() -> set[str]:
    """The groups, and every linkId that the reader asks an answer for."""
    found = set(evidence_questionnaire._GROUPS)
    for node in ast.walk(ast.parse(inspect.getsource(evidence_questionnaire))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        asks = node.func.attr in ("first", "day", "number", "flag", "text")
        owner = node.func.value
        asks = asks or (
            node.func.attr == "get" and isinstance(owner, ast.Attribute) and owner.attr == "answers"
        )
        if asks and isinstance(node.args[0], ast.Constant):
            found.add(str(node.args[0].value))
    return found


def test_the_questionnaire_asks_what_the_reader_reads_and_nothing_else() -> None:
    asked = [q["linkId"] for q in questions(questionnaire()["item"])]
    assert len(asked) == len(set(asked))
    assert set(asked) == link_ids_in_the_reader()


def test_the_questionnaire_is_the_one_that_an_information_request_names() -> None:
    found = questionnaire()
    assert found["url"] == QUESTIONNAIRE
    assert [c["code"] for c in found["code"]] == [QUESTIONNAIRE_LOINC]


def test_every_offered_measure_is_one_that_we_have_an_id_for() -> None:
    (measure,) = (q for q in questions(questionnaire()["item"]) if q["linkId"] == "measure.name")
    assert all(is_known_measure(o["valueString"]) for o in measure["answerOption"])


def filled(items: list[Json], leave_out: str | None = None) -> list[Json]:
    """The items of a response with a typed answer to every question but one."""
    out: list[Json] = []
    for item in items:
        if item["linkId"] == leave_out:
            continue
        entry: Json = {"linkId": item["linkId"]}
        inner = filled(item.get("item", []), leave_out)
        if item["type"] == "group":
            entry["item"] = inner
        else:
            options = item.get("answerOption")
            answer: dict[str, Any] = dict(options[-1] if options else ANSWERS[item["type"]])
            entry["answer"] = [answer | ({"item": inner} if inner else {})]
        out.append(entry)
    return out


def evidence_of(items: list[Json]) -> Evidence:
    found = questionnaire()
    response: Json = {
        "resourceType": "QuestionnaireResponse",
        "id": "qr",
        "questionnaire": f"{found['url']}|{found['version']}",
        "status": "completed",
        "authored": "2026-02-27",
        "item": items,
    }
    return read_request(graph(with_support(response)), V221).evidence


@pytest.mark.parametrize(
    "link_id", [q["linkId"] for q in questions(questionnaire()["item"]) if q["type"] != "group"]
)
def test_an_answer_of_the_stated_type_becomes_a_fact(link_id: str) -> None:
    items = questionnaire()["item"]
    assert evidence_of(filled(items)) != evidence_of(filled(items, leave_out=link_id))


def test_every_offered_answer_is_understood() -> None:
    items = questionnaire()["item"]
    for question in questions(items):
        options = question.get("answerOption", [])
        without = evidence_of(filled(items, leave_out=question["linkId"]))
        readings = [
            evidence_of(_with_option(filled(items), question["linkId"], option)) for option in options
        ]
        assert all(r != without for r in readings), question["linkId"]
        assert len({repr(r) for r in readings}) == len(options), question["linkId"]


def _with_option(items: list[Json], link_id: str, option: Json) -> list[Json]:
    for item in items:
        if item["linkId"] == link_id:
            item["answer"] = [dict(option)]
        _with_option(item.get("item", []), link_id, option)
    return items

"""The definitional resources that the endpoints serve."""

import re
from collections.abc import Iterator

import pytest
from fhir.resources.R4B import get_fhir_model_class

from fhirpa import __version__
from fhirpa.fhir import structure
from fhirpa.fhir.codec import decode, encode
from fhirpa.pas.capability import Definitions, load
from fhirpa.pas.codes import PAS, SD, TOPIC
from fhirpa.pas.versions import VERSIONS
from tests.pas.forms import FORMS
from tests.pas.request_builder import Json

versions = pytest.mark.parametrize("version", VERSIONS)


def statement(version: str, mode: str = "sandbox") -> Json:
    return load(version).capability_statement(f"https://payer.example/fhir/{version}", 12345, mode)


def definitions(version: str) -> Definitions:
    return load(version).publishing(FORMS.resources())


def served(version: str) -> Iterator[Json]:
    for kind in ("OperationDefinition", "Questionnaire", "Basic"):
        yield from definitions(version).search(kind)


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
    known = definitions(version)
    for resource in served(version):
        kind, url = resource["resourceType"], resource.get("url")
        assert known.read(kind, resource["id"]) == resource
        if url:
            assert known.search(kind, {"url": url}) == [resource]
            assert known.search(kind, {"url": f"{url}|{resource['version']}"}) == [resource]
            assert known.search(kind, {"url": f"{url}|0"}) == []
    assert known.search("Questionnaire", {"url": "http://other.example/q"}) == []
    assert known.read("Questionnaire", "other") is None


def test_a_search_takes_every_parameter_and_a_comma_for_or() -> None:
    def found(**wanted: str) -> list[str]:
        names = {"id_": "_id"}
        asked = {names.get(k, k): v for k, v in wanted.items()}
        return [r["id"] for r in definitions("2.2.1").search("Questionnaire", asked)]

    lbp, neck = "therapy-documentation-lbp", "therapy-documentation-neck"
    assert found(id_=lbp) == found(name="therapydocumentationLBP") == [lbp]
    assert found(id_=f"{lbp},{neck}") == [lbp, neck]
    assert found(id_=lbp, version="1.1.0", status="http://hl7.org/fhir/publication-status|active") == [lbp]
    assert found(id_=lbp, version="9") == found(id_=lbp, status="draft") == []

"""What the CapabilityStatement lists works, and what works is listed."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from fhirpa.pas.capability import Definitions, load
from fhirpa.pas.versions import VERSIONS
from fhirpa.web import create_app, fhir_api
from tests.pas.forms import FORMS
from tests.web.fake_house import BUNDLE, FHIR_JSON, LIMIT, House

Capabilities = set[tuple[str, ...]]
versions = pytest.mark.parametrize("version", VERSIONS)


def definitions(version: str) -> Definitions:
    return load(version).publishing(FORMS.resources())


def app() -> Flask:
    return create_app(replace(House().use_cases(), definitions=definitions))


def statement(version: str) -> dict[str, Any]:
    answer = app().test_client().get(f"/fhir/{version}/metadata")
    found: dict[str, Any] = answer.json
    return found


def listed(version: str) -> Capabilities:
    found: Capabilities = {("metadata",)}
    (rest,) = statement(version)["rest"]
    for resource in rest["resource"]:
        kind = resource["type"]
        found |= {(kind, "$" + o["name"]) for o in resource.get("operation", [])}
        found |= {(kind, i["code"]) for i in resource.get("interaction", [])}
    return found


def routed(version: str) -> Capabilities:
    """The same, told from the routes. A route that this does not know makes the test fail."""
    found: Capabilities = set()
    for rule in app().url_map.iter_rules():
        if not rule.rule.startswith("/fhir/") or rule.endpoint == "fhir_canonical":
            continue  # what stands below no version is the address of a resource that is read there too
        assert version in rule._converters["version"].items  # type: ignore[attr-defined]
        tail = rule.rule.split(">", 1)[1].strip("/")
        kinds = getattr(rule._converters.get("kind"), "items", set())
        methods = set(rule.methods or ()) - {"HEAD", "OPTIONS"}
        if tail.endswith("<resource_id>/$validate"):
            continue  # a statement lists an operation once, for type and instance
        if tail.endswith("$validate"):
            found |= {(kind, "$validate") for kind in kinds}
        elif tail.endswith("_search"):
            found |= {(kind, "search-type") for kind in kinds}
        elif methods == {"POST"}:
            found.add(tuple(tail.split("/")))
        elif kinds:
            interaction = "read" if tail.endswith("<resource_id>") else "search-type"
            found |= {(kind, interaction) for kind in kinds}
        else:
            assert methods == {"GET"}
            found.add((tail,))
    return found


@versions
def test_the_statement_lists_exactly_what_is_routed(version: str) -> None:
    assert listed(version) == routed(version)


def test_every_version_that_is_known_is_served() -> None:
    assert set(fhir_api.VERSIONS) == set(VERSIONS)


@versions
def test_everything_that_is_listed_answers(version: str) -> None:
    client, base = app().test_client(), f"/fhir/{version}"
    for capability in listed(version):
        if capability[1:] == ("read",):
            ids = [r["id"] for r in definitions(version).search(capability[0])]
            assert ids
            answers = [client.get(f"{base}/{capability[0]}/{i}") for i in ids]
        elif capability[1:] == ("search-type",):
            answers = [client.get(f"{base}/{capability[0]}")]
            assert answers[0].json["total"] > 0
        elif capability[-1].startswith("$"):
            path = f"{base}/{'/'.join(capability)}"
            answers = [client.post(path, data=BUNDLE, headers=FHIR_JSON)]
        else:
            answers = [client.get(f"{base}/{capability[0]}")]
        assert [a.status_code for a in answers] == [200] * len(answers), capability


@versions
def test_every_listed_search_parameter_narrows(version: str) -> None:
    client = app().test_client()
    (rest,) = statement(version)["rest"]
    for resource in rest["resource"]:
        for parameter in resource.get("searchParam", []):
            path = f"/fhir/{version}/{resource['type']}"
            element = parameter["name"].removeprefix("_")
            value = client.get(path).json["entry"][-1]["resource"][element]
            found = client.get(path, query_string={parameter["name"]: value}).json
            assert {e["resource"][element] for e in found["entry"]} == {value}
            assert client.get(path, query_string={parameter["name"]: "urn:none"}).json["total"] == 0


@versions
def test_every_listed_format_is_answered(version: str) -> None:
    client = app().test_client()
    for media in statement(version)["format"]:
        answer = client.get(f"/fhir/{version}/metadata", query_string={"_format": media})
        assert answer.status_code == 200
        assert answer.content_type.split(";")[0].endswith(media.rsplit("+", 1)[-1])


@versions
def test_the_stated_size_is_the_limit_that_is_kept(version: str) -> None:
    assert f"{LIMIT} bytes" in str(statement(version))
    client, path = app().test_client(), f"/fhir/{version}/Claim/$submit"
    for size, status in ((LIMIT, 200), (LIMIT + 1, 413)):
        body = BUNDLE + b" " * (size - len(BUNDLE))
        assert client.post(path, data=body, headers=FHIR_JSON).status_code == status

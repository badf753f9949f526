"""What a pended answer asks for can be read, filled and sent back as answers."""

import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from fhirpa.fhir.codec import decode
from fhirpa.policies.build_questionnaire import build_questionnaires
from fhirpa.policies.load import load_rules
from fhirpa.policies.yaml_file import read_yaml
from fhirpa.um.questionnaire import Questionnaires
from fhirpa.um.rules import RuleSet
from fhirpa.web import create_app
from fhirpa.web.bind import bind
from fhirpa.workflow.services import Services
from tests.workflow.requests import Json, inquiry, request
from tests.workflow.services import ask, open_services, post

SDC_TEMP = "http://hl7.org/fhir/uv/sdc/CodeSystem/temp"
VERSIONS = pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
POLICIES = Path(str(files("fhirpa.policies")))


@pytest.fixture
def services(sqlite_template: Path, tmp_path: Path) -> Iterator[Services]:
    """On SQLite alone: nothing here depends on the database."""
    shutil.copy(sqlite_template, tmp_path / "test.db")
    opened = open_services(tmp_path)
    yield opened
    opened.close()


def without_answers(bundle: Json, *links: str) -> Json:
    """The request with these questions left open, and without documents that a person could read instead."""
    out = deepcopy(bundle)
    papers = [e for e in out["entry"] if e["resource"]["resourceType"] == "DocumentReference"]
    out["entry"] = [e for e in out["entry"] if e not in papers]
    named = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in papers}
    named |= {e["fullUrl"] for e in papers}
    claim = out["entry"][0]["resource"]
    claim["supportingInfo"] = [
        x for x in claim["supportingInfo"] if x.get("valueReference", {}).get("reference") not in named
    ]
    for entry in out["entry"]:
        if entry["resource"]["resourceType"] == "QuestionnaireResponse":
            entry["resource"]["item"] = list(_left(entry["resource"]["item"], links))
    return out


def _left(items: list[Json], links: tuple[str, ...]) -> list[Json]:
    kept = [
        {**i, "item": _left(i["item"], links)} if "item" in i else i
        for i in items
        if i["linkId"] not in links
    ]
    return [i for i in kept if "item" not in i or i["item"]]


def inputs(resource: Json) -> list[Json]:
    tasks = [e["resource"] for e in resource["entry"] if e["resource"]["resourceType"] == "Task"]
    return [i for task in tasks for i in task["input"]]


def asked(resource: Json) -> tuple[set[str], list[str]]:
    """Canonicals and link ids of the questions in the Tasks of an answer."""
    found = inputs(resource)
    links = [i["valueString"] for i in found if i["type"]["coding"][0]["code"] == "link-id"]
    return {i["valueCanonical"] for i in found if "valueCanonical" in i}, links


@VERSIONS
def test_a_pended_answer_names_the_questions_of_the_policys_questionnaire(
    services: Services, version: str
) -> None:
    bundle = without_answers(request("lbp-initial", version), "goal.target", "goal.target-date", "red-flags")
    status, response = post(services, bundle, version)
    assert status == 200
    canonicals, links = asked(response)
    (canonical,) = canonicals
    assert canonical == f"{services.settings.base_url}/fhir/Questionnaire/therapy-documentation-lbp|1.1.0"
    assert set(links) == {"goal.target", "goal.target-date", "red-flags"}
    asking = [
        e["resource"] for e in response["entry"] if e["resource"]["resourceType"] == "CommunicationRequest"
    ]
    notes = [n["text"] for a in asking for n in a["note"]]
    assert any(canonical in n and "red-flags" in n for n in notes)
    assert all(canonical in str(a["note"]) for a in asking)


@VERSIONS
def test_what_is_asked_for_is_read_searched_and_answered_with_success(
    services: Services, version: str
) -> None:
    bundle = without_answers(request("lbp-initial", version), "measure")
    _, response = post(services, bundle, version)
    (canonical,), links = asked(response)
    client = create_app(bind(services)).test_client()
    url, _, number = canonical.partition("|")
    base = f"/fhir/{version}/Questionnaire"
    found = client.get(base, query_string={"url": url, "version": number}).json
    (entry,) = found["entry"]
    form = entry["resource"]
    assert client.get(base, query_string={"url": canonical}).json["total"] == 1
    assert client.get(url.removeprefix(services.settings.base_url)).json == form
    assert client.get(f"{base}/{form['id']}").json == form
    xml = client.get(f"{base}/{form['id']}", headers={"Accept": "application/fhir+xml"})
    assert decode(xml.data, "xml")["item"] == decode(client.get(f"{base}/{form['id']}").data, "json")["item"]
    assert set(links) <= {i["linkId"] for i in _items(form)}
    assert {"measure.date", "measure.ODI"} <= set(links)

    answers = {
        "measure.date": {"valueDate": "2026-11-20"},
        "measure.ODI": {"valueQuantity": {"value": 44, "code": "%"}},
    }
    filled = request("lbp-initial", version, key="answered")
    filled = without_answers(filled, "measure")
    held = next(
        e["resource"] for e in filled["entry"] if e["resource"]["resourceType"] == "QuestionnaireResponse"
    )
    held["questionnaire"] = canonical
    told = [{"linkId": link, "answer": [answer]} for link, answer in answers.items()]
    held["item"].append({"linkId": "measures", "item": told})
    _, after = post(services, filled, version)
    assert asked(after) == (set(), [])


def _items(holder: Json) -> list[Json]:
    return [x for item in holder.get("item", []) for x in (item, *_items(item))]


def with_two_versions() -> RuleSet:
    """The packaged rules with a newer version of LBP, and the older one that asked for less."""
    rules = load_rules()
    lbp = rules.policies["LBP"]
    newer = {**rules.policies, "LBP": replace(lbp, version=2)}
    fewer = tuple(c for c in lbp.criteria if c.id != "C14")
    older = {**rules.policies, "LBP": replace(lbp, criteria=fewer)}
    content = {name: read_yaml(POLICIES / f"{name}.yaml") for name in ("questionnaire", "information")}
    forms = Questionnaires.merged(
        build_questionnaires(
            content["questionnaire"],
            content["information"],
            policies,
            rules.measures,
            rules.services.codes,
        )
        for policies in (older, newer)
    )
    return replace(rules, policies=newer, questionnaires=forms)


def test_an_old_version_of_a_questionnaire_stays_readable(tmp_path: Path) -> None:
    services = open_services(tmp_path, rules=with_two_versions())
    client = create_app(bind(services)).test_client()
    url = f"{services.settings.base_url}/fhir/Questionnaire/therapy-documentation-lbp"
    path = "/fhir/2.2.1/Questionnaire"
    both = client.get(path, query_string={"url": url}).json["entry"]
    assert {e["resource"]["version"] for e in both} == {"1.1.0", "2.1.0"}
    (old,) = client.get(path, query_string={"url": f"{url}|1.1.0"}).json["entry"]
    assert "red-flags" not in {i["linkId"] for i in old["resource"]["item"] if i.get("required")}
    assert client.get(f"{path}/{old['resource']['id']}").json == old["resource"]
    assert client.get(f"{path}/therapy-documentation-lbp").json["version"] == "2.1.0"
    services.close()


def test_a_wrong_answer_is_reported_by_validate_and_refuses_nothing(services: Services) -> None:
    bundle = request("lbp-initial")
    place, entry = next(
        (n, e)
        for n, e in enumerate(bundle["entry"])
        if e["resource"]["resourceType"] == "QuestionnaireResponse"
    )
    entry["resource"]["item"].append({"linkId": "nonsense", "answer": [{"valueBoolean": True}]})
    at = f"item[{len(entry['resource']['item']) - 1}].linkId"
    client = create_app(bind(services)).test_client()
    for body, path, where in (
        (bundle, "Bundle", f"Bundle.entry[{place}].resource.{at}"),
        (entry["resource"], "QuestionnaireResponse", f"QuestionnaireResponse.{at}"),
    ):
        told = client.post(
            f"/fhir/2.2.1/{path}/$validate", json=body, content_type="application/fhir+json"
        ).json
        (issue,) = (i for i in told["issue"] if "answers-link-unknown" in str(i))
        assert (issue["severity"], issue["expression"]) == ("warning", [where])
    status, _ = post(services, bundle)
    assert status == 200


def test_an_inquiry_names_the_same_questions(services: Services) -> None:
    bundle = without_answers(request("lbp-initial"), "red-flags")
    _, response = post(services, bundle)
    _, found = ask(services, inquiry(bundle))
    assert asked(found["parameter"][0]["resource"]) == asked(response)
    assert asked(response)[1] == ["red-flags"]

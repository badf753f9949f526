"""Rules that the guide states in prose only (profiles/rules): each broken once, and found where it is."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fhirpa.fhir.fhirpath import compile_expression
from fhirpa.validation import Validator, load_set

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
RULES: list[Json] = json.loads((ROOT / "profiles" / "rules" / "pas.json").read_text())["rules"]
KEYS = {row["key"] for row in RULES}
VALIDATORS = {v: Validator(load_set(f"pas-{v}")) for v in ("2.0.1", "2.2.1")}


def fixture(version: str = "2.2.1", name: str = "lbp-initial") -> Json:
    found: Json = json.loads((ROOT / "fixtures" / version / "json" / f"{name}.json").read_text())
    return found


def claim(bundle: Json) -> Json:
    found: Json = bundle["entry"][0]["resource"]
    return found


def said(bundle: Json, version: str = "2.2.1") -> list[tuple[str, str | None, str | None]]:
    """Severity, key and path of what the rules in prose say."""
    issues = VALIDATORS[version].validate(bundle).issues
    return [(f.severity, f.key, f.expression) for f in issues if f.key in KEYS]


def update() -> Json:
    """An update that changes nothing: the Claim, and the Claim that it updates as last entry."""
    bundle = fixture()
    prior = copy.deepcopy(bundle["entry"][0])
    prior["resource"]["id"] = "prior"
    prior["fullUrl"] = prior["fullUrl"].rpartition("/")[0] + "/prior"
    own = claim(bundle)
    own["meta"]["profile"] = [PAS + "profile-claim-update"]
    relationship = {
        "coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship", "code": "prior"}
        ]
    }
    own["related"] = [{"claim": {"reference": "Claim/prior"}, "relationship": relationship}]
    bundle["entry"].append(prior)
    return bundle


def flag(entry: Json, code: str) -> None:
    entry.setdefault("extension", []).append({"url": PAS + "extension-infoChanged", "valueCode": code})


def second_item(own: Json) -> Json:
    added: Json = {**copy.deepcopy(own["item"][0]), "sequence": 2}
    own["item"].append(added)
    return added


def cancel(entry: Json, certification: str) -> None:
    entry["modifierExtension"] = [{"url": PAS + "modifierextension-infoCancelled", "valueBoolean": True}]
    for extension in entry["extension"]:
        if extension["url"].endswith("certificationType"):
            extension["valueCodeableConcept"]["coding"][0]["code"] = certification


@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
def test_no_fixture_breaks_one_unless_it_is_bad(version: str) -> None:
    files = sorted((ROOT / "fixtures" / version / "json").glob("*.json"))
    good = [f for f in files if not f.stem.startswith("bad-")]
    assert len(good) > 40
    assert {f.stem: found for f in good if (found := said(json.loads(f.read_text()), version))} == {}


@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
@pytest.mark.parametrize("name", ["item", "careTeam", "diagnosis", "supportingInfo", "insurance"])
def test_a_sequence_stands_once(version: str, name: str) -> None:
    bundle = fixture(version)
    entries = claim(bundle)[name]
    entries.append(copy.deepcopy(entries[0]))
    assert ("error", "pas-sequence", "Bundle.entry[0].resource") in said(bundle, version)


@pytest.mark.parametrize("version", ["2.0.1", "2.2.1"])
@pytest.mark.parametrize("name", ["careTeam", "diagnosis", "procedure", "information"])
def test_an_item_names_only_sequences_that_are_there(version: str, name: str) -> None:
    bundle = fixture(version)
    claim(bundle)["item"][0][f"{name}Sequence"] = [99]
    assert said(bundle, version) == [("error", "pas-item-link", "Bundle.entry[0].resource.item[0]")]


@pytest.mark.parametrize(
    ("timing", "is_right"),
    [
        ({"repeat": {"count": 8}}, True),
        ({"repeat": {"frequency": 2, "period": 1, "periodUnit": "wk"}}, True),
        ({"extension": [{"url": PAS + "extension-timingcalendarpattern", "valueCodeableConcept": {"coding": [
            {"system": "https://codesystem.x12.org/005010/678", "code": "1"}]}}]}, True),
        ({"repeat": {"frequency": 2}}, False),
        ({"repeat": {"boundsDuration": {
            "value": 6, "unit": "wk", "system": "http://unitsofmeasure.org", "code": "wk"}}}, False),
    ],
)  # fmt: skip
def test_a_timing_says_how_often_or_when(timing: Json, is_right: bool) -> None:
    bundle = fixture()
    index, order = next(
        (n, e["resource"])
        for n, e in enumerate(bundle["entry"])
        if e["resource"]["resourceType"] == "ServiceRequest"
    )
    order.pop("occurrencePeriod", None)
    order["occurrenceTiming"] = timing
    place = f"Bundle.entry[{index}].resource.occurrence"
    assert said(bundle) == ([] if is_right else [("error", "prof-1", place)])


def test_a_quantity_has_a_unit_and_its_code_is_of_x12() -> None:
    bundle = fixture()
    place = "Bundle.entry[0].resource.item[0].quantity"
    claim(bundle)["item"][0]["quantity"] = {"value": 8}
    assert said(bundle) == [("error", "prof-2", place)]
    ucum = {"value": 8, "system": "http://unitsofmeasure.org", "code": "{visits}"}
    claim(bundle)["item"][0]["quantity"] = ucum
    assert said(bundle) == [("error", "prof-3", place)]
    claim(bundle)["item"][0]["quantity"] = {"value": 8, "unit": "visits"}
    assert said(bundle) == []


def test_the_claim_is_the_first_entry_in_2_0_1_too() -> None:
    bundle = fixture("2.0.1")
    bundle["entry"].append(bundle["entry"].pop(0))
    assert said(bundle, "2.0.1") == [("error", "spec-12", "Bundle")]


@pytest.mark.parametrize(
    ("url", "is_right"),
    [
        ("https://ehr.example/fhir/Condition/1", True),
        ("urn:uuid:0d2b7c3e-6f5a-4e0e-9f53-2f4f5b1f2a11", True),
        ("urn:uuid:not-a-uuid", False),
        ("https://ehr.example/fhir", False),
        ("ftp://ehr.example/Condition/1", False),
    ],
)
def test_a_full_url_is_an_address_or_a_uuid(url: str, is_right: bool) -> None:
    bundle = fixture()
    at = next(n for n, e in enumerate(bundle["entry"]) if e["resource"]["resourceType"] == "Condition")
    bundle["entry"][at]["fullUrl"] = url
    wrong = [x for x in said(bundle) if x[1] == "spec-16"]
    assert wrong == ([] if is_right else [("error", "spec-16", f"Bundle.entry[{at}]")])


def test_a_resource_that_nothing_leads_to_is_told() -> None:
    bundle = fixture()
    claim(bundle)["supportingInfo"] = [
        i for i in claim(bundle)["supportingInfo"] if "DocumentReference" not in json.dumps(i)
    ]
    at = len(bundle["entry"]) - 1
    assert bundle["entry"][at]["resource"]["resourceType"] == "DocumentReference"
    assert said(bundle) == [("warning", "spec-20", f"Bundle.entry[{at}].resource")]


def test_resources_that_only_lead_to_each_other_are_not_reached() -> None:
    bundle = fixture()
    for name, other in (("a", "b"), ("b", "a")):
        observation = {
            "resourceType": "Observation",
            "id": name,
            "status": "final",
            "code": {"text": "score"},
            "derivedFrom": [{"reference": f"Observation/{other}"}],
        }
        bundle["entry"].append(
            {"fullUrl": f"https://ehr.example/fhir/Observation/{name}", "resource": observation}
        )
    assert [key for _, key, _ in said(bundle)] == ["spec-20", "spec-20"]


def test_an_update_that_changes_nothing_breaks_no_rule() -> None:
    assert said(update()) == []


def test_an_update_holds_the_claim_that_it_updates() -> None:
    bundle = update()
    bundle["entry"].pop()
    assert said(bundle) == [("error", "prof-4", "Bundle.entry[0].resource.related[0].claim")]


def test_the_predecessor_of_the_predecessor_need_not_be_there() -> None:
    bundle = update()
    prior = bundle["entry"][-1]["resource"]
    prior["meta"] = {"profile": [PAS + "profile-claim-update"]}
    prior["related"] = copy.deepcopy(claim(bundle)["related"])
    prior["related"][0]["claim"] = {"reference": "Claim/older"}
    assert said(bundle) == []


@pytest.mark.parametrize(("name", "key"), [("item", "prof-5"), ("supportingInfo", "prof-6")])
def test_an_update_repeats_every_entry(name: str, key: str) -> None:
    bundle = update()
    prior = bundle["entry"][-1]["resource"]
    prior[name].append({**copy.deepcopy(prior[name][0]), "sequence": 9})
    assert said(bundle) == [("error", key, "Bundle.entry[0].resource")]


def test_who_cancels_the_whole_request_need_not_repeat_the_items() -> None:
    bundle = update()
    own = claim(bundle)
    cancelled = {"coding": [{"system": "https://codesystem.x12.org/005010/1322", "code": "3"}]}
    own.setdefault("extension", []).append(
        {"url": PAS + "extension-certificationType", "valueCodeableConcept": cancelled}
    )
    del own["supportingInfo"], own["item"]
    assert said(bundle) == []


def test_a_changed_entry_of_an_update_is_flagged() -> None:
    bundle = update()
    item = claim(bundle)["item"][0]
    item["quantity"]["value"] = 12
    assert said(bundle) == [("error", "prof-9", "Bundle.entry[0].resource.item[0]")]
    flag(item, "changed")
    assert said(bundle) == []


def test_an_added_entry_of_an_update_is_flagged() -> None:
    bundle = update()
    added = second_item(claim(bundle))
    assert said(bundle) == [("error", "prof-10", "Bundle.entry[0].resource.item[1]")]
    flag(added, "added")
    assert said(bundle) == []


def test_a_cancelled_item_has_certification_type_3() -> None:
    bundle = update()
    item = claim(bundle)["item"][0]
    cancel(item, "I")
    flag(item, "changed")
    assert said(bundle) == [("error", "prof-7", "Bundle.entry[0].resource.item[0]")]
    cancel(item, "3")
    assert said(bundle) == []


def broken(change: Callable[[Json], None]) -> Json:
    bundle = update()
    change(claim(bundle))
    return bundle


@pytest.mark.parametrize(
    "odd", [None, [], {}, "x", [None], [[]], [{"claim": "x"}], [{"claim": {"reference": 1}}]]
)
def test_a_malformed_predecessor_is_no_trouble(odd: Any) -> None:
    def change(own: Json) -> None:
        own["related"] = odd

    VALIDATORS["2.2.1"].validate(broken(change))


@pytest.mark.parametrize("odd", [None, "x", [None], [{"sequence": "1"}], [{"sequence": 1, "extension": {}}]])
def test_malformed_items_are_no_trouble(odd: Any) -> None:
    def change(own: Json) -> None:
        own["item"] = odd

    VALIDATORS["2.2.1"].validate(broken(change))


def test_every_rule_has_a_source_and_a_sentence_that_helps() -> None:
    for row in RULES:
        assert row["source"]
        assert len(row["text"]) > 40
        assert "check" in row or compile_expression(row["expression"])
        assert ("expression" in row) != ("check" in row)

"""The questionnaires that are served: valid for a DTR application, short enough for a therapist."""

from datetime import UTC, datetime
from functools import cache

import pytest

from fhirpa.pas.codes import QUESTIONNAIRE_LOINC
from fhirpa.pas.measure_names import is_known_measure
from fhirpa.pas.versions import VERSIONS
from fhirpa.um.questionnaire import AnswerKind
from fhirpa.validation import Validator, load_set
from tests.pas.forms import BASE, FORMS, Json, form

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MOST_QUESTIONS = 43


@cache
def validator(version: str) -> Validator:
    return Validator(load_set(f"pas-{version}"), lambda: NOW)


def items(holder: Json) -> list[Json]:
    return [x for item in holder.get("item", []) for x in (item, *items(item))]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_questionnaire_is_valid_by_r4_and_the_profile_of_dtr(version: str) -> None:
    for resource in FORMS.resources():
        assert validator(version).knows(resource["meta"]["profile"][0])
        faults = [i for i in validator(version).validate(resource).issues if i.severity != "information"]
        assert faults == [], resource["id"]


def test_every_questionnaire_has_an_address_below_the_server_and_its_policys_version() -> None:
    seen = set()
    for questionnaire, resource in zip(FORMS.questionnaires.all(), FORMS.resources(), strict=True):
        assert resource["url"] == f"{BASE}/fhir/Questionnaire/{resource['id']}"
        assert [c["code"] for c in resource["code"]] == [QUESTIONNAIRE_LOINC]
        assert FORMS.named(f"{resource['url']}|{resource['version']}") == questionnaire
        assert FORMS.named(resource["url"]) == questionnaire
        seen.add((resource["url"], resource["version"]))
    assert len(seen) == len(FORMS.resources())


def test_a_policys_questionnaire_is_short() -> None:
    for questionnaire in FORMS.questionnaires.of_policies:
        asked = [q for q in questionnaire.walk() if q.kind is not AnswerKind.GROUP]
        assert len(asked) <= MOST_QUESTIONS, questionnaire.policy_id


def test_link_ids_are_unique_and_conditions_name_questions_that_are_put_before() -> None:
    for resource in FORMS.resources():
        links = [i["linkId"] for i in items(resource)]
        assert len(links) == len(set(links))
        for place, item in enumerate(items(resource)):
            for condition in item.get("enableWhen", []):
                assert condition["question"] in links[:place]


def test_a_measure_is_asked_with_its_unit_range_code_and_side() -> None:
    (lbp,) = (r for r in FORMS.resources() if r["id"].endswith("-lbp"))
    odi = next(i for i in items(lbp) if i["linkId"] == "measure.ODI")
    assert odi["code"] == [{"system": "http://loinc.org", "code": "97909-6"}]
    told = {
        e["url"].rpartition("/")[2]: next(v for k, v in e.items() if k != "url") for e in odi["extension"]
    }
    assert told["questionnaire-unitOption"]["code"] == "%"
    assert [told[f"sdc-questionnaire-{x}Quantity"]["value"] for x in ("min", "max")] == [0, 100]
    links = [q.link for q in form("HAND").walk()]
    assert {"measure.GRIP.left", "measure.GRIP.right"} <= set(links)
    assert "measure.GRIP" not in links


def test_a_test_without_norms_at_the_ages_of_a_policy_is_not_asked_for() -> None:
    for questionnaire in FORMS.questionnaires.of_policies:
        links = {q.link for q in questionnaire.walk()}
        assert ("measure.BAYLEY-4" in links) <= str(questionnaire.policy_id).startswith("PED"), links


def test_an_answer_that_counts_has_its_score() -> None:
    (general,) = (r for r in FORMS.resources() if r["id"] == "therapy-documentation")
    stage = next(i for i in items(general) if i["linkId"] == "lymphedema.stage")
    scores = [o["valueCoding"]["extension"][0]["valueDecimal"] for o in stage["answerOption"]]
    assert scores == [0, 1, 2, 3]


def test_a_long_list_of_answers_is_contained() -> None:
    for resource in FORMS.resources():
        contained = {f"#{c['id']}": c for c in resource.get("contained", [])}
        named = {i["answerValueSet"] for i in items(resource) if "answerValueSet" in i}
        assert named == set(contained)
    general = FORMS.resources()[0]
    measures = next(c for c in general["contained"] if c["id"] == "measure-name")
    codes = [c["code"] for c in measures["compose"]["include"][0]["concept"]]
    assert codes
    assert all(map(is_known_measure, codes))

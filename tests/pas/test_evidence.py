"""Facts read from what was sent in support."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from fhirpa.pas.codes import CPT, ICD10CM, LOINC, NPI, QUESTIONNAIRE_ID
from fhirpa.pas.evidence import read_attached_evidence
from fhirpa.pas.read import read_request
from fhirpa.pas.versions import V201, V221
from fhirpa.um.evidence import Evidence, Goal, Source
from fhirpa.um.terms import Discipline
from tests.pas.request_builder import (
    THERAPIST_NPI,
    Json,
    bundle,
    cancelled,
    claim,
    concept,
    entry,
    ext,
    graph,
    ref,
    with_support,
)

HERE = "Bundle.entry[7].resource"


def read(of: Json) -> Evidence:
    evidence = read_request(graph(of), V221).evidence
    assert read_request(graph(of), V201).evidence == evidence
    return evidence


def supported(*resources: Json) -> Evidence:
    return read(with_support(*resources))


def answer(link: str, *values: Json, items: list[Json] | None = None) -> Json:
    out: Json = {"linkId": link}
    if values:
        out["answer"] = list(values)
    if items is not None:
        out["item"] = items
    return out


def response(*items: Json, **more: Any) -> Json:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": more.pop("id", "qr"),
        "questionnaire": f"https://payer.example/fhir/Questionnaire/{QUESTIONNAIRE_ID}|1.0.0",
        "status": "completed",
        "authored": "2026-02-27T10:00:00-06:00",
        "subject": ref("Patient/p1"),
        "item": list(items),
        **more,
    }


POC = answer(
    "poc",
    items=[
        answer("poc.date", {"valueDate": "2026-02-26"}),
        answer("poc.start", {"valueDate": "2026-03-02"}),
        answer("poc.end", {"valueDate": "2026-04-24"}),
        answer("poc.visits-per-week", {"valueDecimal": Decimal("1.5")}),
        answer("poc.weeks", {"valueInteger": 8}),
        answer("poc.signed", {"valueBoolean": True}),
        answer("poc.interventions", {"valueString": "gait"}, {"valueCoding": {"code": "97140"}}),
        answer("poc.home-programme", {"valueBoolean": False}),
    ],
)
GOALS = [
    answer(
        "goal",
        items=[
            answer("goal.text", {"valueString": "stairs"}),
            answer("goal.target-date", {"valueDate": "2026-04-24"}),
            answer("goal.status", {"valueCoding": {"code": "not_advanced"}}),
        ],
    ),
    answer("goal", items=[answer("goal.text", {"valueString": "walk 500 m"})]),
]
MEASURES = [
    answer(
        "measure",
        items=[
            answer("measure.name", {"valueString": "quick dash"}),
            answer("measure.score", {"valueDecimal": Decimal("45.5")}),
            answer("measure.date", {"valueDate": "2026-02-25"}),
            answer("measure.side", {"valueString": "Left"}),
        ],
    ),
    answer(
        "measure",
        items=[
            answer("measure.name", {"valueCoding": {"system": LOINC, "code": "97909-6"}}),
            answer("measure.score", {"valueQuantity": {"value": 38, "unit": "%"}}),
            answer("measure.sd", {"valueDecimal": Decimal("-1.7")}),
        ],
    ),
    answer("measure", items=[answer("measure.name", {"valueString": "no score"})]),
]


def test_a_questionnaire_response_is_read_whole() -> None:
    facts = supported(
        response(
            answer(
                "evaluation",
                items=[
                    answer("evaluation.date", {"valueDate": "2026-02-25"}),
                    answer("evaluation.discipline", {"valueCoding": {"code": "PT"}}),
                ],
            ),
            answer("onset.date", {"valueDate": "2026-01-10"}),
            answer(
                "surgery",
                items=[
                    answer("surgery.date", {"valueDate": "2026-01-20"}),
                    answer("surgery.procedure", {"valueString": "knee replacement"}),
                ],
            ),
            POC,
            *GOALS,
            *MEASURES,
            answer(
                "red-flags",
                {"valueBoolean": True, "item": [answer("red-flags.cleared", {"valueBoolean": True})]},
            ),
            answer(
                "order",
                items=[
                    answer("order.date", {"valueDate": "2026-02-01"}),
                    answer("order.npi", {"valueString": THERAPIST_NPI}),
                ],
            ),
            answer("visits.attended", {"valueDecimal": 9}),
            answer("visits.scheduled", {"valueInteger": 10}),
            answer("home.reason", {"valueString": "cannot leave home"}),
            answer("screening.date", {"valueDate": "2026-01-02"}),
            answer("setback", {"valueBoolean": False}),
        )
    )
    (evaluation,) = facts.evaluations
    assert (evaluation.day, evaluation.discipline) == (date(2026, 2, 25), Discipline.PT)
    assert evaluation.source.resource == "QuestionnaireResponse"
    assert evaluation.source.path == f"{HERE}.item[0]"
    assert evaluation.source.day == date(2026, 2, 27)
    assert facts.onset == date(2026, 1, 10)
    assert [(s.day, s.text) for s in facts.surgeries] == [(date(2026, 1, 20), "knee replacement")]
    (plan,) = facts.plans_of_care
    assert (plan.day, plan.start, plan.end) == (date(2026, 2, 26), date(2026, 3, 2), date(2026, 4, 24))
    assert (plan.visits_per_week, plan.weeks) == (Decimal("1.5"), 8)
    assert (plan.signed, plan.home_programme, plan.discharge_plan) == (True, False, None)
    assert plan.interventions == ("gait", "97140")
    assert [g.source and g.source.path for g in plan.goals] == [f"{HERE}.item[{n}]" for n in (4, 5)]
    assert [replace(g, source=None) for g in plan.goals] == [
        Goal(text="stairs", target_date=date(2026, 4, 24), status="not_advanced"),
        Goal(text="walk 500 m"),
    ]
    assert [(m.measure, m.score, m.day, m.sd_from_mean, m.side) for m in facts.measures] == [
        ("QUICKDASH", Decimal("45.5"), date(2026, 2, 25), None, "left"),
        ("ODI", 38, None, Decimal("-1.7"), None),
    ]
    assert (facts.red_flags, facts.red_flags_cleared) == (True, True)
    assert [(o.day, o.ordering_npi) for o in facts.orders] == [(date(2026, 2, 1), THERAPIST_NPI)]
    assert (facts.visits_attended, facts.visits_scheduled) == (9, 10)
    assert facts.setting_reason == "cannot leave home"
    assert (facts.screening_date, facts.regression_or_setback) == (date(2026, 1, 2), False)
    assert [d.loinc for d in facts.documents] == ["102089-0"]


def test_an_empty_response_leaves_everything_unknown() -> None:
    facts = supported(response())
    assert facts.red_flags is None
    assert facts.onset is None
    assert facts.plans_of_care == facts.evaluations == facts.measures == ()


def test_answers_without_their_group_are_read_as_one_group() -> None:
    facts = supported(response(answer("poc.date", {"valueDate": "2026-02-26"}), *GOALS))
    (plan,) = facts.plans_of_care
    assert plan.day == date(2026, 2, 26)
    assert len(plan.goals) == 2


def test_groups_inside_other_groups_are_found() -> None:
    facts = supported(response(answer("page-1", items=[answer("section", items=[POC])])))
    assert facts.plans_of_care[0].weeks == 8


def test_another_questionnaire_is_a_document_only() -> None:
    facts = supported(response(POC, questionnaire="http://other.example/Questionnaire/q"))
    assert facts.plans_of_care == ()
    assert len(facts.documents) == 1


def test_of_two_responses_the_later_one_stands() -> None:
    later = response(answer("setback", {"valueBoolean": True}), id="late", authored="2026-02-28")
    early = response(answer("setback", {"valueBoolean": False}), id="early", authored="2026-01-28")
    assert supported(later, early).regression_or_setback is True
    assert supported(early, later).regression_or_setback is True


def observation(**more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "effectiveDateTime": "2026-02-25T23:00:00-06:00",
        "subject": ref("Patient/p1"),
        **more,
    }


@pytest.mark.parametrize(
    ("more", "measure", "score"),
    [
        ({"code": concept(LOINC, "97909-6"), "valueQuantity": {"value": 42}}, "ODI", 42),
        ({"code": concept(LOINC, "89423-8"), "valueInteger": 14}, "TUG", 14),
        ({"code": {"text": "Mini BESTest"}, "valueString": "19"}, "MINI-BESTEST", 19),
        ({"code": concept("urn:local", "lefs"), "valueInteger": 40}, "LEFS", 40),
        (
            {"code": concept(LOINC, "72514-3"), "valueCodeableConcept": {"text": "7"}},
            "NPRS",
            7,
        ),
        ({"code": {"text": "stair  test"}, "valueQuantity": {"value": 3}}, "STAIR TEST", 3),
    ],
)
def test_an_observation_is_a_measure_score(more: Json, measure: str, score: int) -> None:
    (found,) = supported(observation(**more)).measures
    assert (found.measure, found.score, found.day) == (measure, score, date(2026, 2, 25))
    assert found.source.path == HERE


def test_components_are_measure_scores_too() -> None:
    parts = [
        {"code": {"text": "KOOS"}, "valueQuantity": {"value": 55}},
        {"code": {"text": "HOOS"}, "valueInteger": 60},
    ]
    found = supported(
        observation(
            code={"text": "panel"}, component=parts, bodySite=concept("http://snomed.info/sct", "7771000")
        )
    ).measures
    assert [(m.measure, m.score, m.side) for m in found] == [("KOOS", 55, "left"), ("HOOS", 60, "left")]
    assert found[1].source.path == f"{HERE}.component[1]"


@pytest.mark.parametrize(
    "more",
    [
        {"code": {"text": "ODI"}},
        {"code": {"text": "ODI"}, "valueString": "bad"},
        {"code": {"text": "ODI"}, "valueInteger": 4, "status": "entered-in-error"},
        {"code": {"text": "ODI"}, "valueInteger": 4, "subject": ref("Patient/p2")},
        {"code": {"text": "ODI"}, "valueInteger": 4, "modifierExtension": [{"url": "urn:not"}]},
        {
            "code": {"text": "Body weight"},
            "valueInteger": 80,
            "category": [concept("urn:c", "vital-signs")],
        },
    ],
)
def test_an_observation_that_says_nothing_usable_is_left_out(more: Json) -> None:
    stranger = {"resourceType": "Patient", "id": "p2"}
    whole = with_support(observation(**more))
    whole["entry"].append(entry(stranger))
    assert read(whole).measures == ()


def test_a_report_leads_to_its_results_and_a_bundle_to_its_entries() -> None:
    report = {"resourceType": "DiagnosticReport", "id": "r", "result": [ref("Observation/o")]}
    whole = with_support(report)
    whole["entry"].append(entry(observation(code={"text": "ODI"}, valueInteger=40)))
    assert [m.score for m in read(whole).measures] == [40]
    package = {"resourceType": "Bundle", "id": "b", "type": "collection", "entry": [entry(response(POC))]}
    plan = supported(package).plans_of_care[0]
    assert plan.source.path == f"{HERE}.entry[0].resource.item[0]"


def test_what_the_claim_does_not_point_at_is_no_evidence() -> None:
    assert read(bundle(observation(code={"text": "ODI"}, valueInteger=40))).measures == ()


def test_cancelled_supporting_information_is_no_evidence() -> None:
    whole = with_support(observation(code={"text": "ODI"}, valueInteger=40))
    whole["entry"][0]["resource"]["supportingInfo"][0]["modifierExtension"] = [cancelled()]
    assert read(whole).measures == ()


def test_a_condition_gives_the_claims_diagnosis_its_onset() -> None:
    same = {
        "resourceType": "Condition",
        "id": "c",
        "code": concept(ICD10CM, "M54.50"),
        "onsetDateTime": "2026-01-05",
    }
    other = {
        "resourceType": "Condition",
        "id": "d",
        "code": concept(ICD10CM, "R26.89"),
        "recordedDate": "2026-02-02",
    }
    facts = read(bundle(same, other))
    assert [(d.code, d.onset, d.principal) for d in facts.diagnoses] == [
        ("M5450", date(2026, 1, 5), True),
        ("R2689", None, False),
    ]
    assert facts.diagnoses[0].source.day == date(2026, 2, 20)
    assert facts.diagnoses[1].source.day == date(2026, 2, 2)
    assert facts.onset == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (concept(CPT, "27447"), [("27447", date(2026, 1, 20))]),
        (concept("http://hl7.org/fhir/sid/icd-10-pcs", "0SRC0J9"), [("0SRC0J9", date(2026, 1, 20))]),
        ({"text": "Total knee replacement"}, [(None, date(2026, 1, 20))]),
        (concept(CPT, "97110"), []),
        (concept("http://hl7.org/fhir/sid/icd-10-pcs", "F07Z9ZZ"), []),
        ({}, []),
    ],
)
def test_a_procedure_is_a_surgery_unless_its_code_says_otherwise(code: Json, expected: list[Any]) -> None:
    done = {
        "resourceType": "Procedure",
        "id": "s",
        "status": "completed",
        "code": code,
        "performedPeriod": {"start": "2026-01-20T08:00:00Z"},
    }
    assert [(s.code, s.day) for s in read(bundle(done)).surgeries] == expected
    assert read(bundle({**done, "status": "not-done"})).surgeries == ()


def document(loinc: str, **more: Any) -> Json:
    return {
        "resourceType": "DocumentReference",
        "id": "doc",
        "status": "current",
        "type": concept(LOINC, loinc),
        "date": "2026-02-27T09:00:00Z",
        "content": [{"attachment": {"contentType": "application/pdf", "title": "scan"}}],
        **more,
    }


def test_an_attached_plan_of_care_is_a_document_and_nothing_more() -> None:
    facts = supported(document("18776-5", context={"period": {"start": "2026-02-20T09:00:00Z"}}))
    (only,) = facts.documents
    assert (only.loinc, only.content_type, only.title) == ("18776-5", "application/pdf", "scan")
    assert only.day == date(2026, 2, 20)
    assert facts.plans_of_care == ()


def test_deprecated_document_codes_are_read_as_their_successors() -> None:
    assert supported(document("11495-9")).documents[0].loinc == "18735-1"


def test_an_order_document_is_an_order_by_its_author() -> None:
    facts = supported(document("57154-7", author=[ref("PractitionerRole/role")]))
    assert [(o.day, o.ordering_npi) for o in facts.orders] == [(date(2026, 2, 27), THERAPIST_NPI)]


@pytest.mark.parametrize(
    ("requester", "expected"),
    [
        (ref("Practitioner/pt"), THERAPIST_NPI),
        ({"identifier": {"system": NPI, "value": "1"}}, "1"),
        (ref("Practitioner/gone"), None),
    ],
)
def test_the_requested_service_is_an_order(requester: Json, expected: str | None) -> None:
    order = {
        "resourceType": "ServiceRequest",
        "id": "sr",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-02-10",
        "requester": requester,
    }
    asking = claim()
    asking["item"][0]["extension"].append(
        ext("extension-requestedService", valueReference=ref("ServiceRequest/sr"))
    )
    facts = read(bundle(order, of=asking))
    assert [(o.day, o.ordering_npi) for o in facts.orders] == [(date(2026, 2, 10), expected)]
    assert read(bundle({**order, "intent": "plan"}, of=asking)).orders == ()


def test_a_care_plan_is_a_plan_of_care_with_its_goals() -> None:
    goal = {
        "resourceType": "Goal",
        "id": "g",
        "description": {"text": "walk"},
        "target": [{"detailQuantity": {"value": 500, "unit": "m"}, "dueDate": "2026-05-01"}],
        "achievementStatus": concept("http://terminology.hl7.org/CodeSystem/goal-achievement", "improving"),
    }
    timing = {
        "repeat": {
            "frequency": 2,
            "period": 1,
            "periodUnit": "wk",
            "boundsDuration": {"value": 6, "code": "wk"},
        }
    }
    plan = {
        "resourceType": "CarePlan",
        "id": "cp",
        "status": "active",
        "created": "2026-02-26",
        "period": {"start": "2026-03-02", "end": "2026-04-12"},
        "goal": [ref("Goal/g")],
        "activity": [{"detail": {"code": {"text": "gait training"}, "scheduledTiming": timing}}],
    }
    whole = with_support(plan)
    whole["entry"].append(entry(goal))
    (found,) = read(whole).plans_of_care
    assert (found.day, found.start, found.end) == (date(2026, 2, 26), date(2026, 3, 2), date(2026, 4, 12))
    assert (found.visits_per_week, found.weeks) == (2, 6)
    assert (found.interventions, found.signed) == (("gait training",), None)
    at = Source("Goal", "Bundle.entry[8].resource")
    assert found.goals == (
        Goal(text="walk", target="500 m", target_date=date(2026, 5, 1), status="advanced", source=at),
    )
    loose = supported(goal).plans_of_care
    assert [replace(g, source=at) for p in loose for g in p.goals] == list(found.goals)


def test_additional_information_without_a_claim_is_read() -> None:
    whole = {"resourceType": "Bundle", "type": "collection", "entry": [entry(response(POC, *MEASURES))]}
    facts = read_attached_evidence(graph(whole), V221)
    assert facts.plans_of_care[0].weeks == 8
    assert [m.measure for m in facts.measures] == ["QUICKDASH", "ODI"]

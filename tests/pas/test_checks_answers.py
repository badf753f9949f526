"""Answers held against the questionnaire that they answer: every fault a warning at its place."""

from typing import Any

import pytest

from fhirpa.pas.checks_answers import KEYS, check_response
from tests.pas.forms import BASE, FORMS, Json, answered, form, response

QUESTIONNAIRES = [q.policy_id for q in FORMS.questionnaires.all()]


def found(of: Json) -> list[tuple[str, str]]:
    issues = check_response(of, FORMS)
    assert all(i.severity == "warning" for i in issues)
    assert all(i.key in KEYS for i in issues)
    return [(i.key or "", (i.expression or "").removeprefix("QuestionnaireResponse.")) for i in issues]


def item(link: str, *answers: Json, **more: Any) -> Json:
    return {"linkId": link, **({"answer": list(answers)} if answers else {}), **more}


def draft(*items: Json) -> Json:
    return response(list(items), "LBP", status="in-progress")


@pytest.mark.parametrize("policy_id", QUESTIONNAIRES)
def test_a_response_that_answers_every_question_that_is_put_has_no_fault(policy_id: str | None) -> None:
    first_request = [x for x in answered(form(policy_id).questions) if _is_put_first(policy_id, x)]
    for held in first_request:
        if held["linkId"] == "request.renewal":
            held["answer"] = [{"valueBoolean": False}]
        held["item"] = [x for x in held.get("item", []) if _is_put_first(policy_id, x)]
    assert found(response(first_request, policy_id)) == []


def _is_put_first(policy_id: str | None, of: Json) -> bool:
    question = next(q for q in form(policy_id).walk() if q.link == of["linkId"])
    return question.when is None or question.when.link != "request.renewal" or not question.when.answer


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        ([item("nonsense", {"valueBoolean": True})], ("answers-link-unknown", "item[0].linkId")),
        (
            [item("page", item=[item("poc", item=[item("strange", {"valueString": "x"})])])],
            ("answers-link-unknown", "item[0].item[0].item[0].linkId"),
        ),
        (
            [item("poc", item=[item("goal.text", {"valueString": "x"})])],
            ("answers-place", "item[0].item[0].linkId"),
        ),
        ([item("poc", {"valueString": "x"})], ("answers-shape", "item[0].answer")),
        (
            [
                item(
                    "red-flags",
                    {"valueBoolean": True},
                    item=[item("red-flags.cleared", {"valueBoolean": True})],
                )
            ],
            ("answers-shape", "item[0].item"),
        ),
        ([item("red-flags", {"valueString": "no"})], ("answers-type", "item[0].answer[0].value")),
        (
            [item("measures", item=[item("measure.date", {"valueDateTime": "2026-01-01"})])],
            ("answers-type", "item[0].item[0].answer[0].value"),
        ),
        (
            [item("red-flags", {"valueBoolean": True}, {"valueBoolean": False})],
            ("answers-repeated", "item[0].answer"),
        ),
        ([item("poc"), item("poc")], ("answers-repeated", "item[1]")),
        (
            [
                item("evaluation", item=[item("evaluation.discipline", {"valueCoding": {"code": "XX"}})]),
                item("request.renewal", {"valueBoolean": False}),
            ],
            ("answers-option", "item[0].item[0].answer[0].value"),
        ),
        (
            [item("measures", item=[item("measure.ODI", {"valueQuantity": {"value": 101, "code": "%"}})])],
            ("answers-range", "item[0].item[0].answer[0].value"),
        ),
        (
            [item("order", item=[item("order.npi", {"valueString": "12345678901"})])],
            ("answers-length", "item[0].item[0].answer[0].value"),
        ),
        ([item("setback", {"valueBoolean": True})], ("answers-disabled", "item[0]")),
    ],
)
def test_a_fault_is_a_warning_at_its_place(items: list[Json], fault: tuple[str, str]) -> None:
    assert fault in found(draft(*items))


def test_what_a_completed_response_leaves_out_is_told_and_a_draft_may_leave_out_anything() -> None:
    plan = item("poc", item=[item("poc.weeks", {"valueInteger": 6})])
    told = found(response([plan, item("red-flags")], "LBP"))
    assert ("answers-required", "item[0].item") in told  # visits a week, interventions
    assert ("answers-required", "item[1].answer") in told
    assert ("answers-required", "item") in told
    assert found(draft(plan)) == []


def test_a_question_behind_a_condition_is_required_only_where_it_is_put() -> None:
    def missing(**flags: bool) -> bool:
        items = [item(k.replace("_", "."), {"valueBoolean": v}) for k, v in flags.items()]
        texts = [i.text for i in check_response(response(items, "LBP"), FORMS)]
        return any("'visits.attended' must" in t for t in texts)

    assert missing(request_renewal=True)
    assert not missing(request_renewal=False)
    assert not missing()


def test_a_coding_without_a_system_is_taken_at_its_word_and_a_foreign_one_is_not() -> None:
    def faults(coding: Json) -> list[tuple[str, str]]:
        group = item("evaluation", item=[item("evaluation.discipline", {"valueCoding": coding})])
        return found(response([group], status="in-progress"))

    assert faults({"code": "PT"}) == []
    assert [k for k, _ in faults({"system": "http://other", "code": "PT"})] == ["answers-option"]


def test_a_version_that_never_was_is_told_and_another_payers_form_is_not_ours() -> None:
    canonical = f"{BASE}/fhir/Questionnaire/therapy-documentation-lbp"
    unknown = found(response([], status="in-progress", questionnaire=f"{canonical}|7.0.0"))
    assert unknown == [("answers-version", "questionnaire")]
    nonsense = [item("nonsense", {"valueBoolean": True})]
    assert found(response(nonsense, questionnaire="http://other.example/Questionnaire/q")) == []
    assert found(response(nonsense, "LBP", status="entered-in-error")) == []


def test_nesting_without_end_and_things_that_are_no_items_break_nothing() -> None:
    deep: Json = item("red-flags", {"valueBoolean": True})
    for _ in range(200):
        deep = item("box", item=[deep, "no item", None])
    assert found(response([deep], "LBP", status="in-progress"))

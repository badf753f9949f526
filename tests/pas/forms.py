"""The questionnaires of the policies for tests, and answers to them."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from fhirpa.pas.questionnaire import Forms, system_of
from fhirpa.policies.load import load_rules
from fhirpa.um.questionnaire import AnswerKind, Question, Questionnaire

Json = dict[str, Any]
BASE: Final = "https://payer.example"
FORMS: Final = Forms(BASE, load_rules().questionnaires)
DAY: Final = date(2026, 2, 26)


def form(policy_id: str | None = None) -> Questionnaire:
    """The newest questionnaire of a policy, or the general one."""
    found = FORMS.questionnaires.of(policy_id) if policy_id else FORMS.questionnaires.general
    assert found is not None
    return found


def plain_answer(question: Question) -> Json:
    """An answer of the type that is asked for, within what is offered."""
    number = question.highest if question.highest is not None else Decimal(3)
    if question.options:
        option = question.options[-1]
        return {"valueCoding": {"system": system_of(option), "code": option.code, "display": option.label}}
    answers: dict[AnswerKind, Json] = {
        AnswerKind.BOOLEAN: {"valueBoolean": True},
        AnswerKind.DATE: {"valueDate": DAY.isoformat()},
        AnswerKind.DECIMAL: {"valueDecimal": number},
        AnswerKind.INTEGER: {"valueInteger": int(number)},
        AnswerKind.QUANTITY: {"valueQuantity": {"value": number, "code": next(iter(question.units), "")}},
        AnswerKind.STRING: {"valueString": "words"},
        AnswerKind.TEXT: {"valueString": "words"},
    }
    return answers[question.kind]


def answered(questions: Iterable[Question], leave_out: str | None = None) -> list[Json]:
    """Items of a response with an answer to every question but one."""
    return list(_answered(questions, leave_out))


def _answered(questions: Iterable[Question], leave_out: str | None) -> Iterator[Json]:
    for question in questions:
        if question.link == leave_out:
            continue
        inner = answered(question.questions, leave_out)
        more = {"item": inner} if inner else {}
        if question.kind is AnswerKind.GROUP:
            yield {"linkId": question.link, **more}
        else:
            yield {"linkId": question.link, "answer": [{**plain_answer(question), **more}]}


def response(items: list[Json], policy_id: str | None = None, **more: Any) -> Json:
    """A completed response to a questionnaire, by canonical and version."""
    name = f"therapy-documentation-{policy_id.lower()}" if policy_id else "therapy-documentation"
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "qr",
        "questionnaire": f"{BASE}/fhir/Questionnaire/{name}|{form(policy_id).version}",
        "status": "completed",
        "authored": "2026-02-27",
        "item": items,
        **more,
    }

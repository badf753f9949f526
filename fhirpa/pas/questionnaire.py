"""A documentation questionnaire as a FHIR Questionnaire that a DTR application can fill.

http://hl7.org/fhir/us/davinci-dtr StructureDefinition/dtr-std-questionnaire; http://hl7.org/fhir/R4
questionnaire.html. The rule sdc-2 of SDC 4 asks for the algorithm by which versions are compared.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from html import escape
from typing import Any

from fhirpa.pas.access import Json
from fhirpa.pas.codes import (
    ANSWERS,
    BASE,
    LOINC,
    QUESTIONNAIRE,
    QUESTIONNAIRE_LOINC,
    QUESTIONNAIRE_PROFILE,
    UCUM,
    VERSION_ALGORITHM,
)
from fhirpa.pas.write_values import filled
from fhirpa.um.questionnaire import AnswerKind, Question, Questionnaire

_XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def canonical(form: Questionnaire) -> str:
    """The address with version by which a questionnaire is named: `…/therapy-documentation-lbp|1.1.0`."""
    return f"{_url(form)}|{form.version}"


def questionnaire(form: Questionnaire) -> Json:
    """The Questionnaire resource."""
    return filled(
        {
            "resourceType": "Questionnaire",
            "id": _url(form).rpartition("/")[2],
            "meta": {"profile": [QUESTIONNAIRE_PROFILE]},
            "text": {"status": "generated", "div": _narrative(form)},
            "extension": [
                {
                    "url": VERSION_ALGORITHM,
                    "valueCoding": {"system": "http://hl7.org/fhir/version-algorithm", "code": "semver"},
                }
            ],
            "url": _url(form),
            "version": form.version,
            "name": "TherapyDocumentation" + "".join(map(str.capitalize, re.split(r"\W", form.id))),
            "title": form.title,
            "status": "active",
            "experimental": False,
            "subjectType": ["Patient"],
            "date": form.effective.isoformat(),
            "publisher": "fhirpa",
            "description": form.purpose,
            "effectivePeriod": {"start": form.effective.isoformat()},
            "code": [{"system": LOINC, "code": QUESTIONNAIRE_LOINC}],
            "item": [_item(q) for q in form.questions],
        }
    )


def _url(form: Questionnaire) -> str:
    return f"{QUESTIONNAIRE}-{form.id}" if form.id else QUESTIONNAIRE


def _item(question: Question) -> Json:
    return filled(
        {
            "extension": list(_extensions(question)),
            "linkId": question.link,
            "code": [{"system": LOINC, "code": question.loinc}] if question.loinc else [],
            "text": question.text,
            "type": question.kind.value,
            "enableWhen": _enable_when(question),
            "required": question.required or None,
            "repeats": question.repeats or None,
            "maxLength": question.longest,
            "answerOption": [
                {"valueCoding": {"system": ANSWERS, "code": o.code, "display": o.label}}
                for o in question.options
            ],
            "initial": [{"valueBoolean": question.initial}] if question.initial is not None else [],
            "item": [_item(q) for q in question.questions],
        }
    )


def _enable_when(question: Question) -> list[Json]:
    if question.when is None:
        return []
    return [{"question": question.when.link, "operator": "=", "answerBoolean": question.when.answer}]


def _extensions(question: Question) -> Iterator[Json]:
    for name, limit in (("minValue", question.lowest), ("maxValue", question.highest)):
        if limit is not None:
            yield {"url": BASE + name, **_number(question, limit)}
    if question.unit:
        coding = {"system": UCUM, "code": question.unit}
        yield {"url": BASE + "questionnaire-unit", "valueCoding": coding}


def _number(question: Question, value: Decimal) -> dict[str, Any]:
    whole = question.kind is AnswerKind.INTEGER
    return {"valueInteger": int(value)} if whole else {"valueDecimal": value}


def _narrative(form: Questionnaire) -> str:
    """The questions in words: a DTR questionnaire has a narrative."""
    listed = "".join(map(_told, form.questions))
    return f"<div {_XHTML}><p>{escape(form.title)}</p><p>{escape(form.purpose)}</p><ul>{listed}</ul></div>"


def _told(question: Question) -> str:
    inner = "".join(map(_told, question.questions))
    return f"<li>{escape(question.text)}{f'<ul>{inner}</ul>' if inner else ''}</li>"

"""The documentation questionnaires as FHIR Questionnaires that a DTR application can fill.

http://hl7.org/fhir/us/davinci-dtr StructureDefinition/dtr-std-questionnaire; http://hl7.org/fhir/R4
questionnaire.html. The rule sdc-2 of SDC 4 asks for the algorithm by which versions are compared.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from fhirpa.pas.access import Json
from fhirpa.pas.answered_form import form_name
from fhirpa.pas.codes import (
    ANSWERS,
    BASE,
    CPT,
    HCPCS,
    LOINC,
    QUESTIONNAIRE_ID,
    QUESTIONNAIRE_LOINC,
    QUESTIONNAIRE_PROFILE,
    SDC,
    UCUM,
    VERSION_ALGORITHM,
)
from fhirpa.pas.write_values import filled
from fhirpa.um.questionnaire import AnswerKind, Option, Question, Questionnaire, Questionnaires

_XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'
_INLINE = 12  # a longer list of answers is a contained value set


@dataclass(frozen=True, slots=True)
class Forms:
    """The questionnaires as they are published below one public address (no trailing slash)."""

    base_url: str
    questionnaires: Questionnaires

    def resources(self) -> tuple[Json, ...]:
        """Every version of every Questionnaire; an older one has its version in its id."""
        known = self.questionnaires
        return tuple(questionnaire(q, self.base_url, older=not known.is_newest(q)) for q in known.all())

    def asking(self, policy_id: str | None, links: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
        """Canonical with version, and the link ids there, by which these questions are asked; or None."""
        found = self.questionnaires.asking(policy_id, links)
        if found is None:
            return None
        form, own = found
        return f"{canonical(form, self.base_url)}|{form.version}", own

    def named(self, reference: str) -> Questionnaire | None:
        """The questionnaire of a canonical, with or without |version, below whichever address.

        None if it is none of ours, or its version is none of those that are kept.
        """
        name, version = form_name(reference), reference.partition("|")[2]
        known = self.questionnaires
        found = [q for q in known.all() if _name(q) == name]
        return next((q for q in found if (q.version == version if version else known.is_newest(q))), None)


def canonical(form: Questionnaire, base_url: str) -> str:
    """The address without version: the same for all versions, and for both versions of the guide."""
    return f"{base_url}/fhir/Questionnaire/{_name(form)}"


def questionnaire(form: Questionnaire, base_url: str, *, older: bool = False) -> Json:
    """The Questionnaire resource; with `older`, its version is part of the id."""
    mark = "-" + form.version.replace(".", "-") if older else ""
    return filled(
        {
            "resourceType": "Questionnaire",
            "id": _name(form) + mark,
            "meta": {"profile": [QUESTIONNAIRE_PROFILE]},
            "text": {"status": "generated", "div": _narrative(form)},
            "contained": [_value_set(q, base_url) for q in form.walk() if len(q.options) > _INLINE],
            "extension": [
                {
                    "url": VERSION_ALGORITHM,
                    "valueCoding": {"system": "http://hl7.org/fhir/version-algorithm", "code": "semver"},
                }
            ],
            "url": canonical(form, base_url),
            "version": form.version,
            "name": "TherapyDocumentation" + "".join(w.capitalize() for w in _words(form)),
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


def _words(form: Questionnaire) -> list[str]:
    return re.split(r"\W", form.policy_id or "")


def _name(form: Questionnaire) -> str:
    return f"{QUESTIONNAIRE_ID}-{form.policy_id.lower()}" if form.policy_id else QUESTIONNAIRE_ID


def _item(question: Question) -> Json:
    inline = len(question.options) <= _INLINE
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
            "answerValueSet": None if inline else f"#{_set_id(question)}",
            "answerOption": [_answer_option(o) for o in question.options] if inline else [],
            "initial": [{"valueBoolean": question.initial}] if question.initial is not None else [],
            "item": [_item(q) for q in question.questions],
        }
    )


def _answer_option(option: Option) -> Json:
    return {"valueCoding": {**_scored(option), "system": system_of(option), **_concept(option)}}


def system_of(option: Option) -> str:
    """The code system of an answer: our own, CPT for five digits, HCPCS level II for a letter first."""
    if not option.is_procedure:
        return ANSWERS
    return HCPCS if option.code[0].isalpha() else CPT


def _concept(option: Option) -> Json:
    return {"code": option.code, "display": option.label}


def _scored(option: Option) -> Json:
    if option.score is None:
        return {}
    return {"extension": [{"url": BASE + "ordinalValue", "valueDecimal": option.score}]}


def _set_id(question: Question) -> str:
    return question.link.replace(".", "-")


def _value_set(question: Question, base_url: str) -> Json:
    by_system: dict[str, list[Json]] = {}
    for option in question.options:
        by_system.setdefault(system_of(option), []).append({**_scored(option), **_concept(option)})
    return {
        "resourceType": "ValueSet",
        "id": _set_id(question),
        "url": f"{base_url}/fhir/ValueSet/{QUESTIONNAIRE_ID}-{_set_id(question)}",
        "name": "".join(w.capitalize() for w in re.split(r"\W", question.link)),
        "title": question.text,
        "status": "active",
        "compose": {"include": [{"system": s, "concept": c} for s, c in by_system.items()]},
    }


def _enable_when(question: Question) -> list[Json]:
    if question.when is None:
        return []
    return [{"question": question.when.link, "operator": "=", "answerBoolean": question.when.answer}]


def _extensions(question: Question) -> Iterator[Json]:
    for name, limit in (("min", question.lowest), ("max", question.highest)):
        if limit is not None:
            yield _limit(question, name, limit)
    if question.kind is AnswerKind.QUANTITY:
        for unit in question.units:
            yield {"url": BASE + "questionnaire-unitOption", "valueCoding": _unit(unit)}
    elif question.units:
        yield {"url": BASE + "questionnaire-unit", "valueCoding": _unit(question.units[0])}


def _limit(question: Question, name: str, value: Decimal) -> Json:
    if question.kind is AnswerKind.QUANTITY:
        (unit, *_) = question.units
        quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
        return {"url": f"{SDC}sdc-questionnaire-{name}Quantity", "valueQuantity": quantity}
    number = {"valueInteger": int(value)} if question.kind is AnswerKind.INTEGER else {"valueDecimal": value}
    return {"url": f"{BASE}{name}Value", **number}


def _unit(code: str) -> Json:
    return {"system": UCUM, "code": code, "display": code}


def _narrative(form: Questionnaire) -> str:
    """The questions in words: a DTR questionnaire has a narrative."""
    listed = "".join(map(_told, form.questions))
    return f"<div {_XHTML}><p>{escape(form.title)}</p><p>{escape(form.purpose)}</p><ul>{listed}</ul></div>"


def _told(question: Question) -> str:
    inner = "".join(map(_told, question.questions))
    return f"<li>{escape(question.text)}{f'<ul>{inner}</ul>' if inner else ''}</li>"

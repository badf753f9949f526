"""A QuestionnaireResponse held against the questionnaire of ours that it answers.

http://hl7.org/fhir/R4/questionnaireresponse.html#notes and SDC (validation of a response): every finding is a
warning. An answer is never lost: what does not fit is still read as far as it can be.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from fhirpa.fhir.bundle import BundleGraph
from fhirpa.fhir.outcome import Issue
from fhirpa.pas.access import Json, codings, number, objects, rows, text, value_of
from fhirpa.pas.answer_units import amount_in
from fhirpa.pas.answered_form import answered, is_adaptive
from fhirpa.pas.checks_faults import Faults, TooManyFaults
from fhirpa.pas.questionnaire import Forms, system_of
from fhirpa.um.questionnaire import AnswerKind, Option, Question, Questionnaire

KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "answers-version": "A response names a version of a questionnaire that was never published.",
        "answers-link-unknown": "The questionnaire has no question with this linkId.",
        "answers-place": "A question of the questionnaire is answered in another place than it is put.",
        "answers-shape": "A group has an answer, or a question holds items outside of its answers.",
        "answers-type": "An answer is of another type than the question asks for.",
        "answers-repeated": "There is more than one answer to a question that takes one.",
        "answers-option": "An answer is none of those that the question offers.",
        "answers-range": "A number lies outside of the range that the question states.",
        "answers-length": "A text is longer than the question allows.",
        "answers-disabled": "A question is answered that is not put after what other answers say.",
        "answers-required": "A completed response leaves out a question that must be answered.",
    }
)
_TYPES: Final[Mapping[AnswerKind, tuple[str, ...]]] = MappingProxyType(
    {
        AnswerKind.BOOLEAN: ("valueBoolean",),
        AnswerKind.DATE: ("valueDate",),
        AnswerKind.DECIMAL: ("valueDecimal",),
        AnswerKind.INTEGER: ("valueInteger",),
        AnswerKind.QUANTITY: ("valueQuantity",),
        AnswerKind.STRING: ("valueString",),
        AnswerKind.TEXT: ("valueString",),
        AnswerKind.CHOICE: ("valueCoding",),
        AnswerKind.OPEN_CHOICE: ("valueCoding", "valueString"),
    }
)
_FINISHED: Final = ("completed", "amended")
_DEEPEST: Final = 12


def check_answers(graph: BundleGraph, forms: Forms) -> list[Issue]:
    """What does not fit in the responses of a Bundle that answer questionnaires of ours. Never raises."""
    return _issues([(e.resource, e.path) for e in graph.of_type("QuestionnaireResponse")], forms)


def check_response(response: Json, forms: Forms) -> list[Issue]:
    """The same for one response; paths begin with QuestionnaireResponse."""
    return _issues([(response, "QuestionnaireResponse")], forms)


def _issues(responses: list[tuple[Json, str]], forms: Forms) -> list[Issue]:
    out = Faults()
    with suppress(TooManyFaults):  # 200 are told; more would help nobody
        for response, path in responses:
            _check_one(response, path, forms, out)
    return out.issues


def _check_one(response: Json, path: str, forms: Forms, out: Faults) -> None:
    named = answered(response)
    if named is None or response.get("status") == "entered-in-error":
        return
    form = forms.named(named)
    if form is None:
        form = forms.named(named.partition("|")[0])
        if form is None:
            return
        why = f"There is no such version of this questionnaire; it was held against {form.version}."
        out.warn("answers-version", "not-found", why, f"{path}.questionnaire")
    is_finished = response.get("status") in _FINISHED and not is_adaptive(response)
    check = _Check(form, response, is_finished, out)
    check.level(form.questions, _items_at(response, path), path, 0)


def _items_at(holder: Json, path: str) -> list[tuple[str, Json]]:
    """The items of an element, each with its path."""
    return [(f"{path}.item[{i}]", item) for i, item in rows(holder.get("item"))]


@dataclass
class _Check:
    """One response under way."""

    form: Questionnaire
    response: Json
    is_finished: bool
    out: Faults

    @cached_property
    def flags(self) -> Mapping[str, bool]:
        """Boolean answers by linkId, wherever they stand."""
        return dict(_booleans(self.response, 0))

    @cached_property
    def known(self) -> Mapping[str, Question]:
        """Every question by its linkId."""
        return {q.link: q for q in self.form.walk()}

    def level(
        self, questions: tuple[Question, ...], items: list[tuple[str, Json]], path: str, depth: int
    ) -> None:
        """The items of one place against the questions that are put there."""
        here = {q.link: q for q in questions}
        seen: dict[str, int] = {}
        for at, item in items if depth < _DEEPEST else ():
            link = text(item.get("linkId")) or ""
            seen[link] = seen.get(link, 0) + 1
            question = here.get(link) or self._elsewhere(link, at)
            if question is None:
                self._unknown(item, at, depth)
                continue
            if seen[link] == 2 and not question.repeats:
                self.out.warn("answers-repeated", "structure", f"'{link}' is put once.", at)
            self._item(question, item, at, depth)
        for question in questions:
            if (
                self.is_finished
                and question.required
                and question.link not in seen
                and self._is_put(question)
            ):
                why = f"'{question.link}' must be answered: {question.text}."
                self.out.warn("answers-required", "required", why, f"{path}.item")

    def _elsewhere(self, link: str, at: str) -> Question | None:
        found = self.known.get(link)
        if found is not None:
            why = f"'{link}' belongs elsewhere in this questionnaire; its answer is read all the same."
            self.out.warn("answers-place", "structure", why, f"{at}.linkId")
        return found

    def _unknown(self, item: Json, at: str, depth: int) -> None:
        why = "This questionnaire has no question with this linkId."
        self.out.warn("answers-link-unknown", "not-found", why, f"{at}.linkId")
        inner = _items_at(item, at)
        for number_, answer in rows(item.get("answer")):
            inner += _items_at(answer, f"{at}.answer[{number_}]")
        self.level((), inner, at, depth + 1)

    def _item(self, question: Question, item: Json, at: str, depth: int) -> None:
        if not self._is_put(question):
            why = f"'{question.link}' is not put after what is answered elsewhere."
            self.out.warn("answers-disabled", "business-rule", why, at)
        answers = list(rows(item.get("answer")))
        if question.kind is AnswerKind.GROUP:
            if answers:
                self.out.warn(
                    "answers-shape", "structure", "A group has no answer of its own.", f"{at}.answer"
                )
            self.level(question.questions, _items_at(item, at), at, depth + 1)
            return
        inner = _items_at(item, at) if "item" in item else []
        if inner:
            why = "What belongs to a question stands in its answer (answer.item)."
            self.out.warn("answers-shape", "structure", why, f"{at}.item")
            self.level(question.questions, inner, at, depth + 1)
        if len(answers) > 1 and not question.repeats:
            self.out.warn(
                "answers-repeated", "structure", f"'{question.link}' takes one answer.", f"{at}.answer"
            )
        if not answers and question.required and self.is_finished and self._is_put(question):
            why = f"'{question.link}' must be answered: {question.text}."
            self.out.warn("answers-required", "required", why, f"{at}.answer")
        for index, answer in answers:
            place = f"{at}.answer[{index}]"
            self._answer(question, answer, f"{place}.value")
            if not inner and (question.questions or "item" in answer):
                self.level(question.questions, _items_at(answer, place), place, depth + 1)

    def _answer(self, question: Question, answer: Json, at: str) -> None:
        value = value_of(answer)
        if value is None:
            return  # R4 itself asks for a value, or says why there is none
        types = _TYPES[question.kind]
        if not any(name in answer for name in types):
            wanted = " or ".join(types)
            why = f"'{question.link}' is answered by {wanted}. What was sent is read as far as it can be."
            self.out.warn("answers-type", "value", why, at)
            return
        if question.kind is AnswerKind.CHOICE and not any(_is_chosen(o, value) for o in question.options):
            offered = ", ".join(o.code for o in question.options)
            self.out.warn("answers-option", "code-invalid", f"'{question.link}' offers {offered}.", at)
        if question.longest and isinstance(value, str) and len(value) > question.longest:
            why = f"'{question.link}' takes {question.longest} characters."
            self.out.warn("answers-length", "too-long", why, at)
        if _is_outside(question, value):
            why = f"'{question.link}' is answered from {question.lowest} to {question.highest}."
            self.out.warn("answers-range", "value", why, at)

    def _is_put(self, question: Question) -> bool:
        """enableWhen of R4: a condition on a question without an answer does not hold."""
        return question.when is None or self.flags.get(question.when.link) is question.when.answer


def _booleans(holder: Json, depth: int) -> Iterator[tuple[str, bool]]:
    for item in objects(holder.get("item")) if depth < 2 * _DEEPEST else ():
        for answer in objects(item.get("answer")):
            if isinstance(answer.get("valueBoolean"), bool):
                yield text(item.get("linkId")) or "", answer["valueBoolean"]
            if "item" in answer:
                yield from _booleans(answer, depth + 1)
        if "item" in item:
            yield from _booleans(item, depth + 1)


def _is_chosen(option: Option, value: Any) -> bool:
    """True for the option's code; a coding that names no system is taken at its word."""
    return any(c.code == option.code and c.system in (None, system_of(option)) for c in codings(value))


def _is_outside(question: Question, value: Any) -> bool:
    if question.lowest is None or question.highest is None:
        return False
    found = _number(question, value)
    return found is not None and not question.lowest <= found <= question.highest


def _number(question: Question, value: Any) -> Decimal | None:
    """The number in the unit of the range; None where another unit was chosen."""
    if question.kind is AnswerKind.QUANTITY:
        return amount_in(value, question.units[0].lower())
    return number(value)

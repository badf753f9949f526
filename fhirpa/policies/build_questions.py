"""The questions of questionnaire.yaml, and the choice of them that makes a form."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from fhirpa.um.questionnaire import AnswerKind, Condition, Option, Question
from fhirpa.um.rules import Measure, ServiceCode

Json = dict[str, Any]
_SIDES = ("left", "right")


class Occasion(StrEnum):
    """When a question is put."""

    FIRST = "first"
    RENEWAL = "renewal"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All questions, as the checked file has them, and the measures and services that are answers to them."""

    content: Json
    measures: Mapping[str, Measure]
    services: Mapping[str, ServiceCode]

    def chosen(
        self, occasions: Mapping[str, Set[Occasion]], required: Set[str], measures: tuple[Measure, ...]
    ) -> tuple[Question, ...]:
        """The questions with a link id in `occasions`; with `measures`, one for each in place of any."""
        form = _Form(self, occasions, required, measures)
        questions = self.content["questions"]
        found = [_hoisted(q) for c in questions for q in form.questions(c)]
        used = {q.when.link for top in found for q in top.walk() if q.when}
        steering = {c["id"] for c in questions if "steers" in c}
        return tuple(q for q in found if q.link not in steering or q.link in used)


@dataclass(frozen=True, slots=True)
class _Form:
    """One form being made."""

    catalogue: Catalogue
    occasions: Mapping[str, Set[Occasion]]
    required: Set[str]
    measures: tuple[Measure, ...]

    def questions(self, content: Json) -> Iterator[Question]:
        """The question with those in it that the form holds; nothing where it holds none."""
        if "by_day" in content and self.measures:
            yield from self._scores(content)
            return
        inner = tuple(q for c in content.get("questions", ()) for q in self.questions(c))
        if not (inner or content["id"] in self.occasions or "steers" in content):
            return
        yield replace(
            _plain(content, self._options(content)),
            questions=inner,
            required=self._required(content),
            initial=False if "steers" in content else None,
            when=Condition(content["when"], True) if "when" in content else self._when(content["id"]),
        )

    def _scores(self, content: Json) -> Iterator[Question]:
        """The scores of one day: its date, and one question for each measure, or for each side."""
        parts = {c["id"].rpartition(".")[2]: c for c in content["questions"]}
        own = content["id"]
        if parts["score"]["id"] not in self.occasions:
            return
        day = replace(_plain(parts["date"], ()), required=self._required(parts["date"]))
        scores = tuple(q for m in self.measures for q in self._of_measure(own, m))
        yield replace(
            _plain(content, ()),
            link=f"{own}s",
            text=content["by_day"],
            required=self._required(content),
            when=self._when(parts["score"]["id"]),
            questions=(day, *scores),
        )

    def _of_measure(self, own: str, measure: Measure) -> Iterator[Question]:
        words = self.catalogue.content
        told = ["name", "score"] + (["sd"] if measure.mean is not None else [])  # the norms tell the distance
        question = Question(
            link=f"{own}.{measure.id}",
            text=words["measure"].format(
                measure=measure.id,
                label=measure.label,
                lowest=measure.lowest,
                highest=measure.highest,
                better=words["better"]["high" if measure.higher_is_better else "low"],
            ),
            kind=AnswerKind.QUANTITY if measure.units else AnswerKind.DECIMAL,
            stands_for=tuple(f"{own}.{name}" for name in told),
            loinc=measure.loinc,
            units=measure.units,
            lowest=measure.lowest,
            highest=measure.highest,
        )
        if not measure.sides:
            yield question
            return
        for side in _SIDES:
            yield replace(
                question,
                link=f"{question.link}.{side}",
                text=words["side"].format(text=question.text, side=side),
                stands_for=(*question.stands_for, f"{own}.side"),
            )

    def _options(self, content: Json) -> tuple[Option, ...]:
        options = content.get("options", {})
        if options == "measures":
            return tuple(Option(m.id, m.label) for m in self.catalogue.measures.values())
        if options == "services":
            treatments = (
                s for s in self.catalogue.services.values() if not (s.evaluation or s.re_evaluation)
            )
            return tuple(Option(s.code, s.label, is_procedure=True) for s in treatments)
        return tuple(_option(code, told) for code, told in options.items())

    def _required(self, content: Json) -> bool:
        """A question as it says, if the criteria wait for it; a group where one of its questions is."""
        if content["kind"] == AnswerKind.GROUP:
            return any(map(self._required, content["questions"]))
        return content.get("required", False) and content["id"] in self.required

    def _when(self, link: str) -> Condition | None:
        """The condition under which a question is put; None: always."""
        occasions = self.occasions.get(link, frozenset())
        steering = {c["steers"]: c["id"] for c in self.catalogue.content["questions"] if "steers" in c}
        if occasions == {Occasion.HOME}:
            return Condition(steering["home"], True)
        if occasions >= {Occasion.FIRST, Occasion.RENEWAL} or not occasions & {
            Occasion.FIRST,
            Occasion.RENEWAL,
        }:
            return None
        return Condition(steering["renewal"], Occasion.RENEWAL in occasions)


def _option(code: str, told: Any) -> Option:
    if isinstance(told, str):
        return Option(code, told)
    return Option(code, told["label"], score=Decimal(told["score"]))


def _plain(content: Json, options: tuple[Option, ...]) -> Question:
    lowest, highest = content.get("range", (None, None))
    return Question(
        link=content["id"],
        text=content["text"],
        kind=AnswerKind(content["kind"]),
        repeats=content.get("repeats", False),
        options=options,
        loinc=content.get("loinc"),
        units=tuple(content.get("units", ())),
        lowest=None if lowest is None else Decimal(lowest),
        highest=None if highest is None else Decimal(highest),
        longest=content.get("longest"),
    )


def _hoisted(question: Question) -> Question:
    """A group whose questions all have one condition has it itself, and they no more."""
    inner = tuple(_hoisted(q) for q in question.questions)
    conditions = {q.when for q in inner}
    if question.kind is AnswerKind.GROUP and len(conditions) == 1 and question.when is None:
        (shared,) = conditions
        inner = tuple(replace(q, when=None) for q in inner)
        return replace(question, questions=inner, when=shared)
    return replace(question, questions=inner)

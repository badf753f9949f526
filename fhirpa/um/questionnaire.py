"""The payer's documentation questionnaires: what a provider can be asked, as plain data.

A question is known by its link id. Which fact an answer becomes is said where answers are read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class AnswerKind(StrEnum):
    """What an answer is; a group has none and holds questions."""

    GROUP = "group"
    BOOLEAN = "boolean"
    DATE = "date"
    DECIMAL = "decimal"
    INTEGER = "integer"
    STRING = "string"
    TEXT = "text"
    CHOICE = "choice"
    OPEN_CHOICE = "open-choice"


@dataclass(frozen=True, slots=True)
class Option:
    """An answer to choose."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A question is put only where another one, a boolean, was answered so."""

    link: str
    answer: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question, or a group of them; unused values stay None or empty.

    `stands_for` is the link id of the general question that this one answers for a single measure
    (`measure.ODI.score` for `measure.score`; the group `measure.ODI` for `measure.name`).
    """

    link: str
    text: str
    kind: AnswerKind
    stands_for: str | None = None
    required: bool = False
    repeats: bool = False
    options: tuple[Option, ...] = ()
    loinc: str | None = None
    unit: str | None = None  # UCUM
    lowest: Decimal | None = None
    highest: Decimal | None = None
    longest: int | None = None  # characters
    initial: bool | None = None
    when: Condition | None = None
    questions: tuple["Question", ...] = ()

    def walk(self) -> Iterator["Question"]:
        """The question and all within it, in order."""
        yield self
        for inner in self.questions:
            yield from inner.walk()


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """The questions of one policy, or all there are (`policy_id` None)."""

    id: str
    version: str
    title: str
    purpose: str
    effective: date
    questions: tuple[Question, ...]
    policy_id: str | None = None

    def walk(self) -> Iterator[Question]:
        """Every question, in order."""
        for question in self.questions:
            yield from question.walk()

    def answering(self, links: tuple[str, ...]) -> tuple[str, ...] | None:
        """The link ids by which this questionnaire asks for these; None if it does not ask for all.

        A measure's name is told by the question itself where the questionnaire has one for each measure.
        """
        asked = {q.stands_for or q.link for q in self.walk()}
        if not asked.issuperset(links):
            return None
        found = (q for q in self.walk() if q.kind is not AnswerKind.GROUP)
        return tuple(q.link for q in found if (q.stands_for or q.link) in links)


@dataclass(frozen=True, slots=True)
class Questionnaires:
    """All questionnaires of a rule set."""

    general: Questionnaire
    by_policy: Mapping[str, Questionnaire] = field(default_factory=dict)

    def all(self) -> tuple[Questionnaire, ...]:
        """The general one, then those of the policies."""
        return (self.general, *self.by_policy.values())

    def asking(
        self, policy_id: str | None, links: tuple[str, ...]
    ) -> tuple[Questionnaire, tuple[str, ...]] | None:
        """The questionnaire that asks for these, and its link ids for them; the policy's before the general.

        None if none asks for all of them.
        """
        own = self.by_policy.get(policy_id or "")
        for form in (own, self.general):
            found = form.answering(links) if form else None
            if form and found:
                return form, found
        return None

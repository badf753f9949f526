"""The payer's documentation questionnaires: what a provider can be asked, as plain data.

A question is known by its link id. Which fact an answer becomes is said where answers are read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
    QUANTITY = "quantity"  # a number with its unit
    STRING = "string"
    TEXT = "text"
    CHOICE = "choice"
    OPEN_CHOICE = "open-choice"


@dataclass(frozen=True, slots=True)
class Option:
    """An answer to choose: a word of our own, or a procedure code.

    `score`: where choosing it is a number (a stage).
    """

    code: str
    label: str
    score: Decimal | None = None
    is_procedure: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A question is put only where another one, a boolean, was answered so."""

    link: str
    answer: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One question, or a group of them; unused values stay None or empty.

    `stands_for`: the link ids of the general questions that this one answers by itself. `measure.ODI` tells
    name and score of a measure (`measure.name`, `measure.score`).
    """

    link: str
    text: str
    kind: AnswerKind
    stands_for: tuple[str, ...] = ()
    required: bool = False
    repeats: bool = False
    options: tuple[Option, ...] = ()
    loinc: str | None = None
    units: tuple[str, ...] = ()  # UCUM; the first is that of the range
    lowest: Decimal | None = None
    highest: Decimal | None = None
    longest: int | None = None  # characters
    initial: bool | None = None
    when: Condition | None = None
    questions: tuple["Question", ...] = ()

    @property
    def asks(self) -> tuple[str, ...]:
        """The link ids of the general questions that an answer settles."""
        return self.stands_for or (self.link,)

    def walk(self) -> Iterator["Question"]:
        """The question and all within it, in order."""
        yield self
        for inner in self.questions:
            yield from inner.walk()


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """The questions of one version of a policy, or all there are (`policy_id` None)."""

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

    def answering(self, links: tuple[str, ...]) -> tuple[str, ...]:
        """Its link ids for these general questions, in the order of the form; () if it lacks one of them."""
        found = [
            q for q in self.walk() if q.kind is not AnswerKind.GROUP and not set(links).isdisjoint(q.asks)
        ]
        if not set(links) <= {link for q in found for link in q.asks}:
            return ()
        return tuple(q.link for q in found)


@dataclass(frozen=True, slots=True)
class Questionnaires:
    """The general questionnaire and those of the policies: of a rule set, or of all that are kept."""

    general: Questionnaire
    of_policies: tuple[Questionnaire, ...] = ()

    @staticmethod
    def merged(sets: Iterable["Questionnaires"]) -> "Questionnaires":
        """Every version of every questionnaire; `sets` from the oldest to the newest, at least one."""
        every = list(sets)
        found = {(q.policy_id, q.version): q for one in every for q in one.of_policies}
        return Questionnaires(every[-1].general, tuple(found.values()))

    def all(self) -> tuple[Questionnaire, ...]:
        """The general one, then those of the policies."""
        return (self.general, *self.of_policies)

    def of(self, policy_id: str) -> Questionnaire | None:
        """The newest of a policy; None if the policy asks for nothing."""
        found = (q for q in self.of_policies if q.policy_id == policy_id)
        return max(found, key=lambda q: [int(x) for x in q.version.split(".")], default=None)

    def is_newest(self, form: Questionnaire) -> bool:
        """False for an older version, kept readable for those who were asked by it."""
        return form.policy_id is None or self.of(form.policy_id) == form

    def asking(
        self, policy_id: str | None, links: tuple[str, ...]
    ) -> tuple[Questionnaire, tuple[str, ...]] | None:
        """The questionnaire that asks for these, and its link ids for them; the policy's before the general.

        None if nothing is asked, or no questionnaire asks for all of it.
        """
        for form in (self.of(policy_id or ""), self.general):
            found = form.answering(links) if form else ()
            if form and found:
                return form, found
        return None

"""The answers of one group of a QuestionnaireResponse, read by linkId."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from fhirpa.pas.access import codings, day
from fhirpa.pas.answer_units import amount_in
from fhirpa.pas.evidence_measures import flag_of, word_of


@dataclass(slots=True)
class Group:
    """Answers of one group by linkId, and where the group stands."""

    path: str
    answers: dict[str, list[Any]] = field(default_factory=dict)

    def first(self, link: str) -> Any:
        """The first answer to a question, whatever it is."""
        return next(iter(self.answers.get(link, ())), None)

    def day(self, link: str) -> date | None:
        """It as a whole day."""
        return day(self.first(link))

    def number(self, link: str, unit: str = "1") -> Decimal | None:
        """It as a number in a unit (UCUM); '1' counts."""
        return amount_in(self.first(link), unit)

    def weeks(self, link: str) -> Decimal | None:
        """It as a number of weeks."""
        return self.number(link, "wk")

    def flag(self, link: str) -> bool | None:
        """It as yes or no."""
        return flag_of(self.first(link))

    def text(self, link: str) -> str | None:
        """It in words."""
        return word_of(self.first(link))

    def code(self, link: str) -> str | None:
        """Its code, else its words."""
        first = self.first(link)
        return next((c.code for c in codings(first)), None) or word_of(first)

    def texts(self, link: str) -> tuple[str, ...] | None:
        """All answers to a question, in words."""
        found = (word_of(x) for x in self.answers.get(link, ()))
        return tuple(t for t in found if t) or None

"""Vignettes: a patient, what was asked, what a good department answers and why, each in a few lines.

An answer is written as one word or two per line of the request:

- `certify 12`: all that was asked, 12 visits; `certify 12 (40 units)` where units were asked.
- `block 8`: 8 visits now, the rest to a person.
- `ask order + plan-of-care`: these items, and nothing else, are asked of the provider.
- `person` or `person: <reason>`: a reviewer reads it.
- `free`: no authorization is required. `contact`: not this programme's.
- `error: <key>`: the request cannot be worked on.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from fhirpa.um.context import BenefitUse, DecisionContext, PriorLine
from fhirpa.um.decision import decide
from fhirpa.um.determination import Decision, LineRecommendation
from fhirpa.um.evidence import Evidence, MeasureScore
from fhirpa.um.request import AuthorizationRequest, Person, ServiceLine, Span
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import EngineResult, QuantityUnit
from fhirpa.um.wording import number
from tests.um.requests import START, context, day, enrolment, evidence, line, plan_of_care, request, score


@dataclass(frozen=True)
class Vignette:
    """One patient. `says` is the title, `why` the reason for the answer with its source."""

    says: str
    why: str
    answer: tuple[str, ...]
    lines: tuple[ServiceLine, ...]
    plan: str = "SANDBOX-COM"
    age: int = 46
    dx: tuple[str, ...] = ("M5450",)
    facts: Evidence = field(default_factory=evidence)
    before: tuple[PriorLine, ...] = ()
    used: tuple[BenefitUse, ...] = ()
    born: date | None = None
    more: dict[str, Any] = field(default_factory=dict)  # of the request
    knows: dict[str, Any] = field(default_factory=dict)  # of the context

    def sent(self) -> AuthorizationRequest:
        """The request."""
        patient = Person(member_id="M1", birth_date=self._birth, path="Bundle.entry[1].resource")
        values = {"patient": patient, "diagnoses": self.dx, "evidence": self.facts, **self.more}
        return request(*self.lines, **values)

    def known(self) -> DecisionContext:
        """What the payer knows."""
        values = {
            "enrolments": (enrolment(self.plan, birth_date=self._birth),),
            "prior_lines": self.before,
            "benefit_use": self.used,
            **self.knows,
        }
        return context(self.plan, **values)

    def decided(self, rules: RuleSet) -> Decision:
        """The engine's answer."""
        return decide(self.sent(), self.known(), rules)

    @property
    def _birth(self) -> date:
        return self.born or date(START.year - self.age, 6, 1)


def told(decision: Decision) -> tuple[str, ...]:
    """The engine's answer in the words of the vignettes."""
    if decision.errors:
        return tuple(f"error: {e.key}" for e in decision.errors)
    return tuple(map(_line, decision.lines))


def agrees(answer: tuple[str, ...], decision: Decision) -> bool:
    """True if each line got the answer; `person` alone is any person."""
    found = told(decision)
    return len(found) == len(answer) and all(
        f == a or (a == "person" and f.startswith("person")) for f, a in zip(found, answer, strict=True)
    )


def _line(item: LineRecommendation) -> str:
    if item.result is EngineResult.PEND_INFORMATION:
        return "ask " + " + ".join(sorted(x.key for x in item.information))
    if item.result is EngineResult.PEND_CLINICAL:
        return f"person: {item.reasons[0]}"
    if item.certified is None:
        return {EngineResult.NOT_REQUIRED: "free", EngineResult.CONTACT_PAYER: "contact"}[item.result]
    share = item.certified
    units = f" ({number(share.quantity or Decimal(0))} units)" if share.unit is QuantityUnit.UNITS else ""
    word = "certify" if item.result is EngineResult.CERTIFY else "block"
    return f"{word} {number(share.visits or Decimal(0))}{units}"


# --- words for the tables ------------------------------------------------------------------------------


def weeks(count: int) -> Span:
    """So many weeks from the first day of service."""
    return Span(day(0), day(count * 7 - 1))


def pt(code: str = "97110", visits: int | None = 8, over: int = 6, at: int = 1, **more: Any) -> ServiceLine:
    """A physical therapy line: visits over so many weeks."""
    return line(code, visits, at, **{"period": weeks(over), **more})


def ot(code: str = "97530", visits: int | None = 8, over: int = 6, at: int = 1, **more: Any) -> ServiceLine:
    """The same in occupational therapy."""
    return pt(code, visits, over, at, **{"modifiers": ("GO",), **more})


def units(code: str, count: int, over: int = 6, at: int = 1, **more: Any) -> ServiceLine:
    """A physical therapy line in 15-minute units."""
    return pt(code, count, over, at, unit=QuantityUnit.UNITS, **more)


def chart(*scores: MeasureScore, weekly: str | None = None, over: str = "6", **more: Any) -> Evidence:
    """A complete chart with these scores and a plan of so many visits a week over so many weeks."""
    return evidence(measures=scores, plans_of_care=(plan_of_care(weekly or "1.5", over),), **more)


def renewed(*scores: MeasureScore, **more: Any) -> Evidence:
    """A chart at renewal: scores, attendance, the way to self-management."""
    values: dict[str, Any] = {
        "measures": scores or (score("ODI", "42", -45), score("ODI", "28", -5)),
        "visits_attended": Decimal(8),
        "visits_scheduled": Decimal(9),
        "plans_of_care": (plan_of_care("1.5", "4", discharge_plan=True),),
    }
    return evidence(**{**values, **more})

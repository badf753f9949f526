"""The facts of an example case as evidence; what a case leaves out has a plain, complete default."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from fhirpa.policies.case_days import day_of
from fhirpa.um.evidence import (
    Diagnosis,
    Document,
    Evaluation,
    Evidence,
    Goal,
    MeasureScore,
    Order,
    PlanOfCare,
    Protocol,
    Source,
    Surgery,
)
from fhirpa.um.terms import Discipline

HERE = Source("case", "case")
ORDERER = "1679576722"  # the prescriber's NPI
_EVALUATED = "-5 days"
_GOAL = {"text": "carry groceries", "baseline": "not at all", "target": "two bags", "due": "+40 days"}
_FLAGS = {"none": (False, None), "recorded": (True, None), "cleared": (True, True), None: (None, None)}
# Facts that are told as they are: the name in a case, and in the evidence.
_TOLD = {
    "setback": "regression_or_setback",
    "plateau": "plateau",
    "attendance_reason": "attendance_reason",
    "positional_test": "positional_test",
    "intensive_programme": "intensive_programme",
    "maintenance": "maintenance",
    "maintenance_reason": "maintenance_reason",
    "caregiver_programme": "caregiver_programme",
    "garment_plan": "garment_plan",
    "functional_description": "functional_description",
    "untestable_reason": "untestable_reason",
}
_COUNTED = ("falls", "lymphedema_stage", "gestational_age_weeks")

Facts = Mapping[str, Any]


def evidence_of(facts: Facts, received: date) -> Evidence:
    """The evidence of a case; days count from the day of receipt."""
    evaluations = [_evaluation(x, received) for x in many(facts.get("evaluation", _EVALUATED))]
    evaluated = next((x.day for x in evaluations if x.day), day_of(_EVALUATED, received))
    as_told: dict[str, Any] = {_TOLD[key]: facts[key] for key in _TOLD if key in facts}
    as_told |= {key: number(facts[key]) for key in _COUNTED if key in facts}
    flags, cleared = _FLAGS[facts.get("red_flags", "none")]
    return Evidence(
        diagnoses=tuple(Diagnosis(code(x), HERE) for x in facts.get("diagnoses", ())),
        surgeries=tuple(
            Surgery(HERE, day_of(x.get("day"), received), x.get("code"), x.get("what"))
            for x in many(facts.get("surgery"))
        ),
        evaluations=tuple(evaluations),
        plans_of_care=tuple(_plan(x, facts, received) for x in many(facts.get("plan_of_care", {}))),
        measures=tuple(_scores(facts.get("scores") or {}, evaluated, received)),
        orders=tuple(_order(x, received) for x in many(facts.get("order", "-10 days"))),
        documents=tuple(Document(HERE, x, day=evaluated) for x in facts.get("documents", ())),
        onset=day_of(facts.get("onset"), received),
        red_flags=flags,
        red_flags_cleared=cleared,
        setting_reason=facts.get("home_reason"),
        visits_attended=number(facts.get("attended")),
        visits_scheduled=number(facts.get("scheduled")),
        screening_date=day_of(facts.get("screening"), received),
        protocols=tuple(_protocol(x, received) for x in many(facts.get("protocol"))),
        **as_told,
        exceptional_situations=tuple(facts.get("exceptional_situations", ())),
    )


def many(value: Any) -> list[Any]:
    """One thing, several or none, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def number(value: Any) -> Decimal | None:
    """An exact number; None stays None."""
    return None if value is None else Decimal(value)


def code(written: str) -> str:
    """A diagnosis code without its dot."""
    return written.replace(".", "")


def _evaluation(content: str | Facts, received: date) -> Evaluation:
    told: Facts = {"day": content} if isinstance(content, str) else content
    discipline = told.get("discipline")
    return Evaluation(HERE, day_of(told.get("day"), received), Discipline(discipline) if discipline else None)


def _protocol(content: Facts, received: date) -> Protocol:
    return Protocol(
        HERE,
        weight_bearing=content.get("weight_bearing"),
        precautions=content.get("precautions"),
        therapy_from_week=number(content.get("from_week")),
        immobilised_until=day_of(content.get("immobilised_until"), received),
    )


def _order(content: str | Facts, received: date) -> Order:
    told: Facts = {"day": content} if isinstance(content, str) else content
    return Order(HERE, day_of(told.get("day"), received), ORDERER)


def _plan(content: Facts, facts: Facts, received: date) -> PlanOfCare:
    """A plan of care; without own numbers it plans what the case asks."""
    visits, weeks = facts.get("visits"), facts.get("weeks")
    weekly = Decimal(visits) / Decimal(weeks) if visits and weeks else None
    return PlanOfCare(
        source=HERE,
        day=day_of(content.get("day", _EVALUATED), received),
        visits_per_week=number(content.get("per_week", facts.get("per_week", weekly))),
        weeks=number(content.get("weeks", weeks)),
        goals=tuple(_goal(x, received) for x in content.get("goals", (_GOAL,))),
        interventions=tuple(content.get("interventions", ("exercise",))),
        home_programme=content.get("home_programme", True),
        signed=content.get("signed", True),
        discharge_plan=content.get("discharge_plan"),
    )


def _goal(content: str | Facts, received: date) -> Goal:
    told: Facts = {**_GOAL, "status": content} if isinstance(content, str) else content
    return Goal(
        text=told.get("text"),
        baseline=told.get("baseline"),
        target=told.get("target"),
        target_date=day_of(told.get("due"), received),
        status=told.get("status"),
    )


def _scores(scores: Facts, evaluated: date | None, received: date) -> Iterator[MeasureScore]:
    """'ODI: 42' is of the day of the evaluation; '{-45 days: 42, -5 days: 28}' are two of them.

    'ROM left' names the side, '18 points' the unit.
    """
    for name, content in scores.items():
        measure, _, side = name.partition(" ")
        told: Facts = content if isinstance(content, Mapping) else {"score": content}
        if "score" in told:
            day = day_of(told["day"], received) if "day" in told else evaluated
            told, sd = {"": told["score"]}, number(told.get("sd"))
        else:
            day, sd = None, None
        for written, score in told.items():
            if score is not None:
                when = day_of(written, received) if written else day
                amount, _, unit = str(score).partition(" ")
                yield MeasureScore(measure, Decimal(amount), HERE, when, sd, side or None, unit or None)

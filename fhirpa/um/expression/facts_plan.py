"""Facts of the plan of care and its goals."""

from collections.abc import Callable
from typing import Any, Final

from fhirpa.um.amounts import told_weekly, told_weeks
from fhirpa.um.course import Course
from fhirpa.um.evidence import Goal, PlanOfCare, Source
from fhirpa.um.expression.facts_base import Judged, in_weeks, known, list_of, upper
from fhirpa.um.expression.values import UNKNOWN, Record, Value
from fhirpa.um.expression.vocabulary import (
    BOOLEAN,
    CODE,
    DURATION,
    NUMBER,
    TEXT,
    Fact,
    Field,
    RecordType,
    Type,
)

GOAL: Final = RecordType(
    "goal",
    {
        "text": Field(TEXT, "the goal in words"),
        "status": Field(CODE, "MET, ADVANCED or NOT-ADVANCED", "no state of a goal"),
        "term": Field(CODE, "SHORT or LONG", "not told whether a goal is for the short term"),
    },
)


def _plan_fact(name: str, kind: Type, meaning: str, label: str, value: Callable[[Course], Any]) -> Fact:
    """A part of the plan of care: known if the plan tells it."""

    def read(judged: Judged) -> Value:
        found = value(judged.course)
        if found is None or found is False:
            return UNKNOWN
        return Value(found, (), tuple(p.source for p in judged.course.evidence.plans_of_care))

    return Fact(name, kind, meaning, read, label=label, untold=f"plan of care without {label}")


def _any_goal(course: Course, told: Callable[[Goal], Any]) -> bool:
    return any(told(g) for p in course.evidence.plans_of_care for g in p.goals)


def _has_goal(course: Course) -> bool:
    return _any_goal(course, lambda g: True)


def _baseline(course: Course) -> bool:
    """A goal with its baseline. A charted goal has no place for it: there a score that was taken is one."""
    goals = [g for p in course.evidence.plans_of_care for g in p.goals]
    if course.evidence.measures and any(g.source and g.source.resource == "Goal" for g in goals):
        return True
    return _any_goal(course, lambda g: g.baseline or g.current)


def _flag(
    name: str, field: Callable[[PlanOfCare], bool | None], meaning: str, told: str, untold: str
) -> Fact:
    """A yes or no that any plan of care tells; a yes counts before a no."""

    def read(judged: Judged) -> Value:
        said = [(field(p), p.source) for p in judged.course.evidence.plans_of_care if field(p) is not None]
        if not said:
            return UNKNOWN
        yes = [s for value, s in said if value]
        return known(bool(yes), told if yes else f"{told}: no", yes[0] if yes else said[0][1])

    return Fact(name, BOOLEAN, meaning, read, untold=untold)


def _shared_goals(judged: Judged) -> Value:
    """Goals whose words stand in two plans of care."""
    seen: set[str] = set()
    shared: dict[str, Source] = {}
    for plan in judged.course.evidence.plans_of_care:
        own = {" ".join((g.text or "").lower().split()).strip(" .") for g in plan.goals if g.text}
        shared.update(dict.fromkeys(sorted(own & seen), plan.source))
        seen |= own
    return Value(
        tuple(Record({"text": t}, "the same goal stands in two plans of care", s) for t, s in shared.items())
    )


def _goals(judged: Judged) -> Value:
    goals = [g for p in judged.course.evidence.plans_of_care for g in p.goals]
    return Value(tuple(_goal(g) for g in goals))


def _reviewed_goals(judged: Judged) -> Value:
    goals = [g for p in judged.course.evidence.plans_of_care for g in p.goals if g.status]
    forward = sum(1 for g in goals if g.status in ("met", "advanced"))
    told = f"{forward} of {len(goals)} goals met or moved forward"
    return Value(tuple(_goal(g, told) for g in goals))


def _goal(goal: Goal, told: str = "a goal of the plan of care") -> Record:
    fields = {"text": goal.text, "status": upper(goal.status), "term": upper(goal.term)}
    return Record(fields, told, goal.source)


FACTS: Final = (
    _plan_fact(
        "plan.goals", BOOLEAN, "the plan of care has a goal", "goals", lambda c: _any_goal(c, lambda g: True)
    ),
    _plan_fact(
        "plan.baseline",
        BOOLEAN,
        "a goal has its baseline, or a score was taken and the goal is charted where none can stand",
        "baseline",
        _baseline,
    ),
    _plan_fact(
        "plan.target", BOOLEAN, "a goal has a target", "target", lambda c: _any_goal(c, lambda g: g.target)
    ),
    _plan_fact(
        "plan.target_date",
        BOOLEAN,
        "a goal has a day by which it is reached",
        "target date",
        lambda c: _any_goal(c, lambda g: g.target_date),
    ),
    _plan_fact(
        "plan.frequency",
        NUMBER,
        "visits a week, as plan or lines tell",
        "frequency",
        told_weekly,
    ),
    _plan_fact(
        "plan.duration",
        DURATION,
        "length of treatment, as plan or lines tell",
        "duration",
        lambda c: in_weeks(told_weeks(c)),
    ),
    _plan_fact(
        "plan.interventions",
        BOOLEAN,
        "the plan names interventions",
        "interventions",
        lambda c: any(p.interventions for p in c.evidence.plans_of_care),
    ),
    _flag(
        "plan.home_programme",
        lambda p: p.home_programme,
        "a home programme is planned",
        "home programme planned",
        "no home programme told",
    ),
    _flag(
        "plan.discharge_plan",
        lambda p: p.discharge_plan,
        "the plan says how the member goes over to a programme of their own",
        "discharge plan told",
        "no discharge plan told",
    ),
    _flag(
        "plan.signed", lambda p: p.signed, "the plan of care is signed", "plan signed", "no signature told"
    ),
    Fact(
        "shared_goals",
        list_of(GOAL),
        "goals whose words stand in two plans of care",
        _shared_goals,
        untold="no goal stands in two plans of care",
    ),
    Fact("goals", list_of(GOAL), "goals of the plan of care", _goals, untold="no goal"),
    Fact(
        "reviewed_goals",
        list_of(GOAL),
        "goals of which the state is told",
        _reviewed_goals,
        untold="no state of goals",
    ),
)

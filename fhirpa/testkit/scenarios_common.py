"""What most scenarios share: the calendar, and a complete record that single scenarios take things from."""

from datetime import date, timedelta
from decimal import Decimal

from fhirpa.testkit.builder import Request
from fhirpa.testkit.builder_claim import Line
from fhirpa.testkit.builder_evidence import Diagnosis, Documentation, Goal, PlanOfCare, Score
from fhirpa.testkit.builder_people import FAMILY_DOCTOR, PT_ORTHO, Person

ORDERED = date(2026, 11, 12)
EVALUATED = date(2026, 11, 19)
WRITTEN = date(2026, 11, 20)
CREATED = date(2026, 11, 23)
START = date(2026, 12, 7)


def weeks(count: int, start: date = START) -> date:
    """The last day of so many weeks."""
    return start + timedelta(days=7 * count - 1)


def score(measure: str, value: str, day: date = EVALUATED, **more: str) -> Score:
    """A score; `sd`, `side` and `unit` by name."""
    sd = Decimal(more["sd"]) if "sd" in more else None
    return Score(measure, Decimal(value), day, more.get("unit"), sd, more.get("side"))


def plan(
    goals: tuple[Goal, ...],
    interventions: tuple[str, ...],
    per_week: str = "2",
    for_weeks: int = 4,
    start: date = START,
    day: date = EVALUATED,
) -> PlanOfCare:
    """A complete plan of care."""
    return PlanOfCare(day, start, weeks(for_weeks, start), Decimal(per_week), for_weeks, goals, interventions)


BACK_GOALS = (
    Goal(
        "Sit for a full work meeting without changing position for pain",
        baseline="15 minutes",
        target="60 minutes",
        due=date(2027, 1, 15),
    ),
    Goal(
        "Lift a 20 lb grocery crate from floor to counter with safe mechanics",
        baseline="5 lb",
        target="20 lb",
        due=date(2027, 1, 15),
    ),
)
ACTIVE = ("97110", "97530", "97140")
BACK_PLAN = plan(BACK_GOALS, ACTIVE)
BACK_RECORD = Documentation(
    discipline="PT",
    authored=WRITTEN,
    evaluated=EVALUATED,
    onset=date(2026, 10, 26),
    plan=BACK_PLAN,
    scores=(score("ODI", "44", unit="%"), score("NPRS", "6")),
    ordered=ORDERED,
)
BACK_PAIN = (Diagnosis("M54.50", recorded=ORDERED, onset=date(2026, 10, 26)),)

BACK_REQUEST = Request(
    person=Person("female", date(1981, 4, 17)),
    therapists=(PT_ORTHO,),
    diagnoses=BACK_PAIN,
    lines=(Line("97110", 8),),
    start=START,
    end=weeks(6),
    created=CREATED,
    exhibits=(BACK_RECORD,),
    orderer=FAMILY_DOCTOR,
    ordered=ORDERED,
)

"""Children with developmental delay."""

from datetime import date

from fhirpa.testkit.builder import Request
from fhirpa.testkit.builder_claim import Line
from fhirpa.testkit.builder_evidence import Diagnosis, Documentation, Goal
from fhirpa.testkit.builder_people import OT_PAEDIATRIC, PAEDIATRICIAN, PT_PAEDIATRIC, Person
from fhirpa.testkit.scenario import Scenario, answers
from fhirpa.testkit.scenarios_common import (
    CREATED,
    EVALUATED,
    ORDERED,
    START,
    WRITTEN,
    plan,
    score,
    weeks,
)

_HAND_GOALS = (
    Goal("Copy a cross and a square", "scribbles", "3 of 4 trials", date(2027, 4, 23)),
    Goal("Cut along a 6-inch line", "snips paper", "within half an inch", date(2027, 4, 23)),
)

_CHILD_OT = Documentation(
    discipline="OT",
    authored=WRITTEN,
    evaluated=EVALUATED,
    onset=date(2026, 1, 15),
    plan=plan(_HAND_GOALS, ("97530", "97533", "97112"), "1", 20),
    scores=(score("PDMS-3", "68", sd="-2.1"),),
    ordered=ORDERED,
    red_flags=None,
    screening=date(2026, 10, 29),
)

CHILD_OT = Scenario(
    "ped-ot-medicaid",
    "Occupational therapy for a 4-year-old with developmental delay, Medicaid",
    "Norm-referenced test 2.1 standard deviations below the mean (1.5 are needed), developmental screening "
    "within 60 days, order and evaluation in time, licensed therapist (U5). One visit a week for 20 weeks "
    "lies within the block; a child on Medicaid has no visit limit.",
    answers("A1"),
    Request(
        person=Person("male", date(2022, 5, 14), "San Antonio", "78210", "es"),
        therapists=(OT_PAEDIATRIC,),
        diagnoses=(Diagnosis("F82", recorded=ORDERED, onset=date(2026, 1, 15)),),
        lines=(Line("97530", 20, ("GO", "U5"), "AD", epsdt=True),),
        start=START,
        end=weeks(20),
        created=CREATED,
        exhibits=(_CHILD_OT,),
        orderer=PAEDIATRICIAN,
        ordered=ORDERED,
        plan="SANDBOX-MCD",
    ),
)

_STEP_GOALS = (
    Goal("Walk up 4 steps with one hand held", "crawls up", "4 steps, 3 of 4 trials", date(2027, 2, 12)),
    Goal("Jump with both feet off the floor", "not able", "2 inches, 3 of 4 trials", date(2027, 2, 12)),
)

CHILD_PT = Scenario(
    "ped-pt-down-syndrome",
    "Physical therapy for a 3-year-old with Down syndrome, commercial plan",
    "Gross motor score 2.0 standard deviations below the mean. The parent is the subscriber. Ten visits in "
    "ten weeks lie within the commercial block of 12 in 12 (habilitative, modifier 96).",
    answers("A1"),
    Request(
        person=Person("female", date(2023, 4, 2), "San Antonio", "78212"),
        subscriber=Person("male", date(1989, 12, 9), "San Antonio", "78212"),
        therapists=(PT_PAEDIATRIC,),
        diagnoses=(Diagnosis("Q90.9", recorded=ORDERED), Diagnosis("R62.0", recorded=ORDERED)),
        lines=(Line("97530", 10, ("GP", "96")),),
        start=START,
        end=weeks(10),
        created=CREATED,
        exhibits=(
            Documentation(
                discipline="PT",
                authored=WRITTEN,
                evaluated=EVALUATED,
                onset=date(2023, 4, 2),
                plan=plan(_STEP_GOALS, ("97530", "97116", "97112"), "1", 10),
                scores=(score("PDMS-3", "70", sd="-2.0"),),
                ordered=ORDERED,
                red_flags=None,
                screening=date(2026, 10, 15),
            ),
        ),
        orderer=PAEDIATRICIAN,
        ordered=ORDERED,
    ),
)

CHILDREN = (CHILD_OT, CHILD_PT)

"""Low back: the everyday requests of an outpatient clinic."""

from dataclasses import replace
from datetime import date

from fhirpa.testkit.builder_claim import Line
from fhirpa.testkit.builder_evidence import Diagnosis, Note
from fhirpa.testkit.builder_people import Person
from fhirpa.testkit.scenario import Scenario, answers
from fhirpa.testkit.scenarios_common import (
    ACTIVE,
    BACK_GOALS,
    BACK_RECORD,
    BACK_REQUEST,
    EVALUATED,
    WRITTEN,
    plan,
    score,
    weeks,
)

_EVALUATION_NOTE = Note(
    "18735-1",
    "Physical therapy initial evaluation",
    EVALUATED,
    "Low back pain since a weekend of moving boxes, 4 weeks. No leg symptoms below the knee. Lumbar flexion "
    "limited to mid-shin with pain, extension 50 %. Straight leg raise negative both sides. Reflexes and "
    "sensation intact. ODI 44 %, worst pain 6/10. Works at a desk, sits 15 minutes. No night pain, no fever, "
    "no weight loss, no bladder or bowel change, no trauma.\n",
)

INITIAL = Scenario(
    "lbp-initial",
    "Adult low back pain, first request: 8 visits in 6 weeks",
    "The ordinary case. Evaluation within 30 days, order within 90 days, ODI 44 % (20 % or more is a "
    "limitation), a plan of care with measurable goals, active treatment, no red flag. Eight visits in six "
    "weeks is the policy's first block, so all of it is certified.",
    answers("A1"),
    replace(BACK_REQUEST, exhibits=(BACK_RECORD, _EVALUATION_NOTE)),
)

TWENTY_VISITS = Scenario(
    "lbp-20-visits",
    "Adult low back pain, first request: 20 visits in 10 weeks",
    "The same patient, but more than the first block is asked for. Eight visits are certified now so that "
    "treatment can start; the other twelve wait for a therapist's review. The line is pended, and the "
    "certified block stands beside it.",
    answers("A4"),
    replace(
        BACK_REQUEST,
        lines=(Line("97110", 20),),
        end=weeks(10),
        exhibits=(replace(BACK_RECORD, plan=plan(BACK_GOALS, ACTIVE, "2", 10)),),
    ),
)

EXPEDITED = Scenario(
    "lbp-expedited",
    "Low back pain with leg pain, expedited",
    "Level of service urgent: the clock is shorter, the criteria are the same and are met. ODI 62 %.",
    answers("A1"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(1974, 9, 2), "Round Rock", "78664"),
        diagnoses=(Diagnosis("M54.16", recorded=date(2026, 11, 12), onset=date(2026, 11, 9)),),
        exhibits=(replace(BACK_RECORD, onset=date(2026, 11, 9), scores=(score("ODI", "62", unit="%"),)),),
        expedited=True,
        message="Cannot work (warehouse picker); a delay risks loss of function. Please call 512-555-0110.",
    ),
)

_LATER_GOALS = (
    replace(BACK_GOALS[0], current="50 minutes", status="advanced"),
    replace(BACK_GOALS[1], current="20 lb", status="met"),
)
_BEFORE, _NOW = date(2026, 10, 12), date(2026, 11, 19)

RECERTIFICATION = Scenario(
    "lbp-recert-progress",
    "Low back pain, recertification with progress: 6 more visits in 4 weeks",
    "The same measure before and after: ODI from 46 % to 28 %, a change of 18 (10 or more is progress). One "
    "goal met, one advanced, 8 of 9 visits attended, a discharge plan. Six visits in four weeks is the "
    "policy's further block.",
    answers("A1"),
    replace(
        BACK_REQUEST,
        person=Person("female", date(1968, 12, 30)),
        lines=(Line("97110", 6),),
        end=weeks(4),
        exhibits=(
            replace(
                BACK_RECORD,
                onset=date(2026, 9, 21),
                plan=plan(_LATER_GOALS, ACTIVE, "1.5", 4, day=_NOW),
                scores=(score("ODI", "46", _BEFORE, unit="%"), score("ODI", "28", _NOW, unit="%")),
                attended=8,
                scheduled=9,
            ),
            Note(
                "11507-1",
                "Physical therapy progress note",
                _NOW,
                "8 of 9 visits attended (1 missed, child ill). ODI 46 to 28. Sits 50 minutes, lifts 20 lb "
                "from the floor. Home programme five days a week. Plan: taper to discharge in 4 weeks.\n",
            ),
        ),
        renewal=True,
    ),
)

RECERTIFICATION_UNCLEAR = Scenario(
    "lbp-recert-no-measure",
    "Low back pain, recertification without a comparable measure",
    "Six more visits are asked for, but progress cannot be told: at the start pain was scored, now the ODI, "
    "and the goals have no current value. Nobody says there was no progress: we ask for the progress note or "
    "a second score of the same measure, and the line waits for it.",
    answers("A4"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(1959, 3, 8)),
        lines=(Line("97110", 6),),
        end=weeks(4),
        exhibits=(
            replace(
                BACK_RECORD,
                onset=date(2026, 9, 21),
                plan=plan(BACK_GOALS, ACTIVE, "1.5", 4, day=_NOW),
                scores=(score("NPRS", "7", _BEFORE), score("ODI", "34", _NOW, unit="%")),
                attended=8,
                scheduled=9,
            ),
        ),
        renewal=True,
    ),
)


RED_FLAG = Scenario(
    "lbp-red-flag",
    "Low back pain with a red flag recorded",
    "The therapist answered yes to the red flag questions and no clearance is recorded. A person looks at it "
    "the same day; the answer carries advice on what to do at once. It is not a refusal.",
    answers("A4"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(1966, 11, 5)),
        exhibits=(replace(BACK_RECORD, red_flags=True, red_flags_cleared=False),),
    ),
)

_PASSIVE = ("97035", "97010", "97014")

PASSIVE_ONLY = Scenario(
    "lbp-passive-only",
    "Low back pain, passive modalities only",
    "Ultrasound, packs and unattended stimulation and nothing active: whether a therapist's skill is needed "
    "is a clinician's question, so the line waits for clinical review.",
    answers("A4"),
    replace(
        BACK_REQUEST,
        person=Person("female", date(1977, 5, 25)),
        lines=(Line("97035", 8),),
        exhibits=(replace(BACK_RECORD, plan=plan(BACK_GOALS, _PASSIVE)),),
    ),
)


MISSING_PLAN = Scenario(
    "lbp-no-plan-of-care",
    "Low back pain, plan of care missing",
    "Evaluation, order and scores are there, the plan of care is not. We ask for it by its document code; "
    "the line waits.",
    answers("A4"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(1979, 8, 16)),
        exhibits=(replace(BACK_RECORD, plan=None),),
    ),
)

MISSING_EVERYTHING = Scenario(
    "lbp-nothing-attached",
    "Low back pain, nothing attached",
    "A diagnosis and a code, no evaluation, no plan of care, no score, no order. We ask for all of it in one "
    "list; the line waits.",
    answers("A4"),
    replace(
        BACK_REQUEST,
        person=Person("female", date(1992, 12, 1)),
        diagnoses=(Diagnosis("M54.50"),),
        exhibits=(),
        orderer=None,
        ordered=None,
    ),
)

PAGES_ONLY = Scenario(
    "lbp-documents-only",
    "Low back pain, scanned pages only",
    "Evaluation and plan of care are attached as pages. A page is a page: what it says is read by a person, "
    "or asked for in the questionnaire. The line waits.",
    answers("A4"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(1971, 6, 22)),
        exhibits=(
            _EVALUATION_NOTE,
            Note(
                "18776-5",
                "Physical therapy plan of care",
                WRITTEN,
                "2 visits a week for 4 weeks. Exercise, functional training, manual therapy. Goals: sit 60 "
                "minutes, lift 20 lb from the floor, both by January. Home programme taught.\n",
            ),
        ),
    ),
)

BACK = (
    *(INITIAL, TWENTY_VISITS, EXPEDITED, RECERTIFICATION, RECERTIFICATION_UNCLEAR, RED_FLAG, PASSIVE_ONLY),
    *(MISSING_PLAN, MISSING_EVERYTHING, PAGES_ONLY),
)

"""After surgery, stroke, therapy at home, evaluations: other policies of the programme."""

from dataclasses import replace
from datetime import date

from fhirpa.testkit.builder import Request
from fhirpa.testkit.builder_claim import Line
from fhirpa.testkit.builder_evidence import Diagnosis, Documentation, Goal, Note, Operation
from fhirpa.testkit.builder_people import (
    NEUROLOGIST,
    ORTHOPAEDIST,
    OT_NEURO,
    PT_HOME,
    PT_NEURO,
    PT_ORTHO,
    Person,
)
from fhirpa.testkit.scenario import Scenario, answers
from fhirpa.testkit.scenarios_common import (
    BACK_REQUEST,
    CREATED,
    EVALUATED,
    ORDERED,
    START,
    WRITTEN,
    plan,
    score,
    weeks,
)

_SURGERY = date(2026, 11, 16)
_KNEE_GOALS = (
    Goal("Walk on level ground without a cane", "200 ft with walker", "1000 ft alone", date(2027, 1, 22)),
    Goal("Climb one flight of stairs, step over step", "not able", "12 steps, one rail", date(2027, 1, 22)),
    Goal("Bend the right knee to get up from a chair", "78 degrees", "115 degrees", date(2027, 1, 22)),
)
_KNEE_RECORD = Documentation(
    discipline="PT",
    authored=WRITTEN,
    evaluated=EVALUATED,
    onset=_SURGERY,
    surgery=(_SURGERY, "Total knee replacement, right; weight bearing as tolerated, no kneeling 6 weeks"),
    plan=plan(_KNEE_GOALS, ("97110", "97116", "97140", "97530"), "2", 6),
    scores=(
        score("ROM", "78", side="right", unit="deg"),
        score("TUG", "19.4", unit="s"),
        score("LEFS", "24"),
    ),
    ordered=_SURGERY,
)
_KNEE_DIAGNOSES = (Diagnosis("Z96.651", recorded=_SURGERY), Diagnosis("Z47.1", recorded=_SURGERY))
_KNEE_REPLACED = Operation("27447", "Total knee replacement, right", _SURGERY)
_OPERATION_NOTE = Note(
    "11504-8",
    "Operative note",
    _SURGERY,
    "Right total knee replacement, cemented, uneventful. Weight bearing as tolerated with walker. No "
    "kneeling for 6 weeks. Outpatient physical therapy from week 3, range of motion first.\n",
)
_KNEE_REQUEST = Request(
    person=Person("female", date(1957, 10, 3), "Georgetown", "78626"),
    therapists=(PT_ORTHO,),
    diagnoses=_KNEE_DIAGNOSES,
    lines=(Line("97110", 12),),
    start=START,
    end=weeks(6),
    created=CREATED,
    exhibits=(_KNEE_RECORD, _KNEE_REPLACED, _OPERATION_NOTE),
    orderer=ORTHOPAEDIST,
    ordered=_SURGERY,
)

KNEE = Scenario(
    "tka-postop",
    "After knee replacement: 12 visits in 6 weeks",
    "Three weeks after surgery: date and kind of operation, the surgeon's precautions, knee motion, TUG and "
    "LEFS are there. Twelve visits twice a week lie within the first block of 16 visits in 8 weeks.",
    answers("A1"),
    _KNEE_REQUEST,
)

KNEE_CODES = Scenario(
    "tka-several-codes",
    "After knee replacement: three procedure codes for the same 12 visits",
    "A visit counts once per discipline, however many codes are billed in it. The three lines share the same "
    "12 visits, and all three are certified.",
    answers("A1", "A1", "A1"),
    replace(
        _KNEE_REQUEST,
        person=Person("male", date(1960, 1, 25), "Temple", "76501"),
        lines=(Line("97110", 12), Line("97116", 12), Line("97140", 12)),
    ),
)

_HOME_RECORD = replace(
    _KNEE_RECORD,
    plan=plan(_KNEE_GOALS, ("97110", "97116", "97530"), "2", 4),
    home_reason="Lives alone on the second floor, 14 steps without a rail, not safe to leave home without "
    "two people; no transport to a clinic until cleared to drive.",
)
_HOME_REQUEST = replace(
    _KNEE_REQUEST,
    person=Person("female", date(1955, 2, 2), "Wimberley", "78676"),
    therapists=(PT_HOME,),
    lines=(Line("97110", 8, place="12"),),
    end=weeks(4),
    exhibits=(_HOME_RECORD, _KNEE_REPLACED, _OPERATION_NOTE),
)

HOME = Scenario(
    "home-pt-reason",
    "Home physical therapy after knee replacement, with the reason",
    "Place of service home, and the record says why: stairs, no safe way out, no transport. The criteria are "
    "those after knee replacement; visits count the same.",
    answers("A1"),
    _HOME_REQUEST,
)

HOME_NO_REASON = Scenario(
    "home-pt-no-reason",
    "Home physical therapy after knee replacement, reason missing",
    "All as before, but nothing says why therapy has to be at home. On a commercial plan that is a question "
    "for the practice and a clinician; the line waits.",
    answers("A4"),
    replace(
        _HOME_REQUEST,
        person=Person("male", date(1958, 9, 14), "Dripping Springs", "78620"),
        exhibits=(replace(_HOME_RECORD, home_reason=None), _KNEE_REPLACED, _OPERATION_NOTE),
    ),
)

_STROKE = date(2026, 10, 6)
_ARM_GOALS = (
    Goal("Button a shirt with both hands", "not able", "5 buttons in 3 minutes", date(2027, 1, 29)),
    Goal("Prepare a cold meal at the counter", "needs full help", "supervision only", date(2027, 1, 29)),
)
_GAIT_GOALS = (
    Goal("Walk in the neighbourhood", "150 ft with quad cane", "1000 ft with cane", date(2027, 1, 29)),
    Goal("Stand at the sink without holding on", "20 seconds", "5 minutes", date(2027, 1, 29)),
)
_OT_RECORD = Documentation(
    discipline="OT",
    authored=WRITTEN,
    evaluated=EVALUATED,
    onset=_STROKE,
    plan=plan(_ARM_GOALS, ("97535", "97530", "97112"), "2", 8),
    scores=(score("FMA-UE", "31", side="right"), score("ARAT", "22", side="right")),
    ordered=ORDERED,
)
_PT_RECORD = Documentation(
    discipline="PT",
    authored=WRITTEN,
    evaluated=EVALUATED,
    onset=_STROKE,
    plan=plan(_GAIT_GOALS, ("97112", "97116", "97530"), "2.5", 8),
    scores=(score("BBS", "34"), score("10MWT", "0.52", unit="m/s")),
    ordered=ORDERED,
)
_HEMIPLEGIA = (Diagnosis("I69.351", recorded=ORDERED, onset=_STROKE),)
_STROKE_REQUEST = Request(
    person=Person("male", date(1963, 7, 30), "College Station", "77840"),
    therapists=(OT_NEURO,),
    diagnoses=_HEMIPLEGIA,
    lines=(Line("97535", 16, ("GO",), "AD", place="22"),),
    start=START,
    end=weeks(8),
    created=CREATED,
    exhibits=(_OT_RECORD,),
    orderer=NEUROLOGIST,
    ordered=ORDERED,
)

STROKE_OT = Scenario(
    "stroke-ot",
    "Occupational therapy after stroke: 16 visits in 8 weeks",
    "Two months after the stroke, arm function clearly limited (Fugl-Meyer 31 of 66). Within six months the "
    "first block is up to 24 visits in 8 weeks.",
    answers("A1"),
    _STROKE_REQUEST,
)

STROKE_PT = Scenario(
    "stroke-pt-early",
    "Physical therapy early after stroke: 20 visits in 8 weeks",
    "Berg balance 34 of 56, gait 0.52 m/s, seven weeks after the stroke. Twenty visits lie within the block.",
    answers("A1"),
    replace(
        _STROKE_REQUEST,
        person=Person("female", date(1970, 5, 12), "Bryan", "77802"),
        therapists=(PT_NEURO,),
        lines=(Line("97112", 20, place="22"),),
        exhibits=(_PT_RECORD,),
    ),
)

STROKE_BOTH = Scenario(
    "stroke-pt-and-ot",
    "Physical and occupational therapy after stroke in one request",
    "Two lines, one per discipline, each with its own therapist, plan of care and goals. The goals differ, "
    "so nothing is done twice; both are certified.",
    answers("A1", "A1"),
    replace(
        _STROKE_REQUEST,
        person=Person("female", date(1961, 11, 18), "Navasota", "77868"),
        therapists=(PT_NEURO, OT_NEURO),
        lines=(
            Line("97112", 16, place="22"),
            Line("97535", 16, ("GO",), "AD", place="22", therapist=1),
        ),
        exhibits=(
            replace(_PT_RECORD, plan=plan(_GAIT_GOALS, ("97112", "97116"), "2", 8)),
            _OT_RECORD,
        ),
    ),
)

WRONG_DISCIPLINE = Scenario(
    "wrong-discipline",
    "An occupational therapy code with the modifier of physical therapy",
    "97129 is an occupational therapy service here, the modifier says physical therapy (GP). Which is meant "
    "is asked, not guessed: the line waits.",
    answers("A4"),
    replace(
        _STROKE_REQUEST,
        person=Person("male", date(1959, 4, 26), "Bryan", "77803"),
        lines=(Line("97129", 12, ("GP",), "AD", place="22"),),
    ),
)


EVALUATION = Scenario(
    "evaluation-only",
    "Physical therapy evaluation only",
    "An initial evaluation needs no authorization. The answer says so and tells what to send with the "
    "request for treatment.",
    answers("NA"),
    replace(
        BACK_REQUEST,
        person=Person("female", date(1999, 2, 27)),
        lines=(Line("97161", 1),),
        end=START,
        exhibits=(),
    ),
)

EVALUATION_AND_TREATMENT = Scenario(
    "evaluation-and-treatment",
    "Evaluation and treatment in one request",
    "Line 1 is the evaluation that was done on November 19: no authorization needed. Line 2 is the treatment "
    "that follows from it: criteria met, certified.",
    answers("NA", "A1"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(1986, 6, 6)),
        lines=(Line("97162", 1, period=(EVALUATED, EVALUATED)), Line("97110", 8)),
    ),
)

PROGRAMME = (
    *(KNEE, KNEE_CODES, HOME, HOME_NO_REASON, STROKE_OT, STROKE_PT, STROKE_BOTH, WRONG_DISCIPLINE),
    *(EVALUATION, EVALUATION_AND_TREATMENT),
)

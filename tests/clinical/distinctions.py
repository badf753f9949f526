"""Cases that look alike and are answered otherwise: place, discipline, who treats, which visits, which path.

Answers written from the reference before the engine ran.
"""

from decimal import Decimal

from fhirpa.um.context import BenefitUse
from fhirpa.um.evidence import Clinician, Evaluation, LicenceKind
from tests.clinical.vignettes import Vignette, chart, evidence, ot, pt
from tests.um.requests import HERE, day, score

FALLS = chart(score("TUG", "16"), weekly="1.25", over="8")


def evaluated_by(licence: LicenceKind) -> tuple[Evaluation, ...]:
    return (Evaluation(HERE, day(-5), None, Clinician(licence)),)


PLACES = (
    Vignette(
        says="falls, 78, nursing facility, exercise and functional activities",
        why="place 31 is outpatient therapy of a resident; more than exercise is planned (§6 POS, GERI)",
        answer=("certify 10", "certify 10"),
        lines=(pt(visits=10, over=8, place_of_service="31"), pt("97530", 10, 8, 2, place_of_service="31")),
        age=78,
        dx=("R2689",),
        facts=FALLS,
    ),
    Vignette(
        says="falls, 78, nursing facility, exercise only",
        why="exercise only of a facility resident is for a clinician (§8.2 GERI)",
        answer=("person: clinical-review",),
        lines=(pt(visits=10, over=8, place_of_service="32"),),
        age=78,
        dx=("R2689",),
        facts=FALLS,
    ),
    Vignette(
        says="falls, 78, exercise only, at the clinic",
        why="the question of the facility is not asked elsewhere (§8.2 GERI)",
        answer=("certify 10",),
        lines=(pt(visits=10, over=8),),
        age=78,
        dx=("R2689",),
        facts=FALLS,
    ),
    Vignette(
        says="low back at home in assisted living, no reason told",
        why="place 13 is home: the reason is asked for (§6 POS, HOME)",
        answer=("ask home-reason",),
        lines=(pt(place_of_service="13"),),
    ),
    Vignette(
        says="low back by video, not at home",
        why="place 02 is telehealth, not home: the criteria of the clinic (§6 POS)",
        answer=("certify 8",),
        lines=(pt(place_of_service="02", modifiers=("GP", "95")),),
    ),
    Vignette(
        says="telehealth modifier beside an office",
        why="95, GT and 93 go with places 02 and 10 (§6): where will it take place?",
        answer=("person: place-question",),
        lines=(pt(place_of_service="11", modifiers=("GP", "GT")),),
    ),
    Vignette(
        says="telehealth modifier and no place, manual therapy",
        why="the modifier says telehealth; hands-on treatment is a question (§6)",
        answer=("person: telehealth-question",),
        lines=(pt("97140", place_of_service=None, modifiers=("GP", "93")),),
    ),
)

WHO = (
    Vignette(
        says="occupational therapy for low back pain",
        why="the diagnosis supports physical therapy: a clinician reads it (C06)",
        answer=("person: discipline-outside",),
        lines=(ot(),),
    ),
    Vignette(
        says="occupational therapy for neck pain",
        why="as for the low back (C06)",
        answer=("person: discipline-outside",),
        lines=(ot(),),
        dx=("M542",),
        facts=chart(score("NDI", "22")),
    ),
    Vignette(
        says="occupational therapy for dizziness",
        why="as for the low back (C06)",
        answer=("person: discipline-outside",),
        lines=(ot(),),
        dx=("H8113",),
        facts=chart(score("DHI", "40")),
    ),
    Vignette(
        says="occupational therapy after a stroke",
        why="the diagnosis supports both (NEURO-STROKE)",
        answer=("certify 24",),
        lines=(ot(visits=24, over=8),),
        dx=("I639",),
        facts=chart(score("FMA-UE", "40"), weekly="3", over="8", onset=day(-30)),
    ),
    Vignette(
        says="evaluation line with the assistant's modifier",
        why="assistants never evaluate (§5; CQ: an assistant renders it, §6)",
        answer=("person: assistant-question",),
        lines=(pt("97161", 1, modifiers=("GP", "CQ")),),
    ),
    Vignette(
        says="treatment line with the assistant's modifier",
        why="CQ is informational at prior authorization (§6)",
        answer=("certify 8",),
        lines=(pt(modifiers=("GP", "CQ")),),
    ),
    Vignette(
        says="the evaluation on file was done by an assistant",
        why="assistants never evaluate (§5): who is the responsible therapist?",
        answer=("person: assistant-question",),
        lines=(pt(),),
        facts=evidence(evaluations=evaluated_by(LicenceKind.PTA)),
    ),
    Vignette(
        says="the evaluation on file was done by a therapist",
        why="nothing to ask (C04)",
        answer=("certify 8",),
        lines=(pt(),),
        facts=evidence(evaluations=evaluated_by(LicenceKind.PT)),
    ),
    Vignette(
        says="Medicaid, co-treatment modifier",
        why="two disciplines at once need goals, reason and a split of time (§5 co-treatment): a clinician",
        answer=("person: co-treatment-question",),
        lines=(pt(modifiers=("GP", "U5", "U3", "AT")),),
        plan="SANDBOX-MCD",
    ),
    Vignette(
        says="commercial, the same modifier",
        why="the modifier means co-treatment in Medicaid only (§6)",
        answer=("certify 8",),
        lines=(pt(modifiers=("GP", "U3")),),
    ),
)

BENEFIT = (
    Vignette(
        says="Medicare Advantage, notice modifier GA",
        why="GA is not for Medicare Advantage: what it stands for is asked (§6)",
        answer=("ask modifier-unused",),
        lines=(pt(modifiers=("GP", "GA")),),
        plan="SANDBOX-MA",
    ),
    Vignette(
        says="habilitative visits used up, rehabilitative therapy asked",
        why="the two never share one limit (45 CFR 156.115(a)(5))",
        answer=("certify 8",),
        lines=(pt(modifiers=("GP", "97"), period=pt(over=4).period),),
        plan="SANDBOX-QHP",
        used=(BenefitUse("HABIL", 2026, Decimal(35)),),
    ),
    Vignette(
        says="neither modifier, developmental delay",
        why="the condition says habilitative where no modifier does (C21)",
        answer=("person: benefit-none-left",),
        lines=(pt(visits=4, over=4),),
        plan="SANDBOX-QHP",
        age=4,
        dx=("F82",),
        facts=chart(score("PDMS-3", "70"), weekly="1", over="4"),
        used=(BenefitUse("HABIL", 2026, Decimal(35)),),
    ),
)

DISTINCTIONS = (*PLACES, *WHO, *BENEFIT)

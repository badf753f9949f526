"""Benefits, renewals, dates, providers. Answers written from the domain, before the engine saw them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from fhirpa.um.context import BenefitUse
from fhirpa.um.evidence import Evaluation
from fhirpa.um.request import Party, ServiceLine, Span
from fhirpa.um.terms import LineState, ReviewType
from tests.clinical.vignettes import Vignette, chart, evidence, ot, pt, renewed
from tests.um.requests import (
    CLINIC,
    HERE,
    OTHER_CLINIC,
    RECEIVED,
    THERAPIST,
    day,
    plan_of_care,
    prior,
    provider,
    score,
    surgery,
)


def _left(visits: int, of: int = 30, bucket: str = "PT") -> tuple[BenefitUse, ...]:
    return (BenefitUse(bucket, 2026, Decimal(of - visits)),)


def _again(visits: int = 6, over: int = 4, **more: Any) -> ServiceLine:
    return pt(visits=visits, over=over, review_type=ReviewType.RENEWAL, **more)


BENEFITS = (
    Vignette(
        says="5 of 30 visits left, 8 asked, all within the year",
        why="what remains is certified, the rest is a benefit matter for a person (issue: hard limit)",
        answer=("block 5",),
        lines=(pt(period=Span(day(0), day(28))),),
        used=_left(5),
    ),
    Vignette(
        says="1 visit left",
        why="as above",
        answer=("block 1",),
        lines=(pt(period=Span(day(0), day(28))),),
        used=_left(1),
    ),
    Vignette(
        says="no visit left",
        why="nothing to certify; a person reviews the benefit, nobody speaks of necessity",
        answer=("person: benefit-none-left",),
        lines=(pt(period=Span(day(0), day(28))),),
        used=_left(0),
    ),
    Vignette(
        says="no visit left this year, the course runs four weeks into the next",
        why="the part of the next year draws on the next year (§9)",
        answer=("block 4",),
        lines=(pt(period=Span(day(3), day(58))),),
        used=_left(0),
    ),
    Vignette(
        says="60 of 60 used under a soft limit",
        why="a soft limit is a note (§9)",
        answer=("certify 8",),
        lines=(pt(),),
        plan="SANDBOX-SF",
        used=(BenefitUse("THERAPY", 2026, Decimal(60)),),
    ),
    Vignette(
        says="Medicaid adult, multiple sclerosis, no acute modifier",
        why="adults have acute therapy only in Medicaid: a benefit question for a person (§5)",
        answer=("person",),
        lines=(pt(visits=12, over=8, modifiers=("GP", "U5")),),
        plan="SANDBOX-MCD",
        dx=("G35",),
        facts=chart(score("TUG", "16"), weekly="1.5", over="8"),
    ),
    Vignette(
        says="Medicaid adult, relapse of multiple sclerosis, acute modifier",
        why="an acute exacerbation is the acute path (§5, AT)",
        answer=("certify 12",),
        lines=(pt(visits=12, over=8, modifiers=("GP", "U5", "AT")),),
        plan="SANDBOX-MCD",
        dx=("G35",),
        facts=chart(score("TUG", "16"), weekly="1.5", over="8"),
    ),
    Vignette(
        says="Medicaid adult, third 60-day period",
        why="two acute periods, then a person (§5)",
        answer=("person",),
        lines=(_again(modifiers=("GP", "U5", "AT")),),
        plan="SANDBOX-MCD",
        facts=renewed(),
        before=(
            prior(6),
            prior(6, case_number="C0000000026", period=Span(day(-100), day(-50))),
        ),
    ),
    Vignette(
        says="Medicaid adult, 22 asked over 12 weeks after a stroke",
        why="60 days at a time, which hold 18 visits at two a week; the others wait for a person (§5)",
        answer=("block 18",),
        lines=(pt(visits=22, over=12, modifiers=("GP", "U5", "AT")),),
        plan="SANDBOX-MCD",
        dx=("I639",),
        facts=chart(score("BBS", "40"), weekly="2", over="12", onset=day(-30)),
    ),
)

RENEWALS = (
    Vignette(
        says="low back, ODI 42 to 28 since the first block",
        why="a change of 14 is progress (C18): 6/4",
        answer=("certify 6",),
        lines=(_again(),),
        facts=renewed(),
        before=(prior(),),
    ),
    Vignette(
        says="renewal asked from today, the running authorization has ten days to go",
        why="an extension continues the day after, the visits do not pile up",
        answer=("certify 6",),
        lines=(_again(over=6),),
        facts=renewed(),
        before=(prior(period=Span(day(-40), day(10))),),
    ),
    Vignette(
        says="renewal for weeks that are certified already",
        why="nothing to extend: replace or add? (C12)",
        answer=("person: duplicate-own",),
        lines=(_again(over=3),),
        facts=renewed(),
        before=(prior(period=Span(day(-40), day(30))),),
    ),
    Vignette(
        says="low back, ODI 42 to 39",
        why="too little to say: a clinician, never closed (C18)",
        answer=("person",),
        lines=(_again(),),
        facts=renewed(score("ODI", "42", -45), score("ODI", "39", -5)),
        before=(prior(),),
    ),
    Vignette(
        says="low back, one score only, no state of goals",
        why="no pair of values: ask for the progress report",
        answer=("ask progress-pt",),
        lines=(_again(),),
        facts=renewed(score("ODI", "30", -5)),
        before=(prior(),),
    ),
    Vignette(
        says="low back, pneumonia in between, new goals",
        why="new goals after a documented setback count (§7 d)",
        answer=("certify 6",),
        lines=(_again(),),
        facts=renewed(score("ODI", "44", -5), regression_or_setback=True),
        before=(prior(),),
    ),
    Vignette(
        says="second renewal: ODI 60 to 40 in the first block, 40 to 40 since",
        why="progress counts from the last certification (C18): a clinician",
        answer=("person",),
        lines=(_again(),),
        facts=renewed(score("ODI", "60", -105), score("ODI", "40", -46), score("ODI", "40", -5)),
        before=(
            prior(6),
            prior(8, case_number="C0000000026", period=Span(day(-104), day(-50))),
        ),
    ),
    Vignette(
        says="renewal with progress, passive modalities only",
        why="a renewal needs a therapist's skill as the first block did (C08)",
        answer=("person", "person"),
        lines=(
            _again(service=pt("97010").service),
            _again(at=2, service=pt("97014").service),
        ),
        facts=renewed(),
        before=(prior(),),
    ),
    Vignette(
        says="renewal with progress, a red flag recorded since",
        why="a red flag is never too late (C14)",
        answer=("person",),
        lines=(_again(),),
        facts=renewed(red_flags=True),
        before=(prior(),),
    ),
    Vignette(
        says="knee prosthesis, renewal with progress, infected since",
        why="POSTOP-TKA: infection goes to a clinician on a renewal too",
        answer=("person",),
        lines=(_again(),),
        dx=("Z96651", "T8453XD"),
        facts=renewed(score("LEFS", "20", -45), score("LEFS", "40", -5), surgeries=(surgery(-60),)),
        before=(prior(diagnosis_group="arthroplasty_tka", policy_id="POSTOP-TKA"),),
    ),
    Vignette(
        says="renewal without any order",
        why="C02 holds for every request (§8.2): ask for it",
        answer=("ask order",),
        lines=(_again(),),
        facts=renewed(orders=()),
        before=(prior(),),
    ),
    Vignette(
        says="renewal with progress, half the visits missed",
        why="50 % attended: a clinician with outreach (C19)",
        answer=("person",),
        lines=(_again(),),
        facts=renewed(visits_attended=Decimal(4), visits_scheduled=Decimal(8)),
        before=(prior(),),
    ),
    Vignette(
        says="stroke, renewal at 4 months with progress",
        why="NEURO early: +16/8",
        answer=("certify 16",),
        lines=(_again(16, 8),),
        dx=("I69351",),
        facts=renewed(
            *(score("BBS", "30", -60), score("BBS", "41", -5)),
            onset=day(-120),
            plans_of_care=(plan_of_care("2", "8", discharge_plan=True),),
        ),
        before=(prior(24, diagnosis_group="stroke", policy_id="NEURO-STROKE"),),
    ),
)

ROUTES = (
    Vignette(
        says="evaluation and treatment asked together, the evaluation on the first day",
        why="the evaluation is free (EVAL), treatment is judged by itself",
        answer=("free", "certify 8"),
        lines=(pt("97162", 1), pt(at=2)),
        facts=evidence(evaluations=(Evaluation(HERE, day(0), None),)),
        knows={"received_at": RECEIVED + timedelta(days=1)},
    ),
    Vignette(
        says="second evaluation of the same clinic within 180 days",
        why="a reviewer asks what changed (EVAL)",
        answer=("person: evaluation-repeat",),
        lines=(pt("97161", 1),),
        before=(prior(None, is_evaluation=True, service_code="97161", state=LineState.NOT_REQUIRED),),
    ),
    Vignette(
        says="a low and a high evaluation of one discipline in one request, one of the other beside them",
        why="one evaluation per discipline and episode is free (EVAL), the second is a question",
        answer=("free", "person: evaluation-count", "free"),
        lines=(pt("97161", 1), pt("97163", 1, at=2), ot("97166", 1, at=3)),
    ),
    Vignette(
        says="evaluation by an assistant",
        why="assistants never evaluate (§5, §6)",
        answer=("person",),
        lines=(pt("97161", 1, rendering=Party(npi=THERAPIST, taxonomies=("225200000X",), is_person=True)),),
    ),
    Vignette(
        says="treatment by an assistant under a therapist's plan",
        why="assistants treat under supervision (§5)",
        answer=("certify 8",),
        lines=(pt(rendering=Party(npi=THERAPIST, taxonomies=("225200000X",), is_person=True)),),
    ),
    Vignette(
        says="request submitted by an assistant",
        why="the submitter must not be an assistant (§6): a person asks who answers for the plan",
        answer=("person",),
        lines=(pt(),),
        more={"requester": Party(npi=CLINIC, taxonomies=("225200000X",), is_person=True)},
    ),
    Vignette(
        says="the same weeks are certified to another clinic",
        why="transfer of care? a person asks; the other case is not named (C12)",
        answer=("person: duplicate-other",),
        lines=(pt(),),
        before=(prior(requester_npi=OTHER_CLINIC, period=Span(day(-10), day(30))),),
    ),
    Vignette(
        says="the same weeks are certified to this clinic",
        why="replace or add? a person asks (C12)",
        answer=("person: duplicate-own",),
        lines=(pt(),),
        before=(prior(period=Span(day(-10), day(30))),),
    ),
    Vignette(
        says="one start date and no end, another clinic certified from the week after",
        why="the course runs on into those weeks (C12)",
        answer=("person: duplicate-other",),
        lines=(pt(period=Span(day(0), day(0))),),
        before=(prior(requester_npi=OTHER_CLINIC, period=Span(day(7), day(60))),),
    ),
    Vignette(
        says="out of network, HMO",
        why="network adequacy first, by a person (§9)",
        answer=("person: network-review",),
        lines=(pt(),),
        plan="SANDBOX-QHP",
        knows={"providers": {CLINIC: provider(CLINIC, in_network=False)}},
    ),
    Vignette(
        says="request 30 days after the first visit, plan window two business days",
        why="the retro window is a benefit matter for a person (C16, §9)",
        answer=("person: retro-window",),
        lines=(pt(),),
        knows={"received_at": RECEIVED + timedelta(days=37)},
    ),
    Vignette(
        says="ambulatory surgery centre as place",
        why="not expected for therapy: ask (POS 24)",
        answer=("person: place-question",),
        lines=(pt(place_of_service="24"),),
    ),
    Vignette(
        says="GP and GO on one line",
        why="exactly one discipline a line (§6): a question",
        answer=("person: discipline-question",),
        lines=(pt(modifiers=("GP", "GO")),),
    ),
    Vignette(
        says="an order by a chiropractor",
        why="not on the list of who may order (§1): a person",
        answer=("person",),
        lines=(pt(),),
        more={"providers": (Party(npi=OTHER_CLINIC, taxonomies=("111N00000X",)),)},
    ),
    Vignette(
        says="rehabilitative modifier 97 on a marketplace plan, 3 visits left",
        why="97 draws on the rehabilitative limit (C21)",
        answer=("block 3",),
        lines=(pt(modifiers=("GP", "97"), period=Span(day(0), day(28))),),
        plan="SANDBOX-QHP",
        used=_left(3, 35, "REHAB"),
    ),
)
ADMINISTRATION = (*BENEFITS, *RENEWALS, *ROUTES)

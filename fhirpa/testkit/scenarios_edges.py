"""Benefits, eligibility, providers, services outside the programme, and other ways to send the evidence."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from fhirpa.testkit.builder_claim import Line
from fhirpa.testkit.builder_evidence import (
    ChartedPlan,
    Diagnosis,
    Documentation,
    Measurement,
)
from fhirpa.testkit.builder_people import OT_NEURO, PT_NEURO, PT_UNLISTED, PT_WRONG_NPI, Person
from fhirpa.testkit.fresh import Scope
from fhirpa.testkit.scenario import (
    Enrolled,
    Expected,
    Scenario,
    answers,
)
from fhirpa.testkit.scenarios_common import (
    ACTIVE,
    BACK_GOALS,
    BACK_PLAN,
    BACK_RECORD,
    BACK_REQUEST,
    plan,
    score,
    weeks,
)
from fhirpa.testkit.scenarios_programme import STROKE_BOTH

# An autumn course, so that the whole of it lies in one calendar year: visit limits are per year.
_AUTUMN = date(2026, 10, 5)
_AUTUMN_ORDER, _AUTUMN_EVALUATION, _AUTUMN_SENT = date(2026, 9, 15), date(2026, 9, 22), date(2026, 9, 28)


def _in_autumn(record: Documentation) -> Documentation:
    """The record as of September."""
    treatment = record.plan
    return replace(
        record,
        authored=_AUTUMN_EVALUATION,
        evaluated=_AUTUMN_EVALUATION,
        onset=date(2026, 8, 17),
        ordered=_AUTUMN_ORDER,
        scores=tuple(replace(s, day=_AUTUMN_EVALUATION) for s in record.scores),
        plan=treatment
        and replace(
            treatment,
            day=_AUTUMN_EVALUATION,
            start=_AUTUMN,
            end=None if treatment.weeks is None else weeks(treatment.weeks, _AUTUMN),
            goals=tuple(replace(g, due=date(2026, 11, 27)) for g in treatment.goals),
        ),
    )


OVER_LIMIT = Scenario(
    "over-benefit-limit",
    "Low back pain, 8 visits on a plan with a hard limit of 6 a year",
    "The clinical criteria are met for all eight visits; the plan pays for six in a calendar year. Six are "
    "certified, the other two wait for a person. The note speaks of the benefit, not of necessity.",
    answers("A4"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(1980, 10, 10)),
        diagnoses=(Diagnosis("M54.50", recorded=_AUTUMN_ORDER, onset=date(2026, 8, 17)),),
        start=_AUTUMN,
        end=weeks(6, _AUTUMN),
        created=_AUTUMN_SENT,
        ordered=_AUTUMN_ORDER,
        exhibits=(_in_autumn(BACK_RECORD),),
        plan="SANDBOX-COM-LOW",
    ),
)


def _thrice(record: Documentation) -> Documentation:
    """The record with a plan of care that holds the twenty visits."""
    return replace(record, plan=record.plan and replace(record.plan, per_week=Decimal(3)))


_PT, _OT = (e for e in STROKE_BOTH.request.exhibits if isinstance(e, Documentation))
COMBINED_LIMIT = Scenario(
    "qhp-combined-limit",
    "Stroke, 20 visits each of physical and occupational therapy on a marketplace plan",
    "Both lines meet the clinical criteria. The plan has one limit of 35 visits a year for the two "
    "disciplines together: the first line takes 20, of the second 15 are certified and 5 wait for a person.",
    answers("A1", "A4"),
    replace(
        STROKE_BOTH.request,
        person=Person("male", date(1972, 3, 21), "Houston", "77030"),
        therapists=(PT_NEURO, OT_NEURO),
        diagnoses=(Diagnosis("I69.351", recorded=_AUTUMN_ORDER, onset=date(2026, 8, 17)),),
        lines=(
            Line("97112", 20, place="22"),
            Line("97535", 20, ("GO",), "AD", place="22", therapist=1),
        ),
        start=_AUTUMN,
        end=weeks(8, _AUTUMN),
        created=_AUTUMN_SENT,
        ordered=_AUTUMN_ORDER,
        exhibits=(_thrice(_in_autumn(_PT)), _thrice(_in_autumn(_OT))),
        plan="SANDBOX-QHP",
    ),
)

COVERAGE_ENDED = Scenario(
    "coverage-ended",
    "Coverage ended before the service dates",
    "The coverage that was sent ended on September 30, therapy is to begin on December 7. That is a business "
    "error, not a clinical answer: the practice checks eligibility and sends again.",
    Expected(error="95"),
    replace(BACK_REQUEST, person=Person("female", date(1991, 7, 7)), covered_to=date(2026, 9, 30)),
)

WRONG_NPI = Scenario(
    "requester-npi-invalid",
    "The requesting practice's NPI has a wrong check digit",
    "Nobody has this NPI. The answer names the place in the request; correct and send again.",
    Expected(error="43"),
    replace(BACK_REQUEST, person=Person("male", date(1978, 2, 3)), therapists=(PT_WRONG_NPI,)),
)

IMAGING = Scenario(
    "imaging-not-in-programme",
    "Lumbar MRI sent to the therapy programme",
    "An imaging code is not physical or occupational therapy. It is never answered with 'no authorization "
    "required', since another programme may require one: contact the payer.",
    answers("CT"),
    replace(
        BACK_REQUEST,
        person=Person("female", date(1969, 9, 9)),
        lines=(Line("72148", 1, (), "62", "UN", "22"),),
        end=weeks(2),
        exhibits=(),
    ),
)

UNKNOWN_GROUP = Scenario(
    "diagnosis-without-policy",
    "A diagnosis that no policy covers",
    "Muscle spasm without a region belongs to none of the policies' diagnosis groups. A missing policy is no "
    "reason to refuse: a clinician reviews the request.",
    answers("A4"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(1987, 5, 17)),
        diagnoses=(Diagnosis("M62.838", recorded=date(2026, 11, 12)),),
    ),
)

OBSERVATIONS = Scenario(
    "evidence-as-observations",
    "Scores sent as Observations",
    "The same facts as in the ordinary case, but the scores come as Observations from the chart instead of "
    "questionnaire answers. It makes no difference.",
    answers("A1"),
    replace(
        BACK_REQUEST,
        person=Person("female", date(1984, 8, 8)),
        exhibits=(
            replace(BACK_RECORD, scores=()),
            Measurement(score("ODI", "46", unit="%")),
            Measurement(score("NPRS", "6")),
        ),
    ),
)

CARE_PLAN = Scenario(
    "evidence-as-care-plan",
    "Plan of care sent as CarePlan and Goals",
    "The plan of care comes as FHIR resources from the chart: frequency, period, services, and goals with "
    "target and date. A Goal has no place for a baseline; the scores of the evaluation are the baseline. It "
    "has none for the home programme either: that is asked for, and does not hold up the first block.",
    answers("A1"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(1993, 11, 11)),
        exhibits=(replace(BACK_RECORD, plan=None), ChartedPlan(BACK_PLAN)),
    ),
)

_COMMERCIAL = Enrolled(date(2026, 1, 1), None)

STRICT_MEMBER = Scenario(
    "strict-known-member",
    "Strict server: member and providers in the roster",
    "The ordinary case on a server that knows its members and providers from a roster. Sending it again is a "
    "repeat of the same submission and gets the same answer.",
    answers("A1"),
    replace(BACK_REQUEST, person=Person("female", date(1982, 12, 12))),
    mode="strict",
    fresh=Scope.UNCHANGED,
    enrolled=_COMMERCIAL,
)

STRICT_IMAGING = Scenario(
    "strict-not-in-programme",
    "Strict server: a service outside the programme",
    "Member and practice are known, the service is not therapy: contact the payer.",
    answers("CT"),
    replace(IMAGING.request, person=Person("male", date(1965, 1, 30))),
    mode="strict",
    fresh=Scope.SAME_MEMBER,
    enrolled=_COMMERCIAL,
)

STRICT_UNKNOWN_MEMBER = Scenario(
    "strict-unknown-member",
    "Strict server: member not in the roster",
    "The number is not known. The practice checks the card and sends again.",
    Expected(error="75"),
    replace(BACK_REQUEST, person=Person("female", date(1976, 4, 23))),
    mode="strict",
    fresh=Scope.SAME_MEMBER,
)

STRICT_COVERAGE_ENDED = Scenario(
    "strict-coverage-ended",
    "Strict server: enrolment ended before the service dates",
    "The coverage as sent looks open, the roster says that it ended on September 30. The roster counts.",
    Expected(error="95"),
    replace(BACK_REQUEST, person=Person("male", date(1967, 10, 1))),
    mode="strict",
    fresh=Scope.SAME_MEMBER,
    enrolled=Enrolled(date(2025, 1, 1), date(2026, 9, 30)),
)

STRICT_UNKNOWN_PROVIDER = Scenario(
    "strict-unknown-provider",
    "Strict server: requesting practice not in the roster",
    "The NPI is well formed, but the plan has no such provider on file.",
    Expected(error="51"),
    replace(BACK_REQUEST, person=Person("female", date(1989, 6, 15)), therapists=(PT_UNLISTED,)),
    mode="strict",
    fresh=Scope.SAME_MEMBER,
    enrolled=_COMMERCIAL,
)

NO_CLASS = Scenario(
    "no-plan-class",
    "Coverage without plan and without period",
    "No Coverage.class and no Coverage.period: both are optional. The commercial sandbox plan applies, from "
    "the service date on.",
    answers("A1"),
    replace(
        BACK_REQUEST,
        person=Person("female", date(1997, 1, 19)),
        exhibits=(replace(BACK_RECORD, plan=plan(BACK_GOALS, ACTIVE, "1", 6)),),
        lines=(Line("97110", 6),),
        plan=None,
        covered_from=None,
    ),
)

EDGES = (
    *(OVER_LIMIT, COMBINED_LIMIT, COVERAGE_ENDED, WRONG_NPI, IMAGING, UNKNOWN_GROUP, OBSERVATIONS),
    *(CARE_PLAN, NO_CLASS, STRICT_MEMBER, STRICT_IMAGING, STRICT_UNKNOWN_MEMBER),
    *(STRICT_COVERAGE_ENDED, STRICT_UNKNOWN_PROVIDER),
)

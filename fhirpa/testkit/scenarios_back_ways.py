"""Low back again: other plans, other members, other ways to ask for the same."""

from dataclasses import replace
from datetime import date

from fhirpa.testkit.builder_claim import Line
from fhirpa.testkit.builder_evidence import Diagnosis
from fhirpa.testkit.builder_people import ORTHOPAEDIST, PHYSICIAN_ASSISTANT, Person
from fhirpa.testkit.scenario import Scenario, answers
from fhirpa.testkit.scenarios_common import ACTIVE, BACK_GOALS, BACK_RECORD, BACK_REQUEST, plan, score

DEPENDENT = Scenario(
    "lbp-dependent",
    "Low back pain of a 20-year-old student, covered through a parent",
    "The member is a dependent (relationship 19): the subscriber is another person in the request. The "
    "member's own number decides. Criteria met, eight visits certified.",
    answers("A1"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(2006, 8, 21), "Pflugerville", "78660"),
        subscriber=Person("female", date(1978, 1, 11), "Pflugerville", "78660"),
        exhibits=(replace(BACK_RECORD, scores=(score("ODI", "32", unit="%"), score("PSFS", "4.3"))),),
    ),
)

CHIP = Scenario(
    "lbp-chip",
    "Low back pain of an 18-year-old on CHIP: 6 visits",
    "The plan is chosen by the coverage's plan class. Fewer visits than the block are asked for, so just "
    "those are certified.",
    answers("A1"),
    replace(
        BACK_REQUEST,
        person=Person("female", date(2008, 6, 3), "Laredo", "78040", "es"),
        lines=(Line("97110", 6),),
        exhibits=(replace(BACK_RECORD, plan=plan(BACK_GOALS, ACTIVE, "1", 6)),),
        plan="SANDBOX-CHIP",
    ),
)

SELF_FUNDED = Scenario(
    "lbp-self-funded",
    "Low back pain, self-funded employer plan, ordered by a physician assistant",
    "Another line of business and another kind of ordering practitioner; the criteria are the same.",
    answers("A1"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(1990, 2, 14), "Plano", "75024"),
        orderer=PHYSICIAN_ASSISTANT,
        plan="SANDBOX-SF",
    ),
)

MEDICARE_ADVANTAGE = Scenario(
    "lbp-medicare-advantage",
    "Lumbar stenosis of a 74-year-old on Medicare Advantage",
    "Medicare Advantage follows Medicare's coverage rules; the first block is certified when the criteria "
    "are met. No dollar threshold plays a part.",
    answers("A1"),
    replace(
        BACK_REQUEST,
        person=Person("female", date(1952, 7, 19), "Waco", "76701"),
        diagnoses=(Diagnosis("M48.061", recorded=date(2026, 11, 12), onset=date(2026, 8, 3)),),
        orderer=ORTHOPAEDIST,
        exhibits=(
            replace(
                BACK_RECORD,
                onset=date(2026, 8, 3),
                scores=(score("ODI", "50", unit="%"), score("TUG", "15.2", unit="s")),
            ),
        ),
        plan="SANDBOX-MA",
    ),
)

TELEHEALTH = Scenario(
    "lbp-telehealth",
    "Low back pain, therapy by telehealth: 6 visits",
    "Place of service 10 with modifier 95. Exercise and functional training can be taught by video; the "
    "criteria are those of the clinic.",
    answers("A1"),
    replace(
        BACK_REQUEST,
        person=Person("female", date(1995, 10, 9), "Alpine", "79830"),
        lines=(Line("97110", 6, ("GP", "95"), place="10"),),
        exhibits=(replace(BACK_RECORD, plan=plan(BACK_GOALS, ("97110", "97530"), "1", 6)),),
    ),
)

CANCELLED_LINE = Scenario(
    "lbp-cancelled-line",
    "Low back pain, two lines, the second withdrawn",
    "The clinic withdrew line 2 (certification type 3, flagged as cancelled). Line 1 is decided as ever, "
    "line 2 is answered as cancelled.",
    answers("A1", "C"),
    replace(
        BACK_REQUEST,
        person=Person("male", date(1985, 1, 28)),
        lines=(Line("97110", 8), Line("97140", 8, cancelled=True)),
    ),
)

SERVICE_TYPE_ONLY = Scenario(
    "lbp-service-type",
    "Low back pain, asked for by service type without procedure codes",
    "X12 service type PT instead of a procedure code: 8 visits of physical therapy, what is done in them "
    "stands in the plan of care. The discipline is clear and the criteria are met.",
    answers("A1"),
    replace(BACK_REQUEST, person=Person("female", date(1988, 4, 4)), lines=(Line(None, 8, ("GP",)),)),
)

UNITS = Scenario(
    "lbp-units",
    "Low back pain, asked for in units: 32 units of 15 minutes",
    "Eight visits of four timed units each, as the plan of care says; four units a visit is the most that is "
    "certified without review.",
    answers("A1"),
    replace(BACK_REQUEST, person=Person("male", date(1994, 7, 14)), lines=(Line("97110", 32, unit="UN"),)),
)

MEDICAID_ADULT = Scenario(
    "lbp-medicaid-adult",
    "Acute low back pain of an adult on Medicaid: 8 visits",
    "Adults have acute therapy (modifier AT) by a licensed therapist (U5), up to 60 days per request. Order "
    "within 60 days. The course of six weeks fits.",
    answers("A1"),
    replace(
        BACK_REQUEST,
        person=Person("female", date(1987, 9, 27), "El Paso", "79901", "es"),
        lines=(Line("97110", 8, ("GP", "U5", "AT")),),
        plan="SANDBOX-MCD",
    ),
)

CONTAINED = Scenario(
    "lbp-contained-practitioner",
    "Low back pain, sent by a system without a FHIR server",
    "Entries are named by UUIDs, and the therapist who asks is contained in the role. The content is that of "
    "the ordinary case, and so is the answer.",
    answers("A1"),
    replace(BACK_REQUEST, person=Person("male", date(1983, 3, 13)), urn=True, contained=True),
)


BACK_WAYS = (
    *(DEPENDENT, CHIP, SELF_FUNDED, MEDICARE_ADVANTAGE, MEDICAID_ADULT, TELEHEALTH, CANCELLED_LINE),
    *(UNITS, SERVICE_TYPE_ONLY, CONTAINED),
)

"""Facts of the member's condition and of the course so far: onset, red flags, attendance, maintenance."""

from decimal import Decimal
from typing import Any, Final

from fhirpa.um.days import months_old
from fhirpa.um.expression.facts_base import Judged, known, single
from fhirpa.um.expression.values import UNKNOWN, Duration, Record, Value
from fhirpa.um.expression.vocabulary import (
    BOOLEAN,
    CODE,
    DATE,
    DURATION,
    NUMBER,
    TEXT,
    Fact,
    Field,
    Kind,
    RecordType,
    Type,
)
from fhirpa.um.wording import number

SITUATION: Final = RecordType("exceptional situation", {"text": Field(TEXT, "in words")})


def _onset(judged: Judged) -> Value:
    """A day after the first day of therapy is no onset of what is treated."""
    day = judged.course.evidence.onset
    if day is None or day > judged.course.start:
        return UNKNOWN
    return known(day, f"onset on {day}", judged.course.evidence.source_of("onset"))


def _onset_age(judged: Judged) -> Value:
    born, onset = judged.course.birth_date, _onset(judged)
    if born is None or onset.known is None or onset.known < born:
        return UNKNOWN
    return onset._replace(known=Duration(months=Decimal(months_old(born, onset.known))))


def _attendance(field: str) -> Any:
    def read(judged: Judged) -> Value:
        evidence = judged.course.evidence
        attended, scheduled = evidence.visits_attended, evidence.visits_scheduled
        if attended is None or not scheduled or scheduled < 0:
            return UNKNOWN
        fact = f"attended {number(attended)} of {number(scheduled)} visits"
        return known(
            attended if field == "attended" else scheduled, fact, evidence.source_of(f"visits_{field}")
        )

    return read


def _situations(judged: Judged) -> Value:
    source = judged.course.evidence.source_of("exceptional_situations")
    return Value(tuple(Record({"text": x}, x, source) for x in judged.course.evidence.exceptional_situations))


def _yes_no(name: str, fact: str, meaning: str, told: str, untold: str) -> Fact:
    return single(name, fact, BOOLEAN, meaning, told + ": {}", untold, bool)


def _words(name: str, fact: str, meaning: str, told: str, untold: str) -> Fact:
    return single(name, fact, TEXT, meaning, told + ": {}", untold, lambda text: text or None)


def _count(name: str, fact: str, meaning: str, told: str, untold: str) -> Fact:
    return single(name, fact, NUMBER, meaning, told + " {}", untold, Decimal)


FACTS: Final = (
    Fact("onset.date", DATE, "day of onset, not after the first day", _onset, untold="no date of onset"),
    Fact("onset.age", DURATION, "age at onset, in completed months", _onset_age, untold="no date of onset"),
    _yes_no(
        "red_flags.recorded",
        "red_flags",
        "the screening showed a red flag",
        "red flag recorded",
        "red flag screening not told",
    ),
    _yes_no(
        "red_flags.cleared",
        "red_flags_cleared",
        "a physician cleared therapy",
        "cleared by a physician",
        "no clearance told",
    ),
    _words("home.reason", "setting_reason", "why therapy is at home", "reason for home", "no reason told"),
    _yes_no("home.homebound", "homebound", "the member is homebound", "homebound", "homebound not told"),
    Fact(
        "visits.attended",
        NUMBER,
        "scheduled visits that were attended",
        _attendance("attended"),
        untold="attendance not told",
    ),
    Fact(
        "visits.scheduled",
        NUMBER,
        "visits that were scheduled",
        _attendance("scheduled"),
        untold="attendance not told",
    ),
    _count(
        "visits.used", "visits_used", "visits used so far, as told", "visits used:", "visits used not told"
    ),
    _words(
        "attendance.reason",
        "attendance_reason",
        "why visits were missed",
        "visits were missed",
        "no reason for missed visits",
    ),
    single(
        "screening.date",
        "screening_date",
        DATE,
        "day of the last checkup or developmental screening",
        "screening on {}",
        "no date of a screening",
        lambda day: day,
    ),
    _yes_no(
        "progress.setback",
        "regression_or_setback",
        "a setback (illness, operation, hospital) is documented",
        "a setback is documented",
        "no setback told",
    ),
    _yes_no(
        "progress.plateau",
        "plateau",
        "no further change is expected",
        "plateau told",
        "not told whether change is expected",
    ),
    _yes_no(
        "home_programme.followed",
        "home_programme_followed",
        "the home programme is followed",
        "home programme followed",
        "not told whether the home programme is followed",
    ),
    _count("falls", "falls", "falls in the last twelve months", "falls in the last year:", "falls not told"),
    _yes_no(
        "positional_test",
        "positional_test",
        "Dix-Hallpike or roll test positive",
        "positional test positive",
        "positional test not told",
    ),
    _count("lymphedema.stage", "lymphedema_stage", "ISL stage 0 to 3", "lymphedema stage", "no stage told"),
    _yes_no(
        "lymphedema.garment_plan",
        "garment_plan",
        "a compression garment is planned",
        "garment planned",
        "no garment plan told",
    ),
    _words(
        "child.functional_description",
        "functional_description",
        "function in words, where no test can tell",
        "function",
        "no functional description",
    ),
    _words(
        "child.untestable_reason",
        "untestable_reason",
        "why a norm-referenced test was not possible",
        "test not possible",
        "no reason told why a test was not possible",
    ),
    _yes_no(
        "maintenance.asked",
        "maintenance",
        "a maintenance programme is asked for",
        "maintenance asked for",
        "not told whether maintenance is asked for",
    ),
    _words(
        "maintenance.reason",
        "maintenance_reason",
        "risk of decline, and why a therapist's skill is needed",
        "maintenance",
        "no reason for maintenance told",
    ),
    _yes_no(
        "caregiver.programme",
        "caregiver_programme",
        "the caregiver is taught to carry on",
        "caregiver taught",
        "no caregiver programme told",
    ),
    _yes_no(
        "plan.decreasing_frequency",
        "decreasing_frequency",
        "visits are planned to become fewer",
        "visits become fewer",
        "not told whether visits become fewer",
    ),
    _yes_no(
        "plan.intensive",
        "intensive_programme",
        "a defined intensive programme is asked for",
        "intensive programme",
        "no intensive programme told",
    ),
    single(
        "therapist.recommends",
        "therapist_recommends",
        CODE,
        "what the therapist recommends: CONTINUE, DECREASE, STOP",
        "therapist recommends: {}",
        "no recommendation told",
        lambda text: str(text).upper() or None,
    ),
    Fact(
        "exceptional_situations",
        Type(Kind.LIST, record=SITUATION),
        "reasons for three or more visits a week, as told",
        _situations,
        untold="no exceptional situation told",
    ),
)

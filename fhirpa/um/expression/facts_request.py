"""Facts of the request itself: dates, member, lines, amounts, diagnoses."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from fhirpa.um.amounts import line_visits, planned_weeks, requested_visits, weekly_visits
from fhirpa.um.course import Course
from fhirpa.um.days import business_days_between, months_old
from fhirpa.um.diagnosis import all_diagnoses
from fhirpa.um.expression.facts_base import Judged, known, list_of
from fhirpa.um.expression.values import Duration, Record, Value
from fhirpa.um.expression.vocabulary import (
    BOOLEAN,
    CODE,
    DATE,
    DURATION,
    NUMBER,
    SHARE,
    Fact,
    Field,
    RecordType,
    Type,
)
from fhirpa.um.terms import QuantityUnit
from fhirpa.um.wording import number

_NONE, _ONE = Decimal(0), Decimal(1)
_MOST: Final = Decimal(100_000)  # larger amounts are read as this
DIAGNOSIS: Final = RecordType(
    "diagnosis",
    {
        "code": Field(CODE, "ICD-10-CM code without dots"),
        "seventh": Field(CODE, "seventh character of the code, which tells the encounter of an injury"),
    },
)
SERVICE: Final = RecordType(
    "service",
    {
        "code": Field(CODE, "service code of the line"),
        "passive": Field(BOOLEAN, "a passive modality (see services.yaml)"),
        "visits": Field(NUMBER, "visits asked on the line; a line without a quantity counts as one"),
        "place": Field(CODE, "place of service", "no place of service"),
    },
)
MODIFIER: Final = RecordType("modifier", {"code": Field(CODE, "modifier of a line")})


def _plain(name: str, kind: Type, meaning: str, value: Callable[[Course], Any], untold: str = "") -> Fact:
    """A fact that a reviewer need not read beside the criterion."""
    return Fact(name, kind, meaning, lambda judged: Value(value(judged.course)), untold=untold)


def _age(course: Course) -> Duration | None:
    born = course.birth_date
    return None if born is None else Duration(months=Decimal(months_old(born, course.start)))


def _direct_access(judged: Judged) -> Value:
    course = judged.course
    ends = [x.line.period.end for x in course.lines if x.line.period and x.line.period.end]
    allowed = course.plan.direct_access_days
    within = bool(ends) and allowed > 0 and business_days_between(course.start, max(ends)) < allowed
    return known(within, "within the days of direct access" if within else "")


def _visits(judged: Judged) -> Value:
    visits = requested_visits(judged.course, judged.course.lines)
    return known(visits, f"{number(visits)} visits asked" if visits else "")


def _weekly(judged: Judged) -> Value:
    weekly = weekly_visits(judged.course)
    return known(weekly, f"{weekly.quantize(Decimal('0.1'))} visits a week" if weekly else "")


def _weeks(judged: Judged) -> Value:
    weeks = planned_weeks(judged.course)
    if weeks is None:
        return known(None)
    return known(Duration(days=weeks * 7), f"{number(weeks.quantize(Decimal('0.1')))} weeks")


def _diagnoses(judged: Judged) -> Value:
    course = judged.course
    codes = dict.fromkeys((*course.diagnoses, *sorted(all_diagnoses(course.request))))
    return Value(tuple(Record({"code": c, "seventh": c[6:7] or None}, f"diagnosis {c}") for c in codes))


def _services(judged: Judged) -> Value:
    return Value(
        tuple(
            Record(
                {
                    "code": x.line.service.code,
                    "passive": x.is_passive,
                    "visits": line_visits(x, judged.course) or _ONE,
                    "place": x.line.place_of_service,
                },
                f"{x.line.service.code or 'therapy'} at place {x.line.place_of_service}"
                if x.line.place_of_service
                else x.line.service.code or "",
            )
            for x in judged.course.lines
            if not x.is_re_evaluation
        )
    )


def _modifiers(judged: Judged) -> Value:
    codes = dict.fromkeys(m for x in judged.course.lines for m in x.line.modifiers)
    return Value(tuple(Record({"code": c}, f"modifier {c}") for c in codes))


def _marked(course: Course) -> bool | None:
    return next((x.habilitative for x in course.lines if x.habilitative is not None), None)


def _amounts(course: Course, after_visits: Decimal = _NONE) -> list[tuple[Decimal, bool]]:
    """(units or visits after the first visits, passive) of each line of treatment; units spread evenly."""
    out = []
    for line in course.lines:
        if not line.is_re_evaluation:
            visits = line_visits(line, course) or _ONE
            units = line.line.quantity if line.line.unit is QuantityUnit.UNITS else None
            later = max(visits - after_visits, _NONE) / visits
            out.append((min(units or visits, _MOST) * later, line.is_passive))
    return out


def _active_share(judged: Judged) -> Value:
    amounts = _amounts(judged.course)
    total = sum((a for a, _ in amounts), _NONE)
    active = sum((a for a, passive in amounts if not passive), _NONE)
    return _share(active / total if total else _ONE, "of the requested treatment needs a therapist's skill")


def _passive_share(judged: Judged, after: Duration) -> Value:
    free = max(after.in_days, _NONE) / 7 * (weekly_visits(judged.course) or _NONE)
    amounts = _amounts(judged.course, free)
    total = sum((a for a, _ in amounts), _NONE)
    passive = sum((a for a, is_passive in amounts if is_passive), _NONE)
    return _share(passive / total if total else _NONE, "passive modalities after the first weeks")


def _share(value: Decimal, what: str) -> Value:
    return known(value, f"{number((value * 100).quantize(_ONE))} % {what}")


FACTS: Final = (
    _plain("request.start", DATE, "first day of therapy asked for", lambda c: c.start),
    _plain("request.received", DATE, "day on which the request was received", lambda c: c.received),
    _plain(
        "request.line_of_business",
        CODE,
        "line of business of the plan: COM, QHP, MCD, CHIP, MA, SF",
        lambda c: c.line_of_business.value,
    ),
    _plain("request.discipline", CODE, "PT or OT", lambda c: c.discipline.value),
    _plain("request.age", DURATION, "age on the first day, in completed months", _age, "no date of birth"),
    _plain(
        "request.block",
        NUMBER,
        "0 for the first block of an episode, 1 for the first renewal",
        lambda c: Decimal(c.block_number),
    ),
    _plain("request.at_home", BOOLEAN, "therapy takes place at home", lambda c: c.is_home),
    _plain(
        "request.habilitative",
        BOOLEAN,
        "the lines say habilitative (modifier 96) or rehabilitative (97)",
        _marked,
        "no modifier 96 or 97",
    ),
    Fact(
        "request.direct_access",
        BOOLEAN,
        "all visits lie within the days in which the plan asks for no order",
        _direct_access,
    ),
    Fact("request.visits", NUMBER, "visits asked for", _visits, untold="no number of visits"),
    Fact(
        "request.visits_per_week",
        NUMBER,
        "visits a week as told, else the visits asked for spread over the weeks",
        _weekly,
        untold="no frequency",
    ),
    Fact("request.weeks", DURATION, "length of the treatment asked for", _weeks, untold="no duration"),
    _plain(
        "request.earlier_visits",
        NUMBER,
        "visits certified earlier in this episode for the same condition and discipline",
        lambda c: c.earlier_visits,
    ),
    Fact("diagnoses", list_of(DIAGNOSIS), "all diagnoses of the request", _diagnoses, untold="no diagnosis"),
    Fact("services", list_of(SERVICE), "lines of treatment that are asked for", _services, untold="no line"),
    Fact("modifiers", list_of(MODIFIER), "modifiers of the lines", _modifiers, untold="no modifier"),
    Fact(
        "treatment.active_share",
        SHARE,
        "share of the requested units (or visits) that needs a therapist's skill (no passive modality)",
        _active_share,
    ),
    Fact(
        "treatment.passive_share",
        SHARE,
        "share of passive modalities in the requested units (or visits) after the first weeks",
        _passive_share,
        takes={"after": DURATION},
    ),
)

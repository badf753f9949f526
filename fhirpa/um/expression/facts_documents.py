"""Facts of what is on file: orders, evaluations, plan of care, operations, protocol, documents."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from fhirpa.um.amounts import told_weekly, told_weeks
from fhirpa.um.course import Course
from fhirpa.um.diagnosis import operations_of
from fhirpa.um.evidence import Goal, PlanOfCare, Source, Surgery
from fhirpa.um.expression.facts_base import Judged, first_told, known
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

SPECIALTY: Final = RecordType("specialty", {"code": Field(CODE, "NUCC code of a specialty")})
ORDER: Final = RecordType(
    "order",
    {
        "date": Field(DATE, "day of the order", "no dated order"),
        "specialties": Field(
            Type(Kind.LIST, record=SPECIALTY),
            "specialties of who ordered, as sent",
            "no specialty of who ordered",
        ),
        "licence": Field(CODE, "licence of who ordered: PHYSICIAN, PA, APRN, PODIATRIST, …", "no licence"),
        "visits": Field(NUMBER, "visits ordered", "no number of visits in the order"),
        "weeks": Field(DURATION, "length of the treatment ordered", "no duration in the order"),
    },
)
EVALUATION: Final = RecordType(
    "evaluation",
    {
        "date": Field(DATE, "day of the evaluation", "no dated evaluation of this discipline"),
        "licence": Field(CODE, "licence of who evaluated: PT, OT, PTA, …", "not told who evaluated"),
        "re_evaluation": Field(BOOLEAN, "it was a re-evaluation", "not told whether it was the first"),
    },
)
OPERATION: Final = RecordType(
    "operation",
    {
        "date": Field(DATE, "day of the operation", "no operation with a date"),
        "code": Field(CODE, "CPT, ICD-10-PCS or SNOMED CT code", "no code of the operation"),
        "text": Field(TEXT, "the operation in words", "no name of the operation"),
        "side": Field(CODE, "LEFT, RIGHT or BOTH", "no side of the operation"),
    },
)
GOAL: Final = RecordType(
    "goal",
    {
        "text": Field(TEXT, "the goal in words"),
        "status": Field(CODE, "MET, ADVANCED or NOT-ADVANCED", "no state of a goal"),
        "term": Field(CODE, "SHORT or LONG", "not told whether a goal is for the short term"),
    },
)
DOCUMENT: Final = RecordType(
    "document",
    {"loinc": Field(CODE, "LOINC type"), "date": Field(DATE, "day of the document", "no date of a document")},
)
PRIOR: Final = RecordType(
    "earlier therapy",
    {
        "discipline": Field(CODE, "PT or OT", "no discipline of earlier therapy"),
        "start": Field(DATE, "first day", "no start of earlier therapy"),
        "end": Field(DATE, "last day", "no end of earlier therapy"),
        "visits": Field(NUMBER, "visits", "no visits of earlier therapy"),
        "text": Field(TEXT, "in words"),
    },
)
STAY: Final = RecordType(
    "stay",
    {
        "setting": Field(CODE, "HOME, INPATIENT, EMERGENCY or OUTPATIENT"),
        "start": Field(DATE, "first day", "no start of a stay"),
        "end": Field(DATE, "last day", "no end of a stay"),
    },
)


def _upper(value: Any) -> str | None:
    return None if value is None else str(value).upper().replace("_", "-")


def _weeks(weeks: Decimal | None) -> Duration | None:
    return None if weeks is None else Duration(days=weeks * 7)


def _orders(judged: Judged) -> Value:
    return Value(
        tuple(
            Record(
                {
                    "date": x.day,
                    "specialties": _specialties(x.ordering_npi, judged.course),
                    "licence": _upper(x.orderer.licence if x.orderer else None),
                    "visits": x.visits,
                    "weeks": _weeks(x.weeks),
                },
                f"ordered on {x.day}" if x.day else "an order without a date",
                x.source,
            )
            for x in judged.course.evidence.orders
        )
    )


def _specialties(npi: str | None, course: Course) -> tuple[Record, ...] | None:
    """Specialties of a provider of the request; None where none was sent."""
    sent = course.request
    parties = (sent.requester, *sent.providers, *(x.rendering for x in sent.lines if x.rendering))
    codes = dict.fromkeys(t for p in parties if npi is not None and p.npi == npi for t in p.taxonomies)
    return tuple(Record({"code": c}, "") for c in codes) or None


def _evaluations(judged: Judged) -> Value:
    own = (x for x in judged.course.evidence.evaluations if x.discipline in (None, judged.course.discipline))
    return Value(
        tuple(
            Record(
                {
                    "date": x.day,
                    "licence": _upper(x.performer.licence if x.performer else None),
                    "re_evaluation": x.re_evaluation,
                },
                f"evaluated on {x.day}" if x.day else "an evaluation without a date",
                x.source,
            )
            for x in own
        )
    )


def _operation(surgery: Surgery) -> Record:
    return Record(
        {
            "date": surgery.day,
            "code": _upper(surgery.code),
            "text": surgery.text,
            "side": _upper(surgery.side),
        },
        f"operation on {surgery.day or 'an unknown day'}",
        surgery.source,
    )


def _operations(judged: Judged) -> Value:
    return Value(tuple(map(_operation, judged.course.evidence.surgeries)))


def _own_operations(judged: Judged) -> Value:
    course = judged.course
    return Value(tuple(map(_operation, operations_of(course.group, course.evidence.surgeries))))


def _plan_fact(name: str, kind: Type, meaning: str, label: str, value: Callable[[Course], Any]) -> Fact:
    """A part of the plan of care: known if the plan tells it."""

    def read(judged: Judged) -> Value:
        found = value(judged.course)
        if found is None or found is False:
            return UNKNOWN
        return Value(found, (), tuple(p.source for p in judged.course.evidence.plans_of_care))

    return Fact(name, kind, meaning, read, label=label, untold=f"plan of care without {label}")


def _any_goal(course: Course, told: Callable[[Goal], Any]) -> bool:
    return any(told(g) for p in course.evidence.plans_of_care for g in p.goals)


def _has_goal(course: Course) -> bool:
    return _any_goal(course, lambda g: True)


def _baseline(course: Course) -> bool:
    """A goal with its baseline; a score that was taken is one, too, where there is a goal."""
    if course.evidence.measures:
        return _has_goal(course)
    return _any_goal(course, lambda g: g.baseline or g.current)


def _flag(
    name: str, field: Callable[[PlanOfCare], bool | None], meaning: str, told: str, untold: str
) -> Fact:
    """A yes or no that any plan of care tells; a yes counts before a no."""

    def read(judged: Judged) -> Value:
        said = [(field(p), p.source) for p in judged.course.evidence.plans_of_care if field(p) is not None]
        if not said:
            return UNKNOWN
        yes = [s for value, s in said if value]
        return known(bool(yes), told if yes else f"{told}: no", yes[0] if yes else said[0][1])

    return Fact(name, BOOLEAN, meaning, read, untold=untold)


def _shared_goals(judged: Judged) -> Value:
    """Goals whose words stand in two plans of care."""
    seen: set[str] = set()
    shared: dict[str, Source] = {}
    for plan in judged.course.evidence.plans_of_care:
        own = {" ".join((g.text or "").lower().split()).strip(" .") for g in plan.goals if g.text}
        shared.update(dict.fromkeys(sorted(own & seen), plan.source))
        seen |= own
    return Value(
        tuple(Record({"text": t}, "the same goal stands in two plans of care", s) for t, s in shared.items())
    )


def _goals(judged: Judged) -> Value:
    goals = [g for p in judged.course.evidence.plans_of_care for g in p.goals]
    return Value(tuple(_goal(g) for g in goals))


def _reviewed_goals(judged: Judged) -> Value:
    goals = [g for p in judged.course.evidence.plans_of_care for g in p.goals if g.status]
    forward = sum(1 for g in goals if g.status in ("met", "advanced"))
    told = f"{forward} of {len(goals)} goals met or moved forward"
    return Value(tuple(_goal(g, told) for g in goals))


def _goal(goal: Goal, told: str = "a goal of the plan of care") -> Record:
    fields = {"text": goal.text, "status": _upper(goal.status), "term": _upper(goal.term)}
    return Record(fields, told, goal.source)


def _documents(judged: Judged) -> Value:
    found = (x for x in judged.course.evidence.documents if x.loinc)
    return Value(
        tuple(Record({"loinc": x.loinc, "date": x.day}, f"document {x.loinc}", x.source) for x in found)
    )


def _prior_therapy(judged: Judged) -> Value:
    return Value(
        tuple(
            Record(
                {
                    "discipline": x.discipline.value if x.discipline else None,
                    "start": x.start,
                    "end": x.end,
                    "visits": x.visits,
                    "text": x.text,
                },
                f"earlier therapy until {x.end or 'an unknown day'}",
                x.source,
            )
            for x in judged.course.evidence.prior_therapy
        )
    )


def _stays(judged: Judged) -> Value:
    return Value(
        tuple(
            Record(
                {"setting": _upper(x.setting), "start": x.start, "end": x.end},
                f"{x.setting} until {x.end or 'an unknown day'}",
                x.source,
            )
            for x in judged.course.evidence.stays
        )
    )


def _protocol(name: str, field: str, kind: Type, meaning: str, told: str, untold: str) -> Fact:
    def read(judged: Judged) -> Value:
        values = ((getattr(p, field), p.source) for p in judged.course.evidence.protocols)
        found = first_told(values, told)
        if kind is DURATION and found.known is not None:
            return found._replace(known=_weeks(found.known))
        return found

    return Fact(name, kind, meaning, read, untold=untold)


def _list(record: RecordType) -> Type:
    return Type(Kind.LIST, record=record)


FACTS: Final = (
    Fact("orders", _list(ORDER), "orders or referrals for therapy", _orders, untold="no order"),
    Fact(
        "evaluations",
        _list(EVALUATION),
        "therapist's evaluations of the discipline",
        _evaluations,
        untold="no dated evaluation of this discipline",
    ),
    _plan_fact(
        "plan.goals", BOOLEAN, "the plan of care has a goal", "goals", lambda c: _any_goal(c, lambda g: True)
    ),
    _plan_fact(
        "plan.baseline", BOOLEAN, "a goal has its baseline, or a measure was scored", "baseline", _baseline
    ),
    _plan_fact(
        "plan.target", BOOLEAN, "a goal has a target", "target", lambda c: _any_goal(c, lambda g: g.target)
    ),
    _plan_fact(
        "plan.target_date",
        BOOLEAN,
        "a goal has a day by which it is reached",
        "target date",
        lambda c: _any_goal(c, lambda g: g.target_date),
    ),
    _plan_fact(
        "plan.frequency",
        NUMBER,
        "visits a week, as plan or lines tell",
        "frequency",
        told_weekly,
    ),
    _plan_fact(
        "plan.duration",
        DURATION,
        "length of treatment, as plan or lines tell",
        "duration",
        lambda c: _weeks(told_weeks(c)),
    ),
    _plan_fact(
        "plan.interventions",
        BOOLEAN,
        "the plan names interventions",
        "interventions",
        lambda c: any(p.interventions for p in c.evidence.plans_of_care),
    ),
    _flag(
        "plan.home_programme",
        lambda p: p.home_programme,
        "a home programme is planned",
        "home programme planned",
        "no home programme told",
    ),
    _flag(
        "plan.discharge_plan",
        lambda p: p.discharge_plan,
        "the plan says how the member goes over to a programme of their own",
        "discharge plan told",
        "no discharge plan told",
    ),
    _flag(
        "plan.signed", lambda p: p.signed, "the plan of care is signed", "plan signed", "no signature told"
    ),
    Fact(
        "shared_goals",
        _list(GOAL),
        "goals whose words stand in two plans of care",
        _shared_goals,
        untold="no goal stands in two plans of care",
    ),
    Fact("goals", _list(GOAL), "goals of the plan of care", _goals, untold="no goal"),
    Fact(
        "reviewed_goals",
        _list(GOAL),
        "goals of which the state is told",
        _reviewed_goals,
        untold="no state of goals",
    ),
    Fact("operations", _list(OPERATION), "all operations told", _operations, untold="no operation told"),
    Fact(
        "own_operations",
        _list(OPERATION),
        "operations that the condition is about; one of which only the date was told counts",
        _own_operations,
        untold="no operation with a date",
    ),
    _protocol(
        "protocol.weight_bearing",
        "weight_bearing",
        TEXT,
        "weight-bearing status",
        "weight bearing {}",
        "no weight-bearing status",
    ),
    _protocol(
        "protocol.precautions", "precautions", TEXT, "precautions", "precautions: {}", "no precautions told"
    ),
    _protocol(
        "protocol.therapy_from",
        "therapy_from_week",
        DURATION,
        "how long after the operation the protocol lets therapy begin",
        "protocol: therapy from week {}",
        "no protocol week told",
    ),
    _protocol(
        "protocol.immobilised_until",
        "immobilised_until",
        DATE,
        "end of cast or fixation",
        "immobilised until {}",
        "no end of immobilisation told",
    ),
    Fact("documents", _list(DOCUMENT), "documents with a LOINC type", _documents, untold="no document"),
    Fact(
        "prior_therapy",
        _list(PRIOR),
        "earlier therapy, as the sender tells it",
        _prior_therapy,
        untold="no earlier therapy told",
    ),
    Fact("stays", _list(STAY), "stays in hospital, at home, elsewhere", _stays, untold="no stay told"),
)

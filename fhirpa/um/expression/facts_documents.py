"""Facts of what is on file: orders, evaluations, operations, protocol, documents."""

from typing import Final

from fhirpa.um.course import Course
from fhirpa.um.diagnosis import operations_of
from fhirpa.um.evidence import Surgery
from fhirpa.um.expression.facts_base import Judged, first_told, in_weeks, list_of, upper
from fhirpa.um.expression.values import Record, Value
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


def _orders(judged: Judged) -> Value:
    return Value(
        tuple(
            Record(
                {
                    "date": x.day,
                    "specialties": _specialties(x.ordering_npi, judged.course),
                    "licence": upper(x.orderer.licence if x.orderer else None),
                    "visits": x.visits,
                    "weeks": in_weeks(x.weeks),
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
                    "licence": upper(x.performer.licence if x.performer else None),
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
            "code": upper(surgery.code),
            "text": surgery.text,
            "side": upper(surgery.side),
        },
        f"operation on {surgery.day or 'an unknown day'}",
        surgery.source,
    )


def _operations(judged: Judged) -> Value:
    return Value(tuple(map(_operation, judged.course.evidence.surgeries)))


def _own_operations(judged: Judged) -> Value:
    course = judged.course
    return Value(tuple(map(_operation, operations_of(course.group, course.evidence.surgeries))))


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
                {"setting": upper(x.setting), "start": x.start, "end": x.end},
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
            return found._replace(known=in_weeks(found.known))
        return found

    return Fact(name, kind, meaning, read, untold=untold)


FACTS: Final = (
    Fact("orders", list_of(ORDER), "orders or referrals for therapy", _orders, untold="no order"),
    Fact(
        "evaluations",
        list_of(EVALUATION),
        "therapist's evaluations of the discipline",
        _evaluations,
        untold="no dated evaluation of this discipline",
    ),
    Fact("operations", list_of(OPERATION), "all operations told", _operations, untold="no operation told"),
    Fact(
        "own_operations",
        list_of(OPERATION),
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
    Fact("documents", list_of(DOCUMENT), "documents with a LOINC type", _documents, untold="no document"),
    Fact(
        "prior_therapy",
        list_of(PRIOR),
        "earlier therapy, as the sender tells it",
        _prior_therapy,
        untold="no earlier therapy told",
    ),
    Fact("stays", list_of(STAY), "stays in hospital, at home, elsewhere", _stays, untold="no stay told"),
)

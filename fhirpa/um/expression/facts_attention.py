"""Facts of the policy itself, and the words in the sender's texts that a clinician should read."""

from typing import Final

from fhirpa.um.attention import find_attention
from fhirpa.um.expression.facts_base import Judged, known
from fhirpa.um.expression.values import Record, Value
from fhirpa.um.expression.vocabulary import BOOLEAN, CODE, TEXT, Fact, Field, Kind, RecordType, Type

ATTENTION: Final = RecordType(
    "attention word",
    {
        "name": Field(CODE, "name of the word's group in attention.yaml, such as MASSIVE-TEAR"),
        "quote": Field(TEXT, "the words around it, as sent"),
    },
)


def _attention(judged: Judged) -> Value:
    course = judged.course
    policy = course.policy.id if course.policy else None
    hits = find_attention(course.request, course.evidence, policy, judged.rules.attention)
    return Value(
        tuple(Record({"name": x.id, "quote": x.quote}, f"as sent: {x.quote}", x.source) for x in hits)
    )


def _policy_id(judged: Judged) -> Value:
    return known(judged.course.policy.id if judged.course.policy else None)


def _habilitative(judged: Judged) -> Value:
    return Value(bool(judged.course.policy and judged.course.policy.habilitative))


FACTS: Final = (
    Fact("policy.id", CODE, "the policy by which the request is judged", _policy_id, untold="no policy"),
    Fact(
        "policy.habilitative",
        BOOLEAN,
        "the policy is for skills that a child has not learned yet",
        _habilitative,
    ),
    Fact(
        "attention",
        Type(Kind.LIST, record=ATTENTION),
        "words of attention.yaml in the texts that were sent, unless said not to be so",
        _attention,
        untold="no such word",
    ),
)

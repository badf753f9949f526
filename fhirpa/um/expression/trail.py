"""Joining values keeps the words and places that they rest on."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from fhirpa.um.expression.values import Record, Value


def join(known: Any, values: Sequence[Value]) -> Value:
    """A value that rests on others; what was told twice is said once."""
    told = [v for v in values if v[1] or v[2] or v[3]]
    if len(told) <= 1:
        return Value(known, *told[0][1:]) if told else Value(known)
    return Value(
        known,
        tuple(dict.fromkeys(chain.from_iterable(v.facts for v in told))),
        tuple(dict.fromkeys(chain.from_iterable(v.sources for v in told))),
        tuple(dict.fromkeys(chain.from_iterable(v.missing for v in told))),
    )


def of_record(record: Record, found: Value) -> Value:
    """What was found in one record, resting on the record itself."""
    known, facts, sources, missing = found
    _, told, source = record
    if told:
        facts = (told, *facts)
    if source is not None:
        sources = (source, *sources)
    return Value(known, facts, sources, missing)

"""Joining values keeps the words and places that they rest on."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from fhirpa.um.expression.values import Record, Value


def join(known: Any, values: Sequence[Value]) -> Value:
    """A value that rests on others; what was told twice is said once."""
    told = [v for v in values if v.facts or v.sources or v.missing]
    if len(told) <= 1:
        return Value(known, told[0].facts, told[0].sources, told[0].missing) if told else Value(known)
    return Value(
        known,
        tuple(dict.fromkeys(chain.from_iterable(v.facts for v in told))),
        tuple(dict.fromkeys(chain.from_iterable(v.sources for v in told))),
        tuple(dict.fromkeys(chain.from_iterable(v.missing for v in told))),
    )


def of_record(record: Record, found: Value) -> Value:
    """What was found in one record, resting on the record itself."""
    facts = (record.told, *found.facts) if record.told else found.facts
    sources = (record.source, *found.sources) if record.source is not None else found.sources
    return Value(found.known, facts, sources, found.missing)

"""Questions over a list of facts. A list of which nothing was sent tells nothing: the answer is unknown.

What was sent of a list counts as the whole of it.
"""

from decimal import Decimal
from typing import Any

from fhirpa.um.expression import arithmetic
from fhirpa.um.expression.logic import Run
from fhirpa.um.expression.trail import join, of_record
from fhirpa.um.expression.values import Record, Value
from fhirpa.um.expression.vocabulary import Subject

_ALWAYS = Value(True)
_LESS, _MORE = arithmetic.comparison("<"), arithmetic.comparison(">")


def over(word: str, source: Run, value: Run | None, where: Run | None) -> Run:
    """The function of any, all, count, share, least, greatest or sum over a list."""
    if value is not None:
        return _measured(word, source, value, where)
    settle = {"any": _any, "any told": _any_told, "all": _all, "count": _count, "share": _share}[word]

    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        entries = source(subject, records)
        if not entries.known:
            return entries._replace(known=None)
        return settle(_conditions(entries.known, where, subject, records))

    return run


def _conditions(
    entries: tuple[Record, ...], where: Run | None, subject: Subject, records: tuple[Record, ...]
) -> list[Value]:
    if where is None:
        return [of_record(x, _ALWAYS) for x in entries]
    return [of_record(x, where(subject, (*records, x))) for x in entries]


def _any(found: list[Value]) -> Value:
    true = [x for x in found if x.known]
    if true:
        return join(True, true)
    unknown = [x for x in found if x.known is None]
    return join(None, unknown) if unknown else join(False, found)


def _any_told(found: list[Value]) -> Value:
    told = [x for x in found if x.known is not None]
    return _any(told) if told else join(None, found)


def _all(found: list[Value]) -> Value:
    false = [x for x in found if x.known is False]
    if false:
        return join(False, false)
    unknown = [x for x in found if x.known is None]
    return join(None, unknown) if unknown else join(True, found)


def _count(found: list[Value]) -> Value:
    unknown = [x for x in found if x.known is None]
    return join(None, unknown) if unknown else join(Decimal(sum(1 for x in found if x.known)), found)


def _share(found: list[Value]) -> Value:
    counted = _count(found)
    return counted if counted.known is None else counted._replace(known=counted.known / len(found))


def _measured(word: str, source: Run, value: Run, where: Run | None) -> Run:
    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        entries = source(subject, records)
        if not entries.known:
            return entries._replace(known=None)
        conditions = _conditions(entries.known, where, subject, records)
        chosen = [
            of_record(entry, value(subject, (*records, entry)))
            for entry, condition in zip(entries.known, conditions, strict=True)
            if condition.known
        ]
        unknown = [x for x in (*conditions, *chosen) if x.known is None]
        if unknown:
            return join(None, unknown)
        return join(_reduced(word, [x.known for x in chosen]), chosen)

    return run


def _reduced(word: str, values: list[Any]) -> Any:
    """The least, greatest or sum; None of none, or where scores stand on different scales."""
    if not values:
        return None
    result = values[0]
    for value in values[1:]:
        if word == "sum":
            result = arithmetic.calculate("+", result, value)
        else:
            better = (_LESS if word == "least" else _MORE)(value, result)
            result = None if better is None else value if better else result
        if result is None:
            return None
    return result

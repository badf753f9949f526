"""What the parts of an expression come to: three-valued logic, and values that may be unknown."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from fhirpa.um.expression import arithmetic
from fhirpa.um.expression.trail import join
from fhirpa.um.expression.values import Record, Value
from fhirpa.um.expression.vocabulary import Subject

Run: TypeAlias = Callable[[Subject, tuple[Record, ...]], Value]
_BARE: Final = ((), (), ())  # a value that rests on nothing


def negated(inner: Run) -> Run:
    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        found = inner(subject, records)
        return found if found.known is None else Value(not found.known, *found[1:])

    return run


def nothing_says(inner: Run) -> Run:
    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        found = inner(subject, records)
        if found.known is None:
            return Value(True)
        return Value(not found.known, *found[1:])

    return run


def shown(inner: Run) -> Run:
    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        found = inner(subject, records)
        return Value(None, *found[1:]) if found.known is False else found

    return run


def joined(inner: list[Run], settles: bool) -> Run:
    """`settles`: the value of one operand that settles the whole; True for or, False for and."""

    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        found: list[Value] = []
        unknown: list[Value] = []
        for operand in inner:
            value = operand(subject, records)
            if value.known is settles:
                return value
            (unknown if value.known is None else found).append(value)
        return join(None, unknown) if unknown else join(not settles, found)

    return run


def any_told(inner: list[Run]) -> Run:
    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        found = [x(subject, records) for x in inner]
        told = [x for x in found if x.known is not None]
        if not told:
            return join(None, found)
        true = [x for x in told if x.known]
        return join(True, true) if true else join(False, told)

    return run


def known(inner: Run) -> Run:
    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        found = inner(subject, records)
        return found if found.known is None else Value(True, *found[1:])

    return run


def worked_out(work: Callable[..., Any], *inner: Run) -> Run:
    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        found = [x(subject, records) for x in inner]
        known = [x.known for x in found]
        if None in known:
            return join(None, [x for x in found if x.known is None])
        return join(work(*known), found)

    return run


def of_two(work: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    """The same for two values."""

    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        one, two = left(subject, records), right(subject, records)
        if one.known is None or two.known is None:
            return join(None, [x for x in (one, two) if x.known is None])
        known = work(one.known, two.known)
        return Value(known, *one[1:]) if two[1:] == _BARE else join(known, (one, two))

    return run


def of_one(work: Callable[[Any, Any], Any], left: Run, right: Any) -> Run:
    """The same where the second value is written in the expression, as it mostly is."""

    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        known, facts, sources, missing = found = left(subject, records)
        return found if known is None else Value(work(known, right), facts, sources, missing)

    return run


def once(inner: Run) -> Run:
    """The same, worked out once for a subject."""

    def run(subject: Subject, records: tuple[Record, ...]) -> Value:
        seen = subject.seen
        if inner in seen:
            return seen[inner]
        found = seen[inner] = inner(subject, ())
        return found

    return run


def work_of(word: str) -> Callable[[Any, Any], Any]:
    match word:
        case "in":
            return arithmetic.is_one_of
        case "starts with":
            return arithmetic.starts_with
        case "mentions":
            return arithmetic.mentions
        case "+" | "-" | "*" | "/":
            return lambda left, right: arithmetic.calculate(word, left, right)
    return arithmetic.comparison(word)


_AT_LEAST, _AT_MOST = arithmetic.comparison(">="), arithmetic.comparison("<=")


def between(value: Any, low: Any, high: Any) -> bool | None:
    above, below = _AT_LEAST(value, low), _AT_MOST(value, high)
    if above is False or below is False:
        return False
    return True if above and below else None

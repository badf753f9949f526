"""A small world to speak about, random things said about it, and random knowledge of it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from fhirpa.um.expression.evaluate import compile_text
from fhirpa.um.expression.nodes import (
    AnyTold,
    Between,
    Binary,
    Day,
    DaysFrom,
    Items,
    Joined,
    Known,
    Name,
    Negative,
    Node,
    Not,
    NothingSays,
    Over,
    Quantity,
    Shown,
    Text,
    Truth,
)
from fhirpa.um.expression.values import Duration, Record, Score, Value
from fhirpa.um.expression.vocabulary import (
    BOOLEAN,
    CODE,
    DATE,
    DURATION,
    NUMBER,
    SCORE,
    SHARE,
    TEXT,
    Fact,
    Field,
    Kind,
    Parameter,
    RecordType,
    Subject,
    Type,
)

World = dict[str, Any]
patient = settings(suppress_health_check=[HealthCheck.too_slow])  # a first draw may take a second
INNER = RecordType("inner", {"code": Field(CODE, "a code"), "flag": Field(BOOLEAN, "a flag")})
RECORD = RecordType(
    "order",
    {
        "seen": Field(BOOLEAN, "a yes or no"),
        "number": Field(NUMBER, "a number"),
        "date": Field(DATE, "a day"),
        "score": Field(SCORE, "a score"),
        "kind": Field(CODE, "a code"),
        "inner": Field(Type(Kind.LIST, record=INNER), "a list within"),
    },
)
TYPES = {
    "yes": BOOLEAN,
    "other": BOOLEAN,
    "amount": NUMBER,
    "part": SHARE,
    "start": DATE,
    "order.date": DATE,
    "length": DURATION,
    "kind": CODE,
    "words": TEXT,
    "points": SCORE,
    "orders": Type(Kind.LIST, record=RECORD),
}


def _fact(name: str, kind: Type) -> Fact:
    return Fact(name, kind, name, lambda world: Value(world.get(name)), untold=f"no {name}")


FACTS = {name: _fact(name, kind) for name, kind in TYPES.items()}
PARAMETERS = {"max_age": Parameter(DURATION, Duration(days=Decimal(90)), {"MCD": Duration(days=Decimal(60))})}


def value_of(text: str, world: World, line: str = "COM") -> bool | None:
    """What a text says of a world."""
    found = compile_text(text, FACTS, PARAMETERS).of(Subject(world, line, {}))
    return found.known


# --- random worlds -------------------------------------------------------------------------------------

NUMBERS = st.integers(-9, 9).map(Decimal)
DATES = st.integers(0, 40).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
CODES = st.sampled_from(["A1", "A12", "B7"])
SCORES = st.builds(Score, NUMBERS, st.sampled_from(["points", "%", None]))


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


_INNER = st.builds(lambda c, f: Record({"code": c, "flag": f}, "inner"), CODES, _maybe(st.booleans()))
_RECORDS = st.builds(
    lambda s, n, d, m, k, i: Record(
        {"seen": s, "number": n, "date": d, "score": m, "kind": k, "inner": tuple(i) or None}, "a record"
    ),
    _maybe(st.booleans()),
    _maybe(NUMBERS),
    _maybe(DATES),
    _maybe(SCORES),
    _maybe(CODES),
    st.lists(_INNER, max_size=2),
)
WORLDS: st.SearchStrategy[World] = st.fixed_dictionaries(
    {
        "yes": _maybe(st.booleans()),
        "other": _maybe(st.booleans()),
        "amount": _maybe(NUMBERS),
        "part": _maybe(NUMBERS.map(lambda n: n / 10)),
        "start": _maybe(DATES),
        "order.date": _maybe(DATES),
        "length": _maybe(NUMBERS.map(lambda n: Duration(days=n))),
        "kind": _maybe(CODES),
        "words": _maybe(st.sampled_from(["repair of tendon", "none", ""])),
        "points": _maybe(SCORES),
        "orders": _maybe(st.lists(_RECORDS, max_size=3).map(tuple)),
    }
)


@st.composite
def less_known(draw: st.DrawFn, world: World) -> World:
    """The same world with some facts, and some fields of records, no longer told."""
    out = {name: None if draw(st.booleans()) else value for name, value in world.items()}
    if out["orders"]:
        out["orders"] = tuple(
            r._replace(fields={k: None if draw(st.booleans()) else v for k, v in r.fields.items()})
            for r in out["orders"]
        )
    return out


# --- random expressions --------------------------------------------------------------------------------

_LITERALS = {
    Kind.NUMBER: st.builds(Quantity, st.integers(0, 9).map(Decimal)),
    Kind.SHARE: st.builds(Quantity, st.integers(0, 100).map(Decimal), st.just("%")),
    Kind.DATE: st.builds(Day, DATES),
    Kind.DURATION: st.builds(
        Quantity, st.integers(0, 50).map(Decimal), st.sampled_from(["days", "weeks", "months", "years"])
    ),
    Kind.CODE: st.builds(Text, CODES),
    Kind.MEASURED: st.builds(Quantity, st.integers(0, 9).map(Decimal), st.just("points")),
}
_NAMES = {
    Kind.NUMBER: ["amount"],
    Kind.SHARE: ["part"],
    Kind.DATE: ["start", "order.date"],
    Kind.DURATION: ["length", "max_age"],
    Kind.CODE: ["kind"],
    Kind.MEASURED: ["points"],
}
_FIELDS = {Kind.NUMBER: ["number"], Kind.DATE: ["date"], Kind.CODE: ["kind"], Kind.MEASURED: ["score"]}
_SIGNS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_ORDERED = [Kind.NUMBER, Kind.SHARE, Kind.DATE, Kind.DURATION, Kind.MEASURED]


@st.composite
def values(draw: st.DrawFn, kind: Kind, inside: bool, depth: int) -> Node:
    """A value of a kind; `inside`: within a list of orders."""
    names = _NAMES[kind] + (_FIELDS.get(kind, []) if inside else [])
    choice = draw(st.integers(0, 3 if depth > 0 else 1))
    if choice == 0:
        return draw(_LITERALS[kind])
    if choice == 1 or kind is Kind.CODE:
        return Name(draw(st.sampled_from(names)))
    if kind is Kind.DATE:
        span = draw(values(Kind.DURATION, inside, depth - 1))
        return Binary(draw(st.sampled_from("+-")), draw(values(kind, inside, depth - 1)), span)
    if kind is Kind.DURATION and choice == 3:
        return DaysFrom(*(draw(values(Kind.DATE, inside, depth - 1)) for _ in range(2)))
    if kind in _FIELDS and choice == 3:
        word = draw(st.sampled_from(["least", "greatest", *(["sum"] if kind is not Kind.DATE else [])]))
        where = draw(st.none() | conditions(True, depth - 1, nothing=False, told=False))
        return Over(word, Name("orders"), Name(_FIELDS[kind][0]), where)
    if draw(st.booleans()):
        return Negative(draw(values(kind, inside, depth - 1)))
    pair = [draw(values(kind, inside, depth - 1)) for _ in range(2)]
    return Binary(draw(st.sampled_from("+-")), *pair)


@st.composite
def conditions(
    draw: st.DrawFn, inside: bool = False, depth: int = 3, *, nothing: bool = True, told: bool = True
) -> Node:
    """A condition; `nothing`: 'nothing says' may stand here; `told`: 'any told' may."""
    deeper = {"inside": inside, "depth": depth - 1, "told": told}
    choice = draw(st.integers(0, 9 if depth > 0 else 2))
    match choice:
        case 0:
            return Name(draw(st.sampled_from(["yes", "other", *(["seen"] if inside else [])])))
        case 1:
            kind = draw(st.sampled_from(_ORDERED))
            pair = [draw(values(kind, inside, depth)) for _ in range(2)]
            return Binary(draw(_SIGNS), *pair)
        case 2:
            words = Items(tuple(draw(st.lists(_LITERALS[Kind.CODE], max_size=2))))
            return Binary(draw(st.sampled_from(["in", "starts with"])), Name("kind"), words)
        case 3:
            return Not(draw(conditions(**deeper, nothing=False)))
        case 4 if nothing:
            return NothingSays(draw(conditions(**deeper, nothing=False)))
        case 5:
            return Shown(draw(conditions(**deeper, nothing=nothing)))
        case 6 if told:
            some = st.lists(conditions(**deeper, nothing=nothing), min_size=1, max_size=3)
            return AnyTold(tuple(draw(some)))
        case 7:
            word = draw(st.sampled_from(["any", "all", *(["any told"] if told else [])]))
            where = draw(conditions(True, depth - 1, nothing=nothing, told=told))
            return Over(word, Name("orders"), None, where)
        case 8:
            kind = draw(st.sampled_from(_ORDERED))
            return Between(*(draw(values(kind, inside, depth - 1)) for _ in range(3)))
        case 9:
            return draw(_counted(depth) | st.just(Known(Name("words"))) | st.just(Truth(True)))
    operands = draw(st.lists(conditions(**deeper, nothing=nothing), min_size=2, max_size=3))
    return Joined(draw(st.sampled_from(["and", "or"])), tuple(operands))


@st.composite
def _counted(draw: st.DrawFn, depth: int) -> Node:
    where = draw(conditions(True, depth - 1, nothing=False, told=False))
    limits = {"count": Quantity(Decimal(1)), "share": Quantity(Decimal(50), "%")}
    word = draw(st.sampled_from(sorted(limits)))
    return Binary(draw(_SIGNS), Over(word, Name("orders"), None, where), limits[word])

"""Resources as nobody should send them: parts lost, doubled, moved, of the wrong kind, far too deep."""

import copy
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any, Final

Json = dict[str, Any]

ODD: Final[tuple[Any, ...]] = (
    None, True, 0, -1.5, 10**30, Decimal("1E+400"), Decimal("NaN"), "", " ", "#", "#a", "x", "*", "[",
    "(a+)+$", "a" * 60 + "!", "2026-02-31", "9999-12-31T23:59:60+14:00", "urn:uuid:1", "Patient/1", "http://",
    "\u202e\U0001f600", "'.combine(%resource)", "\x00", "\ud800",
    [], {}, [None], [[]], [{}], [[[]]], {"": 1}, {"_": {}}, {"id": "a"},
    {"value": 5}, {"reference": "#"}, {"reference": "#a"}, {"reference": {"reference": "x"}},
    {"resourceType": "Patient", "id": "a"}, {"resourceType": 5}, {"resourceType": "Bundle", "entry": [{}]},
    {"url": "http://example.org/x"}, {"url": 5, "extension": [{"url": "x", "valueCode": []}]},
    [{"resourceType": "Patient", "id": "a", "contained": [{"resourceType": "Patient", "id": "a"}]}],
)  # fmt: skip
NAMES: Final = (
    "id", "_id", "extension", "modifierExtension", "contained", "value", "valueQuantity", "valueReference",
    "_value", "text", "div", "reference", "_reference", "url", "code", "coding", "system", "start", "end",
    "meta", "profile", "resourceType", "entry", "resource", "fullUrl", "item", "identifier", "é", "a b", "",
)  # fmt: skip
Place = tuple[Any, Any]
_DEEP: Final = 150
_LONGEST: Final = 10_000  # a text is not made longer than some megabytes, which is what a server takes at all


def mangle(resource: Json, random: Random, times: int) -> Json:
    """A copy with that many faults."""
    made = copy.deepcopy(resource)
    for _ in range(times):
        places = places_of(made)
        if not places:
            break
        box, key = random.choice(places)
        random.choice(_FAULTS)(box, key, random, places)
    return made


def places_of(value: Any) -> list[Place]:
    """Every (container, key) below a JSON value that is not deeper than what is looked at."""
    found: list[Place] = []
    stack = [(value, 0)]
    while stack:
        box, depth = stack.pop()
        for key in list(box) if isinstance(box, dict) else range(len(box)):
            found.append((box, key))
            if isinstance(box[key], dict | list) and depth < 60:
                stack.append((box[key], depth + 1))
    return found


def _gone(box: Any, key: Any, random: Random, places: list[Place]) -> None:
    del box[key]


def _odd(box: Any, key: Any, random: Random, places: list[Place]) -> None:
    box[key] = copy.deepcopy(random.choice(ODD))


def _named(box: Any, key: Any, random: Random, places: list[Place]) -> None:
    if isinstance(box, dict):
        box[random.choice(NAMES)] = copy.deepcopy(random.choice(ODD))
    else:
        box.insert(key, copy.deepcopy(random.choice(ODD)))


def _moved(box: Any, key: Any, random: Random, places: list[Place]) -> None:
    other, other_key = random.choice(places)
    try:
        box[key] = copy.deepcopy(other[other_key])
    except RecursionError:
        del box[key]  # too deep already to be copied


def _renamed(box: Any, key: Any, random: Random, places: list[Place]) -> None:
    if isinstance(box, dict):
        other = random.choice([k for b, k in places if isinstance(k, str)] or ["x"])
        box[other] = box.pop(key)


def _many(box: Any, key: Any, random: Random, places: list[Place]) -> None:
    value = box[key]
    if isinstance(value, list):
        box[key] = value * random.choice((2, 3, 40))
    else:
        box[key] = [value] * random.choice((1, 2, 20))


def _long(box: Any, key: Any, random: Random, places: list[Place]) -> None:
    times = random.choice((2, 50, 3000))
    if isinstance(box[key], str) and len(box[key]) < _LONGEST:
        box[key] = box[key] * times


def _deep(box: Any, key: Any, random: Random, places: list[Place]) -> None:
    inner = box[key]
    name = random.choice(("extension", "item", "contained", "valueReference", "x"))
    for _ in range(random.choice((2, 20, _DEEP))):
        inner = {name: [inner]} if name != "valueReference" else {name: inner}
    box[key] = inner


def _around(box: Any, key: Any, random: Random, places: list[Place]) -> None:
    """References that lead in circles, to two places or to themselves."""
    texts = [b[k] for b, k in places if k in ("reference", "fullUrl", "id") and isinstance(b[k], str)]
    for b, k in places:
        if k in ("reference", "fullUrl") and texts and isinstance(b, dict) and random.random() < 0.4:
            b[k] = random.choice(texts)


_FAULTS: Final[tuple[Callable[[Any, Any, Random, list[Place]], None], ...]] = (
    _gone, _odd, _odd, _named, _moved, _renamed, _many, _long, _deep, _around,
)  # fmt: skip


def garble(body: bytes, random: Random) -> bytes:
    """A body with bytes lost, doubled or replaced."""
    made = bytearray(body)
    for _ in range(random.randrange(1, 5)):
        at = random.randrange(len(made))
        end = at + random.choice((1, 1, 8, 200))
        made[at:end] = random.choice((b"", bytes(made[at:end]) * 2, b"<", b'"', b"\xff", b"&x;", b"</a>"))
    return bytes(made) or b"x"

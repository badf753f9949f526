"""Bundles as nobody should send them: parts lost, doubled, moved, of the wrong kind."""

import copy
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from tests.fhir.fhirpath.official import fixtures

_ODD: tuple[Any, ...] = (
    None, "", "#", "#x", "1", 0, True, 10**400, Decimal("1.50"), Decimal("1E+999999"), Decimal("NaN"),
    "2020", "2020-01", "2020-13-45", "2020-05-05T10:00:00Z", "10:30:00", [], {}, [None], [[]], [{}],
    {"value": 5}, [{"resourceType": "Patient", "id": "p"}], [{"url": "x", "valueCode": "y"}],
    {"reference": "#"}, {"reference": "#p"}, {"resourceType": 5}, {"extension": [{"url": "x"}]},
)  # fmt: skip
_NAMES = (
    "id", "extension", "contained", "value", "valueQuantity", "valueCode", "_valueCode", "text", "div",
    "reference", "_reference", "url", "code", "start", "end", "name", "meta", "resourceType", "_id",
)  # fmt: skip


@cache
def _bundles() -> list[dict[str, Any]]:
    return list(fixtures())


def broken_bundle(random: Random, faults: int) -> dict[str, Any]:
    """A fixture with that many faults."""
    bundle = copy.deepcopy(random.choice(_bundles()))
    for _ in range(faults):
        _break(bundle, random)
    return bundle


def _break(bundle: dict[str, Any], random: Random) -> None:
    places = _places(bundle)
    if not places:
        return
    where, name = random.choice(places)
    kind = random.randrange(6)
    if kind == 0:
        del where[name]
    elif kind == 1:
        where[name] = copy.deepcopy(random.choice(_ODD))
    elif kind == 2 and isinstance(where, dict):
        where[random.choice(_NAMES)] = copy.deepcopy(random.choice(_ODD))
    elif kind == 3 and isinstance(where, dict):
        where["_" + name] = copy.deepcopy(random.choice(_ODD))
    elif kind == 4:
        where[name] = [copy.deepcopy(where[name])] * 2
    else:
        other, other_name = random.choice(places)
        where[name] = copy.deepcopy(other[other_name])


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        item = stack.pop()
        inner = list(item.items()) if isinstance(item, dict) else list(enumerate(item))
        found += [(item, name) for name, _ in inner]
        stack += [child for _, child in inner if isinstance(child, dict | list)]
    return found

"""Changes of form: what JSON and the base definitions of R4 say, whatever the profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Final

from tests.official.mutation import Mutation, at, is_object, is_single, is_text
from tests.official.spots import Json, Spot


def _drop(spot: Spot, _: Random) -> None:
    if spot.is_listed:
        spot.owner.pop(spot.key)
        if not spot.owner:
            del spot.home[spot.name]
    else:
        del spot.owner[spot.key]


def _repeat(spot: Spot, _: Random) -> None:
    spot.owner.insert(spot.key, spot.value)


def _as_list(spot: Spot, _: Random) -> None:
    spot.put([spot.value])


def _as_single(spot: Spot, _: Random) -> None:
    spot.home[spot.name] = spot.value


def _other_type(spot: Spot, rng: Random) -> None:
    value = spot.value
    if isinstance(value, bool):
        others: list[object] = [str(value).lower(), 1]
    elif isinstance(value, int | float):
        others = [str(value), True]
    elif isinstance(value, str):
        others = [7, True, {"text": value}]
    else:
        others = ["text", 7]
    spot.put(rng.choice(others))


def _unknown(spot: Spot, rng: Random) -> None:
    name = rng.choice(["colour", "valueThing", "Status", "note2", "display_"])
    spot.value[name] = rng.choice(["x", {"text": "x"}, [1], True])


def _misspelt(spot: Spot, rng: Random) -> None:
    name = rng.choice([n for n in spot.value if n not in ("resourceType", "extension", "url")] or ["id"])
    if name in spot.value:
        value = spot.value.pop(name)
        spot.value[rng.choice([name + "s", name.upper(), name[:1].upper() + name[1:]])] = value


def _resource_type(spot: Spot, rng: Random) -> None:
    spot.value["resourceType"] = rng.choice(["Patinet", "Basic", "patient", 7])


def _second_choice(spot: Spot, rng: Random) -> None:
    others = {
        "String": "x",
        "Boolean": True,
        "Quantity": {"value": 1},
        "Date": "2026-01-01",
        "Reference": {"display": "x"},
    }
    free = [n for n in others if spot.choice + n != spot.name]
    name = rng.choice(free)
    spot.home[spot.choice + name] = others[name]


def _other_choice(spot: Spot, rng: Random) -> None:
    _second_choice(spot, rng)
    del spot.home[spot.name]


def _null_in_list(spot: Spot, rng: Random) -> None:
    spot.owner.insert(rng.randint(0, len(spot.owner)), None)


def _beside(resource: Json, spots: Sequence[Spot], rng: Random) -> str | None:
    """Extensions beside a primitive, right and wrong ones."""
    found = [s for s in spots if not isinstance(s.value, dict) and s.name != "id" and s.type != "xhtml"]
    if not found:
        return None
    spot = rng.choice(found)
    good = {"extension": [{"url": "http://example.org/known-to-nobody", "valueString": "x"}]}
    many: list[object] = [[good], [None, good], [None], [good, None, None], good, []]
    one: list[object] = [good, {}, [good], None, "x", {"id": "a"}, {"value": "x"}, {"extension": []}]
    spot.home["_" + spot.name] = rng.choice(many if spot.is_listed else one)
    return spot.path


def _beside_complex(spot: Spot, _: Random) -> None:
    spot.home["_" + spot.name] = {"id": "a"}


def _only_beside(spot: Spot, rng: Random) -> None:
    absent = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
    del spot.home[spot.name]
    code = rng.choice(["unknown", "no-such-reason"])
    spot.home["_" + spot.name] = {"extension": [{"url": absent, "valueCode": code}]}


def _element_id(resource: Json, spots: Sequence[Spot], rng: Random) -> str | None:
    found = [s for s in spots if is_object(s)]
    if len(found) < 2:
        return None
    first, second = rng.sample(found, 2)
    identity = rng.choice(["same", "with space", "a" * 65])
    first.value["id"] = second.value["id"] = identity
    return second.path


def _fill(value: object) -> Mutation:
    return at(lambda s: s.name != "extension", lambda spot, _: spot.put(value))


def _is_complex_list(spot: Spot) -> bool:
    return spot.is_listed and isinstance(spot.value, dict)


MUTATIONS: Final[Mapping[str, Mutation]] = MappingProxyType(
    {
        "drop": at(lambda s: True, _drop),
        "drop-again": at(lambda s: s.path.count(".") < 4, _drop),
        "repeat": at(_is_complex_list, _repeat),
        "single-as-list": at(is_single, _as_list),
        "list-as-single": at(lambda s: s.is_listed, _as_single),
        "other-json-type": at(lambda s: s.type != "Resource", _other_type),
        "unknown-element": at(lambda s: isinstance(s.value, dict), _unknown),
        "misspelt-element": at(is_object, _misspelt),
        "resource-type": at(lambda s: s.type == "Resource", _resource_type),
        "second-choice": at(lambda s: bool(s.choice), _second_choice),
        "other-choice": at(lambda s: bool(s.choice), _other_choice),
        "empty-object": at(is_object, lambda s, _: s.put({})),
        "empty-list": at(lambda s: s.is_listed, lambda s, _: s.home.__setitem__(s.name, [])),
        "empty-text": at(is_text, lambda s, _: s.put("")),
        "null": at(lambda s: True, lambda s, _: s.put(None)),
        "null-in-list": at(lambda s: s.is_listed, _null_in_list),
        "beside": _beside,
        "beside-complex": at(lambda s: is_object(s) and not s.is_listed, _beside_complex),
        "only-beside": at(
            lambda s: is_text(s) and is_single(s) and s.name != "id" and s.type != "xhtml", _only_beside
        ),
        "only-id": at(is_object, lambda s, _: s.put({"id": "a"})),
        "element-id": _element_id,
    }
)

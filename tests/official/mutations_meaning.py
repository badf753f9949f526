"""Changes of meaning: codes, fixed values, extensions, invariants."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any, Final

import yaml

from tests.official.mutation import Mutation, at, of, put
from tests.official.prepare import HERE
from tests.official.spots import Json, Spot

_VALUES: Final = yaml.safe_load((HERE / "broken_values.yaml").read_text())
_PLACED: Final[Sequence[Json]] = _VALUES["extensions"]
_STRANGE_CODES: Final[Mapping[str, str]] = _VALUES["codes"]
_BROKEN: Final[Mapping[str, Sequence[Any]]] = _VALUES["types"]


def _coding(change: Callable[[Json, Random], None]) -> Mutation:
    def apply(spot: Spot, rng: Random) -> None:
        change(spot.value, rng)

    return at(lambda s: s.type == "Coding" and isinstance(s.value, dict), apply)


def _other_code(coding: Json, rng: Random) -> None:
    coding["code"] = rng.choice(
        ["no-such-code", coding.get("code", "x").upper() + "q", coding.get("code", "x").swapcase()]
    )


def _other_system(coding: Json, rng: Random) -> None:
    system = rng.choice(
        ["http://example.org/codes", *_STRANGE_CODES, "urn:oid:2.16.840.1.113883.6.96", "not-absolute"]
    )
    coding["system"] = system
    if rng.random() < 0.5 and system in _STRANGE_CODES:
        coding["code"] = _STRANGE_CODES[system]


def _other_display(coding: Json, _: Random) -> None:
    coding["display"] = "Something else"


def _without(coding: Json, rng: Random) -> None:
    coding.pop(rng.choice([n for n in ("system", "code") if n in coding] or ["id"]), None)


def _text_only(spot: Spot, _: Random) -> None:
    spot.put({"text": "in words"})


def _second_coding(spot: Spot, rng: Random) -> None:
    coding = copy.deepcopy(rng.choice(spot.value["coding"]))
    _other_code(coding, rng)
    spot.value["coding"].insert(rng.randint(0, 1), coding)


def _extension(spot: Spot, rng: Random) -> None:
    extension = copy.deepcopy(rng.choice(_PLACED))
    spot.value.setdefault("extension", []).append(extension)


def _modifier(spot: Spot, rng: Random) -> None:
    spot.value.setdefault("modifierExtension", []).append(copy.deepcopy(rng.choice(_PLACED)))


def _takes_modifiers(spot: Spot) -> bool:
    return isinstance(spot.value, dict) and ("." in spot.type or spot.type in ("Resource", "HumanName"))


def _is_extension(spot: Spot) -> bool:
    return spot.type == "Extension" and isinstance(spot.value, dict) and spot.is_listed


def _extension_url(spot: Spot, rng: Random) -> None:
    spot.value["url"] = rng.choice(
        [spot.value.get("url", "") + "x", "http://example.org/other", spot.value.get("url", "") + "|1.0.0"]
    )


def _extension_value(spot: Spot, rng: Random) -> None:
    for name in [n for n in spot.value if n.startswith("value") or n == "extension"]:
        del spot.value[name]
    name, value = rng.choice(
        [
            ("String", "x"),
            ("Boolean", True),
            ("CodeableConcept", {"text": "x"}),
            ("Period", {"start": "2026"}),
            ("Integer", 1),
        ]
    )
    spot.value["value" + name] = value


def _move_extension(_: Json, spots: Sequence[Spot], rng: Random) -> str | None:
    movable = [s for s in spots if _is_extension(s)]
    homes = [s for s in spots if isinstance(s.value, dict) and s.type not in ("Extension",)]
    if not movable or not homes:
        return None
    spot, home = rng.choice(movable), rng.choice(homes)
    if home.value is spot.home or home.path.startswith(spot.path):
        return None
    extension = spot.owner.pop(spot.key)
    if not spot.owner:
        del spot.home[spot.name]
    home.value.setdefault("extension", []).append(extension)
    return home.path


def _copy_extension(spot: Spot, _: Random) -> None:
    spot.owner.append(copy.deepcopy(spot.value))


def _in_resource(kinds: Mapping[str, Sequence[Any]]) -> Mutation:
    """Put a value of a type in place of one."""
    return at(lambda s: s.type in kinds, lambda s, rng: s.put(copy.deepcopy(rng.choice(kinds[s.type]))))


_CODES = ("no-such-code", "ACTIVE", "unknown", "final")

MUTATIONS: Final[Mapping[str, Mutation]] = MappingProxyType(
    {
        "code": at(of("code"), put(*_CODES)),
        "code-2": at(of("code"), put("no-such-code")),
        "coding-code": _coding(_other_code),
        "coding-code-2": _coding(_other_code),
        "coding-system": _coding(_other_system),
        "coding-system-2": _coding(_other_system),
        "coding-display": _coding(_other_display),
        "coding-without": _coding(_without),
        "text-only": at(lambda s: s.type == "CodeableConcept", _text_only),
        "second-coding": at(
            lambda s: s.type == "CodeableConcept" and bool(s.value.get("coding")), _second_coding
        ),
        "extension-added": at(lambda s: isinstance(s.value, dict), _extension),
        "extension-added-2": at(lambda s: isinstance(s.value, dict) and s.type == "Resource", _extension),
        "modifier-extension": at(_takes_modifiers, _modifier),
        "extension-dropped": at(_is_extension, lambda s, _: s.owner.pop(s.key)),
        "extension-url": at(_is_extension, _extension_url),
        "extension-value": at(_is_extension, _extension_value),
        "extension-moved": _move_extension,
        "extension-moved-2": _move_extension,
        "extension-repeated": at(_is_extension, _copy_extension),
        "broken-type": _in_resource(_BROKEN),
        "broken-reference": _in_resource({"Reference": _BROKEN["Reference"]}),
        "broken-identifier": _in_resource({"Identifier": _BROKEN["Identifier"]}),
        "broken-meta": _in_resource({"Meta": _BROKEN["Meta"]}),
        "broken-concept": _in_resource({"CodeableConcept": _BROKEN["CodeableConcept"]}),
        "broken-time": _in_resource({k: _BROKEN[k] for k in ("Period", "Timing", "Quantity", "Money")}),
        "broken-party": _in_resource({k: _BROKEN[k] for k in ("ContactPoint", "HumanName", "Address")}),
        "broken-document": _in_resource({k: _BROKEN[k] for k in ("Attachment", "Narrative", "Annotation")}),
    }
)

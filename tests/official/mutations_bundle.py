"""Changes of a Bundle, its references and contained resources."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Final

from tests.official.mutation import Mutation, at
from tests.official.spots import Json, Spot

_BOX: Final[Json] = {"resourceType": "Basic", "id": "box", "code": {"text": "x"}}


def _bundle(change: Callable[[Json, Random], str | None]) -> Mutation:
    """A change that only Bundles with several entries can have."""

    def mutation(resource: Json, _: Sequence[Spot], rng: Random) -> str | None:
        if resource.get("resourceType") != "Bundle" or len(resource.get("entry", ())) < 3:
            return None
        return change(resource, rng)

    return mutation


def _entry(change: Callable[[Json, Json, Random], None]) -> Mutation:
    """A change of one entry; given another one beside."""

    def apply(bundle: Json, rng: Random) -> str:
        one, two = rng.sample(range(len(bundle["entry"])), 2)
        change(bundle["entry"][one], bundle["entry"][two], rng)
        return f"Bundle.entry[{one}]"

    return _bundle(apply)


def _same_url(entry: Json, other: Json, _: Random) -> None:
    entry["fullUrl"] = other["fullUrl"]


def _other_url(entry: Json, _: Json, rng: Random) -> None:
    kind = entry["resource"]["resourceType"]
    ways = [
        f"{kind}/1",
        "not a url",
        f"http://example.org/fhir/{kind}/other",
        "urn:uuid:no",
        f"http://example.org/fhir/Basic/{entry['resource'].get('id', 'x')}",
    ]
    entry["fullUrl"] = rng.choice(ways)


def _drop_member(entry: Json, _: Json, rng: Random) -> None:
    entry.pop(rng.choice(["fullUrl", "resource"]), None)


def _with_request(entry: Json, _: Json, rng: Random) -> None:
    entry.update(copy.deepcopy(rng.choice([
        {"request": {"method": "POST", "url": "Claim"}},
        {"response": {"status": "200"}},
        {"search": {"mode": "match"}},
        {"search": {"mode": "sometimes"}},
    ])))  # fmt: skip


def _other_resource(entry: Json, other: Json, _: Random) -> None:
    entry["resource"] = copy.deepcopy(other["resource"])


def _as_basic(entry: Json, _: Json, __: Random) -> None:
    entry["resource"] = {
        "resourceType": "Basic",
        "id": entry["resource"].get("id", "x"),
        "code": {"text": "x"},
    }


def _order(bundle: Json, rng: Random) -> str:
    rng.shuffle(bundle["entry"])
    return "Bundle.entry"


def _drop_entry(bundle: Json, rng: Random) -> str:
    index = rng.randrange(len(bundle["entry"]))
    del bundle["entry"][index]
    return f"Bundle.entry[{index}]"


def _repeat_entry(bundle: Json, rng: Random) -> str:
    bundle["entry"].append(copy.deepcopy(rng.choice(bundle["entry"])))
    return "Bundle.entry"


def _kind(bundle: Json, rng: Random) -> str:
    bundle["type"] = rng.choice(
        ["transaction", "document", "searchset", "batch", "message", "history", "bag", "collection "]
    )
    return "Bundle.type"


def _head(bundle: Json, rng: Random) -> str:
    name = rng.choice(["type", "timestamp", "identifier", "meta", "total", "signature", "link"])
    if name in bundle:
        del bundle[name]
    else:
        bundle[name] = {"total": 3, "signature": {"who": {"display": "x"}}}.get(name, [{"relation": "self"}])
    return f"Bundle.{name}"


def _swap_references(_: Json, spots: Sequence[Spot], rng: Random) -> str | None:
    found = [
        s for s in spots if s.type == "Reference" and isinstance(s.value, dict) and "reference" in s.value
    ]
    if len(found) < 2:
        return None
    one, two = rng.sample(found, 2)
    one.value["reference"], two.value["reference"] = two.value["reference"], one.value["reference"]
    return one.path


def _reference(spot: Spot, rng: Random) -> None:
    text = spot.value["reference"]
    ways = [
        text + "x",
        text + "/_history/1",
        text + "#part",
        "#",
        "relative",
        "Nothing/1",
        "http://example.org/fhir/Basic/1",
        f"{text} ",
    ]
    spot.value["reference"] = rng.choice(ways)


def _reference_type(spot: Spot, rng: Random) -> None:
    spot.value["type"] = rng.choice(
        ["Patient", "Basic", "Nonsense", "http://hl7.org/fhir/StructureDefinition/Patient"]
    )


def _nobody(spot: Spot, rng: Random) -> None:
    spot.value["reference"] = rng.choice(["Patient/nobody", "urn:uuid:00000000-0000-4000-8000-000000000000"])


def _has_reference(spot: Spot) -> bool:
    return spot.type == "Reference" and isinstance(spot.value, dict) and "reference" in spot.value


def _contained(spot: Spot, rng: Random) -> None:
    ways: list[Json] = [
        _BOX, {**_BOX, "id": "a b"}, {k: v for k, v in _BOX.items() if k != "id"},
        {**_BOX, "meta": {"versionId": "1"}},
        {**_BOX, "meta": {"security": [{"code": "x"}]}}, {**_BOX, "contained": [{**_BOX, "id": "inner"}]},
        {**_BOX, "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}},
        {**_BOX, "author": {"reference": "#"}}, {"resourceType": "Basic", "id": "box"},
    ]  # fmt: skip
    spot.value["contained"] = [copy.deepcopy(rng.choice(ways))]
    if rng.random() < 0.3:
        spot.value["contained"] *= 2


def _refers_contained(_: Json, spots: Sequence[Spot], rng: Random) -> str | None:
    """A contained resource, and a reference to it."""
    found = [s for s in spots if _has_reference(s) and ".resource." in s.path]
    if not found:
        return None
    spot = rng.choice(found)
    path = spot.path.partition(".resource.")[0] + ".resource"
    home = next(s for s in spots if s.path == path)
    home.value["contained"] = [copy.deepcopy(_BOX)]
    spot.value["reference"] = "#box"
    return spot.path


MUTATIONS: Final[Mapping[str, Mutation]] = MappingProxyType(
    {
        "entry-same-url": _entry(_same_url),
        "entry-other-url": _entry(_other_url),
        "entry-without": _entry(_drop_member),
        "entry-request": _entry(_with_request),
        "entry-other-resource": _entry(_other_resource),
        "entry-basic": _entry(_as_basic),
        "entry-order": _bundle(_order),
        "entry-dropped": _bundle(_drop_entry),
        "entry-repeated": _bundle(_repeat_entry),
        "bundle-type": _bundle(_kind),
        "bundle-head": _bundle(_head),
        "references-swapped": _swap_references,
        "reference-text": at(_has_reference, _reference),
        "reference-text-2": at(_has_reference, _reference),
        "reference-type": at(_has_reference, _reference_type),
        "reference-nobody": at(_has_reference, _nobody),
        "contained": at(lambda s: s.type == "Resource" and isinstance(s.value, dict), _contained),
        "contained-referred": _refers_contained,
    }
)

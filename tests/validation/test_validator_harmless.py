"""What changes nothing for FHIR must not add an error: metamorphic tests over valid requests and answers."""

import copy
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhirpa.fhir.codec import decode, encode
from fhirpa.fhir.tables import type_table
from fhirpa.validation import load_set
from tests.validation.mutation.score import alone
from tests.validation.mutation.specimens import Specimens
from tests.validation.mutation.walk import Typed, Walk, objects
from tests.validation.sources import SETS, fixtures, validator

Json = dict[str, Any]
Change = Callable[[Json, Random], Json]

_UNKNOWN = {"url": "http://example.org/StructureDefinition/of-our-own", "valueString": "x"}
# Elements whose text is the sender's own; others hold codes or are compared.
_FREE = frozenset({"text", "description", "title", "city", "line", "comment"})


def errors(set_name: str, resource: Json) -> Counter[tuple[str, str | None]]:
    issues = validator(set_name).validate(resource).issues
    return Counter((str(f.kind), f.key) for f in issues if f.is_error)


@cache
def bundles() -> list[tuple[str, Json]]:
    """The fixtures that are not wrong on purpose."""
    return [(k.set, k.resource) for k in fixtures() if not k.name.startswith("bad-")]


def everything(bundle: Json) -> list[Typed]:
    """All objects of a Bundle and of the resources in it."""
    return [at for resource in alone(bundle) for at in objects(resource)]


def names_in_another_order(bundle: Json, random: Random) -> Json:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            names = list(value)
            random.shuffle(names)
            return {n: turned(value[n]) for n in names}
        return [turned(v) for v in value] if isinstance(value, list) else value

    made: Json = turned(bundle)
    return made


def an_unknown_extension(bundle: Json, random: Random) -> Json:
    can = [at for at in everything(bundle) if "extension" in type_table(at.type).elements]
    # In an extension only those that its definition names may stand.
    at = random.choice([at for at in can if at.type != "Extension" and at.value])
    at.value["extension"] = [*at.value.get("extension", ()), dict(_UNKNOWN)]
    return bundle


def an_extension_beside_a_value(bundle: Json, random: Random) -> Json:
    spots = [
        (at.value, name)
        for at in everything(bundle)
        for name in at.value
        if (wire := type_table(at.type).elements.get(name))
        and wire.is_primitive
        and not wire.attribute
        and not wire.many
        and f"_{name}" not in at.value
        and at.type != "Extension"
    ]
    owner, name = random.choice(spots)
    owner[f"_{name}"] = {"id": "i1", "extension": [dict(_UNKNOWN)]}
    return bundle


def an_id_of_an_element(bundle: Json, random: Random) -> Json:
    spots = [at.value for at in everything(bundle) if "resourceType" not in at.value and at.value]
    random.choice(spots).setdefault("id", f"i{random.randrange(10**6)}")
    return bundle


def another_text(bundle: Json, random: Random) -> Json:
    for at in everything(bundle):
        for name, value in at.value.items():
            wire = type_table(at.type).elements.get(name)
            if wire and wire.type in ("string", "markdown") and name in _FREE and isinstance(value, str):
                at.value[name] = random.choice(
                    (f"{value} ", f"é{value}\U0001f600", f"\u05d0 {value}\n\tx", value)
                )
    return bundle


def another_zone(bundle: Json, random: Random) -> Json:
    text = encode(bundle, "json").decode()
    return decode(text.replace('Z"', '+00:00"').encode(), "json")


def another_precision(bundle: Json, random: Random) -> Json:
    for at in everything(bundle):
        for name, value in at.value.items():
            wire = type_table(at.type).elements.get(name)
            if wire and wire.type == "decimal" and isinstance(value, int):
                at.value[name] = Decimal(f"{value}.00")
    return bundle


def extensions_in_another_order(bundle: Json, random: Random) -> Json:
    for at in everything(bundle):
        if isinstance(at.value.get("extension"), list):
            random.shuffle(at.value["extension"])
    return bundle


def entries_in_another_order(bundle: Json, random: Random) -> Json:
    rest = bundle["entry"][1:]  # the first has to be the Claim
    random.shuffle(rest)
    bundle["entry"][1:] = rest
    return bundle


def another_base(bundle: Json, random: Random) -> Json:
    """All entries under another address."""
    text = encode(bundle, "json").decode()
    for entry in bundle["entry"]:
        url = entry["fullUrl"]
        if url.startswith("http"):
            base = url.rsplit("/", 2)[0]
            text = text.replace(base + "/", "https://other.example.org/r4/")
    return decode(text.encode(), "json")


def profiles_twice(bundle: Json, random: Random) -> Json:
    for resource in alone(bundle):
        profiles = resource.get("meta", {}).get("profile")
        if profiles:
            resource["meta"]["profile"] = [*profiles, *profiles]
    return bundle


def through_xml(bundle: Json, random: Random) -> Json:
    return decode(encode(bundle, "xml"), "xml")


def through_pretty_json(bundle: Json, random: Random) -> Json:
    return decode(encode(bundle, "json", pretty=True), "json")


CHANGES: tuple[Change, ...] = (
    names_in_another_order,
    an_unknown_extension,
    an_extension_beside_a_value,
    an_id_of_an_element,
    another_text,
    another_zone,
    another_precision,
    extensions_in_another_order,
    entries_in_another_order,
    another_base,
    profiles_twice,
    through_xml,
    through_pretty_json,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(CHANGES), min_size=1, max_size=6, unique=True),
    st.integers(0, 200),
    st.integers(),
)
def test_changes_that_mean_nothing_add_no_error(changes: list[Change], number: int, seed: int) -> None:
    set_name, original = bundles()[number % len(bundles())]
    random = Random(seed)
    bundle = copy.deepcopy(original)
    for change in changes:
        bundle = change(bundle, random)
    assert errors(set_name, bundle) == errors(set_name, original)


@pytest.mark.deep
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_no_change_that_means_nothing_adds_an_error_to_any_fixture(change: Change) -> None:
    for number, (set_name, original) in enumerate(bundles()):
        for seed in range(10):
            changed = change(copy.deepcopy(original), Random(1000 * number + seed))
            assert errors(set_name, changed) == errors(set_name, original)


# Elements that a claim may have and whose value here could not be right: they lead to other entries, or rules
# say when they may stand.
_NOT_ADDED = frozenset({"related", "meta", "contained", "text", "implicitRules"})


@pytest.mark.parametrize("set_name", SETS)
def test_an_optional_element_that_the_profile_asks_for_can_be_added(set_name: str) -> None:
    tables = load_set(set_name)
    walk, build = Walk(tables), Specimens(tables)
    added = 0
    own = [r for s, bundle in bundles() if s == set_name for r in alone(bundle)]
    done: set[str] = set()
    wrong: dict[str, Any] = {}
    for resource in own:
        before = None
        for site in list(walk.resource(resource)):
            element, label = site.element, site.element.name.removesuffix("[x]")
            is_absent = site.key is None and element.max != 0 and not site.around
            if not is_absent or not element.must_support or label in _NOT_ADDED or site.rule in done:
                continue
            done.add(site.rule)
            wires = [w for w in type_table(site.type).elements.values() if w.label == label]
            codes = {t.code for t in element.types}
            wire = next((w for w in wires if w.type in codes), wires[0])
            value = build.value(wire, element)
            before = before or errors(set_name, resource)
            site.owner[wire.name] = [value] if wire.many else value
            more = errors(set_name, resource) - before
            del site.owner[wire.name]
            added += 1
            if any(kind != "invariant" for kind, _ in more):
                wrong[site.rule] = more
    assert wrong == {}
    assert added > 20

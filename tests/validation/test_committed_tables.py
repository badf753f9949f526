"""The committed tables are what the compiler makes of the official packages, and hold all that these say."""

import json
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fhirpa.fhir.data import data_path
from fhirpa.validation.compiler import Build, Package, compile_tables, read_package, read_supplement
from fhirpa.validation.compiler.facts import element_facts
from fhirpa.validation.compiler.package import Json
from fhirpa.validation.compiler.readme import BEGIN
from fhirpa.validation.elements import Element, TypeRef
from fhirpa.validation.rows import Overlay, read_base_element
from fhirpa.validation.tables import TableSet, load_set

ROOT = Path(__file__).parents[2]
PACKAGES = Path(os.environ.get("FHIRPA_SHARED", ROOT.parent / "shared")) / "packages"
GUIDES = ("hl7.fhir.us.davinci-pas#2.0.1", "hl7.fhir.us.davinci-pas#2.2.1")

pytestmark = pytest.mark.skipif(not any(PACKAGES.glob("*.tgz")), reason="shared: the packages are not there")


@cache
def packages() -> tuple[Package, ...]:
    by_hand = sorted((ROOT / "profiles" / "supplements").glob("*.yaml"))
    official = sorted(PACKAGES.glob("*.tgz"))
    return (*(read_package(p) for p in official), *(read_supplement(p) for p in by_hand))


@cache
def build() -> Build:
    return compile_tables(packages(), GUIDES)


def test_compiling_gives_the_committed_bytes() -> None:
    folder = data_path("profiles")
    committed = {
        f"{kind}/{file.name}" for kind in ("sets", "tables") for file in folder.joinpath(kind).iterdir()
    }
    assert committed == set(build().files)
    for name, content in build().files.items():
        assert folder.joinpath(name).read_bytes() == content, (
            f"{name}: `fhirpa profiles compile` gives another"
        )


def test_the_lists_in_the_readme_are_those_of_this_build() -> None:
    text = (ROOT / "profiles" / "README.md").read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].strip() == build().generated.strip()


def test_the_order_in_which_packages_and_guides_are_given_says_nothing() -> None:
    again = compile_tables(packages()[::-1], GUIDES[::-1])
    assert again.files == build().files
    assert again.generated == build().generated


def test_only_definitions_by_hand_needed_a_snapshot_made() -> None:
    by_hand = {url for p in packages() if p.hand_written for _, url in p.definitions}
    assert {canonical.partition("|")[0] for canonical in build().without_snapshot} <= by_hand


def test_the_tables_are_small_enough_to_travel() -> None:
    assert sum(map(len, build().files.values())) < 8_000_000


@pytest.mark.parametrize("guide", GUIDES)
def test_the_examples_of_a_guide_name_nothing_of_hl7_that_the_tables_do_not_know(guide: str) -> None:
    tables = load_set(f"pas-{guide.partition('#')[2]}")
    seen = 0
    for name, example in examples(PACKAGES / f"{guide}.tgz"):
        for url in absolute_extensions(example):
            assert tables.extension(url) is not None, f"{name}: {url}"
        for part in objects(example):
            system = tables.code_system(part["system"]) if {"system", "code"} <= part.keys() else None
            if system is not None:
                seen += 1
                assert system.has(part["code"]) is not False, f"{name}: {part['code']} of {system.url}"
    assert seen > 50


def examples(package: Path) -> Iterator[tuple[str, Json]]:
    with tarfile.open(package) as archive:
        for member in archive:
            if re.fullmatch(r"package/example/[A-Z][^/]+\.json", member.name):
                stream = archive.extractfile(member)
                assert stream is not None
                yield member.name, json.load(stream)


def objects(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def absolute_extensions(example: Json) -> Iterator[str]:
    for part in objects(example):
        yield from (x["url"] for x in part.get("extension", ()) if ":" in x["url"])


def profiles_with_snapshots() -> Iterator[tuple[str, Json]]:
    """All profiles and extensions of the packages in a set, but those of R4 itself."""
    for package in packages():
        if package.name == "hl7.fhir.r4.core" or package.id == GUIDES[0]:
            continue
        for (kind, url), definition in package.definitions.items():
            if kind == "StructureDefinition" and definition["kind"] != "logical" and "snapshot" in definition:
                yield f"{url}|{definition.get('version', package.version)}", definition


def test_every_element_of_every_snapshot_can_be_read_back() -> None:
    tables = load_set("pas-2.2.1")
    seen, wrong = 0, []
    for canonical, definition in profiles_with_snapshots():
        profile = tables.profile(canonical)
        assert profile is not None, canonical
        for element in definition["snapshot"]["element"][1:]:
            if is_below_a_bare_value(element["path"]):
                continue
            seen += 1
            if found := differences(tables, profile.root, element):
                wrong.append(f"{canonical} {element['id']}: {found}")
    assert not wrong
    assert seen > 20_000


def is_below_a_bare_value(path: str) -> bool:
    """What DTR and SDC say inside the value of a primitive (profiles/README.md)."""
    return ".value." in path and path.startswith("Questionnaire.item.")


def differences(tables: TableSet, root: Element, stated: Json) -> list[str]:
    """What the tables say otherwise than the snapshot about one element."""
    found, base = walk(tables, root, stated["id"].split(".")[1:])
    facts = element_facts(stated)
    wanted = read_base_element(found.name, facts, {})
    wrong = [name for name in COMPARED if getattr(found, name) != getattr(wanted, name)]
    if "binding" in facts and found.binding != wanted.binding:
        wrong.append("binding")
    if "slicing" in facts and found.slicing != wanted.slicing:
        wrong.append("slicing")
    known = {c.key for c in (*found.constraints, *base.constraints)}
    for stated_type in found.types:
        if tables.is_type(stated_type.code):
            known |= {c.key for c in tables.base(stated_type.code).constraints}
    return wrong + [c.key for c in wanted.constraints if c.key not in known]


COMPARED = (
    "min",
    "max",
    "types",
    "content_reference",
    "fixed",
    "pattern",
    "max_length",
    "min_value",
    "max_value",
    "must_support",
    "is_modifier",
)


def walk(tables: TableSet, root: Element, steps: list[str]) -> tuple[Element, Element]:
    """The element that the profile (or else the base type) has at a path, and that of the base type."""
    overlay = Overlay(tables.base)
    here: Element | None = root
    base = Element(
        root.name, 0, None, (TypeRef(root.name),), frozenset(), children=tables.base(root.name).children
    )
    for step in steps:
        name, _, slice_name = step.partition(":")
        types = here.types if here is not None else base.types
        base = overlay.below(replace(base, types=types))[name]
        here = (here.children or {}).get(name) if here is not None else None
        for part in slice_name.split("/") if slice_name else ():
            assert here is not None
            assert here.slices is not None
            here = here.slices[part]
    return here or base, base

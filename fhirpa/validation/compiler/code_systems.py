"""Code systems: all codes, who stands below whom, and the filters that value sets put on them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fhirpa.validation.compiler.licences import is_licensed_system, names_others
from fhirpa.validation.compiler.package import Json

# Displays travel only where they are HL7's own and the list is short: they serve a warning, no verdict.
_OWN: Final = ("http://hl7.org/fhir/", "http://terminology.hl7.org/CodeSystem/")
MOST_DISPLAYS: Final = 500


@dataclass(frozen=True, slots=True)
class Concept:
    """One code with its display, the codes right above it, and its properties."""

    code: str
    display: str | None
    parents: frozenset[str]
    properties: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """The concepts of a system by code, in order. `complete` is false for a fragment or examples.

    `own_texts` is true where the displays are HL7's own.
    """

    url: str
    complete: bool
    case_sensitive: bool
    own_texts: bool
    concepts: Mapping[str, Concept]

    def below(self, code: str) -> frozenset[str]:
        """All codes under `code`, at any depth, without itself."""
        found: set[str] = set()
        edge = {code}
        while edge:
            edge = {c.code for c in self.concepts.values() if c.parents & edge} - found
            found |= edge
        return frozenset(found)

    def above(self, code: str) -> frozenset[str]:
        """All codes over `code`, without itself."""
        found: set[str] = set()
        edge = set(self.concepts[code].parents) if code in self.concepts else set()
        while edge:
            found |= edge
            edge = {p for c in edge if c in self.concepts for p in self.concepts[c].parents} - found
        return frozenset(found)


def read_code_system(definition: Json, may_list: bool = False) -> CodeSystem | None:
    """The codes of a definition; None where it lists none or where its codes may not be listed.

    With `may_list` those of licensed systems are listed too.
    """
    if (
        definition.get("content") not in ("complete", "fragment", "example")
        or not definition.get("concept")
        or (is_licensed_system(definition["url"]) and not may_list)
    ):
        return None
    return CodeSystem(
        url=definition["url"],
        complete=definition["content"] == "complete",
        case_sensitive=definition.get("caseSensitive", True),
        own_texts=definition["url"].startswith(_OWN) and not names_others(definition.get("copyright", "")),
        concepts={c.code: c for c in _concepts(definition["concept"], None)},
    )


def code_system_row(system: CodeSystem) -> Json:
    """The table line of a code system."""
    row: Json = {"codes": list(system.concepts)}
    if not system.complete:
        row["fragment"] = True
    if not system.case_sensitive:
        row["caseInsensitive"] = True
    displays = [c.display for c in system.concepts.values()]
    if system.own_texts and len(displays) <= MOST_DISPLAYS and any(displays):
        row["displays"] = displays
    return row


def _concepts(rows: list[Json], parent: str | None) -> Iterator[Concept]:
    for row in rows:
        properties: dict[str, tuple[Any, ...]] = {}
        for stated in row.get("property", ()):
            value = next(v for k, v in stated.items() if k.startswith("value"))
            value = value["code"] if isinstance(value, dict) and "code" in value else value
            properties[stated["code"]] = (*properties.get(stated["code"], ()), value)
        above = {*properties.get("subsumedBy", ()), *properties.get("parent", ())}
        parents = frozenset(above | ({parent} if parent else set()))
        yield Concept(row["code"], row.get("display"), parents, properties)
        yield from _concepts(row.get("concept", []), row["code"])


def filtered(system: CodeSystem, stated: Json) -> frozenset[str] | None:
    """The codes that one filter of a value set lets through; None for a filter that is not computable here.

    http://hl7.org/fhir/R4/valueset-filter-operator.html
    """
    hierarchy = _HIERARCHY.get(stated["op"])
    if hierarchy is not None:
        return hierarchy(system, stated["value"]) & system.concepts.keys()
    test = _TESTS.get(stated["op"])
    if test is None or stated["property"] == "display":
        return None
    wanted = stated["value"]
    return frozenset(c.code for c in system.concepts.values() if test(_values(c, stated["property"]), wanted))


def _values(concept: Concept, name: str) -> tuple[str, ...]:
    if name in ("code", "concept"):
        return (concept.code,)
    values = tuple(concept.parents) if name == "parent" else concept.properties.get(name, ())
    return tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in values)


_Hierarchy = Callable[[CodeSystem, str], frozenset[str]]
_HIERARCHY: Final[Mapping[str, _Hierarchy]] = {
    "is-a": lambda system, code: system.below(code) | {code},
    "descendent-of": lambda system, code: system.below(code),
    "is-not-a": lambda system, code: frozenset(system.concepts) - system.below(code) - {code},
    "generalizes": lambda system, code: system.above(code) | {code},
}
_Test = Callable[[tuple[str, ...], str], bool]
_TESTS: Final[Mapping[str, _Test]] = {
    "=": lambda values, wanted: wanted in values,
    "in": lambda values, wanted: any(v in wanted.split(",") for v in values),
    "not-in": lambda values, wanted: not any(v in wanted.split(",") for v in values),
    "regex": lambda values, wanted: any(re.fullmatch(wanted, v) for v in values),
    "exists": lambda values, wanted: bool(values) is (wanted == "true"),
}

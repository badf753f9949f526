"""CodeSystem and ValueSet resources of a payer, worked out to the rows of tables."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fhirpa.validation.compiler.code_systems import CodeSystem, Concept, read_code_system
from fhirpa.validation.compiler.members import ANY
from fhirpa.validation.compiler.value_sets import ValueSets, value_set_row
from fhirpa.validation.rows import Row

_Json = dict[str, Any]

KINDS: Final = ("CodeSystem", "ValueSet")
_RETIRED: Final = frozenset({"retired", "inactive", "deprecated", "withdrawn"})
_NOT_SELECTABLE: Final = ("notSelectable", "abstract")


class Definitions:
    """The resources of one call. A value set is worked out with the code systems and value sets beside it."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], _Json] = {}
        self._systems: dict[str, CodeSystem | None] = {}
        self._sets = ValueSets(self._system, self._value_set, may_list=True)

    def add(self, resource: _Json) -> None:
        """Take a resource in; a later one takes the place of an earlier one of the same url."""
        self._found[resource["resourceType"], resource["url"]] = resource

    def row(self, definition: _Json) -> Row | str:
        """The table row of a definition, or in words why there is none."""
        if definition["resourceType"] == "CodeSystem":
            system = self._system(definition["url"])
            return _system_row(system, definition) if system else "it lists no codes"
        return _expansion_row(definition) or self._composed(definition)

    def _composed(self, definition: _Json) -> Row | str:
        if not definition.get("compose"):
            return "it has neither a complete expansion nor a definition of its content"
        members = self._sets.members(definition)
        needed = sorted(members.unknown)
        if not members.codes and not members.whole:
            if ANY in needed:
                return "it takes codes from a value set that was not given: give both in one call"
            return f"it selects from {', '.join(needed)}: give that system in the same call, or an expansion"
        return value_set_row(members, self._system)

    def _system(self, canonical: str) -> CodeSystem | None:
        url = canonical.partition("|")[0]
        if url not in self._systems:
            definition = self._found.get(("CodeSystem", url))
            self._systems[url] = read_code_system(definition, may_list=True) if definition else None
        return self._systems[url]

    def _value_set(self, canonical: str) -> _Json | None:
        return self._found.get(("ValueSet", canonical.partition("|")[0]))


def _system_row(system: CodeSystem, definition: _Json) -> Row:
    row: _Json = {"codes": list(system.concepts)}
    if not system.complete:
        row["fragment"] = True
    if not system.case_sensitive:
        row["caseInsensitive"] = True
    displays = [concept.display for concept in system.concepts.values()]
    more = {
        "displays": displays if any(displays) else None,
        "designations": dict(_designations(definition["concept"])),
        "inactive": [c.code for c in system.concepts.values() if _is_inactive(c)],
        "abstract": [c.code for c in system.concepts.values() if _is_abstract(c)],
    }
    return row | {name: value for name, value in more.items() if value}


def _is_inactive(concept: Concept) -> bool:
    """http://hl7.org/fhir/R4/codesystem-concept-properties.html: inactive, and the older status."""
    values = concept.properties
    return True in values.get("inactive", ()) or not _RETIRED.isdisjoint(
        str(v).lower() for v in values.get("status", ())
    )


def _is_abstract(concept: Concept) -> bool:
    return any(True in concept.properties.get(name, ()) for name in _NOT_SELECTABLE)


def _designations(concepts: list[_Json]) -> Iterator[tuple[str, list[str]]]:
    for concept in concepts:
        values = [d["value"] for d in concept.get("designation", ()) if isinstance(d.get("value"), str)]
        if values:
            yield concept["code"], values
        yield from _designations(concept.get("concept", []))


def _expansion_row(definition: _Json) -> Row | None:
    """The row by a complete expansion; None where there is none. An abstract entry cannot be chosen."""
    expansion: Mapping[str, Any] = definition.get("expansion", {})
    codes: dict[str, set[str]] = {}
    rows, count = list(expansion.get("contains", ())), 0
    while rows:
        row = rows.pop()
        rows.extend(row.get("contains", ()))
        if "code" in row and "system" in row:
            count += 1
            if not row.get("abstract"):
                codes.setdefault(row["system"], set()).add(row["code"])
    if not codes or expansion.get("offset") or int(expansion.get("total", count)) > count:
        return None
    return {"codes": {system: sorted(own) for system, own in sorted(codes.items())}}

"""Value sets worked out at compile time: which codes are in, and of which systems nobody can say.

http://hl7.org/fhir/R4/valueset.html#compositions: an include is the intersection of what it names, the
value set the union of its includes without its excludes.
"""

from collections.abc import Callable
from functools import reduce
from operator import and_, or_

from fhirpa.validation.compiler.code_systems import CodeSystem, filtered
from fhirpa.validation.compiler.licences import is_licensed_system, is_licensed_value_set
from fhirpa.validation.compiler.members import ANY, Members
from fhirpa.validation.compiler.package import Json

FindSystem = Callable[[str], CodeSystem | None]
FindValueSet = Callable[[str], Json | None]

_UNKNOWABLE = Members(unknown=frozenset({ANY}))


class ValueSets:
    """Works out value sets by what the two finders give for a canonical.

    With `may_list` the codes of licensed systems are listed too: for whoever holds the licence.
    """

    def __init__(self, find_system: FindSystem, find_value_set: FindValueSet, may_list: bool = False) -> None:
        self._system = find_system
        self._value_set = find_value_set
        self._may_list = may_list

    def members(self, definition: Json, path: tuple[str, ...] = ()) -> Members:
        """The members of a value set; what imports itself through others is unknown."""
        is_kept_out = is_licensed_value_set(definition["url"]) and not self._may_list
        if definition["url"] in path or is_kept_out:
            return _UNKNOWABLE
        path = (*path, definition["url"])
        compose = definition.get("compose")
        if not compose:
            return _of_expansion(definition.get("expansion", {}))
        included = reduce(or_, (self._part(p, path) for p in compose["include"]), Members())
        excluded = reduce(or_, (self._part(p, path) for p in compose.get("exclude", ())), Members())
        return included - excluded

    def _part(self, part: Json, path: tuple[str, ...]) -> Members:
        sets = [self._imported(canonical, path) for canonical in part.get("valueSet", ())]
        if "system" in part:
            sets.append(self._of_system(part))
        return reduce(and_, sets) if sets else _UNKNOWABLE

    def _imported(self, canonical: str, path: tuple[str, ...]) -> Members:
        found = self._value_set(canonical)
        return self.members(found, path) if found else _UNKNOWABLE

    def _of_system(self, part: Json) -> Members:
        url: str = part["system"]
        is_whole = "concept" not in part and "filter" not in part
        unknown = Members(whole=frozenset({url})) if is_whole else Members(unknown=frozenset({url}))
        if is_licensed_system(url) and not self._may_list:
            return unknown
        if concepts := part.get("concept"):
            return Members({url: frozenset(c["code"] for c in concepts)})
        system = self._system(f"{url}|{part['version']}" if "version" in part else url)
        if system is None:
            return unknown
        codes = frozenset(system.concepts)
        for stated in part.get("filter", ()):
            passed = filtered(system, stated)
            if passed is None:
                return unknown
            codes &= passed
        known = Members({url: codes}) if codes else Members()
        return known if system.complete else known | unknown


def _of_expansion(expansion: Json) -> Members:
    """What a value set that brings only its result says."""
    rows = list(expansion.get("contains", ()))
    if not rows or expansion.get("total", len(rows)) != len(rows):
        return _UNKNOWABLE
    codes: dict[str, set[str]] = {}
    unknown: set[str] = set()
    while rows:
        row = rows.pop()
        rows.extend(row.get("contains", ()))
        if "code" in row and "system" in row:
            if is_licensed_system(row["system"]):
                unknown.add(row["system"])
            else:
                codes.setdefault(row["system"], set()).add(row["code"])
    return Members({s: frozenset(c) for s, c in codes.items()}, frozenset(unknown))


def value_set_row(members: Members, find_system: FindSystem) -> Json:
    """The table line: `all` names the systems of which every code is in, so that the codes stand once."""
    row: Json = {}
    codes: Json = {}
    whole = set(members.whole)
    for url, own in sorted(members.codes.items()):
        system = find_system(url)
        if url in whole or (system and system.complete and own == system.concepts.keys()):
            whole.add(url)
        else:
            codes[url] = sorted(own)
    if whole:
        row["all"] = sorted(whole)
    if codes:
        row["codes"] = codes
    if members.unknown:
        row["unknown"] = sorted(members.unknown)
    return row

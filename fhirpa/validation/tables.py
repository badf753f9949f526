"""The compiled tables of one guide, read when they are asked for.

    tables = load_set("pas-2.2.1")
    claim = tables.profile("http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-claim")

A set names the tables of the packages that it consists of, in precedence. Opening it reads nothing else; a
table is read when the first canonical is looked up in it, a definition decoded when it is first wanted.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from fhirpa.fhir.data import data_path
from fhirpa.validation.elements import BaseType, CodeSystem, Element, Profile, TypeRef, ValueSet
from fhirpa.validation.guide_rules import GuideRules, read_guide_rules, with_guide_rules
from fhirpa.validation.rows import Overlay, Row, read_base_element, read_constraints, read_profile

if TYPE_CHECKING:
    from fhirpa.validation.terminology import Terminology

FORMAT: Final = 1
MOST_KEPT: Final = 20_000
_T = TypeVar("_T")
_HL7: Final = "http://hl7.org/fhir/StructureDefinition/"
_DECODE: Final = msgspec.json.Decoder(float_hook=Decimal).decode


class TablesError(ValueError):
    """A file of tables that this code doesn't read."""


def available_sets(folder: Traversable | None = None) -> list[str]:
    """The names that `load_set` knows, sorted."""
    sets = (folder or data_path("profiles")).joinpath("sets")
    return sorted(f.name.removesuffix(".json") for f in sets.iterdir() if f.name.endswith(".json"))


def load_set(
    name: str, folder: Traversable | None = None, *, terminology: "Terminology | None" = None
) -> "TableSet":
    """The set of a guide, as pas-2.2.1; `folder` is what `fhirpa profiles compile` wrote to, if not ours.

    `terminology` is what `terminology.open_terminology` gives: code lists that were loaded, a service to ask.
    Raises KeyError for a name that is not there and TablesError for another format.
    """
    folder = folder or data_path("profiles")
    if name not in available_sets(folder):
        raise KeyError(f"no set {name}; there are {', '.join(available_sets(folder))}")
    content = _DECODE(folder.joinpath("sets", f"{name}.json").read_bytes())
    _check_format(name, content)
    rules = read_guide_rules(name, folder.joinpath("rules"))
    return TableSet(name, content, folder.joinpath("tables"), rules, terminology)


class TableSet:
    """What one guide reaches. A canonical without version means that of the first table that has it.

    Answers are kept; two threads that ask at once may both read, and get equal answers.
    """

    def __init__(
        self,
        name: str,
        content: Row,
        tables: Traversable,
        rules: GuideRules,
        terminology: "Terminology | None" = None,
    ) -> None:
        self.name = name
        self._rules = rules
        self.terminology = terminology
        self.guide: str = content["ig"]
        self.aliases: Mapping[str, str] = MappingProxyType(content["aliases"])
        self.missing: Mapping[str, str] = MappingProxyType(content["missing"])
        self._tables = [Table(n, tables.joinpath(f"{n}.json")) for n in content["tables"]]
        self._core = self._tables[-1]
        self._overlay = Overlay(self.base)
        self._bases: dict[str, BaseType] = {}
        self._profiles: dict[str, Profile | None] = {}
        self._value_sets: dict[str, ValueSet | None] = {}
        self._systems: dict[str, CodeSystem | None] = {}

    def base(self, type_name: str) -> BaseType:
        """A type of R4. Raises KeyError for a name that R4 doesn't have."""
        if type_name not in self._bases:
            self._bases[type_name] = self._read_base(type_name)
        return self._bases[type_name]

    def is_type(self, name: str) -> bool:
        """True for the name of a type of R4."""
        return f"base {name}" in self._core.lines()

    def profile(self, canonical: str) -> Profile | None:
        """A profile or extension by canonical, with or without version; None where the tables have none.

        Takes the short names of HL7's own profiles too, as TypeRef has them: SimpleQuantity.
        """
        if canonical not in self._profiles:
            found = self._find("profile", canonical if ":" in canonical else _HL7 + canonical)
            if found is None:
                return _miss(self._profiles, canonical)
            # With or without version, it is read once.
            self._profiles[canonical] = self._profiles.get(found[0]) or self._read_profile(*found)
            self._profiles.setdefault(found[0], self._profiles[canonical])
        return self._profiles[canonical]

    def type_for(self, canonical: str) -> str | None:
        """The type that a profile is for; of R4's own definition of a type that type; None: not known."""
        found = self.profile(canonical)
        if found is not None:
            return found.type
        name = canonical.partition("|")[0].removeprefix(_HL7)
        return name if canonical.startswith(_HL7) and self.is_type(name) else None

    def extension(self, url: str) -> Profile | None:
        """The definition of an extension by the url that stands in it."""
        found = self.profile(url)
        return found if found and found.type == "Extension" else None

    def value_set(self, canonical: str) -> ValueSet | None:
        """A value set by canonical; None where the tables have none (`missing` names what nobody gave)."""
        if canonical not in self._value_sets:
            found = self._loaded("valueset", canonical) or self._find("valueset", canonical)
            if found is None:
                return _miss(self._value_sets, canonical)
            self._value_sets[canonical] = self._read_value_set(*found)
        return self._value_sets[canonical]

    def code_system(self, canonical: str) -> CodeSystem | None:
        """A code system by url (or canonical); None where its codes are not in the tables."""
        if canonical not in self._systems:
            found = self._loaded("codesystem", canonical) or self._find("codesystem", canonical)
            if found is None:
                return _miss(self._systems, canonical)
            self._systems[canonical] = read_code_system(*found)
        return self._systems[canonical]

    def canonicals(self, kind: str) -> Iterator[str]:
        """The canonicals (with version) of all profiles, valuesets or codesystems, by table."""
        start = f"{kind} "
        for table in self._tables:
            yield from (key.removeprefix(start) for key in table.lines() if key.startswith(start))

    def _find(self, kind: str, canonical: str) -> tuple[str, Row] | None:
        """The canonical (with version) that this one means here, and its row."""
        asked = self.aliases.get(canonical, canonical)
        for table in self._tables:
            key = table.key(f"{kind} {asked}")
            if key is not None:
                return key.partition(" ")[2], table.row(key)
        return None

    def _loaded(self, kind: str, canonical: str) -> tuple[str, Row] | None:
        """The same from the code lists that were loaded: they count before the tables."""
        return self.terminology.row(kind, canonical) if self.terminology else None

    def _read_base(self, name: str) -> BaseType:
        row = self._core.row(f"base {name}")
        parent = self.base(row["base"]) if "base" in row else None
        children = dict(parent.children) if parent else {}
        backbones = _Backbones(self)
        for child, own in row.get("children", {}).items():
            children[child] = read_base_element(child, own, backbones)
        constraints = (*(parent.constraints if parent else ()), *read_constraints(row.get("constraints", [])))
        return BaseType(
            name=name,
            kind=row["kind"],
            base=row.get("base"),
            abstract=row.get("abstract", False),
            constraints=constraints,
            children=MappingProxyType(children),
        )

    def _read_profile(self, canonical: str, row: Row) -> Profile:
        base = self.base(row["type"])
        root = Element(base.name, 0, None, (TypeRef(base.name),), frozenset(), children=base.children)
        return with_guide_rules(read_profile(canonical, row, self._overlay, root), self._rules)

    def _read_value_set(self, canonical: str, row: Row) -> ValueSet:
        url, _, version = canonical.partition("|")
        codes: dict[str, AbstractSet[str]] = {}
        for system, own in row.get("codes", {}).items():
            # A published value set of US Core writes a version behind a system; no Coding can have that.
            plain = system.partition("|")[0]
            codes[plain] = codes.get(plain, frozenset()) | frozenset(own)
        unknown = set(row.get("unknown", ()))
        any_case: set[str] = set()
        whole = frozenset(row.get("all", ()))
        for system in (*whole, *codes):
            known = self.code_system(system)
            if system in whole:
                listed = codes.get(system)
                codes[system] = listed | _choices(known) if listed else _choices(known)
                unknown |= set() if known and known.complete else {system}
            elif known and not known.case_sensitive:
                codes[system] = frozenset(c.lower() for c in codes[system])
            if known and not known.case_sensitive:
                any_case.add(system)
        return ValueSet(url, version, MappingProxyType(codes), frozenset(unknown), frozenset(any_case), whole)


def _choices(known: CodeSystem | None) -> AbstractSet[str]:
    """The codes of a system that can be chosen: a large one's are not copied."""
    if known is None:
        return frozenset()
    return known.codes.keys() - known.abstract if known.abstract else known.codes.keys()


def _miss(kept: dict[str, _T | None], canonical: str) -> _T | None:
    """Remember that there is no such thing; not without end, since senders name what they like."""
    if len(kept) < MOST_KEPT:
        kept[canonical] = None
    return None


class _Backbones(Mapping[str, Mapping[str, Element]]):
    """The children that every backbone element has, by its type."""

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables

    def __getitem__(self, name: str) -> Mapping[str, Element]:
        return self._tables.base(name).children

    def __iter__(self) -> Iterator[str]:
        return iter(("BackboneElement", "Element"))

    def __len__(self) -> int:
        return 2


class Table:
    """One file: its lines by key, decoded one by one."""

    def __init__(self, name: str, file: Traversable) -> None:
        self._name = name
        self._file = file
        self._lines: dict[str, bytes] | None = None
        self._unversioned: dict[str, str] = {}

    def lines(self) -> Mapping[str, bytes]:
        """All lines by key (kind and canonical), read at the first call."""
        if self._lines is None:
            lines = dict(_split(self._file.read_bytes().split(b"\n")))
            _check_format(self._name, {"format": _DECODE(lines["format"])})
            self._unversioned = {key.partition("|")[0]: key for key in lines}
            self._lines = lines
        return self._lines

    def key(self, wanted: str) -> str | None:
        """The key for a canonical with or without version, or None."""
        lines = self.lines()
        return wanted if wanted in lines else self._unversioned.get(wanted)

    def row(self, key: str) -> Row:
        """One definition. Raises KeyError for a key that is not there."""
        row: Row = _DECODE(self.lines()[key])
        return row


def _split(lines: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Key and value of each line: `"key":value,` between an opening and a closing brace."""
    for line in lines:
        start = line.find(b'"')
        if start >= 0:
            end = line.index(b'":', start)
            yield line[start + 1 : end].decode(), line[end + 2 :].removesuffix(b",")


def read_code_system(canonical: str, row: Row) -> CodeSystem:
    """The code system in a line of a table."""
    url, _, version = canonical.partition("|")
    exact = not row.get("caseInsensitive", False)
    displays = row.get("displays") or [None] * len(row["codes"])
    names = row["codes"] if exact else [c.lower() for c in row["codes"]]
    return CodeSystem(
        url=url,
        version=version,
        codes=dict(zip(names, displays, strict=True)),
        complete=not row.get("fragment", False),
        case_sensitive=exact,
        designations={(c if exact else c.lower()): tuple(d) for c, d in row.get("designations", {}).items()},
        inactive=frozenset(c if exact else c.lower() for c in row.get("inactive", ())),
        abstract=frozenset(c if exact else c.lower() for c in row.get("abstract", ())),
    )


def _check_format(name: str, content: Row) -> None:
    if content["format"] != FORMAT:
        raise TablesError(f"{name} has format {content['format']}, this code reads {FORMAT}")

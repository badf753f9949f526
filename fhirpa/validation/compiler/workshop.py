"""Compiles single definitions, each once, in the context of the packages at hand."""

from collections.abc import Sequence

from fhirpa.validation.compiler.base import CORE, BaseTypes
from fhirpa.validation.compiler.code_systems import CodeSystem, code_system_row, read_code_system
from fhirpa.validation.compiler.library import Found, Library, by_age, core_last
from fhirpa.validation.compiler.package import Json, Package
from fhirpa.validation.compiler.profile import compile_profile, needs_differential
from fhirpa.validation.compiler.value_sets import ValueSets, value_set_row


class Workshop:
    """All packages of a run. Raises ValueError when R4 itself is not among them."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self.packages = tuple(core_last(by_age(packages)))
        core = next((p for p in self.packages if p.name == CORE), None)
        if core is None:
            raise ValueError(f"the package {CORE} is not among those given")
        self.bases = BaseTypes(core)
        self.core = core
        self.without_snapshot: set[str] = set()
        self._contexts: dict[str, Library] = {}
        self._profiles: dict[str, Json] = {}
        self._value_sets: dict[str, Json] = {}
        self._systems: dict[str, CodeSystem | None] = {}

    def profile(self, found: Found) -> Json:
        """The line of a profile or extension."""
        key = f"{found.package.id} {found.canonical}"
        if key not in self._profiles:
            if needs_differential(found.definition):
                self.without_snapshot.add(found.canonical)
            self._profiles[key] = compile_profile(
                found.definition, self.bases, lambda canonical: self._parent(found.package, canonical)
            )
        return self._profiles[key]

    def value_set(self, found: Found) -> Json:
        """The line of a value set, worked out with the code systems next to its package."""
        key = f"{found.package.id} {found.canonical}"
        if key not in self._value_sets:
            context = self._context(found.package)

            def find_system(canonical: str) -> CodeSystem | None:
                there = context.find("CodeSystem", canonical)
                return self._code_system(there) if there else None

            def find_value_set(canonical: str) -> Json | None:
                there = context.find("ValueSet", canonical)
                return there.definition if there else None

            members = ValueSets(find_system, find_value_set).members(found.definition)
            self._value_sets[key] = value_set_row(members, find_system)
        return self._value_sets[key]

    def code_system(self, found: Found) -> Json | None:
        """The line of a code system; None where it lists nothing that may be listed."""
        system = self._code_system(found)
        return code_system_row(system) if system else None

    def _code_system(self, found: Found) -> CodeSystem | None:
        key = f"{found.package.id} {found.canonical}"
        if key not in self._systems:
            self._systems[key] = read_code_system(found.definition)
        return self._systems[key]

    def _parent(self, package: Package, canonical: str) -> Json:
        found = self._context(package).find("StructureDefinition", canonical)
        if found is None:
            raise KeyError(canonical)
        return self.profile(found)

    def _context(self, package: Package) -> Library:
        """A package's own definitions first; those of R4 itself give way to newer ones, as everywhere."""
        if package.id not in self._contexts:
            own = [] if package.name == CORE else [package]
            self._contexts[package.id] = Library([*own, *(p for p in self.packages if p not in own)])
        return self._contexts[package.id]

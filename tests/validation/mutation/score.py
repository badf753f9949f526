"""Mutants against the validator: how many of each operator there were, and which escaped."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from fhirpa.fhir.tables import resource_types
from fhirpa.validation import Validator
from fhirpa.validation.tables import TableSet
from tests.validation.mutation.edits import changed
from tests.validation.mutation.mutant import Mutant
from tests.validation.mutation.specimens import Specimens

Json = dict[str, Any]
Maker = Callable[[Json], Iterator[Mutant]]


@dataclass(slots=True)
class Score:
    """By operator: the rules that were broken; those whose mutant escaped, with what was said instead."""

    made: Counter[str] = field(default_factory=Counter)
    escaped: dict[tuple[str, str], str] = field(default_factory=dict)
    precise: Counter[str] = field(default_factory=Counter)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def take(self, validator: Validator, resources: Iterable[Json], maker: Maker, share: int = 1) -> None:
        """Break each rule once, at the first place that has it; `share`: only one rule in so many."""
        for resource in resources:
            base = None
            for mutant in maker(resource):
                name = (mutant.operator, mutant.rule)
                if name in self._seen or crc32(repr(name).encode()) % share:
                    continue
                if base is None:
                    base = validator.validate(resource).issues
                if mutant.is_caught(base):
                    continue  # wrong before: proves nothing
                self._seen.add(name)
                self._judge(validator, resource, base, mutant)

    def _judge(self, validator: Validator, resource: Json, base: Any, mutant: Mutant) -> None:
        self.made[mutant.operator] += 1
        with changed(mutant.edits):
            found = validator.validate(resource).issues
        new = [f for f in found if f.is_error and f not in base]
        if mutant.is_caught(found):
            self.precise[mutant.operator] += len(new) == 1
        else:
            said = [(str(f.kind), f.expression, f.key) for f in new][:3]
            self.escaped[(mutant.operator, mutant.rule)] = f"{mutant.said[0]}, but: {said}"

    def lines(self) -> Iterator[str]:
        """Per operator: caught of made, and in how many cases nothing else was said."""
        lost = Counter(operator for operator, _ in self.escaped)
        for operator, count in sorted(self.made.items()):
            alone = f"{100 * self.precise[operator] // count} % with no other error"
            yield f"{operator:22} {count - lost[operator]:5}/{count:<5} {alone}"


def specimens(tables: TableSet) -> Iterator[Json]:
    """One resource per profile of a resource, and per extension a resource that bears it."""
    builder = Specimens(tables)
    for canonical in tables.canonicals("profile"):
        profile = tables.profile(canonical)
        assert profile is not None
        if profile.type in resource_types():
            yield builder.of(profile)
        elif profile.type == "Extension":
            yield {"resourceType": "Basic", "code": {"text": "x"}, "extension": [builder.of(profile)]}


def alone(resource: Json) -> Iterator[Json]:
    """A resource, or the resources in a Bundle, which are judged faster one by one; both as they are."""
    yield resource
    for entry in resource.get("entry", ()) if resource["resourceType"] == "Bundle" else ():
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield from alone(entry["resource"])

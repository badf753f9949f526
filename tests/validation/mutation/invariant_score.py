"""Invariants against the validator: which were broken and found, which escaped, which nothing broke."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

from fhirpa.validation import Validator
from tests.validation.mutation.breaking import violations
from tests.validation.mutation.edits import changed
from tests.validation.mutation.invariants import Subject, subjects
from tests.validation.mutation.profile_operators import Tools

Json = dict[str, Any]

_TRIALS: Final = 4000
_PLACES: Final = 4  # at which a rule is tried
_WAYS: Final = 4  # of breaking it, if the first breaks more than the rule


@dataclass(slots=True)
class InvariantScore:
    """By name (who states it, and key). `escaped`: broken, but not said as it must be."""

    caught: set[str] = field(default_factory=set)
    escaped: dict[str, str] = field(default_factory=dict)
    tried: Counter[str] = field(default_factory=Counter)

    def take(
        self,
        validator: Validator,
        tools: Tools,
        resources: Iterable[Json],
        share: int = 1,
        witness: Callable[[Subject], bool | None] | None = None,
    ) -> None:
        """Break each invariant where it first can be. A `witness` must not say that the rule holds then."""
        for resource in resources:
            for subject in subjects(tools, resource):
                name = subject.name
                if name in self.caught or self.tried[name] >= _PLACES or crc32(name.encode()) % share:
                    continue
                self.tried[name] += 1
                self._break(validator, tools, subject, witness)

    def _break(
        self,
        validator: Validator,
        tools: Tools,
        subject: Subject,
        witness: Callable[[Subject], bool | None] | None,
    ) -> None:
        for number, edits in enumerate(violations(tools, subject, _TRIALS)):
            with changed(edits):
                found = validator.validate(subject.resource).issues
                if witness is not None and witness(subject):
                    self.escaped[subject.name] = "the other engine says that it holds"
                    return
            if any(
                f.key == subject.rule.key and f.expression == subject.place and f.severity == subject.severity
                for f in found
            ):
                self.caught.add(subject.name)
                self.escaped.pop(subject.name, None)
                return
            self.escaped[subject.name] = f"{subject.place}: {[(f.key, f.expression) for f in found][:3]}"
            if number == _WAYS:
                return

    def unbroken(self) -> Iterator[str]:
        """The names of the rules that no change broke."""
        yield from sorted(name for name in self.tried if name not in self.caught and name not in self.escaped)

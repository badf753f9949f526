"""Weighing what was found: each finding against the table of verdicts, each cause once."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from fhirpa.config import ValidationLevel
from fhirpa.fhir import structure
from fhirpa.fhir.bundle import BundleGraph
from fhirpa.fhir.outcome import Issue
from fhirpa.pas.checks_bundle import main_claim
from fhirpa.validation import Finding, Kind
from fhirpa.workflow.verdicts import LENIENT_LETS_THROUGH, ROWS, SAID_BY_OURS, Part, Row, Verdict

KEYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "profile-cardinality": "The profile wants more of an element than there is, or less.",
        "profile-type": "A value is of a type that the profile does not allow here.",
        "profile-fixed": "A value is not exactly the one that the profile fixes.",
        "profile-pattern": "A value does not hold what the profile fixes of it.",
        "profile-slicing": "A slice that the profile makes mandatory is missing, or an item fits no slice.",
        "profile-binding": "A code is not of the value set that the profile requires.",
        "profile-invariant": "A rule (FHIRPath invariant) of R4 or of the profile is broken.",
        "profile-extension": "An extension is not known, or not allowed here.",
        "profile-reference": "A reference leads to a resource that the profile does not allow here.",
        "profile-bundle": "A fullUrl does not fit the resource of its entry.",
        "profile-profile": "meta.profile names a profile that is for another type.",
    }
)
_PARTIES: Final = frozenset(
    {
        "Patient",
        "Coverage",
        "Organization",
        "Practitioner",
        "PractitionerRole",
        "RelatedPerson",
        "Location",
    }
)
_IN_RESOURCE = re.compile(r"Bundle\.entry\[(\d+)\]\.resource(?:\.(.*))?")
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Found:
    """A finding or a fault of ours, what becomes of it, and the row of the table that says so."""

    severity: str
    code: str
    kind: str  # a validation.Kind, 'guide' for a check of ours, 'codec' for what could not be decoded
    text: str
    expression: str | None
    profile: str | None
    key: str | None
    verdict: Verdict
    row: str

    def issue(self) -> Issue:
        """As it stands in the OperationOutcome of a refusal."""
        if self.kind in ("codec", "guide", Kind.STRUCTURE):
            return Issue(self.severity, self.code, self.text, self.expression, self.key)
        rule = f"{self.kind} rule of {self.profile}" if self.profile else None
        return Issue(self.severity, self.code, self.text, self.expression, f"profile-{self.kind}", rule)


class Judge:
    """Weighs the findings of one request."""

    def __init__(self, graph: BundleGraph, operation: str, level: ValidationLevel) -> None:
        self._operation = operation
        self._level = level
        claim = main_claim(graph)
        self._parts = {e.index: _part_of(e.type) for e in graph.entries}
        if claim is not None:
            self._parts[claim.index] = Part.CLAIM

    def all(self, found: tuple[Finding, ...], faults: list[Issue]) -> tuple[Found, ...]:
        """Form, then faults of ours, then what the profiles say; each cause once."""
        return tuple(self._told(found, faults))

    def _told(self, found: tuple[Finding, ...], faults: list[Issue]) -> Iterator[Found]:
        form = [f for f in found if f.kind is Kind.STRUCTURE]
        wrong = {f.expression for f in form if f.is_error}
        yield from map(self._judged, form)
        if len(form) > structure.MAX_ISSUES:  # the structure itself is broken beyond telling more
            return
        ours = _Ours((f for f in faults if f.expression not in wrong), self._level)
        rest = [self._judged(f) for f in found if f.kind is not Kind.STRUCTURE]
        kept = [f for f in rest if not ours.say(f)]
        yield from map(self._own, ours.faults())
        yield from kept

    def _judged(self, finding: Finding) -> Found:
        row = self._row(finding) if finding.is_error else None
        verdict = Verdict.NOTED
        if row is not None:
            verdict = row.lenient if self._level is ValidationLevel.LENIENT else row.standard
            if self._level is ValidationLevel.STRICT and not row.settled:
                verdict = Verdict.REFUSED
        return Found(
            finding.severity,
            finding.code,
            str(finding.kind),
            finding.text,
            finding.expression,
            finding.profile,
            finding.key or finding.aspect or None,
            verdict,
            row.name if row else "no-error",
        )

    def _own(self, fault: Issue) -> Found:
        lets = self._level is ValidationLevel.LENIENT and fault.key in LENIENT_LETS_THROUGH
        verdict = Verdict.NOTED if not fault.is_error else Verdict.DECISION if lets else Verdict.REFUSED
        return Found(
            fault.severity,
            fault.code,
            "guide",
            fault.text,
            fault.expression,
            None,
            fault.key,
            verdict,
            "guide-check",
        )

    def _row(self, finding: Finding) -> Row:
        part, path = self._place(finding.expression or "")
        return next(row for row in ROWS if row.fits(finding, part, path, self._operation))

    def _place(self, expression: str) -> tuple[Part, str]:
        match = _IN_RESOURCE.fullmatch(expression)
        if match is None:
            return Part.BUNDLE, _INDEX.sub("", expression.partition(".")[2])
        part = self._parts.get(int(match[1]), Part.EVIDENCE)
        path = _INDEX.sub("", match[2] or "")
        if part is Part.CLAIM and path.partition(".")[0] == "contained":
            part = Part.PARTY
        return part, path


class _Ours:
    """Faults of ours, which say it before the profiles do, since they say more.

    Where ours is a warning the house puts up with the thing on purpose; only level strict does not.
    """

    def __init__(self, faults: Iterable[Issue], level: ValidationLevel) -> None:
        self._faults = list(faults)
        self._is_strict = level is ValidationLevel.STRICT
        self._at: dict[str | None, list[Issue]] = {}
        self._afar: list[tuple[Issue, Kind, str | None, str]] = []
        self._hushed: set[int] = set()
        for fault in self._faults:
            self._at.setdefault(fault.expression, []).append(fault)
            for kind, key, where in SAID_BY_OURS.get(fault.key or "", ()):
                if where != "same":
                    self._afar.append((fault, kind, key, where))

    def faults(self) -> Iterator[Issue]:
        """Those that are still to be told."""
        return (f for f in self._faults if id(f) not in self._hushed)

    def say(self, found: Found) -> bool:
        """True if one of ours has said it; where strict refuses what ours only warns of, ours is hushed."""
        sayers = list(self._sayers(found))
        if self._is_strict and found.verdict is Verdict.REFUSED and not any(f.is_error for f in sayers):
            self._hushed.update(map(id, sayers))
            return False
        return bool(sayers)

    def _sayers(self, found: Found) -> Iterator[Issue]:
        for fault in self._at.get(found.expression, ()):
            if fault.is_error or any(
                _is(found, kind, key)
                for kind, key, where in SAID_BY_OURS.get(fault.key or "", ())
                if where == "same"
            ):
                yield fault
        for fault, kind, key, where in self._afar:
            if _is(found, kind, key) and _lies(found.expression or "", where, fault.expression or ""):
                yield fault


def _is(found: Found, kind: Kind, key: str | None) -> bool:
    return found.kind == kind and (key is None or found.key == key)


def _lies(place: str, where: str, of: str) -> bool:
    outer, inner = (place, of) if where == "above" else (of, place)
    return inner.startswith((outer + ".", outer + "["))


def _part_of(resource_type: str) -> Part:
    if resource_type == "Claim":
        return Part.PRIOR_CLAIM
    return Part.PARTY if resource_type in _PARTIES else Part.EVIDENCE

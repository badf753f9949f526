"""Codes against value sets and code systems: the questions that the walks ask."""

import re
from dataclasses import dataclass
from typing import Any, Final

from fhirpa.fhir.fhirpath import Node
from fhirpa.validation.elements import CodeSystem
from fhirpa.validation.tables import TableSet
from fhirpa.validation.terminology.displays import fits_display
from fhirpa.validation.terminology.membership import MOST_REMEMBERED, Membership
from fhirpa.validation.terminology.shapes import shape_of

_SHOWN = re.compile(r"[A-Za-z0-9._:+\-]{1,32}").fullmatch
LONGEST_REMEMBERED: Final = 256
_CODED: Final = frozenset({"code", "string", "uri", "url", "canonical", "markdown"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one Coding by its own code system. `element`: what is meant; None: all."""

    is_error: bool
    text: str
    element: str | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is known of a code whatever stands beside it: a fault, or the names that its system has for it."""

    fault: Fault | None
    names: tuple[str, ...] = ()
    url: str = ""


class Terms:
    """Questions about codes. None is the answer where nobody can know."""

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables
        self._membership = Membership(tables)
        self._judged: dict[tuple[str, str], _Judged] = {}

    def member(self, node: Node, value_set: str) -> bool | None:
        """Whether an element is in a value set: one code of it suffices. False too if it has no code."""
        membership = self._membership
        if node.shape.name in _CODED:
            return membership.has_code(value_set, node.value) if type(node.value) is str else None
        verdict: bool | None = False
        found = codings(node)
        for system, code in found:
            has = membership.has(value_set, system, code)
            if has:
                return True
            verdict = None if has is None else verdict
        return verdict if found or membership.is_listed(value_set) else None

    def fault(self, coding: dict[str, Any], language: str | None = None) -> Fault | None:
        """What the code system itself says against a Coding: no such code, a wrong form, another display.

        `language` is that of the resource, where it says one.
        """
        system, code = coding.get("system"), coding.get("code")
        if type(system) is not str or type(code) is not str:
            return None
        judged = self._judged.get((system, code)) or self._judge(system, code)
        display = coding.get("display")
        if judged.fault or not judged.names or type(display) is not str:
            return judged.fault
        if display in judged.names or fits_display(display, judged.names, language):
            return None
        text = f"The display of code {shown(code)} is not that of {judged.url}: "
        return Fault(False, text + f'send "{judged.names[0]}", or none.', "display")

    def _judge(self, system: str, code: str) -> _Judged:
        """Remembered, unless a service may still answer."""
        exists = self._membership.exists(system, code)
        judged = self._work_out(system, code, exists)
        is_final = not self._membership.may_learn or self._tables.code_system(system) is not None
        if is_final and len(system) + len(code) <= LONGEST_REMEMBERED:
            if len(self._judged) >= MOST_REMEMBERED:
                self._judged.clear()
            self._judged[system, code] = judged
        return judged

    def _work_out(self, system: str, code: str, exists: bool | None) -> _Judged:
        known = self._tables.code_system(system)
        if exists is False:
            url = known.url if known else system  # no version that somebody wrote behind it
            text = f"The code system {url} has no code {shown(code)}: send one that it has."
            return _Judged(Fault(True, text))
        if exists is None:
            shape = shape_of(system)
            said = shape.fault(code) if shape else None
            return _Judged(Fault(False, f"The code {shown(code)} {said}", "code") if said else None)
        if known is None:
            return _Judged(None)
        first = known.display(code)
        names = (first, *known.designations.get(known.key(code), ())) if first else ()
        return _Judged(_retired(known, code), names, known.url)


def _retired(known: CodeSystem, code: str) -> Fault | None:
    if known.key(code) in known.inactive:
        text = "is no longer in use: send a current one."
    elif known.key(code) in known.abstract:
        text = "only groups others: send one of those."
    else:
        return None
    return Fault(False, f"The code {shown(code)} of {known.url} {text}", "code")


def codings(node: Node) -> list[tuple[str, str]]:
    """System ('' if none) and code of each code of a Coding, CodeableConcept or Quantity."""
    value = node.value
    if type(value) is not dict:
        return []
    inner = value.get("coding") if node.shape.name == "CodeableConcept" else [value]
    found: list[tuple[str, str]] = []
    for coding in inner if type(inner) is list else ():
        if type(coding) is dict and type(coding.get("code")) is str:
            system = coding.get("system")
            found.append((system if type(system) is str else "", coding["code"]))
    return found


def shown(code: str) -> str:
    """A code for a text; anything that does not look like one is not repeated."""
    return f"'{code}'" if _SHOWN(code) else "(not repeated here)"

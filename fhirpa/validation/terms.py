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
_CODED: Final = frozenset({"code", "string", "uri", "url", "canonical", "markdown"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one Coding by its own code system. `element`: what is meant; None: all."""

    is_error: bool
    text: str
    element: str | None = None


class Terms:
    """Questions about codes. None is the answer where nobody can know."""

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables
        self._membership = Membership(tables)
        self._right: set[tuple[str, str, str | None, str | None]] = set()

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
        display = coding.get("display")
        asked = (system, code, display if type(display) is str else None, language)
        if asked in self._right:
            return None
        exists = self._membership.exists(system, code)
        if exists is False:
            return Fault(True, f"The code system {system} has no code {shown(code)}: send one that it has.")
        known = self._tables.code_system(system)
        if exists is None:
            return _misshapen(system, code)
        if known is None:
            return None
        fault = _retired(known, code) or _display(known, code, display, language)
        if fault is None:
            # Most codings are right, and come again with the next request.
            if len(self._right) >= MOST_REMEMBERED:
                self._right.clear()
            self._right.add(asked)
        return fault


def _misshapen(system: str, code: str) -> Fault | None:
    shape = shape_of(system)
    text = shape.fault(code) if shape else None
    return Fault(False, f"The code {shown(code)} {text}", "code") if text else None


def _retired(known: CodeSystem, code: str) -> Fault | None:
    if known.key(code) in known.inactive:
        text = "is no longer in use: send a current one."
    elif known.key(code) in known.abstract:
        text = "only groups others: send one of those."
    else:
        return None
    return Fault(False, f"The code {shown(code)} of {known.url} {text}", "code")


def _display(known: CodeSystem, code: str, display: Any, language: str | None) -> Fault | None:
    right = known.display(code)
    others = known.designations.get(known.key(code), ())
    if right is None or type(display) is not str or fits_display(display, (right, *others), language):
        return None
    text = f'The display of code {shown(code)} is not that of {known.url}: send "{right}", or none.'
    return Fault(False, text, "display")


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

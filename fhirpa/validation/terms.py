"""Codes against value sets and code systems, as far as the tables know them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from fhirpa.fhir.fhirpath import Node
from fhirpa.validation.elements import CodeSystem
from fhirpa.validation.tables import TableSet

_SHOWN = re.compile(r"[A-Za-z0-9._:+\-]{1,32}").fullmatch
_CODED: Final = frozenset({"code", "string", "uri", "url", "canonical", "markdown"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one Coding by its own code system."""

    is_error: bool
    text: str


class Terms:
    """Questions about codes. None is the answer where the tables cannot know."""

    def __init__(self, tables: TableSet) -> None:
        self._tables = tables

    def member(self, node: Node, value_set: str) -> bool | None:
        """Whether an element is in a value set: one code of it suffices. False too if it has no code."""
        known = self._tables.value_set(value_set)
        if known is None:
            return None
        if node.shape.name in _CODED:
            return known.has_code(node.value) if type(node.value) is str else None
        verdict: bool | None = False
        for system, code in codings(node):
            has = known.has(system, code)
            if has:
                return True
            verdict = None if has is None else verdict
        return verdict

    def fault(self, coding: dict[str, Any]) -> Fault | None:
        """What the code system itself says against a Coding: no such code, or another display."""
        system, code = coding.get("system"), coding.get("code")
        if type(system) is not str or type(code) is not str:
            return None
        known = self._tables.code_system(system)
        if known is None:
            return None
        if known.has(code) is False:
            text = f"The code system {known.url} has no code {shown(code)}: send one that it has."
            return Fault(True, text)
        return _display(known, code, coding.get("display"))


def _display(known: CodeSystem, code: str, display: Any) -> Fault | None:
    right = known.display(code)
    if right is None or type(display) is not str or _plain(display) == _plain(right):
        return None
    text = f'The display of code {shown(code)} is not that of {known.url}: send "{right}", or none.'
    return Fault(False, text)


def codings(node: Node) -> Iterator[tuple[str, str]]:
    """System ('' if none) and code of each code of a Coding, CodeableConcept or Quantity."""
    value = node.value
    if type(value) is dict:
        inner = value.get("coding") if node.shape.name == "CodeableConcept" else [value]
        for coding in inner if type(inner) is list else ():
            if type(coding) is dict and type(coding.get("code")) is str:
                system = coding.get("system")
                yield system if type(system) is str else "", coding["code"]


def shown(code: str) -> str:
    """A code for a text; anything that does not look like one is not repeated."""
    return f"'{code}'" if _SHOWN(code) else "(not repeated here)"


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()

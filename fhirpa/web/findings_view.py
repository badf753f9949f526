"""Findings as the page lists them: equal ones together, each with its places; and the marks of the lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fhirpa.web.source_view import Mark, visible
from fhirpa.workflow.inspection import Inspection, Remark

SEVERITIES: Final = ("error", "warning", "information")
_MOST_PLACES: Final = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found; `line` as the source is shown."""

    expression: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of finding with all places where it was met; `more` places are not listed."""

    number: int
    severity: str
    text: str
    rule: str
    profile: str | None
    places: tuple[Place, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The items, how many findings there are of each severity, and what to mark in which line."""

    items: tuple[Item, ...]
    counts: Mapping[str, int]
    marks: Mapping[int, list[Mark]]


def verdict(found: Inspection) -> Verdict:
    """The findings, errors first, and within each severity in the order of the source."""
    together: dict[tuple[str, str, str, str | None], list[Remark]] = {}
    for remark in sorted(found.remarks, key=lambda r: SEVERITIES.index(_severity(r))):
        kind = (_severity(remark), remark.text, remark.rule, remark.profile)
        together.setdefault(kind, []).append(remark)
    items: list[Item] = []
    marks: dict[int, list[Mark]] = {}
    counts = dict.fromkeys(SEVERITIES, 0)
    for number, ((severity, text, rule, profile), remarks) in enumerate(together.items(), 1):
        counts[severity] += len(remarks)
        for remark in remarks:
            if remark.line is not None:
                marks.setdefault(remark.line, []).append(Mark(severity, remark.column or 1, number))
        places = tuple(map(_place, remarks[:_MOST_PLACES]))
        more = len(remarks) - len(places)
        items.append(Item(number, severity, visible(text), rule, profile, places, more))
    return Verdict(tuple(items), counts, marks)


def _severity(remark: Remark) -> str:
    return "error" if remark.severity == "fatal" else remark.severity


def _place(remark: Remark) -> Place:
    return Place(visible(remark.expression or "the text"), remark.line)

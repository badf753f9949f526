"""Example cases beside the policies: YAML files, checked by JSON Schema, each case resolved against its base.

`cases/NAME.yaml` belongs to `policies/NAME.yaml` of the same folder. Reading them changes no rules version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from fhirpa.policies.schema_check import schema_faults
from fhirpa.policies.yaml_file import RulesError, read_yaml

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """What one line should get: exactly one of the outcomes, the rest are details of a certified amount."""

    outcome: str  # certified, block, ask, review, error, 'not required', 'contact payer'
    names: tuple[str, ...] = ()  # items asked, criteria and reasons of a review or of a block's rest, error
    visits: Decimal | None = None
    units: Decimal | None = None
    days: int | None = None  # length of the certified period
    starts: str | None = None  # first day of the certified period
    also_asked: tuple[str, ...] = ()  # asked for, but the line does not wait


@dataclass(frozen=True, slots=True)
class Case:
    """One example: resolved facts, one expectation per line (or one for all), why, and where that stands.

    `known_difference` is the reason why the engine is known to answer otherwise; None for all others.
    """

    name: str
    facts: Facts
    expected: tuple[Expected, ...]
    because: str
    cite: str
    known_difference: str | None = None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The example cases of one policy."""

    file: str
    policy: str
    cases: tuple[Case, ...]


def load_cases(folder: Path) -> tuple[CaseFile, ...]:
    """All case files of a folder of rules, by file name; empty where there is no folder `cases`.

    Raises RulesError with every fault: file, place and what is wrong.
    """
    found: list[CaseFile] = []
    faults: list[str] = []
    for path in sorted((folder / "cases").glob("*.yaml")):
        try:
            found.append(_file(path))
        except RulesError as error:
            faults += error.faults
    if faults:
        raise RulesError(*faults)
    return tuple(found)


def _file(path: Path) -> CaseFile:
    name = f"cases/{path.name}"
    content = read_yaml(path)
    faults = list(schema_faults(name, content, "cases")) or _name_faults(name, content)
    if faults:
        raise RulesError(*faults)
    known = content.get("known_differences", {})
    resolved: dict[str, Facts] = {}
    cases = []
    for entry in content["cases"]:
        start = resolved[entry["like"]] if "like" in entry else content["base"]
        facts = merged(start, entry.get("but", {}))
        resolved[entry["case"]] = facts
        expect = entry["expect"]
        expected = tuple(map(_expected, expect if isinstance(expect, list) else [expect]))
        reason = known.get(entry["case"])
        cases.append(Case(entry["case"], facts, expected, entry["because"], entry["cite"], reason))
    return CaseFile(name, content["policy"], tuple(cases))


def _name_faults(file: str, content: Any) -> list[str]:
    """Names that stand twice or lead nowhere; a case is like one above it."""
    faults = []
    seen: set[str] = set()
    for entry in content["cases"]:
        if entry["case"] in seen:
            faults.append(f"{file}: the case '{entry['case']}' stands there twice")
        if entry.get("like", next(iter(seen), "")) not in seen and "like" in entry:
            faults.append(f"{file}: {entry['case']}: like: there is no case '{entry['like']}' above it")
        seen.add(entry["case"])
    for name in content.get("known_differences", {}):
        if name not in seen:
            faults.append(f"{file}: known_differences: there is no case '{name}'")
    return faults


def merged(base: Facts, changes: Facts) -> dict[str, Any]:
    """The base with changes: maps are merged by key, all else replaces; null says that it was not sent."""
    out = dict(base)
    for key, value in changes.items():
        known = out.get(key)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        out[key] = merged(known, value) if both and known is not None else value
    return out


def _expected(content: str | Mapping[str, Any]) -> Expected:
    if isinstance(content, str):
        return Expected(content)
    outcome = next(k for k in ("certified", "block", "ask", "review", "error") if k in content)
    value = content[outcome]
    if outcome not in ("certified", "block"):
        return Expected(outcome, _names(value))
    weeks = content.get("weeks")
    return Expected(
        outcome,
        _names(content.get("rest", ())),
        Decimal(value),
        None if "units" not in content else Decimal(content["units"]),
        content.get("days") if weeks is None else int(weeks * 7),
        content.get("starts"),
        _names(content.get("also_asked", ())),
    )


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)

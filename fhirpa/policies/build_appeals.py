"""appeals.yaml, checked, becomes `um.appeal_rules`; its clocks join those of the turnaround rules."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fhirpa.policies.yaml_file import RulesError
from fhirpa.um.appeal import ExternalReviewer, FiledBy
from fhirpa.um.appeal_rules import (
    AfterDecision,
    AppealRules,
    ConsentRules,
    ExternalRules,
    ReductionRules,
    SpecialtyRules,
    TimeLimit,
)
from fhirpa.um.clock import TurnaroundRules
from fhirpa.um.clock_rules import Clock, ClockUnit, LeadTime
from fhirpa.um.terms import LevelOfService, LineOfBusiness

Json = dict[str, Any]


def build_after(content: Json, turnaround: TurnaroundRules) -> AfterDecision:
    """The rules of a file that fits its schema.

    Raises RulesError for an id that is neither in the file nor in the turnaround rules.
    """
    clocks = {**turnaround.clocks, **{k: _clock(k, c) for k, c in content["clocks"].items()}}
    leads = {**turnaround.lead_times, **{k: _lead(k, c) for k, c in content["lead_times"].items()}}
    unknown = [
        f"appeals.yaml: {place}: no clock or lead time {key}"
        for place, key, table in _named(content["lines"], clocks, leads)
        if key not in table
    ]
    if unknown:
        raise RulesError("\n".join(unknown))
    return AfterDecision(
        template_version=content["template_version"],
        lines={LineOfBusiness(k): _line(c) for k, c in content["lines"].items()},
        clock=replace(turnaround, clocks=clocks, lead_times=leads),
    )


def _clock(key: str, content: Json) -> Clock:
    label = content["label"].format(limit=content["limit"])
    return Clock(key, label, content["citation"], content["limit"], ClockUnit(content["unit"]))


def _lead(key: str, content: Json) -> LeadTime:
    label = content["label"].format(limit=content["limit"])
    return LeadTime(key, label, content["citation"], content["limit"], ClockUnit(content["unit"]))


def _line(content: Json) -> AppealRules:
    specialty = content.get("specialty")
    return AppealRules(
        file_within=_limit(content["file_within"]),
        acknowledge=content["acknowledge"],
        decide={LevelOfService(k): tuple(v) for k, v in content["decide"].items()},
        consent=ConsentRules(
            frozenset(map(FiledBy, content["consent"]["needed_by"])), content["consent"]["citation"]
        ),
        external=_external(content["external"]),
        reduction=_reduction(content["reduction"]),
        extension=_limit(content["extension"]) if "extension" in content else None,
        specialty=SpecialtyRules(specialty["ask"], specialty["decide"]) if specialty else None,
    )


def _external(content: Json) -> ExternalRules:
    return ExternalRules(
        reviewer=ExternalReviewer(content["reviewer"]),
        automatic=content["automatic"],
        at_once=content["at_once"],
        send=content["send"],
        decide={LevelOfService(k): v for k, v in content.get("decide", {}).items()},
        file_within=_limit(content["file_within"]) if "file_within" in content else None,
    )


def _reduction(content: Json) -> ReductionRules:
    within = content.get("continue_within")
    return ReductionRules(
        medical=content["medical"],
        citation=content["citation"],
        lead=content.get("lead"),
        continue_within=_limit(within) if within else None,
    )


def _limit(content: Json) -> TimeLimit:
    return TimeLimit(content["days"], content["citation"])


def _named(
    lines: Json, clocks: dict[str, Clock], leads: dict[str, LeadTime]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every id that is named, its place, and where it must be defined."""
    for lob, line in lines.items():
        yield f"lines.{lob}.acknowledge", line["acknowledge"], clocks
        yield f"lines.{lob}.external.send", line["external"]["send"], clocks
        for level, keys in line["decide"].items():
            for key in keys:
                yield f"lines.{lob}.decide.{level}", key, clocks
        for name, key in line.get("specialty", {}).items():
            yield f"lines.{lob}.specialty.{name}", key, clocks
        for level, key in line["external"].get("decide", {}).items():
            yield f"lines.{lob}.external.decide.{level}", key, clocks
        if "lead" in line["reduction"]:
            yield f"lines.{lob}.reduction.lead", line["reduction"]["lead"], leads

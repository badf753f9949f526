"""Read turnaround.yaml and holidays.yaml, check them and build the turnaround rules."""

import calendar
import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from fhirpa.um.clock import TurnaroundRules
from fhirpa.um.clock_calendar import AvailabilityWindow, Hours, OpenDays
from fhirpa.um.clock_rules import (
    Clock,
    ClockStart,
    ClockUnit,
    Downgrade,
    Ground,
    KindRules,
    LeadTime,
    LevelRules,
    LineRules,
    MissedNotice,
    RequestKind,
    Support,
    TolledBy,
    Tolling,
)
from fhirpa.um.terms import LevelOfService, LineOfBusiness

_RULES = "turnaround"
_HOLIDAYS = "holidays"
_NAMES = {"clocks": "clock", "lead_times": "lead time", "grounds": "ground", "notices": "notice"}
_WEEKDAYS = tuple(x.lower() for x in calendar.day_name)


class TurnaroundFileError(ValueError):
    """A turnaround file is unreadable or wrong. Each fault names the file and the path inside it."""

    def __init__(self, name: str, faults: list[str]) -> None:
        self.faults = tuple(f"{name}.yaml: {x}" for x in faults)
        super().__init__("\n".join(self.faults))


def load_turnaround(folder: Traversable | None = None) -> TurnaroundRules:
    """The turnaround rules of a folder (a Path or a package resource); None: those of this package.

    Raises TurnaroundFileError, naming every fault the schema finds, or else the first one behind it.
    """
    folder = files("fhirpa.policies") if folder is None else folder
    calendars = _calendars(_read(folder, _HOLIDAYS))
    return _rules(_read(folder, _RULES), calendars)


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML where a key given twice is an error: the second would silently replace the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                mark = node.value[index][0].start_mark
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is given twice", mark)
        return super().construct_mapping(node, deep)


def _read(folder: Traversable, name: str) -> dict[str, Any]:
    schema_file = files("fhirpa.policies") / "schema" / f"{name}.schema.json"
    validator = Draft202012Validator(json.loads(schema_file.read_text(encoding="utf-8")))
    try:
        text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
        data = yaml.load(text, _UniqueKeyLoader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise TurnaroundFileError(name, [f"cannot be read: {error}"]) from error
    faults = [
        _fault(x) for x in sorted(validator.iter_errors(data), key=lambda x: list(map(str, x.absolute_path)))
    ]
    if faults:
        raise TurnaroundFileError(name, faults)
    return dict(data)


def _fault(error: ValidationError) -> str:
    if error.validator == "not":  # the schemas say `not: {}` where a key may not stand
        return f"{error.json_path}: not allowed here"
    return f"{error.json_path}: {error.message}"


def _calendars(data: Mapping[str, Any]) -> dict[ClockUnit, OpenDays]:
    return {
        ClockUnit(key): _open_days(key, entry, data["first_year"], data["last_year"])
        for key, entry in data["calendars"].items()
    }


def _open_days(key: str, entry: Mapping[str, Any], first_year: int, last_year: int) -> OpenDays:
    where = f"$.calendars.{key}"
    if last_year < first_year:
        raise TurnaroundFileError(_HOLIDAYS, [f"$.last_year: {last_year} is before first_year"])
    holidays = {
        _holiday(rule, year, f"{where}.holidays[{index}]")
        for index, rule in enumerate(entry["holidays"])
        for year in range(first_year, last_year + 1)
    }
    exceptions = {
        _exception(x["date"], f"{where}.exceptions[{i}]"): x["open"]
        for i, x in enumerate(entry["exceptions"])
    }
    return OpenDays(
        key=key,
        label=entry["label"],
        citation=entry["citation"],
        open_weekdays=frozenset(_WEEKDAYS.index(x) for x in entry["open_weekdays"]),
        holidays=frozenset(holidays | {day for day, is_open in exceptions.items() if not is_open}),
        extra_open=frozenset(day for day, is_open in exceptions.items() if is_open),
        first_year=first_year,
        last_year=last_year,
    )


def _holiday(rule: Mapping[str, Any], year: int, where: str) -> date:
    month = rule["month"]
    if "day" in rule:
        try:
            return date(year, month, rule["day"])
        except ValueError as error:
            raise TurnaroundFileError(_HOLIDAYS, [f"{where}: no such day in {year}"]) from error
    weekday = _WEEKDAYS.index(rule["weekday"])
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    days = [week[weekday] for week in weeks if week[weekday].month == month]
    day = days[-1] if rule["nth"] == "last" else days[rule["nth"] - 1]
    return day + timedelta(days=rule.get("days_after", 0))


def _exception(day: str, where: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise TurnaroundFileError(_HOLIDAYS, [f"{where}.date: no such day: {day}"]) from error


def _rules(data: Mapping[str, Any], calendars: Mapping[ClockUnit, OpenDays]) -> TurnaroundRules:
    faults = list(_dangling(data))
    if faults:
        raise TurnaroundFileError(_RULES, faults)
    try:
        zone = ZoneInfo(data["zone"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise TurnaroundFileError(_RULES, [f"$.zone: no time zone {data['zone']}"]) from error
    lines = data["lines"]
    return TurnaroundRules(
        version=data["version"],
        zone=zone,
        end_of_business_day=time.fromisoformat(data["end_of_business_day"]),
        end_of_calendar_day=time.fromisoformat(data["end_of_calendar_day"]),
        window=_window(data["availability_window"], calendars[ClockUnit.WORKING_DAYS]),
        calendars=calendars,
        clocks={key: _clock(key, entry) for key, entry in data["clocks"].items()},
        lead_times={key: _lead_time(key, entry) for key, entry in data["lead_times"].items()},
        levels={
            (lob, level): _level(lines[lob.value][level.value])
            for lob in LineOfBusiness
            for level in LevelOfService
        },
        lines={lob: _line(lines[lob.value]) for lob in LineOfBusiness},
        grounds={key: Ground(key, **entry) for key, entry in data["grounds"].items()},
        notices={key: MissedNotice(key, **entry) for key, entry in data["notices"].items()},
        hospital_places=frozenset(data["hospital_places"]),
        peer_to_peer_afterwards=data["peer_to_peer_afterwards"],
        supply_until_due=data["supply_until_due"],
    )


def _window(entry: Mapping[str, Any], working_days: OpenDays) -> AvailabilityWindow:
    return AvailabilityWindow(working_days, *(_hours(entry, key) for key in ("working_days", "other_days")))


def _hours(entry: Mapping[str, Any], key: str) -> Hours:
    hours = Hours(time.fromisoformat(entry[key]["opens"]), time.fromisoformat(entry[key]["closes"]))
    if hours.closes <= hours.opens:
        raise TurnaroundFileError(_RULES, [f"$.availability_window.{key}: closes before it opens"])
    return hours


def _clock(key: str, entry: Mapping[str, Any]) -> Clock:
    tolling = entry.get("tolling")
    return Clock(
        key=key,
        label=entry["label"].format(limit=entry["limit"]),
        citation=entry["citation"],
        limit=entry["limit"],
        unit=ClockUnit(entry["unit"]),
        start=ClockStart(entry.get("starts", ClockStart.AT_ONCE)),
        extension_days=entry.get("extension_days"),
        tolling=None if tolling is None else Tolling(**{**tolling, "by": TolledBy(tolling["by"])}),
        rolls_forward=entry.get("rolls_forward", False),
        after_hours_rolls=entry.get("after_hours_rolls", False),
        answered=entry.get("answered"),
    )


def _lead_time(key: str, entry: Mapping[str, Any]) -> LeadTime:
    label = entry["label"].format(limit=entry["limit"])
    return LeadTime(key, label, entry["citation"], entry["limit"], ClockUnit(entry["unit"]))


def _level(entry: Mapping[str, Any]) -> LevelRules:
    return LevelRules(tuple(entry["decide"]), entry["supply"])


def _line(entry: Mapping[str, Any]) -> LineRules:
    downgrade = entry["downgrade"]
    return LineRules(
        peer_to_peer=entry["peer_to_peer"],
        grounds=tuple(entry["extension"]),
        downgrade=Downgrade(
            forced_by=frozenset(Support(x) for x in downgrade["forced_by"]),
            citation=downgrade["citation"],
            letter=downgrade.get("letter"),
        ),
        kinds={RequestKind(key): _kind(x) for key, x in entry.get("kinds", {}).items()},
        missed=entry.get("missed"),
    )


def _kind(entry: Mapping[str, Any]) -> KindRules:
    level = entry.get("level")
    return KindRules(
        tuple(entry["decide"]), entry.get("alone", False), LevelOfService(level) if level else None
    )


def _dangling(data: Mapping[str, Any]) -> Iterator[str]:
    """Every id that leads nowhere."""
    for path, table, key in _ids(data):
        if key not in data[table]:
            yield f"{path}: no {_NAMES[table]} {key}"


def _ids(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Every id that is used, with its path and the table that must have it."""
    for path, key in _clock_ids(data):
        yield path, "clocks", key
    yield "$.peer_to_peer_afterwards", "lead_times", data["peer_to_peer_afterwards"]
    for lob, line in data["lines"].items():
        path = f"$.lines.{lob}"
        for role, table in (("peer_to_peer", "lead_times"), ("missed", "notices")):
            if role in line:
                yield f"{path}.{role}", table, line[role]
        for index, key in enumerate(line["extension"]):
            yield f"{path}.extension[{index}]", "grounds", key


def _clock_ids(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, clock in data["clocks"].items():
        if "answered" in clock:
            yield f"$.clocks.{key}.answered", clock["answered"]
        for role, other in clock.get("tolling", {}).items():
            if role != "by":
                yield f"$.clocks.{key}.tolling.{role}", other
    for lob, line in data["lines"].items():
        path = f"$.lines.{lob}"
        for level in ("standard", "expedited"):
            yield f"{path}.{level}.supply", line[level]["supply"]
            yield from _listed(f"{path}.{level}.decide", line[level]["decide"])
        for kind, entry in line.get("kinds", {}).items():
            yield from _listed(f"{path}.kinds.{kind}.decide", entry["decide"])
        if "letter" in line["downgrade"]:
            yield f"{path}.downgrade.letter", line["downgrade"]["letter"]


def _listed(path: str, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
    for index, key in enumerate(keys):
        yield f"{path}[{index}]", key

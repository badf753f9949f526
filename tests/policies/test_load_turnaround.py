"""The turnaround files: what they say is what is computed, and what is wrong in them is named."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

import fhirpa.policies
from fhirpa.policies.load_turnaround import TurnaroundFileError, load_turnaround
from fhirpa.um.clock_rules import ClockUnit
from fhirpa.um.terms import LevelOfService, LineOfBusiness

SHIPPED = Path(fhirpa.policies.__file__).parent
RECEIVED = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("turnaround.yaml", "holidays.yaml"):
        (tmp_path / name).write_text((SHIPPED / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def edit(folder: Path, name: str, change: Edit) -> None:
    data = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
    change(data)
    (folder / name).write_text(yaml.safe_dump(data), encoding="utf-8")


def setter(path: str, value: object) -> Edit:
    """A change that sets the value at a dotted path; numbers are places in a list."""

    def change(data: dict[str, Any]) -> None:
        *parents, last = [int(x) if x.isdigit() else x for x in path.split(".")]
        target: Any = data
        for key in parents:
            target = target[key]
        target[last] = value

    return change


def remover(parent: str, key: str) -> Edit:
    def change(data: dict[str, Any]) -> None:
        target: Any = data
        for part in parent.split("."):
            target = target[part]
        del target[key]

    return change


def test_a_changed_number_in_the_file_changes_due_time_and_text(folder: Path) -> None:
    edit(folder, "turnaround.yaml", setter("clocks.T01.limit", 5))
    due = load_turnaround(folder).decision_due(LineOfBusiness.MA, LevelOfService.STANDARD, RECEIVED)
    assert due.at == datetime(2026, 12, 7, 5, 59, 59, tzinfo=UTC)
    assert due.text == "Medicare Advantage, standard request - decision within 5 calendar days after receipt"


def test_business_days_can_become_calendar_days_in_the_file(folder: Path) -> None:
    edit(folder, "turnaround.yaml", setter("clocks.T12.unit", "calendar_days"))
    due = load_turnaround(folder).decision_due(LineOfBusiness.MCD, LevelOfService.STANDARD, RECEIVED)
    assert due.at == datetime(2026, 12, 5, 5, 59, 59, tzinfo=UTC)


def test_an_expedited_request_is_bound_by_the_standard_clocks_too(folder: Path) -> None:
    edit(folder, "turnaround.yaml", setter("lines.MA.expedited.decide", ["T02"]))
    due = load_turnaround(folder).decision_due(LineOfBusiness.MA, LevelOfService.EXPEDITED, RECEIVED)
    assert due.rule == "T01"


def test_closing_an_office_by_exception_moves_the_due_day(folder: Path) -> None:
    closed = {"date": "2026-12-02", "open": False, "reason": "ice storm"}
    opened = {"date": "2026-12-05", "open": True, "reason": "made up for"}
    edit(folder, "holidays.yaml", setter("calendars.business_days.exceptions", [closed, opened]))
    days = load_turnaround(folder).calendars[ClockUnit.BUSINESS_DAYS]
    assert days.nth_after(date(2026, 12, 1), 3) == date(2026, 12, 5)


def test_the_shipped_holidays_of_one_year_are_those_of_the_official_lists() -> None:
    calendars = load_turnaround().calendars
    working = {
        date(2027, 1, 1),
        date(2027, 1, 18),
        date(2027, 2, 15),
        date(2027, 5, 31),
        date(2027, 7, 4),
        date(2027, 9, 6),
        date(2027, 11, 11),
        date(2027, 11, 25),
        date(2027, 12, 25),
    }
    business = working | {date(2027, 11, 26), date(2027, 12, 24), date(2027, 12, 26)}
    assert {x for x in calendars[ClockUnit.WORKING_DAYS].holidays if x.year == 2027} == working
    assert {x for x in calendars[ClockUnit.BUSINESS_DAYS].holidays if x.year == 2027} == business


def test_every_legal_holiday_closes_the_hhsc_offices_too() -> None:
    calendars = load_turnaround().calendars
    assert calendars[ClockUnit.WORKING_DAYS].holidays < calendars[ClockUnit.BUSINESS_DAYS].holidays


def test_every_clock_and_lead_time_cites_its_source_and_says_its_limit() -> None:
    rules = load_turnaround()
    for entry in (*rules.clocks.values(), *rules.lead_times.values()):
        assert entry.citation, entry.key
        assert str(entry.limit) in entry.label, entry.key


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (setter("clocks.T12.limit", 0), r"\$\.clocks\.T12\.limit: 0 is less than"),
        (setter("clocks.T12.limit", "three"), r"\$\.clocks\.T12\.limit: 'three' is not of type 'integer'"),
        (setter("clocks.T12.unit", "weeks"), r"\$\.clocks\.T12\.unit: 'weeks' is not one of"),
        (setter("clocks.T12.label", "no limit in it"), r"\$\.clocks\.T12\.label: .* does not match"),
        (setter("clocks.T12.label", "{limit} of {days}"), r"\$\.clocks\.T12\.label: .* does not match"),
        (setter("clocks.T12.extension_days", 3), r"\$\.clocks\.T12\.extension_days: not allowed here"),
        (setter("clocks.T03.rolls_forward", True), r"\$\.clocks\.T03\.rolls_forward: not allowed here"),
        (setter("clocks.T01.after_hours_rolls", True), r"\.after_hours_rolls: not allowed here"),
        (setter("clocks.T12.tolling.decide", "T99"), r"\$\.clocks\.T12\.tolling\.decide: no clock T99"),
        (
            setter("lines.MCD.standard.decide.1", "T99"),
            r"\$\.lines\.MCD\.standard\.decide\[1\]: no clock T99",
        ),
        (setter("lines.MCD.standard.supply", "T99"), r"\$\.lines\.MCD\.standard\.supply: no clock T99"),
        (setter("lines.SF.peer_to_peer", "T01"), r"\$\.lines\.SF\.peer_to_peer: no lead time T01"),
        (remover("lines", "CHIP"), r"\$\.lines: 'CHIP' is a required property"),
        (remover("lines.MA", "expedited"), r"\$\.lines\.MA: 'expedited' is a required property"),
        (setter("lead_times.T23.unit", "hours"), r"\$\.lead_times\.T23\.unit: 'hours' is not one of"),
        (setter("end_of_business_day", "25:00:00"), r"\$\.end_of_business_day: '25:00:00' does not match"),
        (setter("zone", "America/Atlantis"), r"\$\.zone: no time zone America/Atlantis"),
        (
            setter("availability_window.other_days", {"opens": "12:00:00", "closes": "09:00:00"}),
            r"\$\.availability_window\.other_days: closes before it opens",
        ),
    ],
)
def test_a_fault_in_the_rules_is_named_by_file_and_path(folder: Path, change: Edit, fault: str) -> None:
    edit(folder, "turnaround.yaml", change)
    with pytest.raises(TurnaroundFileError, match=rf"(?m)^turnaround\.yaml: .*{fault}"):
        load_turnaround(folder)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (setter("last_year", 2024), r"\$\.last_year: 2024 is before first_year"),
        (
            setter("calendars.business_days.holidays.0", {"name": "leap day", "month": 2, "day": 29}),
            r"\$\.calendars\.business_days\.holidays\[0\]: no such day in 2025",
        ),
        (
            setter("calendars.business_days.holidays.0", {"name": "when?", "month": 2}),
            r"\$\.calendars\.business_days\.holidays\[0\]: 'weekday' is a required property",
        ),
        (
            setter("calendars.business_days.holidays.0.nth", 2),
            r"\$\.calendars\.business_days\.holidays\[0\]\.nth: not allowed here",
        ),
        (
            setter(
                "calendars.working_days.exceptions", [{"date": "2026-02-30", "open": True, "reason": "x"}]
            ),
            r"\$\.calendars\.working_days\.exceptions\[0\]\.date: no such day: 2026-02-30",
        ),
        (remover("calendars", "working_days"), r"\$\.calendars: 'working_days' is a required property"),
    ],
)
def test_a_fault_in_the_holidays_is_named_by_file_and_path(folder: Path, change: Edit, fault: str) -> None:
    edit(folder, "holidays.yaml", change)
    with pytest.raises(TurnaroundFileError, match=rf"holidays\.yaml: {fault}"):
        load_turnaround(folder)


def test_all_faults_of_a_file_are_named_at_once(folder: Path) -> None:
    edit(folder, "turnaround.yaml", setter("clocks.T12.limit", 0))
    edit(folder, "turnaround.yaml", setter("clocks.T10.unit", "weeks"))
    with pytest.raises(TurnaroundFileError) as caught:
        load_turnaround(folder)
    assert len(caught.value.faults) == 2


def test_a_clock_given_twice_is_refused(folder: Path) -> None:
    file = folder / "turnaround.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("  T02:\n", "  T01:\n", 1), encoding="utf-8")
    with pytest.raises(TurnaroundFileError, match="key 'T01' is given twice"):
        load_turnaround(folder)


@pytest.mark.parametrize("content", [b"a: [", b"\xff\xfe\x00", b"", None])
def test_a_missing_or_unreadable_file_is_named(folder: Path, content: bytes | None) -> None:
    file = folder / "holidays.yaml"
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(TurnaroundFileError, match=r"^holidays\.yaml: "):
        load_turnaround(folder)

"""The turnaround clock: the worked examples, and what holds for every instant.

Instants in the tables are plan-local, with the abbreviation of the zone where the reader needs it; expected
times always carry weekday and abbreviation, so that a table row can be checked with a paper calendar.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fhirpa.policies.load_turnaround import load_turnaround
from fhirpa.um.clock_calendar import ClockError, HolidayTableEnds
from fhirpa.um.clock_count import due_for, earliest_after_notice, extended, tolled
from fhirpa.um.determination import Due
from fhirpa.um.terms import LevelOfService, LineOfBusiness

RULES = load_turnaround()
STANDARD, EXPEDITED = LevelOfService.STANDARD, LevelOfService.EXPEDITED
COM, MCD, CHIP, MA, SF = (LineOfBusiness(x) for x in ("COM", "MCD", "CHIP", "MA", "SF"))
_OFFSETS = {"CST": timezone(timedelta(hours=-6)), "CDT": timezone(timedelta(hours=-5))}


def at(text: str) -> datetime:
    """An instant from 'Mon 2026-11-23 10:15 CST'; the weekday must be right."""
    weekday, day, wall, zone = text.split()
    instant = datetime.fromisoformat(f"{day}T{wall}").replace(tzinfo=_OFFSETS[zone])
    assert instant.strftime("%a") == weekday, text
    return instant


def shown(instant: datetime) -> str:
    """The same the other way round, with seconds."""
    assert instant.tzinfo is UTC
    return instant.astimezone(RULES.zone).strftime("%a %Y-%m-%d %H:%M:%S %Z")


def due(clock: str, received: str) -> datetime:
    return due_for(RULES, clock, at(received))


def ext(clock: str, received: str) -> datetime:
    return extended(RULES, clock, at(received))


def decided(lob: LineOfBusiness, level: LevelOfService, received: str) -> datetime:
    return RULES.decision_due(lob, level, at(received)).at


def peer_to_peer(lob: LineOfBusiness, offered: str) -> datetime:
    return RULES.peer_to_peer_earliest(lob, at(offered))


def stopped(clock: str, received: str, asked: str, answered: str | None, **options: bool) -> datetime:
    answer = None if answered is None else at(answered)
    return tolled(RULES, clock, at(received), at(asked), answer, **options).at


Row = tuple[int, Callable[[], datetime], str]

# Numbered as in the domain reference; a row with several due times takes several lines.
WORKED_EXAMPLES: list[Row] = [
    (1, partial(due, "T01", "Mon 2026-11-23 10:15 CST"), "Mon 2026-11-30 23:59:59 CST"),
    (2, partial(due, "T01", "Fri 2026-11-20 23:58 CST"), "Fri 2026-11-27 23:59:59 CST"),
    (3, partial(ext, "T01", "Tue 2026-12-22 16:30 CST"), "Tue 2027-01-12 23:59:59 CST"),
    (4, partial(due, "T01", "Fri 2026-03-06 14:00 CST"), "Fri 2026-03-13 23:59:59 CDT"),
    (5, partial(due, "T01", "Thu 2028-02-24 12:00 CST"), "Thu 2028-03-02 23:59:59 CST"),
    (6, partial(due, "T03", "Wed 2026-11-25 14:00 CST"), "Sat 2026-11-28 14:00:00 CST"),
    (7, partial(due, "T03", "Fri 2026-03-06 14:00 CST"), "Mon 2026-03-09 15:00:00 CDT"),
    (8, partial(due, "T03", "Fri 2026-10-30 09:30 CDT"), "Mon 2026-11-02 08:30:00 CST"),
    (9, partial(due, "T03", "Thu 2026-03-05 02:30 CST"), "Sun 2026-03-08 03:30:00 CDT"),
    (10, partial(due, "T03", "Thu 2026-10-29 01:30 CDT"), "Sun 2026-11-01 01:30:00 CDT"),
    (11, partial(ext, "T03", "Tue 2026-10-20 08:00 CDT"), "Fri 2026-11-06 07:00:00 CST"),
    (12, partial(due, "T12", "Mon 2026-11-23 10:15 CST"), "Mon 2026-11-30 17:00:00 CST"),
    (12, partial(due, "T10", "Mon 2026-11-23 10:15 CST"), "Mon 2026-11-30 23:59:59 CST"),
    (13, partial(due, "T12", "Tue 2026-11-24 17:01 CST"), "Tue 2026-12-01 17:00:00 CST"),
    (13, partial(due, "T10", "Tue 2026-11-24 17:01 CST"), "Tue 2026-12-01 23:59:59 CST"),
    (14, partial(due, "T12", "Sat 2026-11-28 11:00 CST"), "Wed 2026-12-02 17:00:00 CST"),
    (15, partial(due, "T10", "Tue 2026-12-22 09:00 CST"), "Tue 2026-12-29 23:59:59 CST"),
    (15, partial(decided, MCD, STANDARD, "Tue 2026-12-22 09:00 CST"), "Tue 2026-12-29 17:00:00 CST"),
    (16, partial(due, "T10", "Thu 2026-12-31 18:30 CST"), "Thu 2027-01-07 23:59:59 CST"),
    (16, partial(decided, MCD, STANDARD, "Thu 2026-12-31 18:30 CST"), "Wed 2027-01-06 17:00:00 CST"),
    (17, partial(due, "T12", "Fri 2026-09-04 12:00 CDT"), "Thu 2026-09-10 17:00:00 CDT"),
    (18, partial(due, "T12", "Thu 2026-06-18 10:00 CDT"), "Tue 2026-06-23 17:00:00 CDT"),
    (19, partial(due, "T12", "Thu 2026-07-02 10:00 CDT"), "Tue 2026-07-07 17:00:00 CDT"),
    (20, partial(due, "T13a", "Wed 2026-11-25 15:00 CST"), "Mon 2026-11-30 17:00:00 CST"),
    (20, partial(decided, MCD, EXPEDITED, "Wed 2026-11-25 15:00 CST"), "Sat 2026-11-28 15:00:00 CST"),
    (21, partial(due, "T13b", "Tue 2026-12-01 09:00 CST"), "Fri 2026-12-04 09:00:00 CST"),
    (21, partial(decided, MCD, EXPEDITED, "Tue 2026-12-01 09:00 CST"), "Wed 2026-12-02 17:00:00 CST"),
    (22, partial(due, "T20", "Mon 2026-11-16 09:00 CST"), "Thu 2026-11-19 17:00:00 CST"),
    (23, partial(due, "T21", "Wed 2026-11-18 14:00 CST"), "Mon 2026-11-23 17:00:00 CST"),
    (24, partial(due, "T24", "Fri 2026-11-20 13:00 CST"), "Wed 2026-11-25 17:00:00 CST"),
    (
        24,
        partial(
            stopped, "T12", "Mon 2026-11-16 09:00 CST", "Wed 2026-11-18 14:00 CST", "Fri 2026-11-20 13:00 CST"
        ),
        "Mon 2026-11-23 23:59:59 CST",
    ),
    (25, partial(due, "T22", "Mon 2026-11-16 09:00 CST"), "Wed 2026-11-25 17:00:00 CST"),
    (25, partial(ext, "T10", "Mon 2026-11-16 09:00 CST"), "Mon 2026-12-07 23:59:59 CST"),
    (
        25,
        partial(
            stopped,
            "T12",
            "Mon 2026-11-16 09:00 CST",
            "Wed 2026-11-18 14:00 CST",
            None,
            ceiling_extended=True,
        ),
        "Wed 2026-12-02 17:00:00 CST",
    ),
    (26, partial(due, "T30", "Mon 2026-11-23 10:15 CST"), "Thu 2026-11-26 23:59:59 CST"),
    (27, partial(due, "T30", "Wed 2026-11-25 17:59 CST"), "Sat 2026-11-28 23:59:59 CST"),
    (28, partial(due, "T30", "Wed 2026-11-25 18:01 CST"), "Sun 2026-11-29 23:59:59 CST"),
    (29, partial(due, "T30", "Thu 2026-11-26 08:00 CST"), "Sun 2026-11-29 23:59:59 CST"),
    (30, partial(due, "T30", "Sat 2026-11-28 13:00 CST"), "Wed 2026-12-02 23:59:59 CST"),
    (31, partial(due, "T30", "Thu 2026-12-24 11:30 CST"), "Sun 2026-12-27 23:59:59 CST"),
    (32, partial(due, "T30", "Sat 2026-10-31 23:00 CDT"), "Wed 2026-11-04 23:59:59 CST"),
    (33, partial(due, "T31", "Sat 2026-10-31 11:00 CDT"), "Sun 2026-11-01 10:00:00 CST"),
    (34, partial(due, "T31", "Sat 2026-03-07 11:30 CST"), "Sun 2026-03-08 12:30:00 CDT"),
    (35, partial(due, "T31", "Thu 2026-11-26 12:30 CST"), "Sat 2026-11-28 06:00:00 CST"),
    (36, partial(due, "T32", "Mon 2026-11-23 17:40 CST"), "Mon 2026-11-23 18:40:00 CST"),
    (37, partial(due, "T32", "Mon 2026-11-23 22:00 CST"), "Tue 2026-11-24 07:00:00 CST"),
    (38, partial(decided, SF, STANDARD, "Mon 2026-11-23 10:15 CST"), "Tue 2026-12-08 23:59:59 CST"),
    (38, partial(ext, "T40", "Mon 2026-11-23 10:15 CST"), "Wed 2026-12-23 23:59:59 CST"),
    (38, partial(decided, COM, STANDARD, "Mon 2026-11-23 10:15 CST"), "Thu 2026-11-26 23:59:59 CST"),
    (39, partial(due, "T40", "Thu 2026-12-17 20:00 CST"), "Fri 2027-01-01 23:59:59 CST"),
    (
        40,
        partial(
            stopped, "T40", "Mon 2026-11-23 10:15 CST", "Thu 2026-12-03 09:00 CST", "Sun 2026-12-20 15:00 CST"
        ),
        "Mon 2027-01-04 23:59:59 CST",
    ),
    (41, partial(due, "T41", "Thu 2026-12-24 20:00 CST"), "Sun 2026-12-27 20:00:00 CST"),
    (42, partial(due, "T42", "Sat 2026-10-31 20:00 CDT"), "Sun 2026-11-01 19:00:00 CST"),
    (43, partial(peer_to_peer, COM, "Wed 2026-11-25 10:00 CST"), "Fri 2026-11-27 10:00:00 CST"),
    (44, partial(peer_to_peer, MCD, "Wed 2026-11-25 10:00 CST"), "Mon 2026-11-30 10:00:00 CST"),
    (45, partial(due, "T33", "Wed 2026-11-25 10:00 CST"), "Tue 2026-12-01 17:00:00 CST"),
]


@pytest.mark.parametrize(
    ("compute", "expected"), [pytest.param(f, x, id=f"example-{number}") for number, f, x in WORKED_EXAMPLES]
)
def test_worked_examples(compute: Callable[[], datetime], expected: str) -> None:
    assert shown(compute()) == expected


def test_every_worked_example_is_in_the_table() -> None:
    assert {number for number, _, _ in WORKED_EXAMPLES} == set(range(1, 46))


# --- which clock wins ---


@pytest.mark.parametrize(
    ("lob", "level", "rule"),
    [
        (COM, STANDARD, "T30"),
        (LineOfBusiness.QHP, STANDARD, "T30"),
        (MCD, STANDARD, "T12"),
        (CHIP, STANDARD, "T10"),
        (MA, STANDARD, "T01"),
        (SF, STANDARD, "T40"),
        (COM, EXPEDITED, "T41"),
        (LineOfBusiness.QHP, EXPEDITED, "T41"),
        (MCD, EXPEDITED, "T13a"),
        (CHIP, EXPEDITED, "T11"),
        (MA, EXPEDITED, "T03"),
        (SF, EXPEDITED, "T41"),
    ],
)
def test_the_due_time_names_the_rule_that_set_it(
    lob: LineOfBusiness, level: LevelOfService, rule: str
) -> None:
    received = at("Tue 2026-12-01 09:00 CST")
    due = RULES.decision_due(lob, level, received)
    assert (due.rule, due.at) == (rule, due_for(RULES, rule, received))


def test_the_text_says_how_long_in_the_words_and_numbers_of_the_rule() -> None:
    due = RULES.decision_due(MCD, STANDARD, at("Tue 2026-12-01 09:00 CST"))
    assert due.text == "Texas Medicaid, standard request - decision within 3 business days after receipt"


# --- information asked for ---


def test_medicaid_gets_three_business_days_to_supply_once_the_three_day_clock_is_stopped() -> None:
    received, asked = at("Mon 2026-11-16 09:00 CST"), at("Wed 2026-11-18 14:00 CST")
    due = RULES.awaiting_due(MCD, STANDARD, received, asked)
    assert (due.rule, shown(due.at)) == ("T10", "Mon 2026-11-23 23:59:59 CST")
    supply = RULES.information_due(MCD, STANDARD, asked, due)
    assert (supply.rule, shown(supply.at)) == ("T21", "Mon 2026-11-23 17:00:00 CST")


def test_an_information_request_after_the_clock_ran_out_does_not_revive_it() -> None:
    received, asked = at("Mon 2026-11-16 09:00 CST"), at("Fri 2026-11-20 09:00 CST")
    assert RULES.awaiting_due(MCD, STANDARD, received, asked).rule == "T12"


@pytest.mark.parametrize("lob", [COM, CHIP, MA, SF])
def test_asking_alone_moves_no_due_time_outside_medicaid(lob: LineOfBusiness) -> None:
    received = at("Tue 2026-12-01 09:00 CST")
    plain = RULES.decision_due(lob, STANDARD, received)
    assert RULES.awaiting_due(lob, STANDARD, received, received) == plain


def test_an_expedited_medicaid_request_keeps_its_due_time_when_information_is_asked() -> None:
    received = at("Tue 2026-12-01 09:00 CST")
    plain = RULES.decision_due(MCD, EXPEDITED, received)
    assert RULES.awaiting_due(MCD, EXPEDITED, received, received) == plain


def test_supply_time_ends_with_the_decisions_due_time_and_says_so() -> None:
    due = Due(at("Thu 2026-12-03 09:00 CST").astimezone(UTC), "T41", "decision")
    supply = RULES.information_due(SF, EXPEDITED, at("Wed 2026-12-02 09:00 CST"), due)
    assert supply == Due(due.at, "T41", RULES.supply_until_due)


def test_a_provider_asked_at_receipt_has_time_and_the_plan_has_time_left_to_read() -> None:
    received = at("Tue 2026-12-01 09:00 CST")
    for lob in LineOfBusiness:
        for level in LevelOfService:
            due = RULES.awaiting_due(lob, level, received, received)
            assert received < RULES.information_due(lob, level, received, due).at < due.at


# --- stopped clocks ---


def test_without_an_answer_the_claimants_45_days_run_out_and_then_15_days_remain() -> None:
    end = stopped("T40", "Mon 2026-11-23 10:15 CST", "Thu 2026-12-03 09:00 CST", None)
    assert shown(end) == "Mon 2027-02-01 23:59:59 CST"
    late = stopped("T40", "Mon 2026-11-23 10:15 CST", "Thu 2026-12-03 09:00 CST", "Fri 2027-01-29 09:00 CST")
    assert late == end


def test_a_late_answer_to_medicaid_leaves_the_date_for_silence() -> None:
    received, asked = "Mon 2026-11-16 09:00 CST", "Mon 2026-11-16 10:00 CST"
    late = stopped("T12", received, asked, "Tue 2026-12-01 09:00 CST", ceiling_extended=True)
    assert shown(late) == "Wed 2026-12-02 17:00:00 CST"


@pytest.mark.parametrize(
    ("clock", "asked", "answered", "reason"),
    [
        ("T01", "Tue 2026-11-24 10:00 CST", None, "cannot be stopped"),
        ("T40", "Wed 2026-12-09 00:00 CST", None, "had ended"),
        ("T40", "Mon 2026-11-23 10:00 CST", None, "notice comes before"),
        ("T40", "Thu 2026-12-03 09:00 CST", "Wed 2026-12-02 09:00 CST", "answer comes before"),
    ],
)
def test_a_stop_that_the_rules_do_not_know_is_refused(
    clock: str, asked: str, answered: str | None, reason: str
) -> None:
    with pytest.raises(ClockError, match=reason):
        stopped(clock, "Mon 2026-11-23 10:15 CST", asked, answered)


@pytest.mark.parametrize("clock", ["T12", "T30", "T41"])
def test_a_clock_without_extension_is_not_extended(clock: str) -> None:
    with pytest.raises(ClockError, match=f"clock {clock} cannot be extended"):
        ext(clock, "Mon 2026-11-23 10:15 CST")


# --- lead times ---


@pytest.mark.parametrize(
    ("offered", "earliest"),
    [
        ("Mon 2026-11-30 17:00 CST", "Tue 2026-12-01 17:00:00 CST"),
        ("Mon 2026-11-30 17:01 CST", "Wed 2026-12-02 00:00:00 CST"),
        ("Sat 2026-11-28 10:00 CST", "Tue 2026-12-01 00:00:00 CST"),
    ],
)
def test_an_offer_after_hours_counts_from_the_next_open_day(offered: str, earliest: str) -> None:
    assert shown(peer_to_peer(MCD, offered)) == earliest


def test_notice_of_a_reduction_comes_ten_days_ahead() -> None:
    acted = earliest_after_notice(RULES, "T50", at("Mon 2026-10-26 10:00 CDT"))
    assert shown(acted) == "Thu 2026-11-05 10:00:00 CST"


# --- readings a compliance officer may choose otherwise ---


def test_after_hours_receipt_can_be_set_to_count_from_the_next_business_day() -> None:
    lenient = replace(RULES.clocks["T12"], after_hours_rolls=True)
    rules = replace(RULES, clocks={**RULES.clocks, "T12": lenient})
    received = at("Tue 2026-11-24 17:01 CST")
    assert shown(due_for(rules, "T12", received)) == "Wed 2026-12-02 17:00:00 CST"
    assert rules.decision_due(MCD, STANDARD, received).rule == "T10"


def test_calendar_days_can_be_set_to_end_on_a_working_day() -> None:
    rolling = replace(RULES.clocks["T30"], rolls_forward=True)
    rules = replace(RULES, clocks={**RULES.clocks, "T30": rolling})
    thanksgiving = due_for(rules, "T30", at("Mon 2026-11-23 10:15 CST"))
    assert shown(thanksgiving) == "Fri 2026-11-27 23:59:59 CST"


# --- refusals ---


def test_nothing_is_computed_beyond_the_holiday_table() -> None:
    assert shown(due("T12", "Thu 2035-12-20 09:00 CST")) == "Fri 2035-12-28 17:00:00 CST"
    with pytest.raises(HolidayTableEnds, match="business_days covers 2025 to 2035; asked about 2036"):
        due("T12", "Mon 2035-12-31 09:00 CST")
    with pytest.raises(HolidayTableEnds, match="2024"):
        due("T30", "Tue 2024-12-31 09:00 CST")


def test_unknown_clocks_and_instants_without_a_zone_are_refused() -> None:
    with pytest.raises(ClockError, match="no clock T99"):
        due("T99", "Mon 2026-11-23 10:15 CST")
    with pytest.raises(ClockError, match="no lead time P99"):
        earliest_after_notice(RULES, "P99", at("Mon 2026-11-23 10:15 CST"))
    with pytest.raises(ClockError, match="without a zone"):
        due_for(RULES, "T01", datetime(2026, 11, 23))  # noqa: DTZ001


# --- what holds for every instant the holiday table covers ---

LOBS = st.sampled_from(LineOfBusiness)
LEVELS = st.sampled_from(LevelOfService)
INSTANTS = st.datetimes(datetime(2025, 1, 2), datetime(2035, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
NEAR = st.timedeltas(timedelta(0), timedelta(days=12))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
SPRING_FORWARD = at("Sun 2026-03-08 01:59 CST").astimezone(UTC)
FALL_BACK = at("Sun 2026-11-01 01:30 CST").astimezone(UTC)


@given(LOBS, LEVELS, INSTANTS)
@example(MCD, EXPEDITED, at("Wed 2026-11-25 17:00 CST"))
def test_a_decision_is_due_after_receipt(
    lob: LineOfBusiness, level: LevelOfService, received: datetime
) -> None:
    assert RULES.decision_due(lob, level, received).at > received


@given(LOBS, INSTANTS)
def test_an_expedited_decision_is_never_due_later_than_a_standard_one(
    lob: LineOfBusiness, received: datetime
) -> None:
    assert RULES.decision_due(lob, EXPEDITED, received).at <= RULES.decision_due(lob, STANDARD, received).at


@given(LOBS, LEVELS, INSTANTS, NEAR)
@example(COM, STANDARD, SPRING_FORWARD, timedelta(minutes=2))
@example(COM, STANDARD, FALL_BACK - timedelta(hours=1), timedelta(minutes=59))
def test_a_later_receipt_never_makes_an_earlier_due_time(
    lob: LineOfBusiness, level: LevelOfService, received: datetime, later: timedelta
) -> None:
    assert RULES.decision_due(lob, level, received).at <= RULES.decision_due(lob, level, received + later).at


@given(st.sampled_from(sorted(RULES.clocks)), INSTANTS, NEAR)
def test_every_single_clock_runs_forward_and_keeps_order(
    clock: str, received: datetime, later: timedelta
) -> None:
    first, second = due_for(RULES, clock, received), due_for(RULES, clock, received + later)
    assert received < first <= second


@given(LOBS, LEVELS, INSTANTS, ZONES)
@example(COM, STANDARD, FALL_BACK, timezone(timedelta(hours=14)))
def test_the_zone_in_which_an_instant_is_written_makes_no_difference(
    lob: LineOfBusiness, level: LevelOfService, received: datetime, zone: timezone
) -> None:
    assert RULES.decision_due(lob, level, received) == RULES.decision_due(
        lob, level, received.astimezone(zone)
    )


@given(LOBS, LEVELS, INSTANTS, NEAR)
def test_the_provider_is_never_asked_to_supply_after_the_decision_is_due(
    lob: LineOfBusiness, level: LevelOfService, received: datetime, later: timedelta
) -> None:
    asked = received + later
    due = RULES.awaiting_due(lob, level, received, asked)
    assert RULES.decision_due(lob, level, received).at <= due.at
    assert RULES.information_due(lob, level, asked, due).at <= due.at


@given(LOBS, INSTANTS, NEAR)
def test_a_peer_to_peer_lead_time_holds_a_whole_day_and_keeps_order(
    lob: LineOfBusiness, offered: datetime, later: timedelta
) -> None:
    earliest = RULES.peer_to_peer_earliest(lob, offered)
    assert earliest >= offered + timedelta(hours=23)  # a day on the wall over a change of the clocks
    assert earliest <= RULES.peer_to_peer_earliest(lob, offered + later)


@given(st.sampled_from([x.key for x in RULES.clocks.values() if x.extension_days]), INSTANTS)
def test_an_extension_is_later_than_the_clock_by_at_most_its_days(clock: str, received: datetime) -> None:
    days = RULES.clocks[clock].extension_days
    assert days is not None
    gained = extended(RULES, clock, received) - due_for(RULES, clock, received)
    assert timedelta(days=days, hours=-1) <= gained <= timedelta(days=days, hours=1)

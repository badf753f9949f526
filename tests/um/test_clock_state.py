"""The state of one clock, reckoned from what happened to it: properties that hold for every history."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.policies.load_turnaround import load_turnaround
from fhirpa.um.clock_calendar import ClockError
from fhirpa.um.clock_count import binding, due_for
from fhirpa.um.clock_events import ClockEvent, ClockEventKind
from fhirpa.um.clock_rules import RequestKind
from fhirpa.um.terms import LevelOfService, LineOfBusiness

RULES = load_turnaround()
STARTED, ASKED, ANSWERED = ClockEventKind.STARTED, ClockEventKind.ASKED, ClockEventKind.ANSWERED
WAIT_ENDED, EXTENDED, RAISED = ClockEventKind.WAIT_ENDED, ClockEventKind.EXTENDED, ClockEventKind.RAISED
STANDARD, EXPEDITED = LevelOfService.STANDARD, LevelOfService.EXPEDITED
TOLLED = {"T12", "T35", "T40", "T45"}  # the only clocks that the law lets stop

lobs = st.sampled_from(LineOfBusiness)
levels = st.sampled_from(LevelOfService)
kinds = st.sampled_from(RequestKind)
instants = st.datetimes(datetime(2026, 1, 2), datetime(2034, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001
gaps = st.timedeltas(timedelta(0), timedelta(days=9))


def start(at: datetime, level: LevelOfService = STANDARD, kind: RequestKind | None = None) -> ClockEvent:
    return ClockEvent(STARTED, at, level, kind or RequestKind.PREAUTHORIZATION)


def due(lob: LineOfBusiness, *events: ClockEvent) -> datetime:
    return RULES.reckon(lob, events).due.at


@st.composite
def histories(draw: st.DrawFn) -> tuple[LineOfBusiness, list[ClockEvent]]:
    """A start, then waits that begin and end, in order."""
    lob, at = draw(lobs), draw(instants)
    events = [start(at, draw(levels), draw(kinds))]
    for _ in range(draw(st.integers(0, 3))):
        at += draw(gaps)
        events.append(ClockEvent(ASKED, at))
        if draw(st.booleans()):
            at += draw(gaps)
            events.append(ClockEvent(draw(st.sampled_from([ANSWERED, WAIT_ENDED])), at))
    return lob, events


@given(histories())
def test_no_history_makes_a_decision_due_before_its_receipt(
    told: tuple[LineOfBusiness, list[ClockEvent]],
) -> None:
    lob, events = told
    state = RULES.reckon(lob, events)
    assert state.due.at > state.started_at
    assert state.due == min(state.dues, key=lambda d: d.at)  # the earliest applicable rule wins


@given(histories())
def test_waiting_for_information_never_shortens_the_time(
    told: tuple[LineOfBusiness, list[ClockEvent]],
) -> None:
    lob, events = told
    urgent_answer = events[0].level is EXPEDITED and lob in ("COM", "QHP", "SF")
    if not urgent_answer:  # there the law gives 48 hours from the answer, within the 72
        assert due(lob, *events) >= due(lob, events[0])


@given(histories())
def test_what_stands_still_is_disjoint_and_lies_between_start_and_due(
    told: tuple[LineOfBusiness, list[ClockEvent]],
) -> None:
    lob, events = told
    state = RULES.reckon(lob, events)
    stops = state.stops
    assert all(x.since <= x.until for x in stops)
    assert all(a.until <= b.since for a, b in pairwise(stops))
    assert all(state.started_at <= x.since <= state.dues[-1].at for x in stops)
    keys = binding(RULES, lob, events[0].level or STANDARD, events[0].request or RequestKind.PREAUTHORIZATION)
    if not TOLLED & set(keys):
        assert stops == ()
        assert due(lob, *events) <= due(lob, events[0])


@given(lobs, levels, kinds, instants, st.integers(1, 30), st.data())
def test_an_extension_is_never_longer_than_its_rule_and_never_shortens(
    lob: LineOfBusiness,
    level: LevelOfService,
    kind: RequestKind,
    at: datetime,
    days: int,
    data: st.DataObject,
) -> None:
    first = start(at, level, kind)
    plain = due(lob, first)
    ground = data.draw(st.sampled_from([k for k, x in RULES.grounds_of(lob).items() if not x.stops]))
    extended = due(lob, first, ClockEvent(EXTENDED, at, days=days, ground=ground))
    most = 15 if lob in ("COM", "QHP", "SF") else 14
    assert (
        timedelta(0) <= extended - plain <= timedelta(days=min(days, most), hours=1)
    )  # a change of the clocks
    if lob in ("COM", "QHP") and kind is RequestKind.PREAUTHORIZATION:
        assert extended == plain  # Texas gives a commercial plan none


@given(histories(), gaps)
def test_what_came_later_is_never_due_earlier(
    told: tuple[LineOfBusiness, list[ClockEvent]], later: timedelta
) -> None:
    lob, events = told
    assert due(lob, events[0]) <= due(
        lob, start(events[0].at + later, events[0].level or STANDARD, events[0].request)
    )


@given(lobs, instants, gaps)
def test_urgency_raised_later_counts_from_then_and_never_puts_the_clock_off(
    lob: LineOfBusiness, at: datetime, later: timedelta
) -> None:
    raised = due(lob, start(at), ClockEvent(RAISED, at + later))
    assert raised <= due(lob, start(at))
    assert raised <= due(lob, start(at + later, EXPEDITED))


@given(lobs, instants, gaps)
def test_a_downgrade_gives_the_standard_time_from_receipt(
    lob: LineOfBusiness, at: datetime, later: timedelta
) -> None:
    told = (start(at, EXPEDITED), ClockEvent(ClockEventKind.DOWNGRADED, at + later))
    assert due(lob, *told) == due(lob, start(at))


# --- the worked examples of stopped clocks, told by events ---------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_example_24_information_came_and_the_federal_ceiling_goes_on() -> None:
    events = [start(at("2026-11-16T09:00-06:00")), ClockEvent(ASKED, at("2026-11-18T14:00-06:00"))]
    events.append(ClockEvent(ANSWERED, at("2026-11-20T13:00-06:00")))
    first, second = RULES.reckon(LineOfBusiness.MCD, events).dues
    assert (first.rule, first.at) == ("T10", at("2026-11-23T23:59:59-06:00"))
    assert (second.rule, second.at) == ("T24", at("2026-11-25T17:00-06:00"))


def test_example_25_silence_with_a_documented_extension() -> None:
    events = [start(at("2026-11-16T09:00-06:00")), ClockEvent(ASKED, at("2026-11-18T14:00-06:00"))]
    events.append(ClockEvent(EXTENDED, at("2026-11-20T09:00-06:00"), ground="provider-asks"))
    state = RULES.reckon(LineOfBusiness.MCD, events)
    assert [(x.rule, x.at) for x in state.dues] == [
        ("T25", at("2026-12-02T17:00-06:00")),
        ("T10", at("2026-12-07T23:59:59-06:00")),
    ]
    assert state.director_at == at("2026-11-25T17:00-06:00")


def test_example_40_the_extension_notice_stops_the_clock_until_the_answer() -> None:
    events = [
        start(at("2026-11-23T10:15-06:00")),
        ClockEvent(ASKED, at("2026-12-03T09:00-06:00")),
        ClockEvent(EXTENDED, at("2026-12-03T09:00-06:00"), ground="information-missing"),
        ClockEvent(ANSWERED, at("2026-12-20T15:00-06:00")),
    ]
    state = RULES.reckon(LineOfBusiness.SF, events)
    assert (state.due.rule, state.due.at) == ("T40b", at("2027-01-04T23:59:59-06:00"))
    assert [(x.since, x.until) for x in state.stops] == [(events[1].at, events[3].at)]


@pytest.mark.parametrize(
    ("events", "fault"),
    [
        ([], "begins with its start"),
        ([ClockEvent(ASKED, at("2026-11-18T14:00-06:00"))], "begins with its start"),
        (
            [start(at("2026-11-18T14:00-06:00")), ClockEvent(ASKED, at("2026-11-17T14:00-06:00"))],
            "comes before",
        ),
        (
            [
                start(at("2026-11-18T14:00-06:00")),
                *[ClockEvent(EXTENDED, at("2026-11-18T15:00-06:00"), ground="member-asks")] * 2,
            ],
            "extended once",
        ),
        (
            [
                start(at("2026-11-18T14:00-06:00")),
                ClockEvent(EXTENDED, at("2026-12-18T15:00-06:00"), ground="member-asks"),
            ],
            "had ended",
        ),
        (
            [
                start(at("2026-11-18T14:00-06:00")),
                ClockEvent(EXTENDED, at("2026-11-18T15:00-06:00"), ground="beyond-control"),
            ],
            "no ground",
        ),
    ],
)
def test_a_history_that_cannot_be_is_refused(events: list[ClockEvent], fault: str) -> None:
    with pytest.raises(ClockError, match=fault):
        RULES.reckon(LineOfBusiness.MA, events)


@given(lobs, levels, kinds, instants)
def test_the_due_time_is_that_of_one_of_the_clocks_that_bind(
    lob: LineOfBusiness, level: LevelOfService, kind: RequestKind, received: datetime
) -> None:
    ends = {key: due_for(RULES, key, received) for key in binding(RULES, lob, level, kind)}
    found = RULES.reckon(lob, [start(received, level, kind)]).due
    assert (found.at, found.at) == (ends[found.rule], min(ends.values()))
    assert found == RULES.decision_due(lob, level, received, kind)

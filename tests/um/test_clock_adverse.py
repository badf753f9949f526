"""When a director may decide adversely at the earliest, and whether that is in time: every day of a year.

The days are counted here once more, by hand: open days are weekdays without the holidays written out below.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um import review, review_close
from fhirpa.um.case import AdverseReason, Case
from fhirpa.um.clock_adverse import AdverseTime, earliest_adverse
from fhirpa.um.clock_case import clocked
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.review_certify import Bench
from fhirpa.um.review_terms import Refused, Reviewed
from fhirpa.um.staff import Licence, LicenceType, MedicalDirector, Staff, StaffRole
from fhirpa.um.terms import LevelOfService, LineState
from tests.um.payer import Payer
from tests.um.requests import evidence, line, request

RULES = load_rules()
ZONE = ZoneInfo("America/Chicago")
DIRECTOR = Staff(
    "md", "Director", StaffRole.MEDICAL_DIRECTOR, licence=Licence(LicenceType.MD, "TX", "1", date(2040, 1, 1))
)
GOOD = "The member has walked independently since March and has reached the goals."
NATIONAL = {
    date(2026, *x) for x in ((1, 1), (1, 19), (2, 16), (5, 25), (7, 4), (9, 7), (11, 11), (11, 26), (12, 25))
}
HHSC = NATIONAL | {date(2026, 11, 27), date(2026, 12, 24), date(2026, 12, 26)}
CLOSED = {
    "SANDBOX-COM": NATIONAL,
    "SANDBOX-QHP": NATIONAL,
    "SANDBOX-MA": NATIONAL,
    "SANDBOX-SF": NATIONAL,
    "SANDBOX-MCD": HHSC,
    "SANDBOX-CHIP": HHSC,
}
PLANS = sorted(CLOSED)
YEAR = [date(2026, 1, 2) + timedelta(days=n) for n in range(360)]
WALLS = (time(10, 15), time(17, 30))
ALL_WEEK = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}


def moments() -> Iterator[datetime]:
    """Every day of a year, in business hours and in the evening."""
    for day in YEAR:
        for wall in WALLS:
            yield datetime.combine(day, wall, ZONE)


def with_the_director(payer: Payer) -> Case:
    """A case with one open line, before the director."""
    case = payer.submit(request(line("97110", 20, 1), evidence=evidence(red_flags=True)))
    lines = tuple(replace(x, state=LineState.PENDED_DIRECTOR) for x in case.lines)
    return replace(case, lines=lines)


def received(case: Case, at: datetime, level: LevelOfService = LevelOfService.STANDARD) -> Case:
    """The same case, as if it had come in at another time."""
    lines = tuple(replace(x, clock=()) for x in case.lines)
    asked = replace(case.request, level_of_service=level)
    moved = replace(case, lines=lines, received_at=at, updated_at=at, request=asked)
    return clocked(None, moved, at, RULES, sent=True)


def by_hand(offered: datetime, closed: set[date]) -> datetime:
    """One open day after the offer; an offer after hours or on a closed day counts from the next open day."""

    def next_open(day: date) -> date:
        while day.weekday() > 4 or day in closed:
            day += timedelta(days=1)
        return day

    day = next_open(offered.date() + timedelta(days=offered.time() > time(17)))
    wall = offered.time() if day == offered.date() else time.min
    return datetime.combine(next_open(day + timedelta(days=1)), wall, ZONE)


def offered(case: Case, at: datetime) -> tuple[Case, AdverseTime]:
    done = review.peer_to_peer(case, DIRECTOR, at, (), TalkEvent.OFFERED, "telephone", RULES)
    assert isinstance(done, Reviewed)
    found = earliest_adverse(done.case, done.case.lines[0], at, RULES)
    assert found is not None
    return done.case, found


@pytest.mark.parametrize("plan", PLANS)
def test_the_earliest_lawful_instant_is_where_the_denial_stops_being_refused(plan: str) -> None:
    payer = Payer(RULES, plan)
    case = with_the_director(payer)
    bench = Bench(RULES, payer.context(), payer.number)
    criterion = case.lines[0].criteria[0].criterion_id
    reason = AdverseReason(GOOD, criterion, "Policy, version 1", GOOD, "note of 2 November", GOOD)

    def lacks(at: datetime, breach: str = "") -> set[str]:
        outcome = review_close.deny(now, MedicalDirector(DIRECTOR, at), (1,), reason, bench, breach=breach)
        return {x.key for x in outcome.lacks} if isinstance(outcome, Refused) else set()

    for moment in moments():
        now, found = offered(received(case, moment), moment)
        assert found.at == by_hand(moment, CLOSED[plan]), moment
        assert now.due is not None
        assert found.due_at == now.due.at
        assert "peer-to-peer-lead" in lacks(found.at - timedelta(seconds=1)), moment
        assert lacks(found.at) == (set() if found.is_in_time else {"due-passed"}), moment
        assert lacks(found.at, "The line was dead.") == set(), moment


def weekdays_late(plan: str, wall: time, level: LevelOfService) -> set[str]:
    """Weekdays of a plain week, of receipt and offer, on which an adverse determination cannot be in time."""
    case = with_the_director(Payer(RULES, plan))
    week = [datetime.combine(date(2026, 6, 1) + timedelta(days=n), wall, ZONE) for n in range(7)]
    return {x.strftime("%a") for x in week if not offered(received(case, x, level), x)[1].is_in_time}


@pytest.mark.parametrize(
    ("plan", "wall", "level", "late"),
    [
        # After business hours, while staff can still be reached: the clock runs, the offer counts tomorrow.
        ("SANDBOX-COM", time(10, 15), LevelOfService.STANDARD, set()),
        ("SANDBOX-COM", time(17, 30), LevelOfService.STANDARD, {"Thu", "Fri"}),
        ("SANDBOX-COM", time(17, 30), LevelOfService.EXPEDITED, {"Thu", "Fri"}),
        ("SANDBOX-MCD", time(17, 30), LevelOfService.STANDARD, set()),
        # One business day for the decision, and one for the offer.
        ("SANDBOX-MCD", time(10, 15), LevelOfService.EXPEDITED, {"Sat", "Sun"}),
        ("SANDBOX-MCD", time(17, 30), LevelOfService.EXPEDITED, ALL_WEEK),
        ("SANDBOX-MA", time(17, 30), LevelOfService.STANDARD, set()),
    ],
)
def test_where_lead_time_and_due_time_cannot_both_be_kept(
    plan: str, wall: time, level: LevelOfService, late: set[str]
) -> None:
    assert weekdays_late(plan, wall, level) == late


def test_without_an_offer_the_instant_is_that_of_an_offer_made_now_and_information_is_waited_for() -> None:
    case = with_the_director(Payer(RULES, "SANDBOX-MCD"))
    at = datetime(2026, 6, 1, 9, 0, tzinfo=ZONE)
    now = received(case, at)
    found = earliest_adverse(now, now.lines[0], at, RULES)
    assert found is not None
    assert (found.assumes_offer_now, found.at) == (True, by_hand(at, HHSC))
    asked = review.ask(now, DIRECTOR, at, (), ["plan-of-care"], RULES)
    assert isinstance(asked, Reviewed)
    later, waits = offered(asked.case, at)
    assert later.information_due is not None
    assert waits.at == max(later.information_due.at, by_hand(at, HHSC))
    held = review.peer_to_peer(now, DIRECTOR, at, (), TalkEvent.OFFERED, "telephone", RULES)
    assert isinstance(held, Reviewed)
    talked = review.peer_to_peer(held.case, DIRECTOR, at, (), TalkEvent.HELD, "Dr Ito", RULES)
    assert isinstance(talked, Reviewed)
    at_once = earliest_adverse(talked.case, talked.case.lines[0], at, RULES)
    assert at_once is not None
    assert at_once.at == at


def test_a_line_that_is_not_open_has_no_such_instant() -> None:
    case = with_the_director(Payer(RULES, "SANDBOX-COM"))
    closed = replace(case.lines[0], state=LineState.CERTIFIED)
    assert earliest_adverse(case, closed, case.received_at, RULES) is None

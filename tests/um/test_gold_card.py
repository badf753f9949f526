"""Who earns an exemption, when it must be told, when it may be taken back (Ins. Code 4201 subch. N)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.policies.load import load_rules
from fhirpa.um.gold_card import EventKind, Exemption, ExemptionEvent, FewClaims, Terms, current, exemptions
from fhirpa.um.gold_card_evaluation import (
    Evaluation,
    FinalRequest,
    Outcome,
    add_months,
    evaluate,
    least_end,
    notice_by,
    period_fault,
    rescission_window,
)
from fhirpa.um.gold_card_rescission import (
    Reviewer,
    SampledClaim,
    SampleReview,
    ends_after_notice,
    ends_after_review,
    rescission_faults,
)
from fhirpa.um.request import Span
from tests.um.requests import CLINIC, OTHER_CLINIC

SERVICE = "pt-treatment"
YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
AFTER = date(2027, 1, 11)
GOLD_CARD = load_rules().gold_card


def terms_on(day: date) -> Terms:
    found = GOLD_CARD.terms_on(day)
    assert found is not None
    return found


TERMS = terms_on(AFTER)
HELD = Exemption(CLINIC, SERVICE, date(2025, 12, 1))


def requests(approved: int, adverse: int, day: date = date(2026, 6, 1)) -> list[FinalRequest]:
    return [FinalRequest(CLINIC, SERVICE, day, n < approved) for n in range(approved + adverse)]


def one(approved: int, adverse: int, *known: Exemption, day: date = date(2026, 6, 1)) -> Evaluation:
    (found,) = evaluate(requests(approved, adverse, day), known, YEAR, AFTER, TERMS)
    return found


# --- thresholds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("approved", "adverse", "outcome"),
    [
        (9, 1, Outcome.GRANT),  # exactly 90 %
        (8, 1, Outcome.BELOW),  # 88.9 %
        (89, 11, Outcome.BELOW),
        (90, 10, Outcome.GRANT),
        (899, 101, Outcome.BELOW),  # 89.9 % is not rounded up
        (5, 0, Outcome.GRANT),  # exactly five
        (4, 0, Outcome.NOT_ENOUGH),
        (0, 4, Outcome.NOT_ENOUGH),
        (4, 1, Outcome.BELOW),
        (0, 5, Outcome.BELOW),
    ],
)
def test_five_requests_and_nine_of_ten_approved_earn_an_exemption(
    approved: int, adverse: int, outcome: Outcome
) -> None:
    found = one(approved, adverse)
    assert found.outcome is outcome
    assert (found.requests, found.approved) == (approved + adverse, approved)


@pytest.mark.parametrize(
    ("approved", "adverse", "outcome"),
    [
        (9, 1, Outcome.KEEP),
        (8, 2, Outcome.RESCISSION_CANDIDATE),
        (0, 4, Outcome.KEEP),
        (4, 1, Outcome.RESCISSION_CANDIDATE),
    ],
)
def test_an_exempt_provider_keeps_it_or_may_be_reviewed(
    approved: int, adverse: int, outcome: Outcome
) -> None:
    assert one(approved, adverse, HELD).outcome is outcome


def test_an_exempt_provider_without_requests_is_listed_and_keeps_it() -> None:
    (found,) = evaluate([], [HELD], YEAR, AFTER, TERMS)
    assert (found.outcome, found.share, found.exempt_since) == (Outcome.KEEP, None, HELD.starts)


def test_an_exemption_that_is_being_taken_back_is_no_candidate_again() -> None:
    ending = replace(HELD, ending=date(2027, 2, 1), under_review=True)
    assert one(0, 9, ending).outcome is Outcome.KEEP


def test_services_and_providers_are_counted_apart() -> None:
    history = [*requests(5, 0), *(replace(x, service="ot-treatment") for x in requests(1, 4))]
    history += [replace(x, npi=OTHER_CLINIC) for x in requests(3, 0)]
    found = {(x.npi, x.service): x.outcome for x in evaluate(history, [], YEAR, AFTER, TERMS)}
    assert found == {
        (CLINIC, SERVICE): Outcome.GRANT,
        (CLINIC, "ot-treatment"): Outcome.BELOW,
        (OTHER_CLINIC, SERVICE): Outcome.NOT_ENOUGH,
    }


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_only_what_was_decided_in_the_period_counts(day: date, counts: bool) -> None:
    assert len(evaluate(requests(5, 0, day), [], YEAR, AFTER, TERMS)) == counts


# --- periods and dates ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "last", "on", "good"),
    [
        ("2026-01-01", "2026-12-31", "2027-01-01", True),
        ("2025-10-01", "2026-09-30", "2026-10-01", True),
        ("2025-02-28", "2026-02-27", "2026-03-01", True),
        ("2024-02-29", "2025-02-27", "2025-09-01", True),  # from a leap day: up to the 28th less one
        ("2026-01-01", "2026-12-30", "2027-01-01", False),
        ("2026-01-01", "2027-01-01", "2027-02-01", False),
        ("2026-01-01", "2026-06-30", "2026-12-01", False),  # six months were the law until September 2025
        ("2026-01-01", "2026-12-31", "2026-12-31", False),  # not over yet
        ("2025-01-01", "2025-06-30", "2025-08-31", True),  # an evaluation before HB 3812
        ("2025-01-01", "2025-06-30", "2025-09-01", False),  # and after it
    ],
)
def test_a_period_has_the_length_that_the_law_of_the_evaluation_asks(
    first: str, last: str, on: str, good: bool
) -> None:
    day = date.fromisoformat(on)
    period = Span(date.fromisoformat(first), date.fromisoformat(last))
    assert (period_fault(period, day, terms_on(day)) is None) is good


def test_an_evaluation_of_no_period_is_refused() -> None:
    with pytest.raises(ValueError, match="months long"):
        evaluate([], [], Span(date(2026, 1, 1), date(2026, 3, 31)), AFTER, TERMS)
    with pytest.raises(ValueError, match="first and a last day"):
        evaluate([], [], Span(date(2026, 1, 1)), AFTER, TERMS)


@pytest.mark.parametrize(
    ("evaluated", "due"),
    [
        ("2027-01-01", "2027-01-06"),  # five days after the evaluation
        ("2027-01-29", "2027-02-03"),
        ("2027-02-24", "2027-03-01"),  # two months after the day that follows the period
        ("2027-02-26", "2027-03-01"),  # which is earlier now
        ("2027-04-01", "2027-03-01"),  # late: the day that was missed is told
    ],
)
def test_a_grant_is_told_five_days_later_and_two_months_after_the_period(evaluated: str, due: str) -> None:
    assert notice_by(date(2026, 12, 31), date.fromisoformat(evaluated), TERMS) == date.fromisoformat(due)


def test_the_notice_is_due_for_a_grant_and_for_a_share_below_and_for_nothing_else() -> None:
    assert one(9, 1).notice_by == one(5, 5).notice_by == date(2027, 1, 16)
    assert one(4, 0).notice_by is None
    assert one(5, 0, HELD).notice_by is None


@pytest.mark.parametrize(
    ("starts", "on", "first", "last"),
    [
        ("2025-12-01", "2027-01-11", "2027-01-11", "2027-01-31"),  # in the month itself
        ("2025-12-01", "2027-02-01", "2028-01-01", "2028-01-31"),  # a day too late: the next January
        ("2026-01-15", "2027-01-11", "2027-01-15", "2027-01-31"),  # a year is over within the month
        ("2026-02-01", "2027-01-11", "2028-01-01", "2028-01-31"),  # it is over on 1 February
        ("2026-01-31", "2027-01-11", "2027-01-31", "2027-01-31"),
        ("2024-02-29", "2026-11-25", "2027-01-01", "2027-01-31"),
    ],
)
def test_a_rescission_is_told_in_january_once_the_exemption_is_a_year_old(
    starts: str, on: str, first: str, last: str
) -> None:
    held = replace(HELD, starts=date.fromisoformat(starts))
    window = rescission_window(held, date.fromisoformat(on), TERMS)
    assert window == (date.fromisoformat(first), date.fromisoformat(last))


def test_before_2025_june_was_a_month_of_rescission_and_six_months_were_the_least() -> None:
    before = terms_on(date(2025, 8, 31))
    held = replace(HELD, starts=date(2024, 10, 1))
    window = rescission_window(held, date(2025, 2, 1), before)
    assert window == (date(2025, 6, 1), date(2025, 6, 30))
    assert least_end(held, before) == date(2025, 3, 31)
    assert GOLD_CARD.terms_on(date(2021, 8, 31)) is None


@pytest.mark.parametrize(
    ("told", "first_day_without"),
    [("2027-01-01", "2027-01-31"), ("2027-01-31", "2027-03-02"), ("2028-01-31", "2028-03-01")],
)
def test_a_rescission_takes_effect_on_the_thirtieth_day(told: str, first_day_without: str) -> None:
    day = date.fromisoformat(told)
    assert ends_after_notice(day, TERMS) == date.fromisoformat(first_day_without)
    assert (ends_after_notice(day, TERMS) - day).days >= TERMS.rescission.notice_days


def test_a_longer_notice_than_the_effect_wins() -> None:
    longer = replace(TERMS, rescission=replace(TERMS.rescission, notice_days=45))
    assert ends_after_notice(date(2027, 1, 1), longer) == date(2027, 2, 15)


def test_after_independent_review_it_ends_on_the_fifth_day() -> None:
    assert ends_after_review(date(2026, 12, 29), TERMS) == date(2027, 1, 3)


# --- the review behind a rescission --------------------------------------------------------------------

DOCTOR = Reviewer("md-7", "K1234", "TX", True, False, "physical medicine and rehabilitation", True)
TOLD = date(2027, 1, 20)


def review(met: int, not_met: int, **more: object) -> SampleReview:
    claims = tuple(SampledClaim(f"claim-{n}", n < met) for n in range(met + not_met))
    found = SampleReview(YEAR, 60, "random order with seed 20270104", claims, DOCTOR, date(2027, 1, 18))
    return replace(found, **more)  # type: ignore[arg-type]


def faults(found: SampleReview, held: Exemption = HELD, told: date = TOLD, terms: Terms = TERMS) -> str:
    return "\n".join(rescission_faults(held, found, told, terms))


@pytest.mark.parametrize(("met", "not_met"), [(4, 1), (0, 5), (17, 3), (8, 2)])
def test_a_sample_below_nine_of_ten_carries_a_rescission(met: int, not_met: int) -> None:
    assert faults(review(met, not_met)) == ""


@pytest.mark.parametrize(
    ("met", "not_met", "said"),
    [
        (9, 1, "keeps the exemption"),
        (18, 2, "keeps the exemption"),
        (5, 0, "keeps the exemption"),
        (0, 4, "a sample has 5 to 20 claims, this one has 4"),
        (0, 21, "a sample has 5 to 20 claims, this one has 21"),
    ],
)
def test_a_sample_at_nine_of_ten_or_of_another_size_carries_none(met: int, not_met: int, said: str) -> None:
    assert said in faults(review(met, not_met))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"license_state": "OK"}, "active licence of TX"),
        ({"license_active": False}, "active licence of TX"),
        ({"administrative_license": True}, "administrative medicine"),
        ({"same_or_similar_specialty": False}, "same or a similar specialty"),
        ({"id": " "}, "names no reviewer"),
        ({"license_number": ""}, "names no reviewer"),
    ],
)
def test_only_a_physician_of_texas_of_the_specialty_reviews(change: dict[str, object], said: str) -> None:
    other = replace(DOCTOR, **change)  # type: ignore[arg-type]
    assert said in faults(review(0, 5, reviewer=other))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"method": " "}, "how the sample was drawn"),
        ({"claims_in_period": 4}, "larger than the number of claims"),
        ({"claims": (SampledClaim("a", False),) * 5}, "twice"),
        ({"reviewed_on": date(2026, 12, 31)}, "after its period"),
        ({"reviewed_on": date(2027, 1, 21)}, "not after the notice"),
    ],
)
def test_a_sample_is_random_told_and_of_the_period(change: dict[str, object], said: str) -> None:
    assert said in faults(review(0, 5, **change))


@pytest.mark.parametrize(
    ("held", "told", "said"),
    [
        (HELD, date(2027, 2, 1), "in January only"),
        (HELD, date(2026, 6, 15), "in January only"),
        (replace(HELD, starts=date(2026, 1, 20)), date(2027, 1, 19), "until 2027-01-19 in any case"),
        (replace(HELD, ends=date(2027, 1, 19)), TOLD, "not in force"),
        (replace(HELD, ending=date(2027, 2, 1)), TOLD, "was given already"),
    ],
)
def test_a_rescission_waits_for_its_time(held: Exemption, told: date, said: str) -> None:
    assert said in faults(review(0, 5), held, told)


def test_with_few_claims_the_setting_says_whether_all_of_them_do() -> None:
    few = review(0, 3, claims_in_period=3)
    assert "5 to 20" in faults(few)
    all_of_them = replace(TERMS, rescission=replace(TERMS.rescission, few_claims=FewClaims.ALL))
    assert faults(few, terms=all_of_them) == ""
    assert "3 to 20" in faults(review(0, 2, claims_in_period=3), terms=all_of_them)


# --- what a history amounts to -------------------------------------------------------------------------


def event(kind: EventKind, told: str, effective: str | None = None) -> ExemptionEvent:
    end = date.fromisoformat(effective) if effective else None
    return ExemptionEvent(CLINIC, SERVICE, kind, date.fromisoformat(told), "jo", "because", end)


GRANTED = event(EventKind.GRANTED, "2025-12-01")
RESCINDED = event(EventKind.RESCINDED, "2027-01-20", "2027-02-19")
ASKED = event(EventKind.REVIEW_REQUESTED, "2027-02-10")


@pytest.mark.parametrize(
    ("events", "day", "holds"),
    [
        ([GRANTED], "2025-11-30", False),
        ([GRANTED], "2025-12-01", True),  # from the day of the notice on
        ([GRANTED], "2036-01-01", True),
        ([GRANTED, RESCINDED], "2027-02-18", True),
        ([GRANTED, RESCINDED], "2027-02-19", False),
        ([GRANTED, RESCINDED, ASKED], "2027-02-19", True),  # until the review is over
        ([GRANTED, RESCINDED, ASKED, event(EventKind.OVERTURNED, "2027-03-01")], "2027-06-01", True),
        (
            [GRANTED, RESCINDED, ASKED, event(EventKind.UPHELD, "2027-03-01", "2027-03-06")],
            "2027-03-05",
            True,
        ),
        (
            [GRANTED, RESCINDED, ASKED, event(EventKind.UPHELD, "2027-03-01", "2027-03-06")],
            "2027-03-06",
            False,
        ),
        ([GRANTED, RESCINDED, event(EventKind.GRANTED, "2028-01-05")], "2028-01-04", False),
        ([GRANTED, RESCINDED, event(EventKind.GRANTED, "2028-01-05")], "2028-01-05", True),
        ([event(EventKind.NOT_GRANTED, "2026-02-01")], "2026-03-01", False),
        ([GRANTED, event(EventKind.NOT_GRANTED, "2026-02-01")], "2026-03-01", True),
    ],
)
def test_an_exemption_holds_from_its_grant_to_the_day_before_its_end(
    events: list[ExemptionEvent], day: str, holds: bool
) -> None:
    found = current(exemptions(events), CLINIC, SERVICE, date.fromisoformat(day))
    assert (found is not None) is holds
    assert current(exemptions(events), OTHER_CLINIC, SERVICE, date.fromisoformat(day)) is None


# --- properties ----------------------------------------------------------------------------------------

counts = st.integers(min_value=0, max_value=60)
days = st.dates(date(2025, 9, 1), date(2060, 1, 1))
_GOOD = (Outcome.GRANT, Outcome.KEEP)


@given(counts, counts, st.integers(min_value=1, max_value=20), st.booleans())
def test_more_approvals_never_lose_an_exemption(approved: int, adverse: int, more: int, exempt: bool) -> None:
    known = [HELD] if exempt else []
    before, after = one_or_none(approved, adverse, known), one_or_none(approved + more, adverse, known)
    if before in _GOOD and adverse + approved >= TERMS.least_requests:
        assert after is before
    if before is Outcome.GRANT:
        assert after is Outcome.GRANT


@given(counts, counts, st.integers(min_value=1, max_value=20))
def test_more_adverse_determinations_never_earn_an_exemption_that_enough_requests_did_not(
    approved: int, adverse: int, more: int
) -> None:
    if one_or_none(approved, adverse, []) is Outcome.BELOW:
        assert one_or_none(approved, adverse + more, []) is Outcome.BELOW


def one_or_none(approved: int, adverse: int, known: list[Exemption]) -> Outcome | None:
    found = evaluate(requests(approved, adverse), known, YEAR, AFTER, TERMS)
    return found[0].outcome if found else None


@given(st.permutations(requests(7, 3)))
def test_the_order_of_the_history_plays_no_part(history: list[FinalRequest]) -> None:
    (found,) = evaluate(history, [], YEAR, AFTER, TERMS)
    assert (found.share, found.outcome) == (Decimal("0.7"), Outcome.BELOW)


@given(days, days)
def test_a_window_of_rescission_lies_in_its_month_after_the_least_time_and_soon(
    start: date, on: date
) -> None:
    held = replace(HELD, starts=start)
    first, last = rescission_window(held, on, TERMS)
    assert first.month == last.month == 1
    assert first.year == last.year
    assert (last + timedelta(days=1)).day == 1
    assert first >= on
    assert first > least_end(held, TERMS)
    assert first <= add_months(max(on, least_end(held, TERMS)), 12)


@given(days, st.integers(min_value=0, max_value=60), st.integers(min_value=0, max_value=60))
def test_months_add_up_but_for_the_end_of_the_month(day: date, one_part: int, other: int) -> None:
    first = day.replace(day=1)
    assert add_months(add_months(first, one_part), other) == add_months(first, one_part + other)
    assert add_months(day, one_part).day <= day.day

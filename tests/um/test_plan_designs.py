"""The designs of a plan's limits: what they count, for what, from when, and whom they free."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.um.accumulators import Booking, UseSource, VisitUse, accounts, reserved, taken
from fhirpa.um.benefits import bucket_of
from fhirpa.um.context import BenefitUse, Provider
from fhirpa.um.decision import decide
from fhirpa.um.determination import Decision
from fhirpa.um.evidence import PriorTherapy
from fhirpa.um.request import Span
from fhirpa.um.rules import RuleSet, VisitLimit
from fhirpa.um.terms import CountedPer, Counting, Discipline, EngineResult, QuantityUnit
from tests.um.requests import (
    CLINIC,
    HERE,
    OTHER_CLINIC,
    THERAPIST,
    context,
    day,
    enrolment,
    evidence,
    line,
    plan_of_care,
    request,
    score,
    surgery,
)

COM = "SANDBOX-COM"
BOTH, PT_ONLY = frozenset(Discipline), frozenset({Discipline.PT})
WITHIN = Span(day(0), day(20))  # of one calendar year
OUTSIDE = {npi: Provider(npi, None, in_network=False) for npi in (CLINIC, THERAPIST)}
STROKE: dict[str, Any] = {
    "diagnoses": ("I69351",),
    "evidence": evidence(
        plans_of_care=(plan_of_care("2", "4"),),
        onset=day(-30),
        measures=(score("FMA-UE", "30"), score("BBS", "40")),
    ),
}


def limit(visits: int, **more: Any) -> VisitLimit:
    values: dict[str, Any] = {"bucket": "B", "hard": True, "disciplines": BOTH}
    return VisitLimit(visits=Decimal(visits), **{**values, **more})


def under(rules: RuleSet, *limits: VisitLimit, **more: Any) -> RuleSet:
    """The rules with these limits in the commercial plan."""
    plan = replace(rules.plans[COM], limits=limits, **more)
    return replace(rules, plans={**rules.plans, COM: plan})


def given_visits(decision: Decision) -> list[Decimal | None]:
    return [x.certified.visits if x.certified else None for x in decision.lines]


def used(bucket: str, visits: int, year: int = 2026) -> tuple[BenefitUse, ...]:
    return (BenefitUse(bucket, year, Decimal(visits)),)


# --- disciplines and kinds -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "certified"),
    [
        ((), [8, 8]),
        ((limit(10),), [8, 2]),
        ((limit(10, bucket="P", disciplines=PT_ONLY), limit(3, bucket="O")), [8, 3]),
        ((limit(10, hard=False),), [8, 8]),
        ((limit(10, habilitative=True),), [8, 8]),
        ((limit(10, habilitative=False),), [8, 2]),
    ],
)
def test_limits_of_one_discipline_and_combined_ones(
    rules: RuleSet, limits: tuple[VisitLimit, ...], certified: list[int]
) -> None:
    pt = line("97110", 8, 1, period=Span(day(0), day(27)))
    ot = line("97530", 8, 2, modifiers=("GO",), period=Span(day(0), day(27)))
    decision = decide(request(pt, ot, **STROKE), context(), under(rules, *limits))
    assert given_visits(decision) == certified


def test_habilitative_visits_have_a_limit_of_their_own(rules: RuleSet) -> None:
    own = under(rules, limit(5, bucket="H", habilitative=True), limit(2, bucket="R", habilitative=False))
    for flag, visits in (("96", 5), ("97", 2)):
        sent = request(line(modifiers=("GP", flag), period=WITHIN))
        assert given_visits(decide(sent, context(), own)) == [visits]


# --- what is counted -----------------------------------------------------------------------------------


def test_a_limit_may_count_units(rules: RuleSet) -> None:
    sent = request(line("97110", 24, unit=QuantityUnit.UNITS, period=WITHIN), evidence=evidence())
    own = under(rules, limit(12, counts=Counting.UNITS))
    decision = decide(sent, context(), own)
    assert sum(d.amount for d in decision.draws) <= 12
    share = decision.lines[0].certified
    assert share is not None
    assert share.quantity is not None
    assert share.quantity <= 12


def test_a_limit_may_count_dollars(rules: RuleSet) -> None:
    own = under(rules, limit(500, counts=Counting.DOLLARS, dollars_per_visit=Decimal(95)))
    decision = decide(request(line(period=WITHIN)), context(), own)
    assert given_visits(decision) == [5]
    assert sum(d.amount for d in decision.draws) == 475


def visit(reference: str, on: date, discipline: Discipline, **more: Any) -> VisitUse:
    values: dict[str, Any] = {"bucket": "days/B", "year": 2026, "visits": Decimal(1), "amount": Decimal(1)}
    return VisitUse(reference, UseSource.CLAIM, on, discipline, habilitative=False, **{**values, **more})


def test_where_days_count_two_disciplines_on_one_day_are_one(rules: RuleSet) -> None:
    counted = limit(10, counts=Counting.DAYS)
    assert bucket_of(counted, None) == "days/B"
    first, second = date(2026, 12, 7), date(2026, 12, 8)
    uses = (visit("1", first, Discipline.PT), visit("2", first, Discipline.OT))
    other = visit("3", second, Discipline.OT)
    assert sum(x.visits for x in taken((), (*uses, other))) == 2
    back = visit("1", first, Discipline.PT, visits=Decimal(-1), amount=Decimal(-1))
    assert sum(x.visits for x in taken((), (*uses, other, back))) == 2
    assert sum(x.visits for x in taken((), (uses[0], back))) == 0
    decision = decide(
        request(line(period=WITHIN)), context(benefit_use=taken((), (*uses, other))), under(rules, counted)
    )
    assert given_visits(decision) == [8]
    booked = Booking("C-1", "days/B", 2026, Decimal(8), Decimal(8), Discipline.PT)
    own = tuple(replace(x, case_number="C-1") for x in uses[:1])
    assert sum(x.visits for x in taken((booked,), (*own, uses[1]))) == 8


# --- for what, and how long ----------------------------------------------------------------------------


def test_a_limit_for_each_condition(rules: RuleSet) -> None:
    own = under(rules, limit(8, per=CountedPer.CONDITION))
    back = decide(request(line(period=WITHIN)), context(benefit_use=used("B/low_back", 6)), own)
    neck = decide(request(line(period=WITHIN)), context(benefit_use=used("B/neck", 6)), own)
    assert (given_visits(back), given_visits(neck)) == ([2], [8])


def test_a_limit_for_an_episode_goes_over_the_year_and_starts_anew_with_an_operation(rules: RuleSet) -> None:
    own = under(rules, limit(8, per=CountedPer.EPISODE))
    knee = evidence(
        plans_of_care=(plan_of_care("2", "6"),),
        measures=(score("LEFS", "30"),),
        surgeries=(surgery(-14, "total knee arthroplasty"),),
    )
    sent = request(line(), diagnoses=("Z96651",), evidence=knee)
    decision = decide(sent, context(), own)
    (draw,) = decision.draws
    assert draw.bucket.startswith("B/arthroplasty_tka/")
    assert draw.year == 0
    taken_before = (
        BenefitUse(draw.bucket, 0, Decimal(5)),
        BenefitUse("B/arthroplasty_tka/2020-01-01", 0, Decimal(8)),
    )
    assert given_visits(decide(sent, context(benefit_use=taken_before), own)) == [3]


@pytest.mark.parametrize(("turn", "left"), [((1, 1), [6, 2]), ((9, 1), [8])])
def test_visits_are_shared_between_the_benefit_years(
    rules: RuleSet, turn: tuple[int, int], left: list[int]
) -> None:
    own = under(rules, limit(30), year_starts=turn)
    assert [d.visits for d in decide(request(), context(), own).draws] == left


def test_an_amended_limit_holds_from_its_day_of_service(rules: RuleSet) -> None:
    own = under(
        rules, limit(2, ends=date(2026, 12, 20)), limit(20, starts=date(2026, 12, 21)), year_starts=(9, 1)
    )
    decision = decide(request(), context(), own)
    assert given_visits(decision) == [6]
    assert decision.lines[0].reasons == ("benefit-review",)


# --- what needs no authorization -----------------------------------------------------------------------


@pytest.mark.parametrize(("announced", "result"), [(0, "free"), (4, "free"), (5, "asked")])
def test_the_first_visits_of_a_condition_need_none(rules: RuleSet, announced: int, result: str) -> None:
    own = under(rules, authorization_from_visit=7)
    sent = request(line(visits=2, period=WITHIN))
    known = context(benefit_use=used("free/PT/low_back", announced))
    decision = decide(sent, known, own)
    free = decision.lines[0].result is EngineResult.NOT_REQUIRED
    assert free is (result == "free")
    if free:
        assert decision.draws[0].bucket == "free/PT/low_back"


@pytest.mark.parametrize(
    "design",
    [{"always_authorized": frozenset({"97110"})}, {"free_out_of_network": False}],
)
def test_some_codes_and_providers_need_one_from_the_first_visit(
    rules: RuleSet, design: dict[str, Any]
) -> None:
    own = under(rules, authorization_from_visit=7, **design)
    decision = decide(request(line(visits=2, period=WITHIN)), context(providers={}), own)
    assert all(x.result is not EngineResult.NOT_REQUIRED for x in decision.lines)


# --- around the request --------------------------------------------------------------------------------

PRIMARY_CARE = "207Q00000X"


@pytest.mark.parametrize(("taxonomies", "certified"), [((PRIMARY_CARE,), True), (("207X00000X",), False)])
def test_primary_care_refers_where_the_plan_says_so(
    rules: RuleSet, taxonomies: tuple[str, ...], certified: bool
) -> None:
    own = under(rules, referral_from=frozenset({PRIMARY_CARE}))
    orderer = Provider(OTHER_CLINIC, None, in_network=True, taxonomies=taxonomies)
    known = context(providers={**context().providers, OTHER_CLINIC: orderer})
    (item,) = decide(request(), known, own).lines
    assert (item.result is EngineResult.CERTIFY) is certified
    assert item.reasons == (() if certified else ("referral-review",))


@pytest.mark.parametrize(
    ("joined", "ended", "reason"),
    [(-30, -31, "transition-care"), (-30, -40, "network-review"), (-90, None, "network-review")],
)
def test_a_new_member_goes_on_with_the_course_that_came_along(
    rules: RuleSet, joined: int, ended: int | None, reason: str
) -> None:
    own = under(rules, transition_days=90, closed_network=True)
    before = PriorTherapy(HERE, Discipline.PT, day(-80), None if ended is None else day(ended))
    if reason == "network-review" and ended is None:
        before = replace(before, start=day(-100))
    known = context(enrolments=(enrolment(COM, period=Span(day(joined), None)),), providers=OUTSIDE)
    decision = decide(request(evidence=evidence(prior_therapy=(before,))), known, own)
    assert decision.lines[0].reasons == (reason,)
    assert any("joined the plan" in x for x in decision.notes) is (reason == "transition-care")


def test_a_plan_that_pays_last_asks_for_the_answer_of_the_other_insurance(rules: RuleSet) -> None:
    sent = request()
    two = replace(sent, coverage=replace(sent.coverage, others=1))
    said = decide(two, context(), under(rules, pays_last=True))
    assert said.lines[0].result is EngineResult.CERTIFY
    assert any("pays last" in x for x in said.notes)
    assert decide(two, context(), under(rules)).notes == decide(sent, context(), under(rules)).notes


# --- accounts ------------------------------------------------------------------------------------------

amounts = st.integers(0, 40).map(Decimal)
by_year = st.dictionaries(st.sampled_from([2025, 2026, 2027]), amounts, max_size=3)


@given(drawn=by_year, spent=by_year)
def test_nothing_is_reserved_below_zero_nor_beyond_what_was_drawn(
    drawn: dict[int, Decimal], spent: dict[int, Decimal]
) -> None:
    kept = reserved(drawn, spent)
    all_drawn, all_spent = sum(drawn.values()), sum(spent.values())
    assert all(0 <= kept[year] <= drawn[year] for year in kept)
    assert sum(kept.values()) == max(all_drawn - all_spent, 0)


@given(drawn=by_year, spent=by_year, beside=by_year)
def test_authorized_is_used_and_reserved_and_nothing_that_took_place_is_lost(
    drawn: dict[int, Decimal], spent: dict[int, Decimal], beside: dict[int, Decimal]
) -> None:
    bookings = [Booking("C", "B", year, n, n, Discipline.PT) for year, n in drawn.items()]
    uses = [
        visit(
            f"{number}-{year}",
            date(year, 5, 1),
            Discipline.PT,
            bucket="B",
            year=year,
            visits=n,
            amount=n,
            case_number=number,
        )
        for number, years in (("C", spent), (None, beside))
        for year, n in years.items()
    ]
    found = accounts(bookings, uses)
    assert all(x.authorized == x.used_authorized + x.reserved for x in found)
    assert sum(x.used_authorized + x.used_otherwise for x in found) == sum(u.visits for u in uses)
    assert sum(x.visits for x in taken(bookings, uses)) == sum(x.authorized + x.used_otherwise for x in found)

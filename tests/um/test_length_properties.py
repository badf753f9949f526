"""What is certified and drawn, whatever is asked: amounts, units, dates, limits, and what continues them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhirpa.um.benefits import NO_LIMIT, benefit_year
from fhirpa.um.case import Case
from fhirpa.um.context import BenefitUse
from fhirpa.um.decision import decide
from fhirpa.um.determination import Decision, LineRecommendation
from fhirpa.um.evidence import Evaluation, Order
from fhirpa.um.request import ServiceLine, Span
from fhirpa.um.rules import RuleSet, VisitLimit
from fhirpa.um.terms import Discipline, QuantityUnit, ReviewType
from tests.um.payer import Payer
from tests.um.requests import (
    HERE,
    OTHER_CLINIC,
    RECEIVED,
    START,
    context,
    day,
    enrolment,
    evidence,
    line,
    plan_of_care,
    request,
    score,
)

COM = "SANDBOX-COM"
LIMIT = VisitLimit("PT", Decimal(20), hard=True, disciplines=frozenset({Discipline.PT}))

visits = st.integers(1, 60)
frequencies = st.sampled_from([None, "0.5", "1", "1.34", "2", "3", "5"])
durations = st.sampled_from([None, "2", "4", "6", "8", "12"])
lengths = st.integers(0, 200)
units = st.sampled_from([QuantityUnit.VISITS, QuantityUnit.UNITS])
codes = st.lists(st.sampled_from(["97110", "97112", "97140", "97150", "97530"]), min_size=1, max_size=3)


@st.composite
def asked_lines(draw: st.DrawFn) -> tuple[ServiceLine, ...]:
    """Lines of physical therapy in visits or units, over one period."""
    period = Span(START, day(draw(lengths)))
    return tuple(
        line(code, draw(visits), at, unit=draw(units), period=period)
        for at, code in enumerate(draw(codes), 1)
    )


def limited(rules: RuleSet, *limits: VisitLimit) -> RuleSet:
    """The rules with these limits in the commercial plan."""
    plan = replace(rules.plans[COM], limits=limits)
    return replace(rules, plans={**rules.plans, COM: plan})


def given_to(decision: Decision) -> list[LineRecommendation]:
    return [x for x in decision.lines if x.certified is not None]


def most_visits(decision: Decision) -> Decimal:
    """Visits certified: the lines share theirs."""
    return max(
        (x.certified.visits or Decimal(0) for x in given_to(decision) if x.certified), default=Decimal(0)
    )


# --- never more than -----------------------------------------------------------------------------------


@given(lines=asked_lines(), weekly=frequencies, over=durations)
def test_no_line_gets_more_than_it_asked_nor_parts_of_a_visit_or_unit(
    rules: RuleSet, lines: tuple[ServiceLine, ...], weekly: str | None, over: str | None
) -> None:
    facts = evidence(plans_of_care=(plan_of_care(weekly, over),))
    decision = decide(request(*lines, evidence=facts), context(), rules)
    for item in given_to(decision):
        sent, share = lines[item.sequence - 1], item.certified
        assert share is not None
        assert share.quantity is not None
        assert sent.quantity is not None
        assert 0 < share.quantity <= sent.quantity
        assert share.quantity == share.quantity.to_integral_value()
        assert share.unit is sent.unit
        assert share.period.start is not None
        assert share.period.end is not None
        assert START <= share.period.start <= share.period.end
        assert sent.period is not None
        assert sent.period.end is not None
        assert share.period.end <= max(sent.period.end, share.period.start) or sent.period.end == START


@given(lines=asked_lines(), weekly=frequencies, over=durations)
def test_units_stay_within_the_visits_the_day_and_the_discipline(
    rules: RuleSet, lines: tuple[ServiceLine, ...], weekly: str | None, over: str | None
) -> None:
    """C10: four timed units a visit for the discipline; of each code its own largest number a day."""
    facts = evidence(plans_of_care=(plan_of_care(weekly, over),))
    found = given_to(decide(request(*lines, evidence=facts), context(), rules))
    timed = [
        (x.certified.quantity or Decimal(0), rules.services.codes[lines[x.sequence - 1].service.code or ""])
        for x in found
        if x.certified and x.certified.unit is QuantityUnit.UNITS
    ]
    shared = max((x.certified.visits or Decimal(0) for x in found if x.certified), default=Decimal(0))
    assert sum((n for n, code in timed if code.timed), Decimal(0)) <= max(4 * shared, len(timed))
    for amount, code in timed:
        assert code.max_per_day is None or amount <= code.max_per_day * shared


@given(n=visits, weekly=st.sampled_from(["1", "2", "3"]), over=st.sampled_from(["2", "4", "6"]))
def test_no_visit_is_certified_that_the_plan_of_care_does_not_hold(
    rules: RuleSet, n: int, weekly: str, over: str
) -> None:
    facts = evidence(plans_of_care=(plan_of_care(weekly, over),))
    decision = decide(request(line(visits=n), evidence=facts), context(), rules)
    assert most_visits(decision) <= Decimal(weekly) * Decimal(over)


@given(n=visits, ordered=st.integers(1, 12))
def test_no_visit_is_certified_that_the_order_does_not_hold(rules: RuleSet, n: int, ordered: int) -> None:
    order = Order(HERE, day(-10), OTHER_CLINIC, visits=Decimal(ordered))
    facts = evidence(orders=(order,), plans_of_care=(plan_of_care("3", "6"),))
    decision = decide(request(line(visits=n), evidence=facts), context(), rules)
    assert most_visits(decision) == min(n, ordered, 8)
    (item,) = decision.lines
    assert ("over-plan-of-care" in item.reasons) is (ordered < min(n, 8))


# --- limits --------------------------------------------------------------------------------------------


@given(
    n=visits,
    used=st.integers(0, 30),
    following=st.integers(0, 30),
    start=st.dates(date(2026, 6, 1), date(2027, 1, 31)),
    length=lengths,
    hard=st.booleans(),
)
def test_a_hard_limit_is_never_passed_and_a_soft_one_takes_nothing_away(
    rules: RuleSet, n: int, used: int, following: int, start: date, length: int, hard: bool
) -> None:
    own = limited(rules, replace(LIMIT, hard=hard))
    taken = {2026: Decimal(used), 2027: Decimal(following)}
    use = tuple(BenefitUse("PT", year, amount) for year, amount in taken.items())
    period = Span(start, start + timedelta(days=length))
    sent = request(line(visits=n, period=period))
    decision = decide(sent, context(benefit_use=use), own)
    free = decide(sent, context(), limited(rules))
    for draw in decision.draws:
        taken[draw.year] += draw.amount
    drawn = sum((d.visits for d in decision.draws), Decimal(0))
    assert drawn == most_visits(decision)
    if hard:
        assert all(taken[d.year] <= LIMIT.visits for d in decision.draws)
        assert most_visits(decision) <= most_visits(free)
    else:
        assert [x.certified for x in decision.lines] == [x.certified for x in free.lines]


@given(asked=st.lists(visits, min_size=1, max_size=6))
def test_draws_and_what_remains_are_the_limit(rules: RuleSet, asked: list[int]) -> None:
    """Request after request: what was drawn and what is left always make the limit."""
    own = limited(rules, LIMIT)
    own = replace(own, programme=replace(own.programme, continuation_days=0))
    taken: list[BenefitUse] = []
    for at, n in enumerate(asked):
        period = Span(day(2 * at), day(2 * at + 1))
        sent = request(
            line(visits=n, period=period), evidence=evidence(plans_of_care=(plan_of_care("5", "6"),))
        )
        decision = decide(sent, context(benefit_use=tuple(taken)), own)
        left = LIMIT.visits - sum((x.visits for x in taken), Decimal(0))
        drawn = sum((d.amount for d in decision.draws), Decimal(0))
        assert drawn <= left
        assert most_visits(decision) == drawn
        taken += [BenefitUse(d.bucket, d.year, d.amount) for d in decision.draws]
    assert sum((x.visits for x in taken), Decimal(0)) <= LIMIT.visits


@given(
    asked=st.lists(st.integers(1, 12), min_size=1, max_size=4), turn=st.sampled_from([(1, 1), (9, 1), (7, 1)])
)
def test_every_day_has_one_benefit_year(rules: RuleSet, asked: list[int], turn: tuple[int, int]) -> None:
    plan = replace(rules.plans[COM], year_starts=turn)
    first = date(2026, *turn)
    assert benefit_year(plan, first) == 2026
    assert benefit_year(plan, first - timedelta(days=1)) == 2025
    for offset in asked:
        assert benefit_year(plan, first + timedelta(days=offset)) == 2026


@pytest.mark.parametrize(("age", "visits"), [(18, 8), (20, 8), (21, 0)])
def test_medicaid_below_21_has_no_limit(rules: RuleSet, age: int, visits: int) -> None:
    """EPSDT, 42 U.S.C. 1396d(r)(5): it ends on the birthday."""
    mcd = "SANDBOX-MCD"
    plan = replace(rules.plans[mcd], limits=(replace(LIMIT, visits=Decimal(0)),))
    own = replace(rules, plans={**rules.plans, mcd: plan})
    born = date(START.year - age, START.month, START.day)
    sent = request(line(modifiers=("GP", "AT", "U5")), patient=replace(request().patient, birth_date=born))
    found = decide(sent, context(mcd, enrolments=(enrolment(mcd, birth_date=born),)), own)
    assert most_visits(found) == visits
    assert {d.bucket for d in found.draws} <= {NO_LIMIT}


# --- what continues an authorization -------------------------------------------------------------------


@given(gap=st.integers(-4, 14), first=st.integers(6, 8), more=st.integers(1, 8))
def test_an_extension_begins_the_day_after_the_authorization_that_runs(
    rules: RuleSet, gap: int, first: int, more: int
) -> None:
    payer = Payer(rules)
    case = payer.submit(request(line(visits=first)))
    end = last_day(case)
    start = end + timedelta(days=gap)
    again = line(
        visits=more,
        review_type=ReviewType.RENEWAL,
        authorization_number=number(case),
        period=Span(start, end + timedelta(days=60)),
    )
    payer.now = RECEIVED + timedelta(days=42)
    facts = evidence(
        evaluations=(Evaluation(HERE, day(37), None),),
        orders=(Order(HERE, day(37), OTHER_CLINIC),),
        measures=(score("ODI", "42", -5), score("ODI", "20", 37)),
        visits_attended=Decimal(8),
        visits_scheduled=Decimal(8),
        plans_of_care=(plan_of_care("2", "6", day=day(37), discharge_plan=True),),
    )
    (found,) = decide(request(again, evidence=facts), payer.context(), rules).lines
    assert found.certified is not None
    assert found.certified.period.start == max(start, end + timedelta(days=1))


def last_day(case: Case) -> date:
    given = case.lines[0].authorization
    assert given is not None
    assert given.certified.period.end is not None
    return given.certified.period.end


def number(case: Case) -> str:
    given = case.lines[0].authorization
    assert given is not None
    return given.number


def test_a_renewal_for_another_diagnosis_also_begins_after_what_it_names(rules: RuleSet) -> None:
    payer = Payer(rules)
    case = payer.submit(request())
    end = last_day(case)
    again = line(visits=4, authorization_number=number(case), period=Span(day(30), end + timedelta(days=60)))
    payer.now = RECEIVED + timedelta(days=29)
    facts = evidence(
        evaluations=(Evaluation(HERE, day(25), None),),
        plans_of_care=(plan_of_care("1", "6", day=day(25)),),
        measures=(score("NDI", "30", 25),),
    )
    (found,) = decide(request(again, diagnoses=("M542",), evidence=facts), payer.context(), rules).lines
    assert found.certified is not None, (found.reasons, [x.key for x in found.information])
    assert found.certified.period.start == end + timedelta(days=1)


def test_a_line_without_the_habilitative_flag_shares_the_visits_of_its_discipline(rules: RuleSet) -> None:
    sent = request(line(modifiers=("GP", "97")), line("97140", sequence=2))
    found = decide(sent, context(), limited(rules, LIMIT))
    assert sum(d.visits for d in found.draws) == 8
    assert {d.shared_by for d in found.draws} == {(1, 2)}

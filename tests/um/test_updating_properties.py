"""Whatever is submitted, changed and cancelled: benefits add up, and an update takes nothing back."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fhirpa.um.benefits import NO_LIMIT
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.evidence import Evidence, MeasureScore
from fhirpa.um.merging import merge
from fhirpa.um.request import ServiceLine, Span
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import LineState
from tests.um.payer import Payer, next_version
from tests.um.requests import day, evidence, line, plan_of_care, request, score


def stroke(onset: int, *measures: MeasureScore) -> Evidence:
    return evidence(plans_of_care=(plan_of_care("3", "8"),), onset=day(onset), measures=measures)


_ARM, _BALANCE = score("FMA-UE", "30"), score("BBS", "40")
BACK = (
    evidence(),
    evidence(measures=()),
    evidence(plans_of_care=(plan_of_care("2"),)),
    evidence(red_flags=True),
)
STROKE = (
    stroke(-30, _ARM, _BALANCE),
    stroke(-400, _ARM, _BALANCE),
    stroke(-30, _ARM),
    stroke(-30, _BALANCE),
    stroke(-30),
)
# Plan, its limit if not its own, diagnosis, and what may be sent in support. After a stroke both disciplines
# are certified; with a hard limit for both together they compete for it.
WORLDS = {
    "back": ("SANDBOX-COM", None, "M5450", BACK),
    "back, low limit": ("SANDBOX-COM-LOW", None, "M5450", BACK),
    "stroke, hard limit for both": ("SANDBOX-QHP", Decimal(15), "I69351", STROKE),
    "stroke, soft limit": ("SANDBOX-SF", Decimal(15), "I69351", STROKE),
    "stroke, no limit": ("SANDBOX-MCD", None, "I69351", STROKE),
}


@st.composite
def service_lines(draw: Any, sequence: int = 1) -> ServiceLine:
    code, modifier = draw(
        st.sampled_from([("97110", "GP"), ("97140", "GP"), ("97530", "GO"), ("97161", "GP")])
    )
    start = draw(st.sampled_from([0, 0, 14, 40]))
    length = draw(st.sampled_from([27, 41, 60]))
    return line(
        code,
        draw(st.sampled_from([1, 2, 4, 6, 8, 12, 30, None])),
        sequence,
        modifiers=(modifier,),
        period=Span(day(start), day(start + length)),
    )


@st.composite
def changed(draw: Any, asked: ServiceLine) -> ServiceLine:
    kind = draw(st.sampled_from(["same", "same", "quantity", "dates", "service", "cancel"]))
    if kind == "quantity":
        return replace(asked, quantity=Decimal(draw(st.integers(1, 30))))
    if kind == "dates" and asked.period and asked.period.start and asked.period.end:
        by = timedelta(days=draw(st.sampled_from([-7, 7, 28])))
        return replace(asked, period=Span(asked.period.start + by, asked.period.end + by))
    if kind == "service":
        other = draw(service_lines(asked.sequence))
        return replace(other, sequence=asked.sequence)
    return replace(asked, cancelled=kind == "cancel")


def act(data: st.DataObject, payer: Payer, diagnosis: str, support: tuple[Evidence, ...]) -> None:
    """One request of the member's practice."""
    sent_in_support = support[data.draw(st.integers(0, len(support) - 1))]
    if not payer.cases or data.draw(st.integers(0, 3)) == 0:
        many = data.draw(st.integers(1, 3))
        lines = [data.draw(service_lines(n)) for n in range(1, many + 1)]
        payer.submit(request(*lines, evidence=sent_in_support, diagnoses=(diagnosis,)))
        return
    case = list(payer.cases.values())[data.draw(st.integers(0, len(payer.cases) - 1))]
    lines = [data.draw(changed(x)) for x in case.request.lines if data.draw(st.integers(0, 5))]
    if data.draw(st.booleans()):
        lines.append(data.draw(service_lines(len(case.lines) + 1)))
    sent = next_version(
        case,
        *lines,
        evidence=sent_in_support,
        cancels_all=data.draw(st.integers(0, 7)) == 0,
    )
    check_update(case, payer.update(case, sent), payer)


def check_update(before: Case, after: Case, payer: Payer) -> None:
    assert after.version == before.version + 1
    known = {x.line.sequence: x for x in before.lines}
    merged = merge(before, after.request, payer.rules)
    assert {x.line.sequence for x in merged.lines} == {x.line.sequence for x in after.lines}
    for item in after.lines:
        old = known.get(item.line.sequence)
        if old is None or item.state is LineState.CANCELLED:
            continue
        assert old.state is not LineState.CANCELLED
        if item.state is LineState.NOT_REQUIRED:  # all that is asked now, free of authorization
            continue
        if old.authorization and _asked(old) == _asked(item):
            assert item.authorization is not None
            assert (item.authorization.certified.visits or 0) >= (old.authorization.certified.visits or 0)
            assert old.state.is_pended or not item.state.is_pended
    numbers = {x.discipline: x.authorization.number for x in before.lines if x.authorization}
    for item in after.lines:
        if item.authorization and item.discipline in numbers:
            assert item.authorization.number == numbers[item.discipline]


def _asked(item: CaseLine) -> object:
    asked = item.line
    return (asked.service, asked.modifiers, asked.quantity, asked.period)


def check_benefits(payer: Payer) -> None:
    """Draws of every case are what its certified lines share, and no hard limit is passed."""
    limits = {x.bucket: x for x in payer.rules.plans[payer.plan].limits}
    by_year: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for case in payer.cases.values():
        certified = {
            x.line.sequence: x.authorization.certified.visits or Decimal(0)
            for x in case.lines
            if x.authorization and x.state is not LineState.CANCELLED
        }
        groups: dict[tuple[int, ...], Decimal] = defaultdict(Decimal)
        for draw in case.draws:
            by_year[draw.bucket, draw.year] += draw.visits
            groups[draw.shared_by] += draw.visits
        for sequences, visits in groups.items():
            assert visits == max(certified[n] for n in sequences)
        drawing = [n for sequences in groups for n in sequences]
        assert len(drawing) == len(set(drawing))
        assert set(drawing) == set(certified)
    for (bucket, _), visits in by_year.items():
        limit = limits.get(bucket)
        assert (limit is None) == (bucket == NO_LIMIT)
        assert limit is None or not limit.hard or visits <= limit.visits


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_benefits_add_up_and_nothing_certified_is_taken_back(
    rules: RuleSet, world: tuple[str, Decimal | None, str, tuple[Evidence, ...]], data: st.DataObject
) -> None:
    plan, limit, diagnosis, support = world
    payer = Payer(_with_limit(rules, plan, limit) if limit else rules, plan)
    for _ in range(data.draw(st.integers(1, 7))):
        act(data, payer, diagnosis, support)
        check_benefits(payer)


def _with_limit(rules: RuleSet, plan: str, visits: Decimal) -> RuleSet:
    """The rules with another number of visits in the limits of one plan."""
    own = rules.plans[plan]
    limits = tuple(replace(x, visits=visits) for x in own.limits)
    return replace(rules, plans={**rules.plans, plan: replace(own, limits=limits)})

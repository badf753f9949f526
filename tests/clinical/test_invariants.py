"""What holds for every vignette, whatever the answer (domain: invariants of the case lifecycle)."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest

from fhirpa.policies.load import load_rules
from fhirpa.um.benefits import NO_LIMIT
from fhirpa.um.case import Case
from fhirpa.um.context import BenefitUse
from fhirpa.um.determination import Decision
from fhirpa.um.opening import determination_kind, open_case
from fhirpa.um.rules import RuleSet, VisitLimit
from fhirpa.um.services import TherapyLine, classify
from fhirpa.um.terms import DeterminationKind, Discipline, LineState, QuantityUnit
from tests.clinical.administration import ADMINISTRATION
from tests.clinical.adults import ADULTS
from tests.clinical.children import CHILDREN
from tests.clinical.vignettes import Vignette
from tests.um.requests import RECEIVED, FakeClock

RULES = replace(load_rules(), turnaround=FakeClock())
ALL = [*ADULTS, *CHILDREN, *ADMINISTRATION]
every_vignette = pytest.mark.parametrize("vignette", ALL, ids=lambda v: v.says)
ON_THE_CLAIM = ("diagnosis", "discipline", "quantity-unit")  # items that no document holds
OPENED = {LineState.CERTIFIED, LineState.NOT_REQUIRED, LineState.CONTACT_PAYER}
ENGINES = {
    None,
    DeterminationKind.CERTIFIED,
    DeterminationKind.CERTIFIED_IN_PART,
    DeterminationKind.NOT_REQUIRED,
    DeterminationKind.CONTACT_PAYER,
}


def opened(vignette: Vignette, decision: Decision) -> Case:
    return open_case(
        vignette.sent(),
        decision,
        case_id="c",
        received_at=RECEIVED,
        now=RECEIVED,
        number=lambda prefix: f"{prefix}1",
    )


@every_vignette
def test_the_engine_certifies_frees_or_hands_on_and_nothing_else(vignette: Vignette) -> None:
    """Invariants 1, 5, 6: no state and no kind of determination that is a person's."""
    for line in opened(vignette, vignette.decided(RULES)).lines:
        assert line.state.is_pended or line.state in OPENED
        assert determination_kind(line) in ENGINES


@every_vignette
def test_less_than_asked_always_leaves_the_line_open(vignette: Vignette) -> None:
    """Invariants 1, 8: never more than asked; what is not certified stays with a person."""
    for line in opened(vignette, vignette.decided(RULES)).lines:
        asked = line.line.quantity
        if line.authorization is None or asked is None:
            continue
        given = line.authorization.certified.quantity
        assert given is not None
        assert given <= asked
        assert given == asked or line.state.is_pended


@every_vignette
def test_what_is_certified_is_what_the_benefit_year_loses(vignette: Vignette) -> None:
    """Invariant 9: lines of a course share their visits; what they draw is their largest number."""
    decision = vignette.decided(RULES)
    evaluations = {
        x.line.sequence
        for x in (classify(y, vignette.sent(), vignette.known(), RULES) for y in vignette.sent().lines)
        if isinstance(x, TherapyLine) and x.is_re_evaluation
    }
    certified: dict[Discipline | None, Decimal] = defaultdict(Decimal)
    drawn: dict[Discipline | None, Decimal] = defaultdict(Decimal)
    by_sequence = {x.sequence: x for x in decision.lines}
    for item in decision.lines:
        if item.certified is not None and item.sequence not in evaluations:
            visits = item.certified.visits or Decimal(0)
            certified[item.discipline] = max(certified[item.discipline], visits)
    for draw in decision.draws:
        drawn[by_sequence[draw.sequence].discipline] += draw.visits
    for discipline, visits in drawn.items():
        assert visits == certified[discipline]


def with_limit(rules: RuleSet, plan: str, visits: int) -> RuleSet:
    limit = VisitLimit("ALL", Decimal(visits), True, frozenset(Discipline))
    return replace(rules, plans={**rules.plans, plan: replace(rules.plans[plan], limits=(limit,))})


@pytest.mark.parametrize("vignette", [v for v in CHILDREN if v.plan == "SANDBOX-MCD"], ids=lambda v: v.says)
def test_no_visit_limit_changes_anything_for_a_medicaid_child(vignette: Vignette) -> None:
    """Invariant 24 (EPSDT): the whole answer, not only the criteria."""
    used = replace(
        vignette, used=(BenefitUse("ALL", 2026, Decimal(500)), BenefitUse("ALL", 2025, Decimal(500)))
    )
    free, limited = vignette.decided(RULES), used.decided(with_limit(RULES, "SANDBOX-MCD", 1))
    assert free.lines == limited.lines
    assert {d.bucket for d in limited.draws} <= {NO_LIMIT}


def test_the_same_limit_would_stop_an_adult() -> None:
    adult = next(v for v in ADULTS if v.plan == "SANDBOX-MCD")
    limited = adult.decided(with_limit(RULES, "SANDBOX-MCD", 1))
    assert limited.lines != adult.decided(RULES).lines


@every_vignette
def test_the_benefit_changes_no_criterion(vignette: Vignette) -> None:
    """Necessity is read before the benefit: a used-up limit leaves every criterion as it was."""
    used = tuple(
        BenefitUse(limit.bucket, year, limit.visits)
        for limit in RULES.plans[vignette.plan].limits
        for year in (2025, 2026, 2027)
    )
    full = replace(vignette, used=()).decided(RULES)
    empty = replace(vignette, used=used).decided(RULES)
    assert [x.criteria for x in full.lines] == [x.criteria for x in empty.lines]


@every_vignette
def test_a_request_for_information_names_items_and_a_time(vignette: Vignette) -> None:
    """Invariant 26: each item by key and text, and where there is one by its document code."""
    decision = vignette.decided(RULES)
    items = [i for x in decision.lines for i in x.information]
    assert (decision.information_due is not None) == bool(items)
    for item in items:
        assert item.text
        assert (
            item.loinc or item.questionnaire_items or item.key in ("diagnosis", "discipline", "quantity-unit")
        )


@every_vignette
def test_units_never_pass_what_a_day_may_hold(vignette: Vignette) -> None:
    """C10: timed units of a course stay within the plan's units a day."""
    decision = vignette.decided(RULES)
    plan = RULES.plans[vignette.plan]
    units: dict[Discipline | None, Decimal] = defaultdict(Decimal)
    visits: dict[Discipline | None, Decimal] = defaultdict(Decimal)
    for item in decision.lines:
        if item.certified is not None and item.certified.unit is QuantityUnit.UNITS:
            units[item.discipline] += item.certified.quantity or Decimal(0)
        if item.certified is not None:
            visits[item.discipline] = max(visits[item.discipline], item.certified.visits or Decimal(0))
    for discipline, count in units.items():
        assert count <= plan.units_per_day * visits[discipline]

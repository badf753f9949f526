"""Which of the decided cases count towards an exemption, how they came out, and in which period."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fhirpa.um.case import Case
from fhirpa.um.gold_card_evaluation import FinalRequest
from fhirpa.um.gold_card_history import LineOutcome, final_requests, line_outcome
from fhirpa.um.request import ServiceLine
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import DeterminationKind, LineState
from tests.um.payer import Payer
from tests.um.requests import CLINIC, line, request

KIND = DeterminationKind
FIRST, LATER = datetime(2026, 12, 1, 3, 0, tzinfo=UTC), datetime(2027, 3, 1, 18, 0, tzinfo=UTC)
DAY = date(2026, 11, 30)  # 21:00 of the day before, where the plan is
YES, NO = LineOutcome(True, FIRST), LineOutcome(False, FIRST)


@pytest.mark.parametrize(
    ("kinds", "outcome"),
    [
        ([], None),
        ([KIND.CERTIFIED], True),
        ([KIND.DENIED_MEDICAL], False),
        ([KIND.REDUCED], False),
        ([KIND.DENIED_MEDICAL, KIND.CERTIFIED], True),  # overturned on appeal
        ([KIND.CERTIFIED_IN_PART, KIND.DENIED_MEDICAL], False),
        ([KIND.CERTIFIED, KIND.CANCELLED], True),  # approved, and not used
        ([KIND.DENIED_ADMINISTRATIVE], None),
        ([KIND.NOT_REQUIRED], None),
        ([KIND.CONTACT_PAYER], None),
        ([KIND.CANCELLED], None),
    ],
)
def test_only_an_approval_or_an_adverse_determination_counts_and_the_last_one_says_how(
    kinds: list[DeterminationKind], outcome: bool | None
) -> None:
    found = line_outcome([(kind, FIRST) for kind in kinds])
    assert (found.approved if found else None) is outcome


@pytest.mark.parametrize(
    ("determined", "when"),
    [
        ([(KIND.DENIED_MEDICAL, FIRST), (KIND.CERTIFIED, LATER)], FIRST),  # an appeal moves no request
        ([(KIND.CERTIFIED_IN_PART, FIRST), (KIND.CERTIFIED, LATER)], LATER),  # a block settles no line
        ([(KIND.CERTIFIED_IN_PART, FIRST), (KIND.CERTIFIED_IN_PART, LATER)], LATER),
    ],
)
def test_the_first_decision_on_the_whole_line_says_when(
    determined: list[tuple[DeterminationKind, datetime]], when: datetime
) -> None:
    found = line_outcome(determined)
    assert found is not None
    assert found.decided_at == when


def case_of(rules: RuleSet, *lines: ServiceLine, plan: str = "SANDBOX-COM") -> Case:
    """A case whose lines are all certified."""
    case = Payer(rules, plan).submit(request(*lines))
    return replace(case, lines=tuple(replace(x, state=LineState.CERTIFIED) for x in case.lines))


def counted(
    rules: RuleSet, case: Case, *outcomes: LineOutcome, state: LineState | None = None
) -> list[FinalRequest]:
    if state is not None:
        case = replace(case, lines=(*case.lines[:-1], replace(case.lines[-1], state=state)))
    return list(final_requests(case, dict(enumerate(outcomes, 1)), rules))


def test_a_decided_request_counts_for_its_requester_on_the_day_where_the_plan_is(rules: RuleSet) -> None:
    case = case_of(rules, line())
    assert counted(rules, case, YES) == [FinalRequest(CLINIC, "pt-treatment", DAY, True)]
    assert counted(rules, case, NO) == [FinalRequest(CLINIC, "pt-treatment", DAY, False)]
    assert counted(rules, case) == []


@pytest.mark.parametrize(("second", "approved"), [(YES, True), (NO, False)])
def test_several_lines_of_a_service_are_one_request_that_is_approved_as_a_whole(
    rules: RuleSet, second: LineOutcome, approved: bool
) -> None:
    case = case_of(rules, line(), line("97140", sequence=2))
    (found,) = counted(rules, case, YES, replace(second, decided_at=LATER))
    assert (found.approved, found.decided_on) == (approved, LATER.date())


@pytest.mark.parametrize(
    "state", [LineState.PENDED_CLINICAL, LineState.PENDED_DIRECTOR, LineState.PENDED_INFORMATION]
)
def test_a_request_is_final_when_all_its_lines_of_the_service_are(rules: RuleSet, state: LineState) -> None:
    case = case_of(rules, line(), line("97140", sequence=2))
    assert counted(rules, case, YES, YES, state=state) == []


def test_another_service_of_the_same_request_is_counted_apart(rules: RuleSet) -> None:
    case = case_of(rules, line(), line("97530", sequence=2, modifiers=("GO",)))
    assert [x.service for x in counted(rules, case, YES, NO)] == ["pt-treatment", "ot-treatment"]
    pended = counted(rules, case, YES, state=LineState.PENDED_CLINICAL)
    assert [(x.service, x.approved) for x in pended] == [("pt-treatment", True)]


@pytest.mark.parametrize(
    ("asked", "service"),
    [
        (line(place_of_service="12"), "home-therapy"),
        (line("S9131", place_of_service=None), "home-therapy"),
        (line("97161"), None),  # an evaluation is of no exempt service
        (line("97799"), None),
        (line(place_of_service="21"), None),
    ],
)
def test_what_is_counted_is_what_an_exemption_would_free(
    rules: RuleSet, asked: ServiceLine, service: str | None
) -> None:
    found = counted(rules, case_of(rules, asked), YES)
    assert [x.service for x in found] == ([service] if service else [])


@pytest.mark.parametrize("plan", ["SANDBOX-MCD", "SANDBOX-CHIP", "SANDBOX-MA", "SANDBOX-SF"])
def test_cases_beyond_the_law_are_not_counted(rules: RuleSet, plan: str) -> None:
    assert counted(rules, case_of(rules, line(), plan=plan), YES) == []


def test_cases_of_a_plan_that_the_law_does_not_reach_are_not_counted(rules: RuleSet) -> None:
    case = case_of(rules, line())
    plan = replace(rules.plans["SANDBOX-COM"], gold_card=False)
    assert counted(replace(rules, plans={**rules.plans, plan.code: plan}), case, YES) == []

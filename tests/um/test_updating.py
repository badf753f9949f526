"""How a case changes by an update."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from fhirpa.um.case import Case, CaseLine
from fhirpa.um.determination import BusinessError
from fhirpa.um.lineage import choose_case, is_latest, update_errors
from fhirpa.um.request import CoverageSent, ExternalId, ServiceLine, Span
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import Discipline, LevelOfService, LineState, QuantityUnit
from fhirpa.um.updating import changed_lines
from tests.um.payer import Payer, next_version
from tests.um.requests import day, evidence, line, plan_of_care, request, score

STROKE: dict[str, Any] = {
    "diagnoses": ("I69351",),
    "evidence": evidence(
        plans_of_care=(plan_of_care("3", "8"),),
        onset=day(-30),
        measures=(score("FMA-UE", "30"), score("BBS", "40")),
    ),
}
PT, OT = line("97110", 8), line("97530", 8, 2, modifiers=("GO",))


@pytest.fixture
def payer(rules: RuleSet) -> Payer:
    return Payer(rules)


def states(case: Case) -> list[LineState]:
    return [x.state for x in case.lines]


def visits(item: CaseLine) -> Decimal | None:
    return item.authorization.certified.visits if item.authorization else None


def drawn(case: Case) -> Decimal:
    return sum((d.visits for d in case.draws), Decimal(0))


def cancelled(asked: ServiceLine) -> ServiceLine:
    return replace(asked, cancelled=True)


# --- cancelling ----------------------------------------------------------------------------------------


def test_a_cancelled_line_keeps_for_the_record_what_it_had_and_draws_nothing(payer: Payer) -> None:
    case = payer.submit(request(PT))
    after = payer.update(case, next_version(case, cancelled(PT)))
    assert states(after) == [LineState.CANCELLED]
    assert after.lines[0].authorization == case.lines[0].authorization
    assert (after.draws, after.due, after.is_pended) == ((), None, False)


def test_visits_that_another_line_shares_are_not_given_back(payer: Payer) -> None:
    case = payer.submit(request(line("97110", 8), line("97140", 6, 2)))
    assert drawn(case) == 8
    after = payer.update(case, next_version(case, cancelled(case.lines[0].line), case.lines[1].line))
    assert states(after) == [LineState.CANCELLED, LineState.CERTIFIED]
    assert drawn(after) == visits(after.lines[1]) == 6
    assert {d.sequence for d in after.draws} == {2}


def test_visits_are_given_back_from_the_later_year(payer: Payer) -> None:
    case = payer.submit(request(line("97110", 8)))
    assert {d.year: d.visits for d in case.draws} == {2026: 6, 2027: 2}
    after = payer.update(case, next_version(case, line("97110", 5)))
    assert {d.year: d.visits for d in after.draws} != {}
    assert drawn(after) == 5


def test_a_cancellation_needs_no_coverage_and_no_decision(payer: Payer) -> None:
    case = payer.submit(request(PT))
    payer.known = {"enrolments": ()}
    assert states(payer.update(case, next_version(case, cancels_all=True))) == [LineState.CANCELLED]


def test_a_discipline_can_be_cancelled_without_the_other(payer: Payer) -> None:
    case = payer.submit(request(PT, OT, **STROKE))
    numbers = [x.authorization.number for x in case.lines if x.authorization]
    after = payer.update(case, next_version(case, PT, cancelled(OT)))
    assert states(after) == [LineState.CERTIFIED, LineState.CANCELLED]
    assert after.lines[0].authorization == case.lines[0].authorization
    assert {d.bucket for d in after.draws} == {"PT"}
    assert len(set(numbers)) == 2


# --- deciding again ------------------------------------------------------------------------------------


def test_the_case_is_no_duplicate_of_itself(payer: Payer) -> None:
    case = payer.submit(request(PT))
    after = payer.update(case, next_version(case, PT, line("97140", 8, 2)))
    assert states(after) == [LineState.CERTIFIED, LineState.CERTIFIED]
    assert drawn(after) == 8


def test_another_case_still_is(payer: Payer) -> None:
    payer.submit(request(line("97110", 8)))
    case = payer.submit(request(line("97161", 1), line("97110", 4, 2)))
    assert states(case) == [LineState.NOT_REQUIRED, LineState.PENDED_CLINICAL]
    after = payer.update(case, next_version(case, evidence=evidence(measures=(score("ODI", "50"),))))
    assert states(after) == states(case)


def test_what_was_certified_stands_when_the_engine_would_now_ask(payer: Payer) -> None:
    case = payer.submit(request(PT))
    sent = next_version(case, PT, line("97140", 8, 2), evidence=evidence(measures=()))
    after = payer.update(case, sent)
    assert after.lines[0].authorization == case.lines[0].authorization
    assert after.lines[0].state is LineState.CERTIFIED
    assert after.lines[1].state.is_pended
    assert visits(after.lines[1]) is None
    assert drawn(after) == drawn(case)


def test_a_change_that_is_not_settled_is_read_while_the_old_stands(payer: Payer) -> None:
    case = payer.submit(request(line("97110", 6)))
    after = payer.update(case, next_version(case, line("97110", 8), evidence=evidence(measures=())))
    (item,) = after.lines
    assert item.state is LineState.PENDED_CLINICAL
    assert item.reasons == ("update-review",)
    assert visits(item) == 6
    assert drawn(after) == 6
    assert after.due is not None


def test_a_smaller_request_is_cut_without_any_question(payer: Payer) -> None:
    case = payer.submit(request(PT))
    after = payer.update(case, next_version(case, line("97110", 5), evidence=evidence(measures=())))
    assert states(after) == [LineState.CERTIFIED]
    assert (visits(after.lines[0]), drawn(after)) == (5, 5)


def test_the_other_discipline_competes_with_what_stands(rules: RuleSet) -> None:
    """A hard limit for both: what physical therapy keeps is not given to occupational therapy again."""
    plan = rules.plans["SANDBOX-QHP"]
    limits = tuple(replace(x, visits=Decimal(12)) for x in plan.limits)
    payer = Payer(replace(rules, plans={**rules.plans, plan.code: replace(plan, limits=limits)}), plan.code)
    inside = {"period": Span(day(0), day(29))}
    first = line("97530", 8, 1, modifiers=("GO",), unit=QuantityUnit.OTHER, **inside)
    second = line("97110", 8, 2, **inside)
    case = payer.submit(request(first, second, **STROKE))
    assert [visits(x) for x in case.lines] == [None, 8]
    after = payer.update(case, next_version(case, replace(first, unit=QuantityUnit.VISITS), second))
    assert [visits(x) for x in after.lines] == [4, 8]
    assert drawn(after) == 12


def test_a_line_that_a_director_reads_stays_with_the_director(payer: Payer) -> None:
    case = payer.submit(request(line("97110", 40)))
    (item,) = case.lines
    case = replace(case, lines=(replace(item, state=LineState.PENDED_DIRECTOR, human_reviewed=True),))
    sent = next_version(case, evidence=evidence(measures=(score("ODI", "50"),)))
    (after,) = payer.update(case, sent).lines
    assert after.state is LineState.PENDED_DIRECTOR
    assert after.human_reviewed


@pytest.mark.parametrize("state", [LineState.DENIED_MEDICAL, LineState.DENIED_ADMINISTRATIVE])
def test_a_line_that_a_person_closed_stays_closed(payer: Payer, state: LineState) -> None:
    case = payer.submit(request(PT, line("97140", 8, 2)))
    closed = replace(case.lines[1], state=state, authorization=None)
    case = replace(case, lines=(case.lines[0], closed))
    for sent in (next_version(case, PT, line("97140", 4, 2)), next_version(case, cancels_all=True)):
        after = payer.update(case, sent)
        assert after.lines[1] == closed


def test_business_errors_change_nothing(payer: Payer) -> None:
    case = payer.submit(request(PT))
    wrong = line("97140", 8, 2, period=Span(day(10), day(2)))
    found = payer.try_update(case, next_version(case, PT, wrong))
    assert [e.key for e in found if isinstance(e, BusinessError)] == ["service-dates"]


def test_a_longer_period_for_the_same_visits_is_certified_within_the_policy(payer: Payer) -> None:
    case = payer.submit(request(line("97110", 8, period=Span(day(0), day(34)))))
    after = payer.update(case, next_version(case, line("97110", 8, period=Span(day(0), day(41)))))
    assert states(after) == [LineState.CERTIFIED]
    before, now = (x.lines[0].authorization for x in (case, after))
    assert before is not None
    assert now is not None
    assert (now.number, now.certified.period.end) == (before.number, day(41))


@pytest.mark.parametrize(("later", "state"), [(30, LineState.CERTIFIED), (31, LineState.PENDED_CLINICAL)])
def test_an_authorization_may_end_later_once_without_more_visits(
    payer: Payer, later: int, state: LineState
) -> None:
    """Nothing is weighed again: documents that have grown old in the meantime hold nothing up."""
    case = payer.submit(request(PT))
    asked = replace(PT, period=Span(day(0), day(41 + later)))
    after = payer.update(case, next_version(case, asked, evidence=evidence(measures=())))
    assert states(after) == [state]
    given = after.lines[0].authorization
    assert given is not None
    assert given.certified.period.end == (day(71) if state is LineState.CERTIFIED else day(41))
    assert after.draws == case.draws
    again = replace(PT, period=Span(day(0), day(41 + later + 5)))
    second = payer.update(after, next_version(after, again, evidence=evidence(measures=())))
    assert states(second) == [LineState.PENDED_CLINICAL]
    assert second.lines[0].authorization == given


def test_later_dates_with_more_visits_are_read_as_ever(payer: Payer) -> None:
    case = payer.submit(request(PT))
    asked = replace(PT, quantity=Decimal(9), period=Span(day(0), day(60)))
    after = payer.update(case, next_version(case, asked, evidence=evidence(measures=())))
    assert states(after) == [LineState.PENDED_CLINICAL]
    assert visits(after.lines[0]) == 8


def test_remarks_on_an_update_go_with_the_next_one(payer: Payer) -> None:
    case = payer.submit(request(PT))
    second = payer.update(case, next_version(case, PT, line("97140", 8, 2)))
    assert len(second.update_notes) == 1
    assert payer.update(second, next_version(second)).update_notes == ()


def test_what_is_left_to_decide_may_lie_beyond_the_coverage_sent(payer: Payer) -> None:
    """Physical therapy stands, and occupational therapy begins after the coverage that was sent."""
    short = CoverageSent(member_id="M1", period=Span(day(-300), day(10)), path="Bundle.entry[2].resource")
    case = payer.submit(request(PT, **STROKE))
    late = line("97530", 8, 2, modifiers=("GO",), period=Span(day(20), day(50)))
    asked = replace(PT, quantity=Decimal(30), period=Span(day(0), day(300)))
    ambulance = line("A0428", 1, 3, modifiers=())
    now = {"coverage": short, "evidence": evidence(measures=(), onset=day(-30))}
    after = payer.update(case, next_version(case, asked, late, ambulance, **now))
    assert visits(after.lines[0]) == 8
    assert after.lines[0].state.is_pended
    assert after.lines[1].state.is_pended
    assert after.lines[2].state is LineState.CONTACT_PAYER


# --- clocks --------------------------------------------------------------------------------------------


def test_a_line_that_waited_keeps_its_clock(payer: Payer) -> None:
    case = payer.submit(request(PT, evidence=evidence(measures=())))
    more = next_version(case, evidence=evidence(measures=(), red_flags=None))
    after = payer.update(case, more)
    assert case.due is not None
    assert after.due == case.due
    assert after.received_at == case.received_at


def test_a_line_that_an_update_adds_has_a_clock_from_then(payer: Payer) -> None:
    case = payer.submit(request(PT))
    added = line("97530", 30, 2, modifiers=("GO",))
    after = payer.update(case, next_version(case, PT, added))
    assert case.due is None  # nothing waits
    assert after.due is not None
    assert after.lines[1].state.is_pended
    assert after.due.at == case.received_at + timedelta(days=1 + 3)
    assert after.lines[1].received_at == case.received_at + timedelta(days=1)


def test_urgency_that_is_raised_later_never_puts_the_clock_off(payer: Payer) -> None:
    case = payer.submit(request(PT, evidence=evidence(measures=())))
    after = payer.update(case, next_version(case, level_of_service=LevelOfService.EXPEDITED))
    assert case.due is not None
    assert after.due is not None
    assert after.due.at <= case.due.at
    assert after.request.level_of_service is LevelOfService.EXPEDITED


# --- which lines changed -------------------------------------------------------------------------------


def test_only_what_differs_counts_as_changed(payer: Payer) -> None:
    case = payer.submit(request(PT, OT, **STROKE))
    moved = replace(PT, path="Bundle.entry[0].resource.item[3]")
    after = payer.update(case, next_version(case, moved, cancelled(OT)))
    (only,) = changed_lines(case, after)
    assert only.after.discipline is Discipline.OT
    assert (only.was_cancelled, only.was_decided) == (True, True)


# --- which case ----------------------------------------------------------------------------------------

A, B = ExternalId("urn:trace", "A"), ExternalId("urn:trace", "B")


def named(case: Case, *names: ExternalId, url: str | None = None, **more: Any) -> Case:
    return replace(case, request=replace(case.request, trace_numbers=names, claim_url=url), **more)


def test_the_latest_version_is_told_by_identifier_or_url(payer: Payer) -> None:
    case = named(payer.submit(request(PT)), B, url="urn:2", earlier_names=(A, _uri("urn:1")))
    sent = request(PT)
    assert is_latest(case, replace(sent, related_claim=B))
    assert is_latest(case, replace(sent, related_url="urn:2"))
    assert is_latest(case, replace(sent, related_claim=B, related_url="urn:unknown"))
    assert not is_latest(case, replace(sent, related_claim=A))
    assert not is_latest(case, replace(sent, related_claim=B, related_url="urn:1"))


def _uri(url: str) -> ExternalId:
    return ExternalId("urn:ietf:rfc:3986", url)


def test_of_several_cases_under_one_identifier_the_url_leads(payer: Payer) -> None:
    first, second = (payer.submit(request(PT)) for _ in range(2))
    first, second = named(first, A, url="urn:1"), named(second, A, url="urn:2")
    sent = replace(request(PT), related_claim=A)
    assert choose_case(replace(sent, related_url="urn:1"), [second, first]) == first
    assert choose_case(sent, [first, second]) == second  # the last that changed
    gone = replace(second, lines=tuple(replace(x, state=LineState.CANCELLED) for x in second.lines))
    assert choose_case(sent, [first, gone]) == first
    assert choose_case(sent, []) is None


def test_errors_of_an_update(payer: Payer) -> None:
    case = named(payer.submit(request(PT)), B, earlier_names=(A,))
    sent = replace(request(PT), related_claim=B)

    def keys(of: Case | None, asked: Any = sent) -> list[str]:
        return [e.key for e in update_errors(of, asked, payer.rules, "")]

    def all_in(state: LineState) -> Case:
        return replace(case, lines=tuple(replace(x, state=state) for x in case.lines))

    assert keys(case) == []
    assert keys(None) == ["update-unknown"]
    assert keys(case, replace(sent, related_claim=A)) == ["update-stale"]
    assert keys(all_in(LineState.DENIED_MEDICAL)) == ["update-decided"]
    assert keys(all_in(LineState.DENIED_ADMINISTRATIVE)) == ["update-decided"]
    assert keys(all_in(LineState.CANCELLED)) == ["update-cancelled"]
    assert keys(all_in(LineState.CANCELLED), replace(sent, cancels_all=True)) == []
    (stale,) = update_errors(case, replace(sent, related_claim=A), payer.rules, "")
    assert "Claim B" in stale.text

"""Appeals, from filing to a decision that binds, line of business by line of business."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from fhirpa.um import review, review_after, review_appeal, review_close, review_external, review_hearing
from fhirpa.um.appeal import AppealForm, AppealOutcome, ExternalReviewer, FiledBy, Filing
from fhirpa.um.notices import NoticeKind
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.review_certify import certify
from fhirpa.um.review_external import OutsideDecision, OutsideRequest
from fhirpa.um.review_notices import notices_of
from fhirpa.um.review_terms import Given, Outcome, Refused
from fhirpa.um.staff import Act, MedicalDirector, Staff, medical_director
from fhirpa.um.terms import AppealStage, DeterminationKind, LevelOfService, LineOfBusiness, LineState
from tests.um.requests import evidence
from tests.um.review_house import BELOW, BY_ID, INTAKE, MD, OTHER, PT, RULES, PureHouse, Step
from tests.um.review_people import GOOD, grounds

AFTER = RULES.after_decision
_EXPEDITED = LevelOfService.EXPEDITED


def house(plan: str = "SANDBOX-COM") -> PureHouse:
    return PureHouse.open(plan, evidence(red_flags=True), "97140")


def denied(plan: str = "SANDBOX-COM") -> PureHouse:
    """A house whose first line a director denied after a talk."""
    made = house(plan)
    yes(made, PT, lambda d: review.refer(d.case, d.staff, d.now, (1,), GOOD, "Do these visits fit?"))
    for event in (TalkEvent.OFFERED, TalkEvent.HELD):
        talk(made, event)
    yes(made, MD, denial)
    return made


def talk(made: PureHouse, event: TalkEvent) -> None:
    yes(made, MD, lambda d: review.peer_to_peer(d.case, d.staff, d.now, (1,), event, "phone", RULES))


def denial(d: Any) -> Outcome:
    return review_close.deny(d.case, director(d), (1,), grounds(d.case, on=(1,)), d.bench, breach="ill")


def director(d: Any, act: Act = Act.DENY) -> MedicalDirector:
    found = medical_director(d.staff, d.now, act)
    assert isinstance(found, MedicalDirector), found
    return found


def yes(made: PureHouse, who: Staff, act: Callable[[Any], Outcome]) -> Step:
    done = made.do(who, act)
    assert not isinstance(done, Refused), done
    return done


def no(made: PureHouse, who: Staff, act: Callable[[Any], Outcome]) -> set[str]:
    """The keys of what lacks."""
    done = made.do(who, act)
    assert isinstance(done, Refused), done
    return {x.key for x in done.lacks}


def filing(made: PureHouse, **more: Any) -> Callable[[Any], Outcome]:
    values: dict[str, Any] = {
        "by": FiledBy.MEMBER,
        "name": "Ana",
        "received_at": made.now,
        "form": AppealForm.WRITTEN,
        "grounds": "",
    }
    filed = Filing(**{**values, **more})
    return lambda d: review_appeal.file_appeal(d.case, d.staff, d.now, (1,), filed, d.bench)


def assigned(who: Staff) -> Callable[[Any], Outcome]:
    return lambda d: review_appeal.assign(d.case, d.staff, d.now, None, who, d.involved(who))


def upheld(d: Any) -> Outcome:
    reason = grounds(d.case, on=(1,))
    return review_hearing.uphold(d.case, director(d, Act.UPHOLD), None, reason, d.bench, d.involved(d.staff))


def overturned(given: Given | None = None) -> Callable[[Any], Outcome]:
    def act(d: Any) -> Outcome:
        reason = grounds(d.case, on=(1,)) if given else None
        who = director(d, Act.OVERTURN)
        return review_hearing.overturn(d.case, who, None, d.bench, d.involved(d.staff), given, reason)

    return act


def outside(made: PureHouse, **more: Any) -> Callable[[Any], Outcome]:
    asked = OutsideRequest(FiledBy.MEMBER, "Ana", made.now, **more)
    return lambda d: review_external.send_outside(d.case, d.staff, d.now, (1,), asked, d.bench)


def outcome(made: PureHouse, result: AppealOutcome, given: Given | None = None) -> Callable[[Any], Outcome]:
    decision = OutsideDecision(result, made.now, "IRO 77, Dr Outside", given)
    return lambda d: review_external.decided_outside(d.case, d.staff, d.now, None, decision, d.bench)


def appealed(plan: str = "SANDBOX-COM", **more: Any) -> PureHouse:
    """The same with an appeal before a reviewer who has looked at the case."""
    made = denied(plan)
    yes(made, INTAKE, filing(made, **more))
    yes(made, INTAKE, assigned(OTHER))
    made.look(OTHER)
    return made


# --- filing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "days", "standard", "expedited"),
    [
        ("SANDBOX-COM", 180, timedelta(days=30), "A06 A07"),
        ("SANDBOX-QHP", 180, timedelta(days=30), "A06 A07"),
        ("SANDBOX-MCD", 60, timedelta(days=30), "A04"),
        ("SANDBOX-CHIP", 60, timedelta(days=30), "A04"),
        ("SANDBOX-MA", 65, timedelta(days=30), "A02"),
        ("SANDBOX-SF", 180, timedelta(days=30), "A07"),
    ],
)
def test_the_clock_of_an_appeal_and_how_long_it_may_be_filed(
    plan: str, days: int, standard: timedelta, expedited: str
) -> None:
    made = denied(plan)
    decided = made.case.lines[0].decided_by
    assert decided is not None
    assert decided.at is not None
    made.now = decided.at + timedelta(days=days)
    step = yes(made, INTAKE, filing(made))
    due = step.done.case.appeals[0].due
    assert due is not None
    assert AFTER.day(due.at) == AFTER.day(made.now + standard)
    urgent = AFTER.appeal_due(step.done.case.line_of_business, _EXPEDITED, made.now)
    assert urgent.rule in expedited.split()
    assert urgent.at <= due.at

    late = denied(plan)
    late.now = decided.at + timedelta(days=days + 1)
    assert no(late, INTAKE, filing(late)) == {"late"}
    yes(late, INTAKE, filing(late, good_cause="in hospital until yesterday"))


def test_an_appeal_is_acknowledged_in_the_act_that_files_it() -> None:
    made = denied()
    step = yes(made, INTAKE, filing(made))
    assert step.done.case.appeals[0].acknowledged_at == made.now
    letters = notices_of(step.done, AFTER)
    assert [(x.kind, x.recipient.value) for x in letters] == [
        (NoticeKind.APPEAL_RECEIVED, "provider"),
        (NoticeKind.APPEAL_RECEIVED, "member"),
    ]


@pytest.mark.parametrize(
    ("plan", "by", "needs_consent"),
    [
        ("SANDBOX-MCD", FiledBy.PROVIDER, True),
        ("SANDBOX-MCD", FiledBy.REPRESENTATIVE, True),
        ("SANDBOX-MA", FiledBy.PROVIDER, False),
        ("SANDBOX-MA", FiledBy.REPRESENTATIVE, True),
        ("SANDBOX-COM", FiledBy.PROVIDER, False),
        ("SANDBOX-MCD", FiledBy.MEMBER, False),
    ],
)
def test_whoever_files_for_the_member_shows_that_they_may(
    plan: str, by: FiledBy, needs_consent: bool
) -> None:
    made = denied(plan)
    if needs_consent:
        assert no(made, INTAKE, filing(made, by=by)) == {"consent-missing"}
    yes(made, INTAKE, filing(made, by=by, consent="signed form" if needs_consent else ""))


def test_only_what_is_adverse_is_appealed_and_once() -> None:
    made = house()
    assert "state" in no(made, INTAKE, filing(made))
    made = appealed()
    assert "state" in no(made, INTAKE, filing(made))
    assert no(made, MD, filing(made)) >= {"role"}


def test_a_provider_may_ask_for_a_reviewer_of_the_specialty_in_time() -> None:
    made = denied()
    made.now += timedelta(days=20)
    assert no(made, INTAKE, filing(made, specialty="2081P2900X")) == {"specialty-late"}
    made = denied()
    step = yes(made, INTAKE, filing(made, specialty="2081P2900X"))
    due = step.done.case.appeals[0].due
    assert due is not None
    assert due.rule == "A10"  # fifteen working days end before thirty calendar days
    assert no(made, INTAKE, assigned(OTHER)) == {"specialty"}
    yes(made, INTAKE, assigned(replace(OTHER, specialty="2081P2900X")))


# --- who decides ---------------------------------------------------------------------------------------


def test_nobody_decides_an_appeal_of_their_own_decision_or_of_their_superiors() -> None:
    made = denied()
    yes(made, INTAKE, filing(made))
    assert no(made, INTAKE, assigned(MD)) == {"involved"}
    assert no(made, INTAKE, assigned(BELOW)) == {"subordinate"}
    assert "role" in no(made, INTAKE, assigned(PT))
    yes(made, INTAKE, assigned(OTHER))


def test_only_the_named_reviewer_decides_after_looking_at_all_that_was_sent() -> None:
    made = denied()
    yes(made, INTAKE, filing(made))
    assert no(made, OTHER, upheld) == {"not-assigned", "not-read"}
    yes(made, INTAKE, assigned(OTHER))
    made.look(OTHER)
    made.now += timedelta(hours=1)
    yes(made, INTAKE, lambda d: review_appeal.hear(d.case, d.staff, d.now, None, "a fall", "Dr Ito"))
    assert no(made, OTHER, upheld) == {"not-read"}
    made.look(OTHER)
    yes(made, OTHER, upheld)


def test_the_time_of_an_appeal_is_extended_once_and_only_where_the_law_says_so() -> None:
    def longer(days: int) -> Callable[[Any], Outcome]:
        return lambda d: review_appeal.take_longer(d.case, d.staff, d.now, None, days, GOOD, AFTER)

    assert no(appealed("SANDBOX-COM"), INTAKE, longer(7)) == {"no-extension"}
    made = appealed("SANDBOX-MCD")
    assert no(made, INTAKE, longer(15)) == {"days"}
    before = made.case.appeals[0].due
    yes(made, INTAKE, longer(14))
    after = made.case.appeals[0].due
    assert before is not None
    assert after is not None
    assert after.at - before.at == timedelta(days=14)
    assert no(made, INTAKE, longer(1)) == {"extended"}


def test_an_appeal_that_becomes_urgent_is_due_sooner_never_later() -> None:
    def urgent(d: Any) -> Outcome:
        return review_appeal.expedite(d.case, d.staff, d.now, None, "Dr Ito", AFTER)

    made = appealed("SANDBOX-MA")
    before = made.case.appeals[0].due
    made.now += timedelta(days=29)
    yes(made, INTAKE, urgent)
    after = made.case.appeals[0].due
    assert before is not None
    assert after is not None
    assert after.at <= before.at
    assert no(made, INTAKE, urgent) == {"expedited"}


# --- the plan's own answer -----------------------------------------------------------------------------


def test_an_overturned_denial_certifies_with_number_and_visits_drawn() -> None:
    made = appealed()
    step = yes(made, OTHER, overturned())
    item = made.case.lines[0]
    assert (item.state, item.appeal, item.adverse) == (LineState.CERTIFIED, None, None)
    assert item.authorization is not None
    assert item.authorization.certified.quantity == item.line.quantity
    assert sum(d.visits for d in made.case.draws) >= Decimal(20)
    assert [x.kind for x in step.done.decided] == [DeterminationKind.CERTIFIED]
    assert made.case.appeals[0].awaits is None


def test_an_appeal_overturned_in_part_gives_grounds_for_the_rest() -> None:
    made = appealed()
    step = yes(made, OTHER, overturned(Given(Decimal(10))))
    item = made.case.lines[0]
    assert (item.state, item.appeal) == (LineState.MODIFIED, None)
    assert item.adverse is not None
    assert [x.kind for x in step.done.decided] == [DeterminationKind.REDUCED]
    letters = notices_of(step.done, AFTER)
    assert {x.kind for x in letters} == {NoticeKind.APPEAL_OVERTURNED}
    assert all(x.rights and x.rights.external == "IRO" for x in letters)
    assert no(appealed(), OTHER, overturned(Given(Decimal(20)))) == {"whole"}


def test_of_several_lines_some_are_overturned_and_the_rest_is_upheld() -> None:
    def both(plan: str) -> PureHouse:
        made = house(plan)
        yes(made, PT, lambda d: review.refer(d.case, d.staff, d.now, (), GOOD, "Do these visits fit?"))
        for event in (TalkEvent.OFFERED, TalkEvent.HELD):
            yes(made, MD, lambda d: review.peer_to_peer(d.case, d.staff, d.now, (), event, "phone", RULES))  # noqa: B023
        yes(made, MD, lambda d: review_close.deny(d.case, director(d), (1, 2), grounds(d.case), d.bench))
        filed = Filing(FiledBy.MEMBER, "Ana", made.now, AppealForm.WRITTEN, "")
        yes(made, INTAKE, lambda d: review_appeal.file_appeal(d.case, d.staff, d.now, (), filed, d.bench))
        yes(made, INTAKE, assigned(OTHER))
        made.look(OTHER)
        return made

    def first(reason: bool) -> Callable[[Any], Outcome]:
        def act(d: Any) -> Outcome:
            why = grounds(d.case) if reason else None
            who, seen = director(d, Act.OVERTURN), d.involved(d.staff)
            return review_hearing.overturn(d.case, who, None, d.bench, seen, None, why, (1,))

        return act

    made = both("SANDBOX-COM")
    assert "reason-not-specific" in no(made, OTHER, first(reason=False))
    step = yes(made, OTHER, first(reason=True))
    assert [(x.state, x.appeal) for x in made.case.lines] == [
        (LineState.CERTIFIED, None),
        (LineState.DENIED_MEDICAL, AppealStage.UPHELD),
    ]
    assert [x.kind for x in step.done.decided] == [DeterminationKind.CERTIFIED, DeterminationKind.UPHELD]
    made = both("SANDBOX-MA")
    yes(made, OTHER, first(reason=True))
    assert made.case.lines[1].appeal is AppealStage.EXTERNAL_REVIEW
    yes(made, INTAKE, outcome(made, AppealOutcome.OVERTURNED))
    assert [x.state for x in made.case.lines] == [LineState.CERTIFIED, LineState.CERTIFIED]


def test_medicare_sends_what_it_upholds_to_the_entity_by_itself() -> None:
    for act in (upheld, overturned(Given(Decimal(10)))):
        made = appealed("SANDBOX-MA")
        yes(made, OTHER, act)
        appeal = made.case.appeals[0]
        assert made.case.lines[0].appeal is AppealStage.EXTERNAL_REVIEW
        assert appeal.external is not None
        assert appeal.external.reviewer is ExternalReviewer.IRE
        assert appeal.external.due is not None
        assert AFTER.day(appeal.external.due.at) == AFTER.day(made.now) + timedelta(days=30)


def test_a_late_answer_is_recorded_as_late() -> None:
    made = appealed()
    made.now += timedelta(days=40)
    yes(made, OTHER, upheld)
    decision = made.case.appeals[0].decision
    assert decision is not None
    assert decision.late


# --- outside the plan ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "reviewer"),
    [
        ("SANDBOX-COM", ExternalReviewer.IRO),
        ("SANDBOX-QHP", ExternalReviewer.IRO),
        ("SANDBOX-CHIP", ExternalReviewer.IRO),
        ("SANDBOX-SF", ExternalReviewer.IRO),
        ("SANDBOX-MCD", ExternalReviewer.FAIR_HEARING),
    ],
)
def test_after_the_plans_answer_a_reviewer_outside_may_be_asked(
    plan: str, reviewer: ExternalReviewer
) -> None:
    made = appealed(plan)
    assert no(made, INTAKE, outside(made)) == {"plan-first"}
    yes(made, OTHER, upheld)
    yes(made, INTAKE, outside(made))
    external = made.case.appeals[0].external
    assert external is not None
    assert external.reviewer is reviewer
    assert external.send_by.at > made.now


def test_a_fair_hearing_is_asked_for_in_time_or_with_good_cause() -> None:
    made = appealed("SANDBOX-MCD")
    yes(made, OTHER, upheld)
    made.now += timedelta(days=121)
    assert no(made, INTAKE, outside(made)) == {"late"}
    yes(made, INTAKE, outside(made, good_cause="letter went to an old address"))


def test_an_urgent_commercial_matter_goes_outside_at_once_a_medicaid_one_does_not() -> None:
    made = denied("SANDBOX-COM")
    yes(made, INTAKE, outside(made, expedited=True))
    appeal = made.case.appeals[0]
    assert appeal.external is not None
    assert appeal.external.due is not None
    assert appeal.external.due.rule == "A13"
    made = denied("SANDBOX-MCD")
    assert no(made, INTAKE, outside(made, expedited=True)) == {"plan-first"}


def test_a_plan_that_does_not_answer_in_time_has_answered() -> None:
    made = appealed("SANDBOX-MCD")
    made.now += timedelta(days=31)
    yes(made, INTAKE, outside(made))
    assert made.case.lines[0].appeal is AppealStage.EXTERNAL_REVIEW


def test_what_the_reviewer_outside_decides_binds_the_plan() -> None:
    for result, given, state in (
        (AppealOutcome.OVERTURNED, None, LineState.CERTIFIED),
        (AppealOutcome.PARTLY_OVERTURNED, Given(Decimal(10)), LineState.MODIFIED),
        (AppealOutcome.UPHELD, None, LineState.DENIED_MEDICAL),
    ):
        made = appealed()
        yes(made, OTHER, upheld)
        yes(made, INTAKE, outside(made))
        assert "role" in no(made, OTHER, outcome(made, result, given))
        yes(made, INTAKE, outcome(made, result, given))
        assert made.case.lines[0].state is state
        refused = no(made, MD, lambda d: review_close.correct(d.case, d.staff, d.now, (1,), GOOD, d.bench))
        assert refused & {"binding", "state"}
        assert no(made, INTAKE, outside(made)) & {"sent", "state"}


# --- approved courses ----------------------------------------------------------------------------------


def cut(made: PureHouse, days: int, lied: str = "", given: Given | None = None) -> Callable[[Any], Outcome]:
    effective = AFTER.day(made.now) + timedelta(days=days)
    left = given or Given(Decimal(5))

    def act(d: Any) -> Outcome:
        reason = grounds(d.case, on=(1,))
        who = director(d, Act.REDUCE)
        return review_after.reduce(
            d.case, who, (1,), reason, left, effective, d.bench, misrepresentation=lied
        )

    return act


def certified(plan: str) -> PureHouse:
    made = house(plan)

    yes(made, PT, lambda d: certify(d.case, d.staff, d.now, (1,), d.bench))
    made.now += timedelta(hours=1)
    return made


def test_what_was_approved_is_cut_short_only_where_the_law_allows_it_and_with_notice() -> None:
    made = certified("SANDBOX-COM")
    assert no(made, MD, cut(made, 40)) == {"binding", "peer-to-peer-missing"}
    made = certified("SANDBOX-MCD")
    for event in (TalkEvent.OFFERED, TalkEvent.HELD):
        talk(made, event)
    assert no(made, MD, cut(made, 9)) == {"lead"}
    assert no(made, MD, cut(made, 10, given=Given(Decimal(21)))) == {"more"}
    step = yes(made, MD, cut(made, 10))
    item = made.case.lines[0]
    assert item.authorization is not None
    assert (item.state, item.authorization.certified.quantity) == (LineState.MODIFIED, Decimal(5))
    letters = notices_of(step.done, AFTER)
    assert {x.kind for x in letters} == {NoticeKind.REDUCTION}
    assert all(
        x.rights and x.rights.continue_until == AFTER.day(made.now) + timedelta(days=10) for x in letters
    )


def test_services_go_on_during_the_appeal_where_the_member_asks_in_time() -> None:
    def cut_short() -> PureHouse:
        made = certified("SANDBOX-MCD")
        for event in (TalkEvent.OFFERED, TalkEvent.HELD):
            talk(made, event)
        yes(made, MD, cut(made, 10))
        return made

    def visits(made: PureHouse) -> Decimal | None:
        given = made.case.lines[0].authorization
        return given.certified.quantity if given else None

    made = cut_short()
    made.now += timedelta(days=11)
    assert no(made, INTAKE, filing(made, continue_services=True)) == {"continuation-late"}
    assert no(denied("SANDBOX-MCD"), INTAKE, filing(made, continue_services=True))
    for act, left in ((upheld, Decimal(5)), (overturned(), Decimal(20))):
        made = cut_short()
        yes(made, INTAKE, filing(made, continue_services=True))
        assert visits(made) == 20
        yes(made, INTAKE, assigned(OTHER))
        made.look(OTHER)
        yes(made, OTHER, act)
        assert visits(made) == left


def test_the_last_day_is_put_later_once() -> None:
    made = certified("SANDBOX-COM")

    def later(end: date) -> Callable[[Any], Outcome]:
        return lambda d: review_after.move_dates(d.case, d.staff, d.now, (1,), end, "ill", d.bench)

    given = made.case.lines[0].authorization
    assert given is not None
    last = given.certified.period.end
    assert last is not None
    assert no(made, PT, later(last + timedelta(days=31))) == {"period"}
    assert no(made, PT, later(last)) == {"period"}
    yes(made, PT, later(last + timedelta(days=30)))
    moved = made.case.lines[0].authorization
    assert moved is not None
    assert (moved.number, moved.certified.quantity) == (given.number, given.certified.quantity)
    assert no(made, PT, later(last + timedelta(days=31))) == {"extended"}


def test_who_has_an_interest_in_a_provider_of_the_request_does_nothing_to_it() -> None:

    for who in (BY_ID["md-own"], BY_ID["md-kin"]):
        assert "conflict-of-interest" in no(appealed(), who, upheld)
        made = denied()
        yes(made, INTAKE, filing(made))
        assert no(made, INTAKE, assigned(who)) == {"conflict-of-interest"}


def test_every_line_of_business_has_its_rules_and_every_rule_its_source() -> None:
    assert set(AFTER.lines) == set(LineOfBusiness)
    for clock in AFTER.clock.clocks.values():
        assert clock.citation
        assert "{" not in clock.label


def test_nothing_is_denied_in_bulk() -> None:
    """Every line that is denied or closed is named, in one case at a time."""
    made = house()
    yes(made, PT, lambda d: review.refer(d.case, d.staff, d.now, (), GOOD, "Do these visits fit?"))

    def unnamed(d: Any) -> Outcome:
        return review_close.deny(d.case, director(d), (), grounds(d.case), d.bench)

    assert "lines-missing" in no(made, MD, unnamed)
    assert "lines-missing" in no(
        house(),
        INTAKE,
        lambda d: review_close.deny_administratively(
            d.case, d.staff, d.now, (), "benefit-review", GOOD, RULES
        ),
    )


def test_a_talk_about_another_plan_of_treatment_is_no_talk_about_this_one() -> None:
    made = house()
    yes(made, PT, lambda d: review.refer(d.case, d.staff, d.now, (1,), GOOD, "Do these visits fit?"))
    talk(made, TalkEvent.OFFERED)
    made.now += timedelta(hours=2)
    made.change(quantity=Decimal(24))
    assert made.case.lines[0].state is LineState.PENDED_DIRECTOR
    made.now += timedelta(hours=46)
    assert no(made, MD, denial) == {"peer-to-peer-missing"}
    assert no(
        made,
        MD,
        lambda d: review.peer_to_peer(d.case, d.staff, d.now, (1,), TalkEvent.HELD, "phone", RULES),
    ) == {"peer-to-peer-missing"}
    for event in (TalkEvent.OFFERED, TalkEvent.HELD):
        talk(made, event)
    yes(made, MD, denial)

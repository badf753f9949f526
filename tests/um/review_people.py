"""Random people who try every act of review on good and bad grounds; time goes by, updates come."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from fhirpa.um import (
    review,
    review_after,
    review_appeal,
    review_certify,
    review_close,
    review_external,
    review_hearing,
)
from fhirpa.um.appeal import AppealForm, AppealOutcome, FiledBy, Filing
from fhirpa.um.case import AdverseReason, Case
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.request import Span
from fhirpa.um.review_terms import Given, Outcome, Refused
from fhirpa.um.staff import Act, MedicalDirector, Staff, medical_director
from fhirpa.um.terms import LineState
from tests.um.requests import day
from tests.um.review_house import (
    BELOW,
    INTAKE,
    MD,
    OT,
    OTHER,
    PEOPLE,
    PT,
    SENT,
    House,
    Step,
    check_case,
    check_step,
)

GOOD = "The member has walked independently since March and has reached the goals."
staff = st.one_of(st.sampled_from((PT, OT, MD, OTHER)), st.sampled_from(PEOPLE))
lines = st.sampled_from([(1,), (1,), (2,), (2,), (), (1, 2), (9,)])
one_line = st.sampled_from([(1,), (2,)])
texts = st.sampled_from([GOOD, GOOD, GOOD, "Not medically necessary.", ""])
amounts = st.one_of(
    st.none(),
    st.builds(Given, st.sampled_from([Decimal(8), Decimal(10), Decimal(12)])),
    st.builds(
        Given,
        st.sampled_from([None, Decimal(1), Decimal(6), Decimal(12), Decimal(30)]),
        st.sampled_from([None, Decimal(6), Decimal(40)]),
        st.sampled_from([None, Span(day(0), day(20)), Span(day(-9), day(41)), Span(day(3), None)]),
    ),
)
agreements = st.sampled_from(["", "Dr Ito"])


def grounds(case: Case, said: str = GOOD, *, known: bool = True, on: Sequence[int] = ()) -> AdverseReason:
    """A director's grounds, on the rule that was applied or on a criterion that the line was read against."""
    wanted = [x for x in case.lines if not on or x.line.sequence in on]
    found = [r for x in wanted if x.state is LineState.DENIED_ADMINISTRATIVE for r in x.reasons]
    found += [c.criterion_id for x in wanted for c in x.criteria]
    criterion = found[0] if known and found else "X"
    return AdverseReason(said, criterion, "Policy, version 1", said, "evaluation of 1 March", said)


class People(RuleBasedStateMachine):
    """One case in the hands of many. Whoever inherits opens the house."""

    house: House

    def _done(self, who: Staff, act: Callable[[Any], Outcome]) -> Step | None:
        before = self.house.case
        found = self.house.do(who, act)
        if isinstance(found, Refused):
            assert found.lacks  # what lacks is always named
            assert self.house.case == before
            return None
        check_step(found)
        return found

    # --- around the case -------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 20, 30, 120, 900]))
    def time_passes(self, hours: int) -> None:
        self.house.now += timedelta(hours=hours)

    @rule(sent=st.sampled_from(SENT))
    def provider_sends_an_update(self, sent: Any) -> None:
        self.house.update(sent)

    @rule(visits=st.sampled_from([18, 24]))
    def provider_asks_for_something_else(self, visits: int) -> None:
        self.house.change(quantity=Decimal(visits))

    @rule(wanted=st.sampled_from([False, False, False, True]))
    def provider_cancels(self, wanted: bool) -> None:
        if wanted:
            self.house.cancel()

    # --- while it is open ------------------------------------------------------------------------------

    @rule(who=staff, whom=st.one_of(st.none(), staff), stays=st.sampled_from([False, False, True]))
    def take(self, who: Staff, whom: Staff | None, stays: bool) -> None:
        self._done(who, lambda d: review.take(d.case, d.staff, d.now, whom))
        if not stays:
            self.release(whom or who)

    @rule(who=staff)
    def release(self, who: Staff) -> None:
        self._done(who, lambda d: review.release(d.case, d.staff, d.now))

    @rule(who=staff, on=lines, item=st.sampled_from(["plan-of-care", "order", "nothing"]))
    def ask(self, who: Staff, on: Sequence[int], item: str) -> None:
        self._done(who, lambda d: review.ask(d.case, d.staff, d.now, on, (item,), d.rules))

    @rule(who=staff, on=lines, said=texts)
    def refer(self, who: Staff, on: Sequence[int], said: str) -> None:
        self._done(who, lambda d: review.refer(d.case, d.staff, d.now, on, said, "Do these visits fit?"))

    @rule(who=staff, on=lines, event=st.sampled_from(TalkEvent))
    def peer_to_peer(self, who: Staff, on: Sequence[int], event: TalkEvent) -> None:
        self._done(
            who, lambda d: review.peer_to_peer(d.case, d.staff, d.now, on, event, "telephone", d.rules)
        )

    @rule(who=staff, on=lines, given=amounts, open_=st.booleans(), agreed=agreements)
    def certify(self, who: Staff, on: Sequence[int], given: Given | None, open_: bool, agreed: str) -> None:
        self._done(
            who,
            lambda d: review_certify.certify(
                d.case, d.staff, d.now, on, d.bench, given, rest_open=open_, agreement=agreed
            ),
        )

    @rule(
        who=staff,
        on=lines,
        said=texts,
        given=amounts,
        known=st.booleans(),
        breach=st.sampled_from(["", "Ill."]),
    )
    def deny(
        self, who: Staff, on: Sequence[int], said: str, given: Given | None, known: bool, breach: str
    ) -> None:
        def act(d: Any) -> Outcome:
            director = medical_director(d.staff, d.now)
            if not isinstance(director, MedicalDirector):
                return Refused(director)
            reason = grounds(d.case, said, known=known, on=on)
            return review_close.deny(d.case, director, on, reason, d.bench, given, breach=breach)

        self._done(who, act)

    @rule(
        who=st.sampled_from((INTAKE, INTAKE, PT, MD)),
        on=lines,
        key=st.sampled_from(["benefit-review", "benefit-review", "clinical-review"]),
        said=texts,
    )
    def deny_administratively(self, who: Staff, on: Sequence[int], key: str, said: str) -> None:
        self._done(
            who,
            lambda d: review_close.deny_administratively(d.case, d.staff, d.now, on, key, said, d.rules),
        )

    @rule(who=staff, on=lines)
    def withdraw(self, who: Staff, on: Sequence[int]) -> None:
        self._done(who, lambda d: review_close.withdraw(d.case, d.staff, d.now, on, "front desk"))

    @rule(who=staff, on=lines)
    def correct(self, who: Staff, on: Sequence[int]) -> None:
        self._done(who, lambda d: review_close.correct(d.case, d.staff, d.now, on, GOOD, d.bench))

    # --- after the decision ----------------------------------------------------------------------------

    @rule(who=staff, on=one_line, days=st.sampled_from([1, 20, 30, 31]))
    def move_dates(self, who: Staff, on: Sequence[int], days: int) -> None:
        def act(d: Any) -> Outcome:
            given = [x.authorization for x in d.case.lines if x.line.sequence == on[0] and x.authorization]
            last = given[0].certified.period.end if given else day(41)
            return review_after.move_dates(
                d.case, d.staff, d.now, on, last + timedelta(days=days), "ill", d.bench
            )

        self._done(who, act)

    @rule(who=staff, on=one_line, given=amounts, days=st.sampled_from([0, 5, 11, 40]), lied=agreements)
    def reduce(self, who: Staff, on: Sequence[int], given: Given | None, days: int, lied: str) -> None:
        def act(d: Any) -> Outcome:
            director = medical_director(d.staff, d.now, Act.REDUCE)
            if not isinstance(director, MedicalDirector):
                return Refused(director)
            effective = d.now.date() + timedelta(days=days)
            reason = grounds(d.case, on=on)
            return review_after.reduce(
                d.case, director, on, reason, given or Given(), effective, d.bench, misrepresentation=lied
            )

        self._done(who, act)

    @rule(
        who=st.sampled_from((INTAKE, INTAKE, MD)),
        on=lines,
        by=st.sampled_from(FiledBy),
        consent=agreements,
        urgent=st.booleans(),
        ago=st.sampled_from([0, 0, 3]),
        cause=agreements,
        goes_on=st.booleans(),
    )
    def file_appeal(
        self,
        who: Staff,
        on: Sequence[int],
        by: FiledBy,
        consent: str,
        urgent: bool,
        ago: int,
        cause: str,
        goes_on: bool,
    ) -> None:
        received = self.house.now - timedelta(days=ago)
        filing = Filing(by, "Ana", received, AppealForm.ORAL, "", urgent, cause, consent, goes_on)
        self._done(who, lambda d: review_appeal.file_appeal(d.case, d.staff, d.now, on, filing, d.bench))

    @rule(who=st.sampled_from((INTAKE, MD)), whom=st.sampled_from(PEOPLE[2:]))
    def assign(self, who: Staff, whom: Staff) -> None:
        self._done(who, lambda d: review_appeal.assign(d.case, d.staff, d.now, None, whom, d.involved(whom)))

    @rule(who=st.sampled_from((INTAKE, OTHER, PT)), text=texts)
    def hear(self, who: Staff, text: str) -> None:
        self._done(who, lambda d: review_appeal.hear(d.case, d.staff, d.now, None, text, "Dr Ito"))

    @rule(longer=st.booleans(), days=st.sampled_from([1, 14, 15]))
    def time_of_the_appeal(self, longer: bool, days: int) -> None:
        def act(d: Any) -> Outcome:
            after = d.rules.after_decision
            if longer:
                return review_appeal.take_longer(d.case, INTAKE, d.now, None, days, GOOD, after)
            return review_appeal.expedite(d.case, INTAKE, d.now, None, "Dr Ito", after)

        self._done(INTAKE, act)

    @rule(who=staff, looks=st.booleans(), said=texts)
    def uphold(self, who: Staff, looks: bool, said: str) -> None:
        if looks:
            self.house.look(who)

        def act(d: Any) -> Outcome:
            director = medical_director(d.staff, d.now, Act.UPHOLD)
            if not isinstance(director, MedicalDirector):
                return Refused(director)
            on = [n for x in d.case.appeals for n in x.sequences]
            reason = grounds(d.case, said, on=on)
            return review_hearing.uphold(d.case, director, None, reason, d.bench, d.involved(d.staff))

        self._done(who, act)

    @rule(who=staff, looks=st.booleans(), given=amounts)
    def overturn(self, who: Staff, looks: bool, given: Given | None) -> None:
        if looks:
            self.house.look(who)

        def act(d: Any) -> Outcome:
            director = medical_director(d.staff, d.now, Act.OVERTURN)
            if not isinstance(director, MedicalDirector):
                return Refused(director)
            on = [n for x in d.case.appeals for n in x.sequences]
            reason = grounds(d.case, on=on) if given else None
            involved = d.involved(d.staff)
            return review_hearing.overturn(d.case, director, None, d.bench, involved, given, reason)

        self._done(who, act)

    @rule(who=st.sampled_from((INTAKE, INTAKE, MD)), on=lines, urgent=st.booleans())
    def send_outside(self, who: Staff, on: Sequence[int], urgent: bool) -> None:
        asked = review_external.OutsideRequest(FiledBy.MEMBER, "Ana", self.house.now, urgent)
        self._done(who, lambda d: review_external.send_outside(d.case, d.staff, d.now, on, asked, d.bench))

    @rule(who=st.sampled_from((INTAKE, INTAKE, OTHER)), outcome=st.sampled_from(AppealOutcome), given=amounts)
    def decided_outside(self, who: Staff, outcome: AppealOutcome, given: Given | None) -> None:
        partly = given if outcome is AppealOutcome.PARTLY_OVERTURNED else None
        decision = review_external.OutsideDecision(outcome, self.house.now, "IRO 77", partly)
        self._done(
            who, lambda d: review_external.decided_outside(d.case, d.staff, d.now, None, decision, d.bench)
        )

    # --- roads that chance would hardly ever find -------------------------------------------------------

    @rule(
        given=amounts,
        hours=st.sampled_from([1, 25, 40, 90]),
        on=one_line,
        who=st.sampled_from((MD, MD, MD, *PEOPLE)),
        said=texts,
    )
    def the_road_to_a_denial(
        self, given: Given | None, hours: int, on: Sequence[int], who: Staff, said: str
    ) -> None:
        self._clear_the_desk()
        self.refer(PT if on == (1,) else OT, on, GOOD)
        self.refer(PT, on, GOOD)
        self.peer_to_peer(MD, on, TalkEvent.OFFERED)
        self.time_passes(hours)
        self.deny(who, on, said, given, True, "ill")

    @rule(
        held=st.booleans(),
        on=one_line,
        who=st.sampled_from((OTHER, OTHER, BELOW, MD)),
        partly=amounts,
        longer=st.booleans(),
        goes_outside=st.booleans(),
        outcome=st.sampled_from(AppealOutcome),
    )
    def the_road_of_an_appeal(
        self,
        held: bool,
        on: Sequence[int],
        who: Staff,
        partly: Given | None,
        longer: bool,
        goes_outside: bool,
        outcome: AppealOutcome,
    ) -> None:
        self._clear_the_desk()
        self.refer(PT, on, GOOD)
        self.peer_to_peer(MD, on, TalkEvent.OFFERED)
        self.peer_to_peer(MD, on, TalkEvent.HELD)
        self.deny(MD, on, GOOD, None, True, "ill")
        self.file_appeal(INTAKE, on, FiledBy.MEMBER, "", held, 0, "", False)
        self.assign(INTAKE, who)
        self.time_of_the_appeal(longer, 14)
        self.hear(INTAKE, GOOD)
        if held:
            self.uphold(who, True, GOOD)
        else:
            self.overturn(who, True, partly)
        if goes_outside:
            self.send_outside(INTAKE, on, not held)
            self.decided_outside(INTAKE, outcome, partly)

    @rule(on=one_line, who=st.sampled_from((MD, OTHER, PT, INTAKE)))
    def the_road_back(self, on: Sequence[int], who: Staff) -> None:
        self.the_road_to_a_denial(None, 90, on, MD, GOOD)
        self.correct(who, on)

    @rule(on=one_line, goes_on=st.booleans(), days=st.sampled_from([2, 12, 40]))
    def the_road_to_a_cut(self, on: Sequence[int], goes_on: bool, days: int) -> None:
        self._clear_the_desk()
        self.certify(PT, on, None, False, "")
        self.certify(OT, on, None, False, "")
        self.time_passes(1)
        self.peer_to_peer(MD, on, TalkEvent.OFFERED)
        self.peer_to_peer(MD, on, TalkEvent.HELD)
        self.reduce(MD, on, Given(Decimal(5)), days, "")
        self.file_appeal(INTAKE, on, FiledBy.MEMBER, "", False, 0, "", goes_on)

    def _clear_the_desk(self) -> None:
        for who in PEOPLE:
            if self.house.case.assigned_to == who.staff_id:
                self.release(who)

    @invariant()
    def the_case_is_sound(self) -> None:
        if hasattr(self, "house"):
            check_case(self.house.case)

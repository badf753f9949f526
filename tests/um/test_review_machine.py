"""Whoever does whatever to a case, at whatever time: the invariants of the case lifecycle hold.

A random world of people (also without licence, of other roles, not active) tries every act with good and bad
grounds, while the provider sends updates and time goes by. What is refused changes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fhirpa.policies.load import load_rules
from fhirpa.um import review, review_certify, review_close
from fhirpa.um.case import AdverseReason, Case, CaseLine
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.request import Span
from fhirpa.um.review_terms import Given, Outcome, Refused, Reviewed
from fhirpa.um.staff import Licence, LicenceType, MedicalDirector, Staff, StaffRole, medical_director
from fhirpa.um.terms import ActorRole, DeterminationKind, LineState
from tests.um.payer import Payer, next_version
from tests.um.requests import day, evidence, line, request

RULES = load_rules()
_MD = Licence(LicenceType.MD, "TX", "1", date(2035, 12, 31))
PEOPLE = (
    Staff("in", "Intake", StaffRole.INTAKE),
    Staff("pt", "PT", StaffRole.THERAPIST, licence=replace(_MD, type=LicenceType.PT)),
    Staff("ot", "OT", StaffRole.THERAPIST, licence=replace(_MD, type=LicenceType.OT)),
    Staff("md", "Director", StaffRole.MEDICAL_DIRECTOR, licence=_MD),
    Staff("md-2", "Director", StaffRole.MEDICAL_DIRECTOR, licence=_MD),
    Staff("md-gone", "Director", StaffRole.MEDICAL_DIRECTOR, active=False, licence=_MD),
    Staff(
        "md-late", "Director", StaffRole.MEDICAL_DIRECTOR, licence=replace(_MD, expires=date(2026, 11, 26))
    ),
    Staff("md-ok", "Director", StaffRole.MEDICAL_DIRECTOR, licence=replace(_MD, state="OK")),
    Staff("md-adm", "Director", StaffRole.MEDICAL_DIRECTOR, licence=replace(_MD, administrative=True)),
    Staff("md-pt", "Director", StaffRole.MEDICAL_DIRECTOR, licence=replace(_MD, type=LicenceType.PT)),
)
GOOD = "The member has walked independently since March and has reached the goals."
staff = st.one_of(st.sampled_from(PEOPLE[1:5]), st.sampled_from(PEOPLE[1:5]), st.sampled_from(PEOPLE))
lines = st.sampled_from([(1,), (1,), (2,), (2,), (), (1, 2), (9,)])
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
ADVERSE = (DeterminationKind.DENIED_MEDICAL, DeterminationKind.REDUCED)


class Review(RuleBasedStateMachine):
    """One case in the hands of many."""

    case: Case
    payer: Payer

    @initialize(
        plan=st.sampled_from(["SANDBOX-COM", "SANDBOX-COM-LOW", "SANDBOX-MCD", "SANDBOX-MA"]),
        sent=st.sampled_from([evidence(red_flags=True), evidence(), evidence(measures=())]),
        second=st.sampled_from(["97140", "97530"]),
    )
    def opens(self, plan: str, sent: Any, second: str) -> None:
        period = Span(day(0), day(41))
        asked = (
            line("97110", 20, 1, period=period),
            line(second, 8, 2, modifiers=("GO" if second == "97530" else "GP",), period=period),
        )
        self.payer = Payer(RULES, plan)
        self.case = self.payer.submit(request(*asked, evidence=sent))
        self.payer.now = self.case.received_at

    # --- what happens around the case ------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 20, 30, 120]))
    def time_passes(self, hours: int) -> None:
        self.payer.now += timedelta(hours=hours)

    @rule(sent=st.sampled_from([evidence(red_flags=True), evidence(), evidence(measures=())]))
    def provider_sends_an_update(self, sent: Any) -> None:
        before, now = self.case, self.payer.now
        changed = self.payer.try_update(before, next_version(before, evidence=sent))
        if isinstance(changed, Case):
            self._keep(changed)
            assert {x.state for x in changed.lines} & set(_DENIED) <= {x.state for x in before.lines}
            assert all(x.adverse is None or x == _same(before, x) for x in changed.lines)
            for item in (x for x in before.lines if x.state is LineState.MODIFIED):
                assert _same(changed, item).state is LineState.MODIFIED  # a person closed it
        self.payer.now = now

    # --- acts ------------------------------------------------------------------------------------------

    @rule(who=staff, whom=st.one_of(st.none(), staff), stays=st.sampled_from([False, False, True]))
    def take(self, who: Staff, whom: Staff | None, stays: bool) -> None:
        self._done(who, review.take(self.case, who, self.payer.now, whom))
        if not stays:
            self.release(whom or who)

    @rule(who=staff)
    def release(self, who: Staff) -> None:
        self._done(who, review.release(self.case, who, self.payer.now))

    @rule(who=staff, on=lines, item=st.sampled_from(["plan-of-care", "order", "nothing"]))
    def ask(self, who: Staff, on: Sequence[int], item: str) -> None:
        self._done(who, review.ask(self.case, who, self.payer.now, on, (item,), RULES))

    @rule(who=staff, on=lines, said=texts)
    def refer(self, who: Staff, on: Sequence[int], said: str) -> None:
        self._done(who, review.refer(self.case, who, self.payer.now, on, said, "Do these visits fit?"))

    @rule(who=st.sampled_from(PEOPLE[1:3]), on=lines)
    def refer_well(self, who: Staff, on: Sequence[int]) -> None:
        self._done(who, review.refer(self.case, who, self.payer.now, on, GOOD, "Do these visits fit?"))

    @rule(who=staff, on=lines, event=st.sampled_from(TalkEvent))
    def peer_to_peer(self, who: Staff, on: Sequence[int], event: TalkEvent) -> None:
        now = self.payer.now
        self._done(who, review.peer_to_peer(self.case, who, now, on, event, "telephone", RULES))

    @rule(who=staff, on=lines, given=amounts, open_=st.booleans(), agreed=st.sampled_from(["", "Dr Ito"]))
    def certify(self, who: Staff, on: Sequence[int], given: Given | None, open_: bool, agreed: str) -> None:
        outcome = review_certify.certify(
            self.case, who, self.payer.now, on, self._bench(), given, rest_open=open_, agreement=agreed
        )
        self._done(who, outcome)

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
        director = medical_director(who, self.payer.now)
        if not isinstance(director, MedicalDirector):
            assert who.staff_id not in ("md", "md-2")
            return
        criteria = [c for x in self.case.lines for c in x.criteria]
        criterion = criteria[0].criterion_id if known and criteria else "X"
        reason = AdverseReason(said, criterion, "Policy, version 1", said, "evaluation of 1 March", said)
        self._done(
            who, review_close.deny(self.case, director, on, reason, self._bench(), given, breach=breach)
        )

    @rule(quantity=st.sampled_from([6, 10, 12]), agreed=st.sampled_from(["", "Dr Ito"]))
    def a_therapist_certifies_less(self, quantity: int, agreed: str) -> None:
        for who in PEOPLE:
            self.release(who)
        self.certify(PEOPLE[1], (1,), Given(Decimal(quantity)), not agreed, agreed)

    @rule(given=amounts, hours=st.sampled_from([1, 25, 40, 90]), on=st.sampled_from([(1,), (2,)]))
    def the_road_to_a_denial(self, given: Given | None, hours: int, on: Sequence[int]) -> None:
        """What is needed, one after the other: at random it would hardly ever come together."""
        therapist, director = PEOPLE[1], PEOPLE[3]
        for who in PEOPLE:
            self.release(who)
        self.refer_well(therapist, on)
        self.peer_to_peer(director, on, TalkEvent.OFFERED)
        self.time_passes(hours)
        self.deny(director, on, GOOD, given, True, "")

    @rule(who=staff, on=lines, key=st.sampled_from(["benefit-review", "clinical-review"]), said=texts)
    def deny_administratively(self, who: Staff, on: Sequence[int], key: str, said: str) -> None:
        now = self.payer.now
        self._done(who, review_close.deny_administratively(self.case, who, now, on, key, said, RULES))

    @rule(who=staff, on=lines)
    def withdraw(self, who: Staff, on: Sequence[int]) -> None:
        self._done(who, review_close.withdraw(self.case, who, self.payer.now, on, "front desk"))

    @rule(who=staff, on=lines)
    def correct(self, who: Staff, on: Sequence[int]) -> None:
        self._done(who, review_close.correct(self.case, who, self.payer.now, on, GOOD, self._bench()))

    # --- what must be so -------------------------------------------------------------------------------

    def _done(self, who: Staff, outcome: Outcome) -> None:
        before = self.case
        if isinstance(outcome, Refused):
            assert outcome.lacks  # what lacks is always named
            return
        after = outcome.case
        assert who.active
        assert (after.version, after.updated_at) == (before.version + 1, self.payer.now)
        for old, new in zip(before.lines, after.lines, strict=True):
            _check_line(old, new, outcome)
        if before.due is not None and after.due is not None:
            assert after.due.at >= before.due.at
        self._keep(after)

    def _keep(self, case: Case) -> None:
        self.case = case
        self.payer.cases[case.case_id] = case

    def _bench(self) -> review_certify.Bench:
        return review_certify.Bench(RULES, self.payer.context(), self.payer.number)

    @invariant()
    def what_was_denied_has_all_that_the_law_wants(self) -> None:
        for item in self.case.lines if hasattr(self, "case") else ():
            if item.adverse is None:
                assert item.state is not LineState.DENIED_MEDICAL
                continue
            decider, at = item.decided_by, self.case.updated_at
            assert decider is not None
            assert decider.role is ActorRole.MEDICAL_DIRECTOR
            assert decider.staff_id in ("md", "md-2", "md-late")
            held = any(p.event is TalkEvent.HELD for p in item.peer_to_peer)
            stood = any(p.lead_ends_at and p.lead_ends_at <= at for p in item.peer_to_peer)
            assert held or stood
            assert item.adverse.criterion_id
            assert item.adverse.citation
            assert item.adverse.reason == GOOD

    @invariant()
    def nothing_beyond_what_was_asked_is_certified(self) -> None:
        for item in self.case.lines if hasattr(self, "case") else ():
            if item.authorization is not None and item.line.quantity is not None:
                assert item.authorization.certified.quantity is not None
                assert item.authorization.certified.quantity <= item.line.quantity

    @invariant()
    def what_stands_is_drawn(self) -> None:
        """Visits of one discipline may be shared by its lines: never less than the most of them is drawn."""
        if not hasattr(self, "case") or not RULES.plans[self.payer.plan].limits:
            return
        most: dict[Any, Decimal] = {}
        for item in self.case.lines:
            if item.authorization is not None and item.state is not LineState.CANCELLED:
                visits = item.authorization.certified.visits or Decimal(0)
                most[item.discipline] = max(visits, most.get(item.discipline, Decimal(0)))
        assert sum((d.visits for d in self.case.draws), Decimal(0)) >= max(most.values(), default=Decimal(0))

    @invariant()
    def one_number_per_discipline(self) -> None:
        if not hasattr(self, "case"):
            return
        numbers: dict[Any, set[str]] = {}
        for item in self.case.lines:
            if item.authorization is not None:
                numbers.setdefault(item.discipline, set()).add(item.authorization.number)
        assert all(len(x) == 1 for x in numbers.values())

    @invariant()
    def a_hard_limit_is_never_passed(self) -> None:
        if not hasattr(self, "case"):
            return
        for limit in RULES.plans[self.payer.plan].limits:
            drawn: dict[int, Decimal] = {}
            for draw in self.case.draws:
                if draw.bucket == limit.bucket:
                    drawn[draw.year] = drawn.get(draw.year, Decimal(0)) + draw.visits
            assert not limit.hard or all(v <= limit.visits for v in drawn.values())

    @invariant()
    def a_clock_runs_exactly_while_something_waits(self) -> None:
        if hasattr(self, "case"):
            assert (self.case.due is not None) == self.case.is_pended


_DENIED = (LineState.DENIED_MEDICAL, LineState.DENIED_ADMINISTRATIVE)


def _same(case: Case, item: CaseLine) -> CaseLine:
    return next(x for x in case.lines if x.line.sequence == item.line.sequence)


def _check_line(old: CaseLine, new: CaseLine, done: Reviewed) -> None:
    """One line across one act: nobody takes back what stands, and each kind of act leads where it may."""
    decided = {d.sequence: d for d in done.decided}.get(old.line.sequence)
    if old.line.sequence not in done.sequences:
        assert old == new
    if old.state is LineState.CANCELLED:
        assert new.state is LineState.CANCELLED
    if old.authorization is not None:
        assert new.authorization is not None
        had, has = old.authorization.certified, new.authorization.certified
        assert (has.quantity or 0) >= (had.quantity or 0)
        assert (has.visits or 0) >= (had.visits or 0)
    if new.state is not old.state and not new.state.is_pended:
        assert decided is not None
        assert new.decided_by is not None
    if decided is not None and decided.kind in ADVERSE:
        assert done.staff.role is StaffRole.MEDICAL_DIRECTOR
        assert old.state is LineState.PENDED_DIRECTOR
    if decided is not None and decided.kind is DeterminationKind.DENIED_ADMINISTRATIVE:
        assert decided.rule_id == "benefit-review"
    if old.state is LineState.PENDED_DIRECTOR and new.state is LineState.CERTIFIED:
        assert done.staff.role is StaffRole.MEDICAL_DIRECTOR
    if new.state is LineState.MODIFIED and old.state is not LineState.MODIFIED:
        assert new.adverse is not None or done.detail.get("agreement")


Review.TestCase.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestReview = Review.TestCase

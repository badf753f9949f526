"""A house in which people act on one case, and all that must be true of what they did.

`PureHouse` has no store: the acts of `um` on values. Another one, with use cases and a database below it,
stands in `tests/workflow`; the same people do the same things in both, and the same laws hold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from fhirpa.policies.load import load_rules
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.clock_case import clocked
from fhirpa.um.determination import BenefitDraw
from fhirpa.um.notices import NoticeKind, Recipient
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.request import Span
from fhirpa.um.review_appeal import TAKES_PART, Involved
from fhirpa.um.review_certify import Bench
from fhirpa.um.review_notices import notices_of
from fhirpa.um.review_terms import Outcome, Refused, Reviewed
from fhirpa.um.rules import RuleSet
from fhirpa.um.staff import Act, Licence, LicenceType, Staff, StaffRole
from fhirpa.um.terms import ActorRole, AppealStage, Change, DeterminationKind, EngineResult, LineState
from fhirpa.um.transitions import Stage, checked, leads, stage_of
from fhirpa.um.updating import changed_lines
from tests.um.payer import Payer, next_version
from tests.um.requests import CLINIC, day, evidence, line, request

RULES = load_rules()
_MD = Licence(LicenceType.MD, "TX", "1", date(2035, 12, 31))


def _director(staff_id: str, **more: Any) -> Staff:
    return Staff(staff_id, "Director", StaffRole.MEDICAL_DIRECTOR, **{"licence": _MD, **more})


INTAKE = Staff("in", "Intake", StaffRole.INTAKE)
PT = Staff("pt", "PT", StaffRole.THERAPIST, licence=replace(_MD, type=LicenceType.PT))
OT = Staff("ot", "OT", StaffRole.THERAPIST, licence=replace(_MD, type=LicenceType.OT))
MD, OTHER, BELOW = _director("md"), _director("md-2"), _director("md-below", supervisor="md")
PEOPLE = (
    *(INTAKE, PT, OT, MD, OTHER, BELOW),
    _director("md-gone", active=False),
    _director("md-late", licence=replace(_MD, expires=date(2026, 11, 26))),
    _director("md-ok", licence=replace(_MD, state="OK")),
    _director("md-adm", licence=replace(_MD, administrative=True)),
    _director("md-pt", licence=replace(_MD, type=LicenceType.PT)),
    _director("md-own", npi=CLINIC),
    _director("md-kin", conflicts=frozenset({CLINIC})),
)
BY_ID = {x.staff_id: x for x in PEOPLE}
MAY_DIRECT = {"md", "md-2", "md-below", "md-late"}  # the rest lacks something for it
ADVERSE = (DeterminationKind.DENIED_MEDICAL, DeterminationKind.REDUCED)


@dataclass(frozen=True)
class Desk:
    """What an act is given; the same fields as `fhirpa.workflow.review.Desk`."""

    case: Case
    staff: Staff
    now: datetime
    rules: RuleSet
    bench: Bench
    colleague: Callable[[str], Staff | None]
    involved: Callable[[Staff], Involved]


@dataclass(frozen=True)
class Step:
    """One thing that was done."""

    before: Case
    done: Reviewed
    at: datetime
    who: Staff
    involved: Involved  # of whoever did it, before they did


class House(Protocol):
    """Where people act."""

    now: datetime

    @property
    def case(self) -> Case: ...

    def do(self, who: Staff, act: Callable[[Any], Outcome]) -> Step | Refused: ...

    def update(self, more: Any) -> None: ...

    def cancel(self) -> None: ...

    def change(self, **more: Any) -> None: ...

    def look(self, who: Staff) -> None: ...


@dataclass
class PureHouse:
    """Values only."""

    payer: Payer
    case: Case
    now: datetime
    acted: set[str] = field(default_factory=set)
    read: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def open(cls, plan: str, sent: Any, second: str) -> "PureHouse":
        """A case of two lines, of one discipline or of two."""
        span, modifier = Span(day(0), day(41)), "GO" if second == "97530" else "GP"

        asked = (line("97110", 20, 1, period=span), line(second, 8, 2, modifiers=(modifier,), period=span))
        payer = Payer(RULES, plan)
        case = payer.submit(request(*asked, evidence=sent))
        for item in case.lines:
            assert leads("line-opened", ActorRole.ENGINE, Stage.RECEIVED, stage_of(item))
        return cls(payer, case, case.received_at)

    def do(self, who: Staff, act: Callable[[Any], Outcome]) -> Step | Refused:
        """As `workflow.review.review` does it."""
        bench = Bench(RULES, self.payer.context(), self.payer.number)
        involved = self._involved(who)
        outcome = act(Desk(self.case, who, self.now, RULES, bench, BY_ID.get, self._involved))
        if isinstance(outcome, Refused):
            return outcome
        before = self.case
        checked(before, outcome.case, outcome.sequences, outcome.act.event, outcome.staff.actor_role)
        if outcome.act in TAKES_PART:
            self.acted.add(who.staff_id)
        self._keep(clocked(before, outcome.case, self.now, RULES))  # as the use case does
        return Step(before, outcome, self.now, who, involved)

    def update(self, more: Any) -> None:
        """The provider sends other evidence."""
        self._update(next_version(self.case, evidence=more))

    def cancel(self) -> None:
        """The provider cancels the first line."""
        first, *rest = self.case.request.lines
        self._update(next_version(self.case, replace(first, cancelled=True), *rest))

    def change(self, **more: Any) -> None:
        """The provider asks for something else on the first line."""
        first, *rest = self.case.request.lines
        self._update(next_version(self.case, replace(first, flag=Change.CHANGED, **more), *rest))

    def look(self, who: Staff) -> None:
        """Somebody looks at the case."""
        self.read[who.staff_id] = self.now

    def _update(self, sent: Any) -> None:
        self.payer.now = self.now
        before, changed = self.case, self.payer.try_update(self.case, sent)
        if not isinstance(changed, Case):
            return
        for item in changed_lines(before, changed):
            source = stage_of(item.before) if item.before else Stage.RECEIVED
            kind, role = "line-changed", ActorRole.ENGINE
            if item.was_cancelled:
                kind, role = "line-cancelled", ActorRole.PROVIDER
            assert source is stage_of(item.after) or leads(kind, role, source, stage_of(item.after))
        check_update(before, changed)
        self._keep(changed)

    def _keep(self, case: Case) -> None:
        self.case = case
        self.payer.cases[case.case_id] = case

    def _involved(self, person: Staff) -> Involved:
        above = frozenset({person.supervisor} if person.supervisor else ())
        return Involved(frozenset(self.acted), above, self.read.get(person.staff_id))


# --- the laws (numbers: domain §11) --------------------------------------------------------------------


def check_update(before: Case, after: Case) -> None:
    """An update denies nothing, and leaves what a person closed, or what is objected to, as it is (5, 18)."""
    for old in before.lines:
        new = same(after, old)
        closed = old.state in (LineState.MODIFIED, *_DENIED, LineState.CANCELLED) or old.appeal is not None
        assert (
            not closed
            or (new.state, new.appeal, new.adverse) == (old.state, old.appeal, old.adverse)
            or (new.state is LineState.CANCELLED and old.state is LineState.MODIFIED)
        )
        assert new.state not in (*_DENIED, LineState.MODIFIED) or old.state is new.state


def check_step(step: Step, rules: RuleSet = RULES) -> None:
    """All that must be so of one act."""
    before, done, after = step.before, step.done, step.done.case
    assert step.who.active
    assert (after.version, after.updated_at) == (before.version + 1, step.at)
    assert {s for s in EngineResult if "den" in s.value or "not_met" in s.value} == set()  # 6
    for old, new in zip(before.lines, after.lines, strict=True):
        _check_line(old, new, step)
    if before.due is not None and after.due is not None:
        assert after.due.at >= before.due.at
    for decided in done.decided:
        if decided.kind in ADVERSE or decided.kind is DeterminationKind.UPHELD:
            _check_adverse(step, decided.sequence, decided.kind)
    _check_notices(step, rules)
    _check_appeals(step)


def _check_line(old: CaseLine, new: CaseLine, step: Step) -> None:
    """Nobody takes back what stands, and each kind of act leads where it may (8, 18)."""
    done, n = step.done, old.line.sequence
    decided = {d.sequence: d for d in done.decided}.get(n)
    if n not in done.sequences:
        assert old == new
    if old.state is LineState.CANCELLED:
        assert new.state is LineState.CANCELLED
    if old.authorization is not None:
        assert new.authorization is not None
        assert new.authorization.number == old.authorization.number  # 17
        had, has = old.authorization.certified, new.authorization.certified
        less = (has.quantity or 0) < (had.quantity or 0) or (has.visits or 0) < (had.visits or 0)
        assert not less or done.act is Act.REDUCE or (old.cut is not None and done.act in _CUT_AGAIN)
    if new.state is not old.state and not new.state.is_pended:
        assert decided is not None
        assert new.decided_by is not None
        assert not new.information  # 26
    if not old.state.is_pended and new.state is not old.state:
        assert done.act in _REOPENS  # 18
    if decided is not None and decided.kind is DeterminationKind.DENIED_ADMINISTRATIVE:
        assert decided.rule_id == "benefit-review"
    if old.state is LineState.PENDED_DIRECTOR and new.state in (LineState.CERTIFIED, LineState.MODIFIED):
        assert done.staff.role is StaffRole.MEDICAL_DIRECTOR
    if new.state is LineState.MODIFIED and old.state is not LineState.MODIFIED:
        whole = done.act in (Act.OVERTURN, Act.EXTERNAL_OUTCOME)
        assert whole or new.adverse is not None or done.detail.get("agreement")  # 1


def _check_adverse(step: Step, sequence: int, kind: DeterminationKind) -> None:
    """Who, with which licence, after which offer, on which grounds (1, 2, 3, 5, 7, 16)."""
    done, after = step.done, step.done.case
    item = next(x for x in after.lines if x.line.sequence == sequence)
    decided = next(x for x in done.decided if x.sequence == sequence)
    if done.outside:
        assert kind is DeterminationKind.UPHELD
        return
    who = step.who
    assert who.role is StaffRole.MEDICAL_DIRECTOR
    assert who.staff_id in MAY_DIRECT
    assert who.licence is not None
    assert who.licence.expires >= step.at.astimezone(UTC).date()
    assert item.decided_by is not None
    assert (item.decided_by.staff_id, item.decided_by.role) == (who.staff_id, ActorRole.MEDICAL_DIRECTOR)
    assert decided.criterion_id
    assert decided.citation
    if item.adverse is not None:
        assert len(item.adverse.reason.split()) > 5
        assert item.adverse.source
        assert item.adverse.would_change
    if done.act in (Act.DENY, Act.REDUCE):
        since = item.plan_since
        record = [p for p in item.peer_to_peer if since is None or p.at >= since]
        held = any(p.event is TalkEvent.HELD for p in record)
        assert held or any(p.lead_ends_at and p.lead_ends_at <= step.at for p in record)


def _check_notices(step: Step, rules: RuleSet) -> None:
    """Whatever is adverse is written to provider and member, with the way to object (4, 28)."""
    notices = notices_of(step.done, rules.after_decision)
    assert all(x.language and x.template and x.template_version for x in notices)
    adverse = [x for x in step.done.decided if x.kind in (*ADVERSE, DeterminationKind.DENIED_ADMINISTRATIVE)]
    if adverse or step.done.appeal:
        assert {x.recipient for x in notices} == set(Recipient)
    if adverse and not step.done.outside:
        assert all(x.is_adverse for x in notices)
    if step.done.act is Act.APPEAL:
        assert {x.kind for x in notices} == {NoticeKind.APPEAL_RECEIVED}


def _check_appeals(step: Step) -> None:
    """Decided by the one who was named, who took no part before, nor works below one who did (7, 15)."""
    known = {x.number: x for x in step.before.appeals}
    for appeal in step.done.case.appeals:
        old = known.get(appeal.number)
        if appeal.decision is not None and (old is None or old.decision is None):
            assert old is not None
            assert old.reviewer == step.who.staff_id
            assert step.who.staff_id not in step.involved.acted
            assert not step.involved.above & step.involved.acted
            assert step.involved.read_at is not None
        if old is not None and old.more_time is not None:
            assert appeal.more_time == old.more_time
        if appeal.more_time is not None:
            assert appeal.more_time.days <= 14
        if appeal.external is not None and appeal.external.outcome is None:
            assert appeal.external.send_by.at >= appeal.external.requested_at
    for item in step.done.case.lines:
        if item.appeal is AppealStage.APPEALED:
            found = step.done.case.appeal_of(item.line.sequence)
            assert found is not None
            assert found.awaits is not None


def check_case(case: Case, rules: RuleSet = RULES) -> None:
    """What must be so of a case at any time (8, 9, 14, 17, 22, 26)."""
    assert (case.due is not None) == case.is_pended
    numbers: dict[Any, set[str]] = {}
    most: dict[Any, Decimal] = {}
    for item in case.lines:
        assert (item.state is LineState.DENIED_MEDICAL) <= (item.adverse is not None)
        if item.authorization is None:
            continue
        certified = item.authorization.certified
        numbers.setdefault(item.discipline, set()).add(item.authorization.number)
        if item.line.quantity is not None:
            assert certified.quantity is not None
            assert certified.quantity <= item.line.quantity
        if item.state is not LineState.CANCELLED:
            most[item.discipline] = max(certified.visits or Decimal(0), most.get(item.discipline, Decimal(0)))
    assert all(len(x) == 1 for x in numbers.values())
    limits = rules.plans[case.plan_code].limits
    if limits:
        assert _sum(case.draws) >= max(most.values(), default=Decimal(0))
    for limit in limits:
        years = {d.year for d in case.draws if d.bucket == limit.bucket}
        drawn = [_sum([d for d in case.draws if (d.bucket, d.year) == (limit.bucket, y)]) for y in years]
        assert not limit.hard or all(v <= limit.visits for v in drawn)


def same(case: Case, item: CaseLine) -> CaseLine:
    """The line of the same number."""
    return next(x for x in case.lines if x.line.sequence == item.line.sequence)


def _sum(draws: Sequence[BenefitDraw]) -> Decimal:
    return sum((d.visits for d in draws), Decimal(0))


_DENIED = (LineState.DENIED_MEDICAL, LineState.DENIED_ADMINISTRATIVE)
_REOPENS = (Act.CORRECT, Act.REDUCE, Act.MOVE_DATES, Act.OVERTURN, Act.EXTERNAL_OUTCOME, Act.UPHOLD)
_CUT_AGAIN = (Act.UPHOLD, Act.EXTERNAL_OUTCOME)
SENT = (evidence(red_flags=True), evidence(), evidence(measures=()))
A_WHILE = timedelta(days=5)

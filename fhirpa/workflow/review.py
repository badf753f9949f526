"""Review: one act of one person on one case, in one transaction.

The pure act (`um.review*`) says what the case becomes, or what lacks. With the next version are written: the
event, the determinations, the peer-to-peer record, and what sender, provider and member are to be told. An
adverse determination without its notices is refused by the database itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from fhirpa.store import NewDetermination, NewEvent, NumberTaken, StaleCase, Unit
from fhirpa.um.case import Case
from fhirpa.um.clock_case import clocked
from fhirpa.um.review_certify import Bench
from fhirpa.um.review_terms import Decided, Outcome, Refused, Reviewed
from fhirpa.um.rules import RuleSet
from fhirpa.um.staff import Act, Lack, Staff
from fhirpa.um.terms import DeterminationKind
from fhirpa.workflow.clock_log import clock_events
from fhirpa.workflow.clocks import caught_up
from fhirpa.workflow.context import load_context
from fhirpa.workflow.numbers import number_maker
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import transaction

_ATTEMPTS = 3
_SILENT = frozenset({Act.TAKE, Act.RELEASE, Act.PEER_TO_PEER, Act.TALK})  # nothing on the wire changes
# What is written to provider and member beside decisions.
_WRITTEN = frozenset({Act.ASK, Act.CORRECT, Act.EXTEND_TIME, Act.DOWNGRADE})
_OF_A_CLOCK = ("ground", "citation", "due", "letter_by")


class ReviewRefused(Exception):
    """The act was not done; `lacks` says everything that is missing. Nothing was written."""

    def __init__(self, *lacks: Lack) -> None:
        self.lacks = lacks
        super().__init__("; ".join(x.text for x in lacks))


@dataclass(frozen=True, slots=True)
class Desk:
    """What a person has before them: the case as it is, the time, the rules, and colleagues by id."""

    case: Case
    staff: Staff
    now: datetime
    rules: RuleSet
    bench: Bench
    colleague: Callable[[str], Staff | None]


@dataclass(frozen=True, slots=True)
class Doing:
    """Who acts on which case. `version`: the one that the person saw; None: whatever it is."""

    staff_id: str
    case_number: str
    version: int | None = None


def review(services: Services, doing: Doing, act: Callable[[Desk], Outcome]) -> Reviewed:
    """Do one act; the case's next version is durable when this returns.

    Raises ReviewRefused for what lacks (also when somebody changed the case since), store.NotFound for an
    unknown case, Unavailable when the store is busy or away.
    """
    for _ in range(_ATTEMPTS):
        try:
            return _once(services, doing, act)
        except NumberTaken:
            continue  # another process drew the same number at the same moment: draw again
        except StaleCase:
            raise ReviewRefused(_stale()) from None
    raise RuntimeError("numbers kept colliding")


def _once(services: Services, doing: Doing, act: Callable[[Desk], Outcome]) -> Reviewed:
    with transaction(services) as unit:
        staff = unit.find_staff(doing.staff_id)
        if staff is None:
            raise ReviewRefused(Lack("staff-unknown", f"{doing.staff_id} is not on the staff"))
        case = unit.load_case(unit.case_id_of(doing.case_number))
        context = load_context(services, unit, case.request, case.received_at)  # holds the member
        case = unit.load_case(case.case_id)  # as it is under the lock
        if doing.version not in (None, case.version):
            raise ReviewRefused(_stale())
        bench = Bench(services.rules, context, number_maker(services, unit))
        now = services.clock.now()
        case = caught_up(services.rules, unit, case, now)
        outcome = act(Desk(case, staff, now, services.rules, bench, unit.find_staff))
        if isinstance(outcome, Refused):
            raise ReviewRefused(*outcome.lacks)
        done = replace(outcome, case=clocked(case, outcome.case, now, services.rules))
        _write(unit, case, done, services.rules)
    return done


def _write(unit: Unit, before: Case, done: Reviewed, rules: RuleSet) -> None:
    after = done.case
    unit.add_talks(after.case_id, done.sequences, done.talks)
    if done.act not in _SILENT:
        _tell(unit, done, unit.sender_of(after.case_id))
    body = {"version": after.version, "lines": _states(done), **done.detail}
    event = NewEvent(f"review-{done.act}", after.updated_at, done.staff.actor_role, done.staff.staff_id, body)
    determinations = [_determination(done, x) for x in done.decided]
    events = [event, *clock_events(before, after, rules)]
    unit.change_case(after, before.version, events, determinations)


def _tell(unit: Unit, done: Reviewed, sender: str) -> None:
    """Queue what the sender is notified of, and the notices of what was decided or asked for."""
    case, at = done.case, done.case.updated_at
    payload = {"version": case.version}
    unit.enqueue("case-changed", topic=sender, case_id=case.case_id, payload=payload, at=at)
    if not done.decided and done.act not in _WRITTEN:
        return
    notice = {
        **payload,
        "act": done.act.value,
        "lines": [{"sequence": x.sequence, "kind": x.kind.value} for x in done.decided],
        "adverse": any(_has_appeal(x) for x in done.decided),
        "clock": {k: done.detail[k] for k in _OF_A_CLOCK if k in done.detail},
    }
    for reader in ("provider", "member"):
        unit.enqueue("notice", topic=reader, case_id=case.case_id, payload=notice, at=at)


def _has_appeal(decided: Decided) -> bool:
    """True if the notice gives appeal rights: adverse, or denied administratively."""
    return decided.is_adverse or decided.kind is DeterminationKind.DENIED_ADMINISTRATIVE


def _determination(done: Reviewed, decided: Decided) -> NewDetermination:
    line = next(x for x in done.case.lines if x.line.sequence == decided.sequence)
    return NewDetermination(
        sequence=decided.sequence,
        kind=decided.kind,
        actor_role=done.staff.actor_role,
        actor_id=done.staff.staff_id,
        decided_at=done.case.updated_at,
        license_active=True if decided.is_adverse else None,  # a MedicalDirector decided (um.staff)
        rule_id=decided.rule_id,
        criteria=line.criteria,
        criterion_id=decided.criterion_id,
        citation=decided.citation,
    )


def _states(done: Reviewed) -> list[dict[str, object]]:
    return [
        {"sequence": x.line.sequence, "state": x.state.value}
        for x in done.case.lines
        if x.line.sequence in done.sequences
    ]


def _stale() -> Lack:
    return Lack("stale", "the case has changed since; look at it again")

"""Review: one act of one person on one case, in one transaction.

The pure act (`um.review*`) says what the case becomes, or what lacks. With the next version are written: the
event, the determinations, the peer-to-peer record, and what sender, provider and member are to be told. An
adverse determination without its notices is refused by the database itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from fhirpa.store import NewDetermination, NewEvent, NumberTaken, StaleCase, Unit
from fhirpa.um.case import Case
from fhirpa.um.clock_case import clocked
from fhirpa.um.review_appeal import TAKES_PART, Involved
from fhirpa.um.review_certify import Bench
from fhirpa.um.review_notices import notices_of
from fhirpa.um.review_terms import Decided, Outcome, Refused, Reviewed
from fhirpa.um.rules import RuleSet
from fhirpa.um.staff import Act, Lack, Staff
from fhirpa.um.terms import ActorRole
from fhirpa.um.transitions import checked
from fhirpa.workflow.clock_log import clock_events
from fhirpa.workflow.clocks import caught_up
from fhirpa.workflow.context import load_context
from fhirpa.workflow.numbers import number_maker
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import transaction

_ATTEMPTS = 3
_SILENT = frozenset(  # nothing on the wire changes, and nobody outside is told
    {Act.TAKE, Act.RELEASE, Act.PEER_TO_PEER, Act.TALK, Act.APPEAL_ASSIGN, Act.APPEAL_EVIDENCE}
)
_READ = "review-read"
_TAKES_PART = frozenset(x.event for x in TAKES_PART)
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
    involved: Callable[[Staff], Involved]  # who took part so far, as it matters for this person as a reviewer


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
        rules = services.rules_at(case.received_at)
        bench = Bench(rules, context, number_maker(services, unit))
        now = services.clock.now()
        involved = partial(_involved, unit, case.case_id)
        case = caught_up(rules, unit, case, now)
        outcome = act(Desk(case, staff, now, rules, bench, unit.find_staff, involved))
        if isinstance(outcome, Refused):
            raise ReviewRefused(*outcome.lacks)
        checked(case, outcome.case, outcome.sequences, outcome.act.event, staff.actor_role)
        done = replace(outcome, case=clocked(case, outcome.case, now, rules))
        _write(unit, case, done, rules)
    return done


def _involved(unit: Unit, case_id: str, person: Staff) -> Involved:
    events = unit.events_of(case_id)
    read = [x.at for x in events if x.type == _READ and x.actor_id == person.staff_id]
    above: set[str] = set()
    boss = person.supervisor
    while boss is not None and boss not in above:
        above.add(boss)
        found = unit.find_staff(boss)
        boss = found.supervisor if found else None
    acted = frozenset(x.actor_id for x in events if x.type in _TAKES_PART and x.actor_id)
    return Involved(acted, frozenset(above), max(read, default=None))


def _write(unit: Unit, before: Case, done: Reviewed, rules: RuleSet) -> None:
    after = done.case
    unit.add_talks(after.case_id, done.sequences, done.talks)
    if done.act not in _SILENT:
        _tell(unit, done, unit.sender_of(after.case_id), rules)
    body = {"version": after.version, "lines": _states(done), **done.detail}
    event = NewEvent(done.act.event, after.updated_at, done.staff.actor_role, done.staff.staff_id, body)
    determinations = [_determination(done, x) for x in done.decided]
    events = [event, *clock_events(before, after, rules)]
    unit.change_case(after, before.version, events, determinations)


def _tell(unit: Unit, done: Reviewed, sender: str, rules: RuleSet) -> None:
    """Queue what the sender is notified of, and the notices of what was decided or asked for."""
    case, at = done.case, done.case.updated_at
    payload = {"version": case.version}
    unit.enqueue("case-changed", topic=sender, case_id=case.case_id, payload=payload, at=at)
    for notice in notices_of(done, rules.after_decision):
        clock = {k: done.detail[k] for k in _OF_A_CLOCK if k in done.detail}
        reader, content = notice.recipient.value, {**notice.payload(case.version), "clock": clock}
        unit.enqueue("notice", topic=reader, case_id=case.case_id, payload=content, at=at)


def _determination(done: Reviewed, decided: Decided) -> NewDetermination:
    line = next(x for x in done.case.lines if x.line.sequence == decided.sequence)
    return NewDetermination(
        sequence=decided.sequence,
        kind=decided.kind,
        actor_role=ActorRole.EXTERNAL if done.outside else done.staff.actor_role,
        actor_id=done.outside or done.staff.staff_id,
        decided_at=done.case.updated_at,
        license_active=True if decided.is_adverse else None,  # a MedicalDirector decided (um.staff)
        rule_id=decided.rule_id,
        criteria=line.criteria,
        criterion_id=decided.criterion_id,
        citation=decided.citation,
        appeal_number=done.appeal,
    )


def _states(done: Reviewed) -> list[dict[str, object]]:
    return [
        {"sequence": x.line.sequence, "state": x.state.value, "appeal": x.appeal and x.appeal.value}
        for x in done.case.lines
        if x.line.sequence in done.sequences
    ]


def _stale() -> Lack:
    return Lack("stale", "the case has changed since; look at it again")

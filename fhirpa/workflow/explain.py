"""The whole road of one case for an auditor: what was decided on what, by whom, and whether it can be proved.

It reads, and writes nothing. It holds clinical facts: whoever calls it shows them to nobody but the reader.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fhirpa.policies.load import RulesError
from fhirpa.store import (
    DECISION_EVENT,
    TOMBSTONE,
    KeptDecision,
    KeptEvent,
    KeptNotice,
    Problem,
    Unit,
    UnknownFormat,
    verify_case,
)
from fhirpa.um.case import Case
from fhirpa.um.explaining import Step, explain_steps
from fhirpa.um.replay import DecisionRecord
from fhirpa.um.rules import RuleSet
from fhirpa.um.staff import Staff
from fhirpa.um.terms import ActorRole
from fhirpa.workflow.program import program_id
from fhirpa.workflow.replay import Difference, differences, read_record
from fhirpa.workflow.replay_rules import kept_rules
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import snapshot

_PEOPLE: Final = frozenset(
    {ActorRole.PROVIDER, ActorRole.INTAKE, ActorRole.THERAPIST, ActorRole.MEDICAL_DIRECTOR}
)


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether making the decision again gives the same, bit for bit.

    `reproduced` None: it could not be tried, for `why`. `program_differs`: other code decided then.
    """

    reproduced: bool | None
    why: str = ""
    differences: tuple[Difference, ...] = ()
    program_then: str = ""
    program_now: str = ""

    @property
    def program_differs(self) -> bool:
        """True if other code decided then."""
        return self.program_then != self.program_now


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of the engine; without a record (purged, or unreadable) only the proof says why."""

    at: datetime
    rules_version: str
    proof: Proof
    record: DecisionRecord | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonsAct:
    """What a person did; `staff` is who they are by the plan's list, None for somebody else."""

    event: KeptEvent
    staff: Staff | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything of one case, oldest first."""

    case: Case
    decisions: tuple[Decided, ...]
    acts: tuple[PersonsAct, ...]
    notices: tuple[KeptNotice, ...]
    problems: tuple[Problem, ...]
    events: int

    @property
    def is_proved(self) -> bool:
        """True if every decision was made again with the same result, and the event chain is whole."""
        tried = [x.proof.reproduced for x in self.decisions]
        return not self.problems and bool(tried) and all(tried)


def explain(services: Services, any_number: str) -> Explanation:
    """The case with this case, authorization or reference number, or id.

    Raises store.NotFound, and Unavailable when the store is busy or away.
    """
    with snapshot(services) as unit:
        case_id = unit.find_case_id(any_number)
        events = unit.events_of(case_id)
        kept = {x.seq: x for x in unit.decisions_of(case_id)}
        people = [x for x in events if x.actor_role in _PEOPLE]
        purged = {seq: x for x in events if x.type == TOMBSTONE and x.body for seq in x.body["purged"]}
        return Explanation(
            case=unit.load_case(case_id),
            decisions=tuple(
                _decided(unit, services.rules, x, kept.get(x.seq), purged.get(x.seq))
                for x in events
                if x.type == DECISION_EVENT
            ),
            acts=tuple(PersonsAct(x, unit.find_staff(x.actor_id)) for x in people),
            notices=tuple(unit.notices_of(case_id)),
            problems=tuple(verify_case(unit, case_id)),
            events=len(events),
        )


def _decided(
    unit: Unit, current: RuleSet, event: KeptEvent, kept: KeptDecision | None, tombstone: KeptEvent | None
) -> Decided:
    version = event.actor_id  # the engine acts under the version of its rules
    if kept is None:
        return Decided(event.at, version, Proof(None, _why_gone(tombstone)))
    try:
        record = read_record(kept)
    except (UnknownFormat, ValueError) as error:
        return Decided(event.at, version, Proof(None, f"what it took cannot be read: {_first_line(error)}"))
    now, then = program_id(), record.program
    try:
        rules = kept_rules(unit, record.rules_version, current)
    except RulesError as error:
        why = f"this program cannot use its rules: {_first_line(error)}"
        return Decided(event.at, version, Proof(None, why, (), then, now), record)
    if rules is None:
        return Decided(event.at, version, Proof(None, "its rules are not kept", (), then, now), record)
    return _proved(event, record, rules)


def _proved(event: KeptEvent, record: DecisionRecord, rules: RuleSet) -> Decided:
    found = differences(record, rules)
    proof = Proof(not found, "", found, record.program, program_id())
    steps = explain_steps(record.taken, record.decision, rules.for_plan(record.decision.plan_code))
    return Decided(event.at, record.rules_version, proof, record, steps)


def _why_gone(tombstone: KeptEvent | None) -> str:
    if tombstone is None:
        return "what it took is missing"
    day, who, why = tombstone.at.date(), tombstone.actor_id, tombstone.body["reason"]
    return f"what it took was purged on {day} by {who}: {why}"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]

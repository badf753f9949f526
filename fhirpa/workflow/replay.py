"""Deciding kept decisions again, to prove one or to try other rules on many; nothing is ever written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import msgspec

from fhirpa.store import DecisionFilter, KeptDecision, UnknownFormat
from fhirpa.store.codec import decode_decision, encode_decision, unpack
from fhirpa.um.determination import Decision
from fhirpa.um.replay import DecisionRecord, decide_again
from fhirpa.um.replay_tally import READ, Change, Tally
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import CriterionStatus, Discipline
from fhirpa.workflow.replay_workers import spread
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import snapshot

_BATCH = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a decision that was made again differs: where, what was kept, what came now."""

    place: str
    kept: str
    now: str


@dataclass(frozen=True, slots=True)
class Trial:
    """Other rules, and which lines to count; what a worker needs."""

    rules: RuleSet
    discipline: Discipline | None = None

    def __call__(self, batch: list[KeptDecision]) -> tuple[Tally, list[Change]]:
        """Decide a batch again: its counts and the lines that change."""
        tally, changes = Tally(), []
        for kept in batch:
            try:
                record = read_record(kept)
            except (UnknownFormat, ValueError):
                tally.unreadable.append(kept.case_number)
                continue
            after = decide_again(record.taken, self.rules)
            same = after is not None and _aligned(after, record) == record.decision
            changes += tally.count(
                record.taken,
                record.decision,
                after,
                kept.decided_at,
                kept.case_number,
                same,
                self.discipline,
            )
        return tally, changes


def read_record(kept: KeptDecision) -> DecisionRecord:
    """The decision with its input. Raises UnknownFormat, ValueError (msgspec.ValidationError is one)."""
    return decode_decision(unpack(kept.content))


def try_rules(
    services: Services,
    rules: RuleSet,
    wanted: DecisionFilter,
    *,
    discipline: Discipline | None = None,
    processes: int = 1,
    on_change: Callable[[Change], None] | None = None,
) -> Tally:
    """Decide every kept decision of the filter again, in parallel; each line that changes is handed on.

    Reads one state of the database, in batches. The result does not depend on the number of processes.
    """
    total = Tally()
    with snapshot(services) as unit:
        found = spread(Trial(rules, discipline), _batches(unit.stream_decisions(wanted)), processes)
        for tally, changes in found:
            total.merge(tally)
            for change in changes:
                if on_change is not None:
                    on_change(change)
    return total


def _batches(found: Iterator[KeptDecision]) -> Iterator[list[KeptDecision]]:
    while batch := list(islice(found, _BATCH)):
        yield batch


def differences(record: DecisionRecord, rules: RuleSet) -> tuple[Difference, ...]:
    """Where the decision differs when it is made again under these rules; () if it is the same bit for bit.

    The version of the rules itself is no difference.
    """
    after = decide_again(record.taken, rules)
    if after is None:
        return (Difference("decision", "made", "nothing is left to decide"),)
    again = replace(record, decision=_aligned(after, record))
    texts = encode_decision(record), encode_decision(again)
    if texts[0] == texts[1]:
        return ()
    kept, now = (msgspec.json.decode(x)["record"]["decision"] for x in texts)
    return tuple(_walk("decision", kept, now))


def _aligned(decision: Decision, record: DecisionRecord) -> Decision:
    return replace(decision, rules_version=record.rules_version)


def _walk(place: str, kept: object, now: object) -> Iterator[Difference]:
    """The leaves at which two values of plain JSON differ."""
    if isinstance(kept, dict) and isinstance(now, dict):
        for key in sorted(kept.keys() | now.keys()):
            yield from _walk(f"{place}.{key}", kept.get(key), now.get(key))
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for index, (old, new) in enumerate(zip(kept, now, strict=True)):
            yield from _walk(f"{place}[{index}]", old, new)
    elif kept != now:
        yield Difference(place, _text(place, kept), _text(place, now))


def _text(place: str, value: object) -> str:
    """The value as JSON; how a criterion was read in the words that leave the house."""
    if place.endswith(".status"):
        value = READ[CriterionStatus(str(value))]
    return "-" if value is None else msgspec.json.encode(value).decode()

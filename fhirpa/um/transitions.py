"""The state machine of a service line at work, over the rows of `um.transition_table`.

The engine, people, the worker and outside reviewers move a line along these rows and no others:
`um.review_terms.stage_lacks` reads from them where an act may start, `checked` refuses any other step of a
use case, and the table `line_transition` of the database holds the same rows for its trigger.
"""

from collections.abc import Iterable, Iterator

from fhirpa.um.case import Case, CaseLine
from fhirpa.um.peer_to_peer import counts
from fhirpa.um.terms import ActorRole, LineState
from fhirpa.um.transition_table import TRANSITIONS, Stage

__all__ = [
    "TRANSITIONS",
    "ImpossibleTransition",
    "Stage",
    "checked",
    "checked_line",
    "leads",
    "stage_of",
    "starts",
    "stored",
    "stored_moves",
]


class ImpossibleTransition(ValueError):
    """A use case tried to move a line where no row of the table leads. A fault of the program."""


def stage_of(line: CaseLine) -> Stage:
    """Where a line is."""
    if line.appeal is not None:
        return Stage(line.appeal.value)
    if line.state is LineState.PENDED_DIRECTOR and any(counts(p, line.plan_since) for p in line.peer_to_peer):
        return Stage.P2P_OFFERED
    return Stage(line.state.value)


def starts(action: str, role: ActorRole) -> frozenset[Stage]:
    """Where somebody of this role may begin the action."""
    return frozenset(s for t in TRANSITIONS if t.action == action and role in t.roles for s in t.sources)


def leads(action: str, role: ActorRole, source: Stage, target: Stage) -> bool:
    """True if a row of the table leads from source to target; with the director, a talk may be on offer."""
    reached = {target, Stage(stored(target))}
    return any(
        t.action == action and role in t.roles and source in t.sources and reached & set(t.targets)
        for t in TRANSITIONS
    )


def checked(before: Case, after: Case, sequences: Iterable[int], action: str, role: ActorRole) -> None:
    """Raises ImpossibleTransition if one of the lines moved where the table does not lead, or another moved.

    A line that stays where it is needs no row.
    """
    known = {x.line.sequence: x for x in before.lines}
    acted_on = set(sequences)
    for line in after.lines:
        old = known.get(line.line.sequence)
        if line.line.sequence not in acted_on and old != line:
            raise ImpossibleTransition(f"line {line.line.sequence}: {action} is not about it")
        checked_line(old, line, action, role)


def checked_line(before: CaseLine | None, after: CaseLine, action: str, role: ActorRole) -> None:
    """Raises ImpossibleTransition if this line (None: it has just begun) moved where no row leads."""
    source, target = stage_of(before) if before is not None else Stage.RECEIVED, stage_of(after)
    if source is not target and not leads(action, role, source, target):
        raise ImpossibleTransition(f"line {after.line.sequence}: {action} by {role}: {source} -> {target}")


def stored(stage: Stage) -> str:
    """The stage as the database tells it: the offer of a talk is a record of its own there."""
    return Stage.PENDED_DIRECTOR.value if stage is Stage.P2P_OFFERED else stage.value


def stored_moves() -> frozenset[tuple[str, str, str, str]]:
    """Every step that changes what is stored: (source, target, action, role)."""
    return frozenset(move for move in _moves() if move[0] != move[1])


def _moves() -> Iterator[tuple[str, str, str, str]]:
    for row in TRANSITIONS:
        for source in row.sources:
            for target in row.targets:
                if target is not Stage.RETURNED:  # nothing is stored of a request that was returned
                    for role in row.roles:
                        yield stored(source), stored(target), row.action, role.value

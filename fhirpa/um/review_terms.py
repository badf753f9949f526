"""What an act of review is given and gives back: the next version of the case, or what lacks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from fhirpa.um.case import Case, CaseLine, Decider
from fhirpa.um.notices import NoticeKind
from fhirpa.um.peer_to_peer import PeerToPeer
from fhirpa.um.request import Span
from fhirpa.um.staff import MAY, Act, Lack, Staff, act_lacks, conflict_lacks
from fhirpa.um.terms import ActorRole, DeterminationKind
from fhirpa.um.transitions import Stage, stage_of, starts, stored


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided of one line; adverse ones name criterion and citation."""

    sequence: int
    kind: DeterminationKind
    rule_id: str | None = None
    criterion_id: str | None = None
    citation: str | None = None

    @property
    def is_adverse(self) -> bool:
        """True for what only a medical director may decide."""
        return self.kind in (DeterminationKind.DENIED_MEDICAL, DeterminationKind.REDUCED)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An act that was done. `detail` holds plain values for the event; it may carry PHI."""

    case: Case
    act: Act
    staff: Staff
    sequences: tuple[int, ...]
    decided: tuple[Decided, ...] = ()
    talks: tuple[PeerToPeer, ...] = ()  # entries of the peer-to-peer record, for each of the lines
    notices: tuple[NoticeKind, ...] = ()  # what is written to provider and member beside decisions
    appeal: str | None = None  # number of the appeal that was decided
    outside: str | None = None  # who decided, where it was a reviewer outside the plan
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """An act that was not done, with everything that it lacks."""

    lacks: tuple[Lack, ...]


Outcome = Reviewed | Refused
_BESIDE_THE_DESK = frozenset(  # what comes in while somebody has the case on the desk
    {
        *(Act.APPEAL_ASSIGN, Act.APPEAL_EVIDENCE, Act.APPEAL_EXPEDITE, Act.APPEAL_EXTEND),
        *(Act.EXTERNAL, Act.EXTERNAL_OUTCOME),
    }
)


@dataclass(frozen=True, slots=True)
class Given:
    """What a person certifies of a line; None: as it was asked."""

    quantity: Decimal | None = None
    visits: Decimal | None = None
    period: Span | None = None


def chosen(case: Case, sequences: Sequence[int]) -> tuple[CaseLine, ...]:
    """The lines of these sequences; none given: all that are pended."""
    if not sequences:
        return tuple(x for x in case.lines if x.state.is_pended)
    return tuple(x for x in case.lines if x.line.sequence in sequences)


def base_lacks(
    case: Case,
    staff: Staff,
    act: Act,
    now: datetime,
    lines: Sequence[CaseLine],
    sequences: Sequence[int],
) -> list[Lack]:
    """What every act on lines needs: the person, the lines where the table of transitions lets the act begin,
    and nobody else at work on them."""
    lacks = [*act_lacks(staff, act, now), *conflict_lacks(staff, npis_of(case))]
    if case.assigned_to not in (None, staff.staff_id) and act not in _BESIDE_THE_DESK:
        lacks.append(Lack("taken", f"the case is with {case.assigned_to}"))
    known = {x.line.sequence for x in lines}
    lacks += [Lack("no-line", f"the case has no line {n}") for n in sequences if n not in known]
    if not lines and not sequences:
        lacks.append(Lack("nothing-open", "no line of the case is open"))
    return lacks + [x for line in lines for x in stage_lacks(line, staff, act)]


def stage_lacks(line: CaseLine, staff: Staff, act: Act) -> tuple[Lack, ...]:
    """Why the act may not begin where the line is, by this person; () if a row of the table begins there.

    An offer of a talk is looked at apart (`um.peer_to_peer`), which says more of what lacks.
    """
    at, n = stage_of(line), line.line.sequence
    here = {at, Stage(stored(at))} | ({Stage.P2P_OFFERED} if at is Stage.PENDED_DIRECTOR else set())
    others = sorted(r for r in MAY[act] if here & starts(act.event, ActorRole(r)))
    if staff.role in others or (others and staff.role not in MAY[act]):  # the role was refused before
        return ()
    if others:
        return (Lack("role", f"line {n} is {at}; {act} is for {', '.join(others)} there"),)
    wanted = ", ".join(sorted({s for r in MAY[act] for s in starts(act.event, ActorRole(r))}))
    return (Lack("state", f"line {n} is {at}; {act} needs: {wanted}"),)


def npis_of(case: Case) -> frozenset[str]:
    """The providers of a request: who asks, who treats, who orders."""
    request = case.request
    parties = (request.requester, *request.providers, *(x.line.rendering for x in case.lines))
    found = (*(x.npi for x in parties if x), *(x.ordering_npi for x in request.evidence.orders))
    return frozenset(x for x in found if x)


def with_lines(case: Case, changed: Iterable[CaseLine], now: datetime, **more: Any) -> Case:
    """The next version of the case with these lines changed; clocks that nothing waits for are over."""
    by_sequence = {x.line.sequence: x for x in changed}
    lines = tuple(by_sequence.get(x.line.sequence, x) for x in case.lines)
    after = replace(case, lines=lines, updated_at=now, version=case.version + 1, **more)
    asked = any(x.information for x in lines if x.state.is_pended)
    return replace(
        after,
        due=after.due if after.is_pended else None,
        information_due=after.information_due if asked else None,
        assigned_to=after.assigned_to if after.is_with_the_plan else None,
    )


def decider(staff: Staff, now: datetime) -> Decider:
    """The person as the case remembers them."""
    return Decider(staff.staff_id, staff.actor_role, staff.npi, staff.specialty, now)

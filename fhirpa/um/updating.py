"""How a case changes by an update: lines are cancelled, decided again, or stay; numbers and clocks go on.

An update never reduces what was certified (um.redeciding), a final line stays final, an authorization number
stays that of its discipline, and a clock that runs is never put later.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from fhirpa.um.benefits import reduced
from fhirpa.um.case import Case, CaseLine, drawing
from fhirpa.um.clock_case import clocked
from fhirpa.um.context import DecisionContext
from fhirpa.um.determination import BenefitDraw, BusinessError, CertifiedService, LineRecommendation
from fhirpa.um.lineage import names_of
from fhirpa.um.merging import LineChange, Merged, MergedLine, merge
from fhirpa.um.opening import Numbers, opened_line
from fhirpa.um.redeciding import Redecided, context_without, redecide
from fhirpa.um.request import AuthorizationRequest, ServiceLine
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import Discipline, LineState


@dataclass(frozen=True, slots=True)
class UpdateProposal:
    """An update laid over its case, and what the engine found; None where nothing is asked anew."""

    merged: Merged
    found: Redecided | None


def propose_update(
    case: Case, sent: AuthorizationRequest, context: DecisionContext, rules: RuleSet
) -> UpdateProposal:
    """Merge an update that was checked, and decide what it asks anew.

    `context` holds what the payer knows, this case included.
    """
    merged = merge(case, sent, rules)
    if not merged.asks_anew or not any(x.is_open_to_decision for x in merged.lines):
        return UpdateProposal(merged, None)
    beside = replace(context_without(context, case), line_received=_receipts(case, merged))
    return UpdateProposal(merged, redecide(case, merged, beside, rules))


def update_case(
    case: Case,
    sent: AuthorizationRequest,
    context: DecisionContext,
    rules: RuleSet,
    *,
    now: datetime,
    number: Callable[[str], str],
) -> Case | tuple[BusinessError, ...]:
    """The next version of the case, or the business errors that stop it: proposed and applied."""
    proposal = propose_update(case, sent, context, rules)
    return apply_update(case, proposal, context, rules, now=now, number=number)


def apply_update(
    case: Case,
    proposal: UpdateProposal,
    context: DecisionContext,
    rules: RuleSet,
    *,
    now: datetime,
    number: Callable[[str], str],
) -> Case | tuple[BusinessError, ...]:
    """The next version of the case, or the business errors that stop it.

    `number` mints numbers as for `open_case`.
    """
    merged, found = proposal.merged, proposal.found
    proposals: Mapping[int, LineRecommendation] = {}
    draws, decision = case.draws, None
    if found is not None:
        if found.decision.errors:
            return found.decision.errors
        decision, proposals, draws = found.decision, found.proposals, found.draws
    numbers = Numbers(number, _numbers_so_far(case), _reference(case))
    lines = tuple(
        _line(item, proposals.get(item.line.sequence), numbers, context.received_at, now)
        for item in merged.lines
    )
    after = replace(
        case,
        request=merged.request,
        lines=lines,
        updated_at=now,
        rules_version=decision.rules_version if decision else case.rules_version,
        draws=_fitting(draws, lines),
        notes=decision.notes if decision else case.notes,
        update_notes=tuple(dict.fromkeys(merged.notes)),
        version=case.version + 1,
        assigned_to=case.assigned_to if _with_the_plan(case, lines) else None,
        earlier_names=tuple(dict.fromkeys((*case.earlier_names, *names_of(case.request)))),
    )
    return clocked(case, after, context.received_at, rules, sent=True)


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line that an update changed, before (None: added) and after."""

    before: CaseLine | None
    after: CaseLine

    @property
    def was_cancelled(self) -> bool:
        """True if the provider has just cancelled it."""
        return self.after.state is LineState.CANCELLED

    @property
    def was_decided(self) -> bool:
        """True if its result is another one, not only what is asked or noted."""
        before = self.before
        return before is None or (before.state, before.authorization) != (
            self.after.state,
            self.after.authorization,
        )


def changed_lines(before: Case, after: Case) -> tuple[ChangedLine, ...]:
    """The lines that differ between two versions of a case."""
    known = {x.line.sequence: x for x in before.lines}
    pairs = (ChangedLine(known.get(x.line.sequence), x) for x in after.lines)
    return tuple(p for p in pairs if p.before is None or _without_path(p.before) != _without_path(p.after))


def _without_path(item: CaseLine) -> CaseLine:
    party = item.line.rendering
    line = replace(item.line, path="", flag=None, rendering=replace(party, path="") if party else None)
    return replace(item, line=line, clock=(), due=None)


# --- lines ---------------------------------------------------------------------------------------------


def _line(
    item: MergedLine,
    proposal: LineRecommendation | None,
    numbers: Numbers,
    received_at: datetime,
    now: datetime,
) -> CaseLine:
    before = item.before
    if item.change is LineChange.CANCELLED:
        return _cancelled(item, received_at)
    if before is not None and (proposal is None or _stays(item, before, proposal)):
        return replace(before, line=item.line)
    if proposal is None:
        raise ValueError("an added line needs a proposal")
    made = opened_line(item.line, proposal, numbers, now)
    if before is None:
        return replace(made, received_at=received_at)
    going_on = _going_on(made, before, _received(item, received_at))
    if item.change is LineChange.CHANGED:  # a talk about another plan of treatment is none about this one
        going_on = replace(going_on, plan_since=received_at)
    return going_on


def _cancelled(item: MergedLine, received_at: datetime) -> CaseLine:
    """The line without anything that waits; what was certified is kept for the record and stands no more."""
    if item.before is None:
        return CaseLine(item.line, LineState.CANCELLED, received_at=received_at)
    return replace(
        item.before,
        line=item.line,
        state=LineState.CANCELLED,
        administrative_reference_number=None,
        reasons=(),
        notes=(),
        information=(),
    )


def _with_the_plan(case: Case, lines: tuple[CaseLine, ...]) -> bool:
    return replace(case, lines=lines).is_with_the_plan


def _stays(item: MergedLine, before: CaseLine, proposal: LineRecommendation) -> bool:
    """True for an unchanged line that needed no authorization and would now wait for somebody."""
    same = item.change is LineChange.SAME and before.state is LineState.NOT_REQUIRED
    return same and proposal.certified is None


def _going_on(made: CaseLine, before: CaseLine, received_at: datetime | None) -> CaseLine:
    """The line as decided again, with what goes on from before."""
    old, new = before.authorization, made.authorization
    if old and new and old.number == new.number and old.certified == new.certified:
        made = replace(made, authorization=old)
    elif old and new:
        more = int(_ends_later(old.certified, new.certified))
        made = replace(made, authorization=replace(new, extended=old.extended + more))
    if before.state is LineState.PENDED_DIRECTOR and made.state.is_pended:
        made = replace(made, state=before.state)  # an update takes nothing out of the director's hands
    return replace(
        made,
        human_reviewed=before.human_reviewed,
        received_at=received_at,
        referral=before.referral,
        peer_to_peer=before.peer_to_peer,
        plan_since=before.plan_since,
    )


def _ends_later(old: CertifiedService, new: CertifiedService) -> bool:
    """True if only the last day is later."""
    same = (old.quantity, old.visits) == (new.quantity, new.visits)
    ends = old.period.end, new.period.end
    return same and ends[0] is not None and ends[1] is not None and ends[0] < ends[1]


def _numbers_so_far(case: Case) -> dict[Discipline | None, str]:
    given = [x for x in case.lines if x.authorization is not None]
    return {x.discipline: x.authorization.number for x in reversed(given) if x.authorization}


def _reference(case: Case) -> str:
    return next((x.administrative_reference_number or "" for x in case.lines if _has_reference(x)), "")


def _has_reference(line: CaseLine) -> bool:
    return line.administrative_reference_number is not None


def _fitting(draws: Iterable[BenefitDraw], lines: Iterable[CaseLine]) -> tuple[BenefitDraw, ...]:
    """The draws of what is certified now; cancelled lines give theirs back."""
    return reduced(draws, drawing(lines))


# --- clocks --------------------------------------------------------------------------------------------


def _received(item: MergedLine, received_at: datetime) -> datetime | None:
    """When the line as it is asked now came in; None: with the case. New dates are a new question."""
    before = item.before
    if before is None:
        return received_at
    moved = item.change is LineChange.CHANGED and _start(item.line) != _start(before.line)
    return received_at if moved else before.received_at


def _start(line: ServiceLine) -> date | None:
    return line.period.start if line.period else None


def _receipts(case: Case, merged: Merged) -> dict[int, datetime]:
    """Lines that are not judged as of now: those that came earlier and were not moved."""
    out = {}
    for item in merged.lines:
        if item.before is not None:
            unmoved = item.change is LineChange.SAME or _start(item.line) == _start(item.before.line)
            if unmoved:
                out[item.line.sequence] = item.before.received_at or case.received_at
    return out

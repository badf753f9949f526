"""Deciding a changed request again without taking back what was certified.

A discipline's lines share visits and a number, so each discipline is settled as a whole: either the new
decision gives every line at least what it had, and it is taken; or what was certified stands, and what the
update changes goes to a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from fhirpa.um.benefits import reduced
from fhirpa.um.case import Case
from fhirpa.um.context import BenefitUse, DecisionContext
from fhirpa.um.days import add_days, ceiling
from fhirpa.um.decision import decide
from fhirpa.um.determination import BenefitDraw, CertifiedService, Decision, LineRecommendation
from fhirpa.um.eligibility import first_day
from fhirpa.um.lineage import is_settled
from fhirpa.um.merging import LineChange, Merged, MergedLine
from fhirpa.um.request import ServiceLine, Span
from fhirpa.um.rules import RuleSet
from fhirpa.um.staffing import recorded
from fhirpa.um.terms import Discipline, EngineResult, LineState, QuantityUnit
from fhirpa.um.wording import reason_notes, review_of

_CERTIFIED = LineState.CERTIFIED


@dataclass(frozen=True, slots=True)
class Redecided:
    """Proposals by sequence; lines that have none stay as they were. `decision` is that on all lines."""

    decision: Decision
    proposals: Mapping[int, LineRecommendation]
    draws: tuple[BenefitDraw, ...] = ()


def context_without(context: DecisionContext, case: Case) -> DecisionContext:
    """What the payer knows beside the case: no line of it is a duplicate of itself, no draw counts twice."""
    use = tuple(x for x in context.benefit_use if x.case_number != case.case_number)
    others = tuple(x for x in context.prior_lines if x.case_number != case.case_number)
    return replace(context, prior_lines=others, benefit_use=use)


def redecide(case: Case, merged: Merged, context: DecisionContext, rules: RuleSet) -> Redecided:
    """Decide all open lines again. `context` is without the case itself (`context_without`).

    A result with errors has no proposals.
    """
    live = [x for x in merged.lines if x.is_open_to_decision]
    first = _decide(merged, live, context, rules)
    if first.errors:
        return Redecided(first, {})
    settled = [x for x in merged.lines if _settled_with_a_part(x)]
    kept: set[Discipline] = {x.before.discipline for x in settled if x.before and x.before.discipline}
    decision, left = first, live
    kept_draws: tuple[BenefitDraw, ...] = ()
    kept |= {
        x.before.discipline
        for x in live
        if x.before
        and x.before.discipline
        and extended(x, case, rules)
        and not _is_whole(_proposed(first, x))
    }
    if kept:  # a person decided there: what is new in that discipline goes to a person, too
        decision, left, kept_draws = _beside(case, merged, live, kept, first, context, rules)
    while short := _falling_short(left, decision):
        kept |= short
        decision, left, kept_draws = _beside(case, merged, live, kept, first, context, rules)
        if decision.errors:  # what is left begins beyond the coverage that was sent: all goes to a person
            kept = set(Discipline)
            decision, left, kept_draws = _beside(case, merged, live, kept, first, context, rules)
    proposals = {x.sequence: x for x in decision.lines}
    for item in live:
        if _belongs(item, kept, first):
            proposal = _kept(item, _proposed(first, item), case, rules)
            if proposal is not None:
                proposals[item.line.sequence] = _recorded(proposal, merged, first, context, rules)
    return Redecided(first, proposals, (*decision.draws, *kept_draws))


def _recorded(
    proposal: LineRecommendation, merged: Merged, first: Decision, context: DecisionContext, rules: RuleSet
) -> LineRecommendation:
    born, start = merged.request.patient.birth_date, first_day(merged.request, context, rules)
    return recorded(proposal, first.plan_code or "", born, start, rules)


def _beside(
    case: Case,
    merged: Merged,
    live: list[MergedLine],
    kept: set[Discipline],
    first: Decision,
    context: DecisionContext,
    rules: RuleSet,
) -> tuple[Decision, list[MergedLine], tuple[BenefitDraw, ...]]:
    """The decision on the lines outside the kept disciplines, those lines, and what the kept ones draw."""
    left = [x for x in live if not _belongs(x, kept, first)]
    settled = [x for x in merged.lines if _settled_with_a_part(x)]
    draws = _standing_draws(case, [x for x in live if _belongs(x, kept, first)], settled)
    used = (BenefitUse(d.bucket, d.year, d.amount) for d in draws)
    beside = replace(context, benefit_use=(*context.benefit_use, *used))
    if not any(_proposed(first, x).discipline for x in left):  # nothing of the programme is left to weigh
        return replace(first, lines=tuple(_proposed(first, x) for x in left), draws=()), [], draws
    return _decide(merged, left, beside, rules), left, draws


def _decide(
    merged: Merged, lines: Iterable[MergedLine], context: DecisionContext, rules: RuleSet
) -> Decision:
    return decide(replace(merged.request, lines=tuple(x.line for x in lines)), context, rules)


def _proposed(decision: Decision, item: MergedLine) -> LineRecommendation:
    return next(x for x in decision.lines if x.sequence == item.line.sequence)


def _belongs(item: MergedLine, kept: set[Discipline], first: Decision) -> bool:
    before = item.before.discipline if standing(item) and item.before else None
    return before in kept or _proposed(first, item).discipline in kept


def _falling_short(lines: Iterable[MergedLine], decision: Decision) -> set[Discipline]:
    """Disciplines in which a line would get less than it has."""
    return {
        item.before.discipline
        for item in lines
        if item.before and item.before.discipline and _is_less(item, _proposed(decision, item))
    }


def _is_less(item: MergedLine, proposal: LineRecommendation) -> bool:
    has = standing(item)
    if has is None or item.before is None:
        return False
    changed = item.change is LineChange.CHANGED
    if changed and proposal.result in (EngineResult.CERTIFY, EngineResult.NOT_REQUIRED):
        return False  # it gets all that is asked now
    if changed and proposal.discipline not in (None, item.before.discipline):
        return False  # the sender turned the line over to another discipline
    gets = proposal.certified
    if gets is None:
        return proposal.result is not EngineResult.NOT_REQUIRED
    if not changed and not item.before.state.is_pended and proposal.result is EngineResult.CERTIFY_BLOCK:
        return True  # nothing was open on it
    less = _below(gets.visits, has.visits) or (gets.unit is has.unit and _below(gets.quantity, has.quantity))
    return less or not (changed or _covers(gets.period, has.period))


def _below(value: Decimal | None, other: Decimal | None) -> bool:
    return other is not None and (value is None or value < other)


def _covers(outer: Span, inner: Span) -> bool:
    starts = outer.start is None or (inner.start is not None and outer.start <= inner.start)
    ends = outer.end is None or (inner.end is not None and inner.end <= outer.end)
    return starts and ends


# --- what stands ---------------------------------------------------------------------------------------


def standing(item: MergedLine) -> CertifiedService | None:
    """What is certified on a line whatever the new decision says, cut to what is asked now."""
    before = item.before
    if before is None or before.authorization is None or not item.is_open_to_decision:
        return None
    given = before.authorization.certified
    return narrowed(item.line, given) if asks_within(item.line, given) else given


def asks_within(line: ServiceLine, given: CertifiedService) -> bool:
    """True if the line asks for no more than what is certified."""
    return (
        line.service.code == given.service.code
        and (not given.modifiers or line.modifiers == given.modifiers)
        and line.quantity is not None
        and given.quantity is not None
        and line.unit is given.unit
        and line.quantity <= given.quantity
        and (line.period is None or _covers(given.period, line.period))
    )


def narrowed(line: ServiceLine, given: CertifiedService) -> CertifiedService:
    """What is certified, cut to a line that asks within it; visits follow the quantity."""
    asked, quantity = line.quantity, given.quantity
    if asked is None or quantity is None:
        return given
    visits = given.visits
    if visits is not None and asked < quantity:
        shared = asked if given.unit is QuantityUnit.VISITS else ceiling(visits * asked / quantity)
        visits = min(visits, shared)
    return replace(given, quantity=min(asked, quantity), visits=visits, period=line.period or given.period)


def _settled_with_a_part(item: MergedLine) -> bool:
    """True for a line that is closed with something certified on it."""
    before = item.before
    if before is None or before.authorization is None or before.state is LineState.CANCELLED:
        return False
    return is_settled(before) and item.change is LineChange.SAME


def _standing_draws(
    case: Case, lines: Iterable[MergedLine], settled: Iterable[MergedLine]
) -> tuple[BenefitDraw, ...]:
    certified = {x.line.sequence: has.visits for x in lines if (has := standing(x))}
    for item in settled:
        if item.before and item.before.authorization:
            certified[item.line.sequence] = item.before.authorization.certified.visits
    return reduced(case.draws, {n: v for n, v in certified.items() if v is not None})


def _is_whole(proposal: LineRecommendation) -> bool:
    return proposal.result in (EngineResult.CERTIFY, EngineResult.NOT_REQUIRED)


def extended(item: MergedLine, case: Case, rules: RuleSet) -> CertifiedService | None:
    """What is certified with a later last day, where nothing else is asked and the plan allows it; else None.

    Nothing is weighed anew: no visit is added, and what was certified was found necessary.
    """
    before, plan = item.before, rules.plans.get(case.plan_code)
    rule = plan.date_extension if plan else None
    if rule is None or before is None or before.authorization is None or before.state is not _CERTIFIED:
        return None
    given, asked = before.authorization.certified, item.line.period
    if asked is None or asked.end is None or given.period.end is None:
        return None
    latest = add_days(given.period.end, rule.days)
    longest = [
        x for x in (rules.programme.longest_days, plan.longest_days if plan else None) if x is not None
    ]
    if given.period.start is not None:
        latest = min(latest, add_days(given.period.start, min(longest) - 1))
    if before.authorization.extended >= rule.times or not given.period.end < asked.end <= latest:
        return None
    later = replace(given, period=Span(given.period.start, asked.end))
    same = item.line.quantity == given.quantity and asks_within(item.line, later)
    return later if same else None


def _kept(
    item: MergedLine, proposal: LineRecommendation, case: Case, rules: RuleSet
) -> LineRecommendation | None:
    """The proposal for a line whose discipline keeps what was certified; None: the line stays as it was."""
    has, before = extended(item, case, rules) or standing(item), item.before
    if has is None or before is None or before.authorization is None:
        return proposal if proposal.certified is None else _for_a_person(proposal, None, rules)
    if item.change is not LineChange.CHANGED:
        return None
    if asks_within(item.line, has):
        return replace(
            proposal,
            result=EngineResult.CERTIFY,
            discipline=before.discipline,
            certified=has,
            reasons=(),
            notes=(),
            information=(),
        )
    return _for_a_person(replace(proposal, discipline=before.discipline), has, rules)


def _for_a_person(
    proposal: LineRecommendation, has: CertifiedService | None, rules: RuleSet
) -> LineRecommendation:
    """What was certified stands; the change is read by a person."""
    reasons = ("update-review",)
    return replace(
        proposal,
        result=EngineResult.CERTIFY_BLOCK if has else EngineResult.PEND_CLINICAL,
        certified=has,
        reasons=reasons,
        notes=(*reason_notes(rules, *reasons), *(() if proposal.certified else proposal.notes)),
        information=(),
        review=review_of(rules, reasons),
    )

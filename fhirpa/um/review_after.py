"""Acts on what is certified: its last day is put later, or an approved course is cut short.

Everything else that stands is never taken back (domain §11). A cut is an adverse determination under all its
rules, and beside them the notice comes its lead time before the day from which less stands (42 CFR
438.404(c), 431.211; 29 CFR 2560.503-1(f)(2)(ii)). Where the law binds the plan to what it approved there is
none but for misrepresentation (Tex. Ins. Code 843.348, 1301.135; 42 CFR 422.138(c)).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from fhirpa.um.case import AdverseReason, Case, CaseLine, Cut
from fhirpa.um.determination import CertifiedService
from fhirpa.um.notices import NoticeKind
from fhirpa.um.peer_to_peer import opportunity_lacks
from fhirpa.um.request import Span
from fhirpa.um.review_benefits import redrawn
from fhirpa.um.review_certify import Bench
from fhirpa.um.review_close import adverse_notes, criterion_lacks, reason_lacks
from fhirpa.um.review_hearing import told
from fhirpa.um.review_terms import Decided, Given, Outcome, Refused, Reviewed, base_lacks, decider, with_lines
from fhirpa.um.rules import DateExtension
from fhirpa.um.staff import Act, Lack, MedicalDirector, Staff, discipline_lacks
from fhirpa.um.terms import DeterminationKind, LineState


def move_dates(
    case: Case, staff: Staff, now: datetime, sequences: Sequence[int], end: date, why: str, bench: Bench
) -> Outcome:
    """Put the last day of an authorization later, once: the same visits, more time to use them."""
    after, plan = bench.rules.after_decision, bench.rules.plans.get(case.plan_code)
    lines = [x for x in case.lines if x.line.sequence in sequences]
    lacks = base_lacks(case, staff, Act.MOVE_DATES, now, lines, sequences)
    lacks += [x for line in lines for x in discipline_lacks(staff, line.discipline)]
    if not sequences:
        lacks.append(Lack("lines-missing", "name the lines"))
    if not why.strip():
        lacks.append(Lack("why-missing", "say why the visits could not be used in time, and who asked"))
    for line in lines:
        lacks += _extension_lacks(line, end, after.day(now), plan.date_extension if plan else None)
    if lacks:
        return Refused(tuple(dict.fromkeys(lacks)))
    changed = [_extended(x, end) for x in lines]
    moved = with_lines(case, changed, now)
    done = tuple(x.line.sequence for x in changed)
    draws = redrawn(moved, done, bench.context, bench.rules)  # another benefit year may begin meanwhile
    if isinstance(draws, Lack):
        return Refused((draws,))
    decided = tuple(Decided(x.line.sequence, _kind(x), x.policy_id) for x in changed)
    detail = {"end": end.isoformat(), "why": why.strip()}
    notices = (NoticeKind.DATES_EXTENDED,)
    moved = replace(moved, draws=draws)
    return Reviewed(moved, Act.MOVE_DATES, staff, done, decided, notices=notices, detail=detail)


def reduce(
    case: Case,
    director: MedicalDirector,
    sequences: Sequence[int],
    reason: AdverseReason,
    given: Given,
    effective: date,
    bench: Bench,
    *,
    misrepresentation: str = "",
) -> Outcome:
    """Cut an approved course of one line short from `effective` on: fewer visits, or an earlier last day."""
    staff, now, after = director.staff, director.at, bench.rules.after_decision
    lines = [x for x in case.lines if x.line.sequence in sequences]
    lacks = base_lacks(case, staff, Act.REDUCE, now, lines, sequences)
    if len(sequences) != 1:
        lacks.append(Lack("one-line", "name the one line"))
    rules = after.lines[case.line_of_business].reduction
    if not rules.medical and not misrepresentation.strip():
        lacks.append(
            Lack("binding", f"what was approved binds the plan, but for misrepresentation ({rules.citation})")
        )
    first = after.reduction_from(case.line_of_business, now)
    if effective < first:
        lacks.append(
            Lack("lead", f"less may stand from {first.isoformat()} on at the earliest ({rules.citation})")
        )
    lacks += reason_lacks(reason)
    made: list[tuple[CaseLine, Cut]] = []
    for line in lines:
        lacks += criterion_lacks(line, reason, bench.rules)
        lacks += opportunity_lacks(line.peer_to_peer, now, _since(line))
        cut = _cut(line, given, effective)
        if isinstance(cut, Lack):
            lacks.append(cut)
        else:
            made.append((line, cut))
    if lacks:
        return Refused(tuple(dict.fromkeys(lacks)))
    changed = [_reduced(line, cut, reason, director) for line, cut in made]
    closed = with_lines(case, changed, now)
    done = tuple(x.line.sequence for x in changed)
    draws = redrawn(closed, done, bench.context, bench.rules)
    if isinstance(draws, Lack):
        return Refused((draws,))
    kind, citation = DeterminationKind.REDUCED, reason.citation.strip()
    decided = tuple(
        Decided(n, kind, x.policy_id, reason.criterion_id, citation)
        for n, x in zip(done, changed, strict=True)
    )
    detail = {
        **told(reason),
        "effective": effective.isoformat(),
        "misrepresentation": misrepresentation.strip(),
    }
    return Reviewed(replace(closed, draws=draws), Act.REDUCE, staff, done, decided, detail=detail)


def _extension_lacks(line: CaseLine, end: date, today: date, rule: DateExtension | None) -> list[Lack]:
    stands, n = line.authorization.certified.period.end if line.authorization else None, line.line.sequence
    if rule is None:
        return [Lack("no-extension", "the plan moves no last day; certify the dates anew")]
    if stands is None or line.authorization is None:
        return [Lack("period", f"line {n} has no last day")]
    lacks, longest = [], rule.days
    if line.authorization.extended >= rule.times:
        lacks.append(Lack("extended", f"line {n}: the last day was put later already"))
    if today > stands:
        lacks.append(Lack("over", f"line {n}: the authorization ended on {stands.isoformat()}; ask anew"))
    if not stands < end <= stands + timedelta(days=longest):
        last = stands + timedelta(days=longest)
        lacks.append(
            Lack("period", f"line {n} may end later than {stands.isoformat()}, until {last.isoformat()}")
        )
    return lacks


def _extended(line: CaseLine, end: date) -> CaseLine:
    if line.authorization is None:
        return line
    service = line.authorization.certified
    longer = replace(service, period=Span(service.period.start, end))
    given = replace(line.authorization, certified=longer, extended=line.authorization.extended + 1)
    return replace(line, authorization=given, human_reviewed=True)


def _kind(line: CaseLine) -> DeterminationKind:
    whole = line.state is LineState.CERTIFIED
    return DeterminationKind.CERTIFIED if whole else DeterminationKind.CERTIFIED_IN_PART


def _since(line: CaseLine) -> datetime | None:
    """Only a talk about cutting it short counts: one that was offered after the approval."""
    issued = line.authorization.issued_at if line.authorization else None
    return max((x for x in (issued, line.plan_since) if x), default=None)


def _cut(line: CaseLine, given: Given, effective: date) -> Cut | Lack:
    """What stands before and after; or what lacks."""
    n = line.line.sequence
    if line.authorization is None:
        return Lack("nothing-stands", f"line {n} has nothing certified")
    before = line.authorization.certified
    quantity = given.quantity if given.quantity is not None else before.quantity
    visits = given.visits if given.visits is not None else before.visits
    if given.quantity is not None and given.visits is None and before.quantity == before.visits:
        visits = quantity
    end = given.period.end if given.period else before.period.end
    if not quantity or not visits or quantity < 0 or visits < 0:
        return Lack("quantity", f"line {n} needs a quantity and visits above zero")
    if (before.quantity is not None and quantity > before.quantity) or (
        before.visits is not None and visits > before.visits
    ):
        return Lack("more", f"line {n}: that is more than stands")
    if end is None or (before.period.end is not None and end > before.period.end):
        return Lack("period", f"line {n}: the course does not end later by being cut short")
    if end < effective - timedelta(days=1):
        return Lack("period", f"line {n}: the course goes on until the day before less stands")
    after = CertifiedService(
        before.service, quantity, before.unit, visits, Span(before.period.start, end), before.modifiers
    )
    return (
        Lack("nothing-less", f"line {n}: nothing would change")
        if after == before
        else Cut(before, after, effective)
    )


def _reduced(line: CaseLine, cut: Cut, reason: AdverseReason, by: MedicalDirector) -> CaseLine:
    if line.authorization is None:
        raise ValueError("nothing is certified that could be cut short")
    return replace(
        line,
        state=LineState.MODIFIED,
        authorization=replace(line.authorization, certified=cut.after, issued_at=by.at),
        adverse=reason,
        notes=adverse_notes(reason),
        human_reviewed=True,
        decided_by=decider(by.staff, by.at),
        cut=cut,
    )

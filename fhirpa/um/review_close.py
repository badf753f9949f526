"""Acts that end a line without certifying it, and the correction that opens one again.

`deny` takes a `MedicalDirector`, a type that nobody else can be made into; there is no other road to an
adverse determination (Tex. Ins. Code 4201.156, 28 TAC 19.1705(d), 42 CFR 422.566(d)).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from fhirpa.um.benefits import reduced
from fhirpa.um.case import AdverseReason, Case, CaseLine, drawing
from fhirpa.um.clock_case import clocked
from fhirpa.um.determination import CertifiedService
from fhirpa.um.notices import NoticeKind
from fhirpa.um.peer_to_peer import opportunity_lacks
from fhirpa.um.plain_words import necessity_lacks, rating_lacks, specific_lacks
from fhirpa.um.review import information_lacks
from fhirpa.um.review_benefits import redrawn
from fhirpa.um.review_certify import Bench, amount_of, certified_line, is_whole, numbers_of
from fhirpa.um.review_terms import (
    Decided,
    Given,
    Outcome,
    Refused,
    Reviewed,
    base_lacks,
    chosen,
    decider,
    with_lines,
)
from fhirpa.um.rules import RuleSet
from fhirpa.um.staff import Act, Lack, MedicalDirector, Staff, StaffRole
from fhirpa.um.terms import ActorRole, DeterminationKind, LineState, ReviewKind


def deny(
    case: Case,
    director: MedicalDirector,
    sequences: Sequence[int],
    reason: AdverseReason,
    bench: Bench,
    given: Given | None = None,
    *,
    breach: str = "",
) -> Outcome:
    """Do not certify lines for medical necessity, or (`given`, of one line) certify less and close the rest.

    What is certified already stands in either case: closing the rest of such a line reduces what was asked.
    Needs the peer-to-peer opportunity, a specific reason with criterion, citation and rationale, and to be in
    time; after the due time `breach` says why it was missed.
    """
    staff, now = director.staff, director.at
    lines = chosen(case, sequences)
    lacks = base_lacks(case, staff, Act.DENY, now, lines, sequences)
    if not sequences:
        lacks.append(Lack("lines-missing", "name the lines"))
    if given is not None and len(lines) > 1:
        lacks.append(Lack("one-line", "an amount belongs to one line; name it"))
    for line in lines:
        lacks += opportunity_lacks(line.peer_to_peer, now, line.plan_since)
        lacks += information_lacks(case, line, now)
        lacks += criterion_lacks(line, reason, bench.rules)
    lacks += reason_lacks(reason)
    if case.due is not None and now > case.due.at and not breach.strip():
        lacks.append(Lack("due-passed", "the decision was due earlier: say why it was missed"))
    changed: list[CaseLine] = []
    for line in () if lacks else lines:
        after = _not_certified(case, line, director, reason, bench, given)
        if isinstance(after, CaseLine):
            changed.append(after)
        else:
            lacks += after
    if lacks:
        return Refused(tuple(dict.fromkeys(lacks)))
    closed = with_lines(case, changed, now)
    if given is not None:
        draws = redrawn(closed, [x.line.sequence for x in changed], bench.context, bench.rules)
        if isinstance(draws, Lack):
            return Refused((draws,))
        closed = replace(closed, draws=draws)
    detail = {
        "reason": reason.reason,
        "criterion": reason.criterion_id,
        "citation": reason.citation,
        "rationale": reason.rationale,
        "source": reason.source,
        "would_change": reason.would_change,
        "breach": breach.strip(),
    }
    done = tuple(x.line.sequence for x in changed)
    decided = tuple(_adverse(x, reason) for x in changed)
    return Reviewed(closed, Act.DENY, staff, done, decided, detail=detail)


def deny_administratively(
    case: Case, staff: Staff, now: datetime, sequences: Sequence[int], rule_id: str, text: str, rules: RuleSet
) -> Outcome:
    """Close lines for benefit or eligibility: a person, a named rule, and no word on necessity."""
    lines = chosen(case, sequences)
    lacks = base_lacks(case, staff, Act.DENY_ADMINISTRATIVELY, now, lines, sequences)
    if not sequences:
        lacks.append(Lack("lines-missing", "name the lines"))
    rule = rules.reasons.get(rule_id)
    if rule is None or rule.review is not ReviewKind.ADMINISTRATIVE:
        lacks.append(Lack("rule", f"{rule_id} is no administrative rule"))
    lacks += [
        Lack(
            "clinical-question", f"line {x.line.sequence} is with clinical review: a clinician reads it first"
        )
        for x in lines
        if x.review is not ReviewKind.ADMINISTRATIVE
    ]
    lacks += [*specific_lacks(text, "text"), *necessity_lacks(text)]
    if lacks:
        return Refused(tuple(lacks))
    changed = [
        replace(
            _closed(x, LineState.DENIED_ADMINISTRATIVE, staff, now), notes=(text.strip(),), reasons=(rule_id,)
        )
        for x in lines
    ]
    decided = tuple(
        Decided(x.line.sequence, DeterminationKind.DENIED_ADMINISTRATIVE, rule_id) for x in changed
    )
    done = tuple(x.line.sequence for x in changed)
    detail = {"rule": rule_id, "text": text.strip()}
    after = with_lines(case, changed, now)
    return Reviewed(after, Act.DENY_ADMINISTRATIVELY, staff, done, decided, detail=detail)


def withdraw(case: Case, staff: Staff, now: datetime, sequences: Sequence[int], asked_by: str) -> Outcome:
    """Close open lines because the provider asked for it; what was drawn goes back to the member."""
    lines = chosen(case, sequences)
    lacks = base_lacks(case, staff, Act.WITHDRAW, now, lines, sequences)
    if not asked_by.strip():
        lacks.append(Lack("asked-by-missing", "say who asked for it, and when"))
    if lacks:
        return Refused(tuple(lacks))
    changed = [_closed(x, LineState.CANCELLED, staff, now) for x in lines]
    after = with_lines(case, changed, now)
    draws = reduced(case.draws, drawing(after.lines))
    done = tuple(x.line.sequence for x in changed)
    decided = tuple(Decided(n, DeterminationKind.CANCELLED) for n in done)
    detail = {"asked_by": asked_by.strip()}
    return Reviewed(replace(after, draws=draws), Act.WITHDRAW, staff, done, decided, detail=detail)


def correct(
    case: Case, staff: Staff, now: datetime, sequences: Sequence[int], why: str, bench: Bench
) -> Outcome:
    """Open a line again that was closed by a clerical error; what is certified on it stands.

    It goes back to whoever had it: what a medical director closed to a medical director. A correction gives a
    case back to be decided; it decides nothing itself.
    """
    lines = chosen(case, sequences)
    lacks = base_lacks(case, staff, Act.CORRECT, now, lines, sequences)
    if not sequences:
        lacks.append(Lack("lines-missing", "name the lines"))
    lacks += specific_lacks(why, "correction")
    if staff.role is not StaffRole.MEDICAL_DIRECTOR:
        lacks += [
            Lack("role", f"line {x.line.sequence} was decided by a medical director; only one opens it again")
            for x in lines
            if x.adverse is not None and x.state is LineState.MODIFIED
        ]
    lacks += [
        Lack("binding", f"line {x.line.sequence} was decided by a reviewer outside the plan")
        for x in lines
        if x.decided_by is not None and x.decided_by.role is ActorRole.EXTERNAL
    ]
    if lacks:
        return Refused(tuple(lacks))
    numbers = numbers_of(case, bench.number)
    changed = [
        replace(
            x,
            state=LineState.PENDED_DIRECTOR if x.adverse else LineState.PENDED_CLINICAL,
            review=ReviewKind.CLINICAL if x.adverse else x.review,
            administrative_reference_number=numbers.reference(),
            adverse=None,
            decided_by=None,
            reasons=(),
            notes=(),
        )
        for x in lines
    ]
    after = clocked(case, with_lines(case, changed, now), now, bench.rules)
    done = tuple(x.line.sequence for x in changed)
    notices = (NoticeKind.CORRECTION,)
    return Reviewed(after, Act.CORRECT, staff, done, notices=notices, detail={"why": why.strip()})


def _not_certified(
    case: Case,
    line: CaseLine,
    director: MedicalDirector,
    reason: AdverseReason,
    bench: Bench,
    given: Given | None,
) -> CaseLine | tuple[Lack, ...]:
    said = {"adverse": reason, "notes": adverse_notes(reason)}
    now = director.at
    if given is None and line.authorization is None:
        return replace(_closed(line, LineState.DENIED_MEDICAL, director.staff, now), **said)  # type: ignore[arg-type]
    if given is None and line.authorization is not None:
        return replace(_closed(line, LineState.MODIFIED, director.staff, now), **said)  # type: ignore[arg-type]
    service = amount_of(case, line, given or Given(), bench.rules)
    if not isinstance(service, CertifiedService):
        return service
    if is_whole(case, line, service):
        return (Lack("whole", f"line {line.line.sequence} would get all that was asked: certify it"),)
    numbers = numbers_of(case, bench.number)
    made = certified_line(line, service, LineState.MODIFIED, numbers, director.staff, director.at)
    return replace(made, **said)  # type: ignore[arg-type]


def _closed(line: CaseLine, state: LineState, staff: Staff, now: datetime) -> CaseLine:
    return replace(
        line,
        state=state,
        administrative_reference_number=None,
        reasons=(),
        notes=(),
        information=(),
        human_reviewed=True,
        decided_by=decider(staff, now),
    )


def reason_lacks(reason: AdverseReason) -> tuple[Lack, ...]:
    """What a director's grounds lack: specific words of this member, their source, what would change it.

    Domain §3; Tex. Ins. Code 4201.303, 42 CFR 422.568(e), 438.404(b).
    """
    lacks = [*specific_lacks(reason.reason, "reason"), *specific_lacks(reason.rationale, "rationale")]
    lacks += [*rating_lacks(reason.reason), *rating_lacks(reason.rationale)]
    if not reason.source.strip():
        told = "say where the fact stands (document, page, date), or that nothing was sent"
        lacks.append(Lack("source-missing", told))
    lacks += specific_lacks(reason.would_change, "what would change it")
    if not reason.citation.strip():
        lacks.append(Lack("citation-missing", "name the source of the criterion"))
    return tuple(dict.fromkeys(lacks))


def adverse_notes(reason: AdverseReason) -> tuple[str, ...]:
    """What the provider reads of it."""
    return (
        f"{reason.reason.strip()} ({reason.citation.strip()})",
        f"What could change this decision: {reason.would_change.strip()}",
    )


def criterion_lacks(line: CaseLine, reason: AdverseReason, rules: RuleSet) -> tuple[Lack, ...]:
    known = {c.criterion_id for c in line.criteria}
    known = known or {c.id for p in rules.policies.values() for c in p.criteria}
    if reason.criterion_id in known:
        return ()
    told = ", ".join(sorted(known)) if line.criteria else "those of a policy"
    return (Lack("criterion", f"the criterion is not one that the line was read against: {told}"),)


def _adverse(line: CaseLine, reason: AdverseReason) -> Decided:
    partly = line.state is LineState.MODIFIED
    kind = DeterminationKind.REDUCED if partly else DeterminationKind.DENIED_MEDICAL
    return Decided(line.line.sequence, kind, line.policy_id, reason.criterion_id, reason.citation.strip())

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
from fhirpa.um.peer_to_peer import opportunity_lacks
from fhirpa.um.plain_words import necessity_lacks, specific_lacks
from fhirpa.um.review import PENDED, WITH_DIRECTOR, information_lacks
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
from fhirpa.um.terms import DeterminationKind, LineState, ReviewKind


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
    lacks = base_lacks(case, staff, Act.DENY, now, lines, sequences, WITH_DIRECTOR)
    if not sequences:
        lacks.append(Lack("lines-missing", "name the lines"))
    if given is not None and len(lines) > 1:
        lacks.append(Lack("one-line", "an amount belongs to one line; name it"))
    for line in lines:
        lacks += opportunity_lacks(line.peer_to_peer, now)
        lacks += information_lacks(case, line, now)
        lacks += _criterion_lacks(line, reason, bench.rules)
    lacks += [*specific_lacks(reason.reason, "reason"), *specific_lacks(reason.rationale, "rationale")]
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
    lacks = base_lacks(case, staff, Act.DENY_ADMINISTRATIVELY, now, lines, sequences, PENDED - WITH_DIRECTOR)
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
        replace(_closed(x, LineState.DENIED_ADMINISTRATIVE, staff), notes=(text.strip(),), reasons=(rule_id,))
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
    lacks = base_lacks(case, staff, Act.WITHDRAW, now, lines, sequences, PENDED)
    if not asked_by.strip():
        lacks.append(Lack("asked-by-missing", "say who asked for it, and when"))
    if lacks:
        return Refused(tuple(lacks))
    changed = [_closed(x, LineState.CANCELLED, staff) for x in lines]
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
    closed = frozenset({LineState.DENIED_MEDICAL, LineState.DENIED_ADMINISTRATIVE, LineState.MODIFIED})
    lacks = base_lacks(case, staff, Act.CORRECT, now, lines, sequences, closed)
    if not sequences:
        lacks.append(Lack("lines-missing", "name the lines"))
    lacks += specific_lacks(why, "correction")
    if staff.role is not StaffRole.MEDICAL_DIRECTOR:
        lacks += [
            Lack("role", f"line {x.line.sequence} was decided by a medical director; only one opens it again")
            for x in lines
            if x.adverse is not None
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
    return Reviewed(after, Act.CORRECT, staff, done, detail={"why": why.strip()})


def _not_certified(
    case: Case,
    line: CaseLine,
    director: MedicalDirector,
    reason: AdverseReason,
    bench: Bench,
    given: Given | None,
) -> CaseLine | tuple[Lack, ...]:
    note = f"{reason.reason.strip()} ({reason.citation.strip()})"
    said = {"adverse": reason, "notes": (note,)}
    if given is None and line.authorization is None:
        return replace(_closed(line, LineState.DENIED_MEDICAL, director.staff), **said)  # type: ignore[arg-type]
    if given is None and line.authorization is not None:
        return replace(_closed(line, LineState.MODIFIED, director.staff), **said)  # type: ignore[arg-type]
    service = amount_of(case, line, given or Given(), bench.rules)
    if not isinstance(service, CertifiedService):
        return service
    if is_whole(case, line, service):
        return (Lack("whole", f"line {line.line.sequence} would get all that was asked: certify it"),)
    numbers = numbers_of(case, bench.number)
    made = certified_line(line, service, LineState.MODIFIED, numbers, director.staff, director.at)
    return replace(made, **said)  # type: ignore[arg-type]


def _closed(line: CaseLine, state: LineState, staff: Staff) -> CaseLine:
    return replace(
        line,
        state=state,
        administrative_reference_number=None,
        reasons=(),
        notes=(),
        information=(),
        human_reviewed=True,
        decided_by=decider(staff),
    )


def _criterion_lacks(line: CaseLine, reason: AdverseReason, rules: RuleSet) -> tuple[Lack, ...]:
    known = {c.criterion_id for c in line.criteria}
    known = known or {c.id for p in rules.policies.values() for c in p.criteria}
    lacks = []
    if reason.criterion_id not in known:
        told = ", ".join(sorted(known)) if line.criteria else "those of a policy"
        lacks.append(Lack("criterion", f"the criterion is not one that the line was read against: {told}"))
    if not reason.citation.strip():
        lacks.append(Lack("citation-missing", "name the source of the criterion"))
    return tuple(lacks)


def _adverse(line: CaseLine, reason: AdverseReason) -> Decided:
    partly = line.state is LineState.MODIFIED
    kind = DeterminationKind.REDUCED if partly else DeterminationKind.DENIED_MEDICAL
    return Decided(line.line.sequence, kind, line.policy_id, reason.criterion_id, reason.citation.strip())

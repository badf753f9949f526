"""Deciding an appeal: uphold, overturn, or overturn in part.

By a licensed physician who was not involved before and is nobody's subordinate who was, after having looked
at the whole case with all that was sent for the appeal (never at the first reviewer's summary alone).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from fhirpa.um.appeal import Appeal, AppealDecision, AppealOutcome, External
from fhirpa.um.appeal_rules import AfterDecision
from fhirpa.um.case import AdverseReason, Authorization, Case, CaseLine
from fhirpa.um.determination import CertifiedService
from fhirpa.um.plain_words import necessity_lacks
from fhirpa.um.review_appeal import Involved, appeal_lacks, open_appeal, reviewer_lacks, with_appeal
from fhirpa.um.review_benefits import redrawn
from fhirpa.um.review_certify import Bench, amount_of, certified_line, is_whole, numbers_of
from fhirpa.um.review_close import adverse_notes, criterion_lacks, reason_lacks
from fhirpa.um.review_terms import Decided, Given, Outcome, Refused, Reviewed, decider
from fhirpa.um.staff import Act, Lack, MedicalDirector, Staff
from fhirpa.um.terms import AppealStage, DeterminationKind, LevelOfService, LineOfBusiness, LineState


def uphold(
    case: Case,
    director: MedicalDirector,
    number: str | None,
    reason: AdverseReason,
    bench: Bench,
    involved: Involved,
) -> Outcome:
    """What was decided stands. Where the law says so the file goes to the reviewer outside by itself."""
    staff, now, after = director.staff, director.at, bench.rules.after_decision
    appeal = open_appeal(case, number)
    lacks = _hearing_lacks(case, staff, Act.UPHOLD, now, appeal, number, involved)
    lines = lines_of(case, appeal)
    lacks += [x for line in lines for x in _ground_lacks(line, reason, bench)]
    if lacks or appeal is None:
        return Refused(tuple(dict.fromkeys(lacks)))
    outside = forwarded(case.line_of_business, appeal, now, after)
    stage = AppealStage.EXTERNAL_REVIEW if outside else AppealStage.UPHELD
    changed = [_upheld(x, stage, reason, director) for x in lines]
    decision = _decision(appeal, AppealOutcome.UPHELD, director, reason.reason)
    closed = with_appeal(case, replace(appeal, decision=decision, external=outside), now, changed)
    draws = redrawn(closed, appeal.sequences, bench.context, bench.rules) if _has_cut(lines) else case.draws
    if isinstance(draws, Lack):
        return Refused((draws,))
    decided = tuple(_decided(x, DeterminationKind.UPHELD, reason) for x in lines)
    detail = {"appeal": appeal.number, "outcome": decision.outcome.value, **told(reason)}
    done = appeal.sequences
    upheld = replace(closed, draws=draws)
    return Reviewed(upheld, Act.UPHOLD, staff, done, decided, appeal=appeal.number, detail=detail)


def overturn(
    case: Case,
    director: MedicalDirector,
    number: str | None,
    bench: Bench,
    involved: Involved,
    given: Given | None = None,
    reason: AdverseReason | None = None,
    sequences: Sequence[int] = (),
) -> Outcome:
    """Certify what was asked after all: of all lines of the appeal, of these alone, or `given` of one line.

    `reason` stands for what is then left out: the rest of the amount, and the other lines, which are upheld.
    """
    staff, now, after = director.staff, director.at, bench.rules.after_decision
    appeal = open_appeal(case, number)
    lacks = _hearing_lacks(case, staff, Act.OVERTURN, now, appeal, number, involved)
    lines = lines_of(case, appeal)
    won = tuple(x for x in lines if not sequences or x.line.sequence in sequences)
    lost = tuple(x for x in lines if x not in won)
    if appeal is not None:
        lacks += [
            Lack("no-line", f"the appeal is not about line {n}")
            for n in sequences
            if n not in appeal.sequences
        ]
    if given is not None and len(won) > 1:
        lacks.append(Lack("one-line", "an amount belongs to one line; name it"))
    grounds = reason or AdverseReason("", "", "", "")
    for line in (*lost, *(won if given is not None else ())):
        lacks += _ground_lacks(line, grounds, bench)
    if lacks or appeal is None:
        return Refused(tuple(dict.fromkeys(lacks)))
    made = _won(case, won, given, bench, director)
    if not isinstance(made, list):
        return Refused(made)
    partly = given is not None or bool(lost)
    outside = forwarded(case.line_of_business, appeal, now, after) if partly else None
    if given is not None:
        stage = AppealStage.EXTERNAL_REVIEW if outside else None
        made = [replace(x, adverse=grounds, notes=adverse_notes(grounds), appeal=stage) for x in made]
    stays = AppealStage.EXTERNAL_REVIEW if outside else AppealStage.UPHELD
    changed = [*made, *(_upheld(x, stays, grounds, director) for x in lost)]
    outcome = AppealOutcome.PARTLY_OVERTURNED if partly else AppealOutcome.OVERTURNED
    decision = _decision(appeal, outcome, director, grounds.reason)
    closed = with_appeal(case, replace(appeal, decision=decision, external=outside), now, changed)
    draws = redrawn(closed, appeal.sequences, bench.context, bench.rules)
    if isinstance(draws, Lack):
        return Refused((draws,))
    kind = DeterminationKind.REDUCED if given is not None else None
    decided = [_decided(x, kind or _kind(x), grounds if kind else None) for x in made]
    decided += [_decided(x, DeterminationKind.UPHELD, grounds) for x in lost]
    detail = {"appeal": appeal.number, "outcome": outcome.value, **(told(grounds) if partly else {})}
    return Reviewed(
        replace(closed, draws=draws),
        Act.OVERTURN,
        staff,
        appeal.sequences,
        tuple(decided),
        appeal=appeal.number,
        detail=detail,
    )


def _won(
    case: Case, lines: Sequence[CaseLine], given: Given | None, bench: Bench, director: MedicalDirector
) -> list[CaseLine] | tuple[Lack, ...]:
    """The lines certified; or what lacks, such as an amount that is all that was asked, or what stands."""
    made = granted(case, lines, given, bench, director.staff, director.at)
    if given is None or not isinstance(made, list):
        return made
    if any(x.state is LineState.CERTIFIED for x in made):
        return (Lack("whole", "that is all that was asked: overturn without an amount"),)
    was = {x.line.sequence: x.authorization for x in lines}
    if any(_same_amount(x, was[x.line.sequence]) for x in made):
        return (Lack("nothing-more", "that is what stands already: uphold it, or give more"),)
    return made


def _decided(line: CaseLine, kind: DeterminationKind, reason: AdverseReason | None) -> Decided:
    """A determination on appeal; what is left out rests on its criterion, or on the rule that was applied."""
    if reason is None:
        return Decided(line.line.sequence, kind, line.policy_id)
    rule = line.policy_id if line.adverse is not None else reason.criterion_id
    return Decided(line.line.sequence, kind, rule, reason.criterion_id, reason.citation.strip())


def granted(
    case: Case, lines: Iterable[CaseLine], given: Given | None, bench: Bench, staff: Staff, now: datetime
) -> list[CaseLine] | tuple[Lack, ...]:
    """The lines certified, all that was asked or `given`; a course that was cut short stands as before."""
    numbers, made = numbers_of(case, bench.number), []
    lacks: list[Lack] = []
    for line in lines:
        service: CertifiedService | tuple[Lack, ...]
        if given is None and line.cut is not None:
            service = line.cut.before
        else:
            service = amount_of(case, line, given or Given(), bench.rules)
        if not isinstance(service, CertifiedService):
            lacks += service
            continue
        state = LineState.CERTIFIED if is_whole(case, line, service) else LineState.MODIFIED
        new = certified_line(line, service, state, numbers, staff, now)
        made.append(replace(new, adverse=None, appeal=None, cut=None))
    return tuple(lacks) or made


def forwarded(lob: LineOfBusiness, appeal: Appeal, now: datetime, after: AfterDecision) -> External | None:
    """The review outside that the plan itself asks for (42 CFR 422.590: Medicare); None where it does not."""
    if not after.lines[lob].external.automatic:
        return None
    return outside_review(lob, "the plan, by law", now, appeal.filing.expedited, after)


def outside_review(
    lob: LineOfBusiness, by: str, at: datetime, expedited: bool, after: AfterDecision
) -> External:
    """A review outside that was asked for at this instant, with its clocks."""
    rules = after.lines[lob].external
    level = LevelOfService.EXPEDITED if expedited else LevelOfService.STANDARD
    decide = rules.decide.get(level)
    due = after.due(decide, at) if decide is not None else None
    return External(rules.reviewer, by, at, after.due(rules.send, at), due)


def lines_of(
    case: Case, appeal: Appeal | None, stage: AppealStage = AppealStage.APPEALED
) -> tuple[CaseLine, ...]:
    """The lines of an appeal that are at this stage of it."""
    wanted = appeal.sequences if appeal else ()
    return tuple(x for x in case.lines if x.line.sequence in wanted and x.appeal is stage)


def told(reason: AdverseReason) -> dict[str, str]:
    """A director's grounds as plain values."""
    return {
        "reason": reason.reason,
        "criterion": reason.criterion_id,
        "citation": reason.citation,
        "rationale": reason.rationale,
        "source": reason.source,
        "would_change": reason.would_change,
    }


def _hearing_lacks(
    case: Case,
    staff: Staff,
    act: Act,
    now: datetime,
    appeal: Appeal | None,
    number: str | None,
    involved: Involved,
) -> list[Lack]:
    lacks = appeal_lacks(case, staff, act, now, appeal, number)
    if appeal is None:
        return lacks
    lacks += reviewer_lacks(case, appeal, staff, involved, now)
    if appeal.reviewer is None:
        lacks.append(Lack("not-assigned", f"appeal {appeal.number} has no reviewer yet"))
    elif appeal.reviewer != staff.staff_id:
        lacks.append(Lack("not-assigned", f"appeal {appeal.number} is decided by {appeal.reviewer}"))
    newest = max((x.at for x in appeal.heard), default=appeal.filing.received_at)
    if involved.read_at is None or involved.read_at < newest:
        lacks.append(
            Lack("not-read", "look at the whole case, with what was sent for the appeal, and decide then")
        )
    return list(dict.fromkeys(lacks))


def _ground_lacks(line: CaseLine, reason: AdverseReason, bench: Bench) -> tuple[Lack, ...]:
    """Grounds of necessity for a clinical matter; else the plan's rule, and no word on necessity."""
    if line.adverse is not None:
        return (*criterion_lacks(line, reason, bench.rules), *reason_lacks(reason))
    lacks = [*reason_lacks(reason), *necessity_lacks(reason.reason), *necessity_lacks(reason.rationale)]
    if reason.criterion_id not in line.reasons:
        lacks.append(
            Lack("criterion", f"the rule is not the one that was applied: {', '.join(line.reasons)}")
        )
    return tuple(lacks)


def _upheld(line: CaseLine, stage: AppealStage, reason: AdverseReason, by: MedicalDirector) -> CaseLine:
    after = replace(
        line,
        appeal=stage,
        adverse=reason if line.adverse is not None else None,
        notes=adverse_notes(reason),
        decided_by=decider(by.staff, by.at),
    )
    if line.cut is None or line.authorization is None:
        return after
    stands = replace(line.authorization, certified=line.cut.after, issued_at=by.at)
    return replace(after, authorization=stands)


def _same_amount(line: CaseLine, before: Authorization | None) -> bool:
    new = line.authorization
    return before is not None and new is not None and before.certified == new.certified


def _has_cut(lines: Iterable[CaseLine]) -> bool:
    return any(x.cut is not None for x in lines)


def _kind(line: CaseLine) -> DeterminationKind:
    whole = line.state is LineState.CERTIFIED
    return DeterminationKind.CERTIFIED if whole else DeterminationKind.CERTIFIED_IN_PART


def _decision(appeal: Appeal, outcome: AppealOutcome, by: MedicalDirector, why: str) -> AppealDecision:
    late = appeal.due is not None and by.at > appeal.due.at
    who = by.staff
    return AppealDecision(outcome, by.at, who.staff_id, who.actor_role, why.strip(), who.specialty, late)

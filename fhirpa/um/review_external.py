"""Reviews outside the plan: sent to the reviewer, and the reviewer's decision, which binds the plan.

Independent review organization (Tex. Ins. Code 4201.401, 4202), Medicare's independent review entity (42 CFR
422.592), State fair hearing (42 CFR 438.408(f)).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fhirpa.um.appeal import Appeal, AppealForm, AppealOutcome, Awaits, ExternalReviewer, FiledBy, Filing
from fhirpa.um.appeal_rules import AfterDecision
from fhirpa.um.case import Case, CaseLine, Decider
from fhirpa.um.notices import NoticeKind
from fhirpa.um.review_appeal import appeal_lacks, is_adverse, open_appeal, with_appeal
from fhirpa.um.review_benefits import redrawn
from fhirpa.um.review_certify import Bench
from fhirpa.um.review_hearing import granted, lines_of, outside_review
from fhirpa.um.review_terms import Decided, Given, Outcome, Refused, Reviewed, base_lacks, with_lines
from fhirpa.um.staff import Act, Lack, Staff
from fhirpa.um.terms import ActorRole, AppealStage, DeterminationKind, LineState


@dataclass(frozen=True, slots=True)
class OutsideRequest:
    """Who asks for a review outside the plan."""

    by: FiledBy
    name: str
    received_at: datetime
    expedited: bool = False  # life in danger, or the time of a standard review would do harm
    good_cause: str = ""  # why it came late


@dataclass(frozen=True, slots=True)
class OutsideDecision:
    """What the reviewer outside decided. `reference`: the reviewer's own number and name."""

    outcome: AppealOutcome
    decided_at: datetime
    reference: str
    given: Given | None = None  # where it was overturned in part


def send_outside(
    case: Case, staff: Staff, now: datetime, sequences: Sequence[int], request: OutsideRequest, bench: Bench
) -> Outcome:
    """Send lines to the reviewer outside: after the plan's answer, if that is late, or at once if urgent."""
    after = bench.rules.after_decision
    lines = [x for x in case.lines if x.line.sequence in sequences or (not sequences and is_adverse(x))]
    lacks = base_lacks(case, staff, Act.EXTERNAL, now, lines, sequences)
    appeals = {a.number: a for x in lines if (a := case.appeal_of(x.line.sequence)) is not None}
    if len(appeals) > 1 or (appeals and any(case.appeal_of(x.line.sequence) is None for x in lines)):
        lacks.append(Lack("one-appeal", "name lines of one appeal"))
    appeal = next(iter(appeals.values()), None)
    if appeal is not None and any(x.appeal is AppealStage.APPEALED for x in lines):
        rest = set(appeal.sequences) - {x.line.sequence for x in lines}
        if rest:
            lacks.append(Lack("one-appeal", "what the plan has not answered goes outside as a whole"))
    if not request.name.strip():
        lacks.append(Lack("name-missing", "say who asks for it"))
    if request.received_at > now:
        lacks.append(Lack("received", "it is sent when it has been asked for, not before"))
    lacks += _entitled_lacks(case, lines, appeal, request, after)
    if lacks:
        return Refused(tuple(dict.fromkeys(lacks)))
    done = tuple(x.line.sequence for x in lines)
    lob = case.line_of_business
    outside = outside_review(lob, request.name.strip(), request.received_at, request.expedited, after)
    changed = [replace(x, appeal=AppealStage.EXTERNAL_REVIEW) for x in lines]
    if appeal is None:
        filing = Filing(
            request.by, request.name.strip(), request.received_at, AppealForm.WRITTEN, "", request.expedited
        )
        appeal = Appeal(bench.number("P"), done, filing, acknowledged_at=now, external=outside)
        sent = with_lines(case, changed, now, appeals=(*case.appeals, appeal))
    else:
        sent = with_appeal(case, replace(appeal, external=outside), now, changed)
    detail = {
        "appeal": appeal.number,
        "reviewer": outside.reviewer.value,
        "requested_by": outside.requested_by,
        "expedited": request.expedited,
        "send_by": outside.send_by.at.isoformat(),
        "due": outside.due.at.isoformat() if outside.due else None,
    }
    notices = (NoticeKind.EXTERNAL_REVIEW,)
    return Reviewed(sent, Act.EXTERNAL, staff, done, notices=notices, detail=detail)


def decided_outside(
    case: Case, staff: Staff, now: datetime, number: str | None, decision: OutsideDecision, bench: Bench
) -> Outcome:
    """Carry out what the reviewer outside decided; nobody of the plan weighs it again."""
    appeal = open_appeal(case, number, Awaits.EXTERNAL)
    lacks = appeal_lacks(case, staff, Act.EXTERNAL_OUTCOME, now, appeal, number)
    lines = lines_of(case, appeal, AppealStage.EXTERNAL_REVIEW)
    done = tuple(x.line.sequence for x in lines)
    if not decision.reference.strip():
        lacks.append(Lack("reference-missing", "give the reviewer's own number, and who decided"))
    partly = decision.outcome is AppealOutcome.PARTLY_OVERTURNED
    if partly != (decision.given is not None) or (partly and len(lines) > 1):
        lacks.append(
            Lack("amount", "an amount belongs to one line that was overturned in part, and only there")
        )
    outside = appeal.external if appeal else None
    if outside is not None and not outside.requested_at <= decision.decided_at <= now:
        lacks.append(Lack("decided-at", "the decision lies between the request for it and now"))
    if lacks or appeal is None or outside is None:
        return Refused(tuple(dict.fromkeys(lacks)))
    by = Decider(decision.reference.strip(), ActorRole.EXTERNAL, at=now)
    if decision.outcome is AppealOutcome.UPHELD:
        made = [_upheld(x, by, now) for x in lines]
    else:
        found = granted(case, lines, decision.given, bench, staff, now)
        if not isinstance(found, list):
            return Refused(found)
        was = {x.line.sequence: x.adverse for x in lines}
        made = [replace(x, decided_by=by, adverse=was[x.line.sequence] if partly else None) for x in found]
    known = replace(
        outside,
        outcome=decision.outcome,
        decided_at=decision.decided_at,
        reference=decision.reference.strip(),
    )
    closed = with_appeal(case, replace(appeal, external=known), now, made)
    moved = [x.line.sequence for x in made if x.appeal is None or x.cut is not None]
    draws = redrawn(closed, moved, bench.context, bench.rules) if moved else case.draws
    if isinstance(draws, Lack):
        return Refused((draws,))
    decided = tuple(Decided(x.line.sequence, _kind(x), x.policy_id) for x in made)
    detail = {"appeal": appeal.number, "outcome": decision.outcome.value, "reference": by.staff_id}
    return Reviewed(
        replace(closed, draws=draws),
        Act.EXTERNAL_OUTCOME,
        staff,
        done,
        decided,
        appeal=appeal.number,
        outside=by.staff_id,
        detail=detail,
    )


def _entitled_lacks(
    case: Case,
    lines: Sequence[CaseLine],
    appeal: Appeal | None,
    request: OutsideRequest,
    after: AfterDecision,
) -> list[Lack]:
    rules, lacks = after.lines[case.line_of_business].external, []
    if rules.reviewer is ExternalReviewer.IRO:
        lacks += [
            Lack("administrative", f"line {x.line.sequence}: an IRO reviews clinical decisions only")
            for x in lines
            if x.adverse is None
        ]
    urgent = request.expedited or (appeal is not None and appeal.filing.expedited)
    decision = appeal.decision if appeal else None
    if appeal is not None and appeal.external is not None:
        lacks.append(Lack("sent", f"appeal {appeal.number} went to the reviewer outside already"))
    elif decision is None and not (rules.at_once and urgent) and not _is_late(appeal, request.received_at):
        due = f", due {appeal.due.at:%Y-%m-%d %H:%M} UTC" if appeal and appeal.due else ""
        lacks.append(Lack("plan-first", f"the plan's own appeal comes first{due}"))
    if decision is not None and rules.file_within is not None:
        last = rules.file_within.last_day(after.day(decision.at))
        if after.day(request.received_at) > last and not request.good_cause.strip():
            told = f"it could be asked for until {last.isoformat()} ({rules.file_within.citation})"
            lacks.append(Lack("late", f"{told}; later with good cause only"))
    return lacks


def _is_late(appeal: Appeal | None, at: datetime) -> bool:
    """The plan's own appeal counts as exhausted when it is not answered in time (42 CFR 438.408(f)(1)(i))."""
    return appeal is not None and appeal.due is not None and at > appeal.due.at


def _upheld(line: CaseLine, by: Decider, now: datetime) -> CaseLine:
    after = replace(line, appeal=AppealStage.UPHELD, decided_by=by)
    if line.cut is None or line.authorization is None:
        return after
    return replace(after, authorization=replace(line.authorization, certified=line.cut.after, issued_at=now))


def _kind(line: CaseLine) -> DeterminationKind:
    if line.appeal is AppealStage.UPHELD:
        return DeterminationKind.UPHELD
    whole = line.state is LineState.CERTIFIED
    return DeterminationKind.CERTIFIED if whole else DeterminationKind.CERTIFIED_IN_PART

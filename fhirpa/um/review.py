"""Acts of review that leave the decision open: take, release, ask, refer, peer-to-peer.

The state machine of a service line (domain: case lifecycle). Every act is a pure function of the case, the
person and the time; it gives the case's next version, or names all that it lacks. Software calls none of
them: there is no `Staff` for it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from fhirpa.um.case import Case, CaseLine, Referral
from fhirpa.um.clock_calendar import HolidayTableEnds
from fhirpa.um.clock_case import clocked
from fhirpa.um.determination import Due, InformationItem
from fhirpa.um.notices import NoticeKind
from fhirpa.um.peer_to_peer import PeerToPeer, TalkEvent, counts
from fhirpa.um.plain_words import leaning_lacks, specific_lacks
from fhirpa.um.review_terms import Outcome, Refused, Reviewed, base_lacks, chosen, npis_of, with_lines
from fhirpa.um.rules import RuleSet
from fhirpa.um.staff import Act, Lack, Staff, StaffRole, act_lacks, conflict_lacks, discipline_lacks
from fhirpa.um.terms import LineState, ReviewKind


def take(case: Case, staff: Staff, now: datetime, whom: Staff | None = None) -> Outcome:
    """Put the case on somebody's desk: one's own, or by a medical director another's."""
    target = whom or staff
    lacks = [*act_lacks(staff, Act.TAKE, now), *conflict_lacks(target, npis_of(case))]
    if not target.active:
        lacks.append(Lack("staff-inactive", f"{target.staff_id} is not active"))
    if not case.is_with_the_plan:
        lacks.append(Lack("nothing-open", "no line of the case is open, and no appeal"))
    if staff.role is not StaffRole.MEDICAL_DIRECTOR:
        if target != staff:
            lacks.append(Lack("role", "only a medical director gives cases to others"))
        if case.assigned_to not in (None, staff.staff_id):
            lacks.append(Lack("taken", f"the case is with {case.assigned_to}"))
    if lacks:
        return Refused(tuple(lacks))
    after = with_lines(case, (), now, assigned_to=target.staff_id)
    return Reviewed(after, Act.TAKE, staff, (), detail={"assigned_to": target.staff_id})


def release(case: Case, staff: Staff, now: datetime) -> Outcome:
    """Take the case off one's desk."""
    lacks = [*act_lacks(staff, Act.RELEASE, now)]
    if case.assigned_to != staff.staff_id:
        lacks.append(Lack("not-taken", f"the case is not with {staff.staff_id}"))
    if lacks:
        return Refused(tuple(lacks))
    return Reviewed(with_lines(case, (), now, assigned_to=None), Act.RELEASE, staff, ())


def ask(
    case: Case,
    staff: Staff,
    now: datetime,
    sequences: Sequence[int],
    items: Sequence[str],
    rules: RuleSet,
    by: datetime | None = None,
) -> Outcome:
    """Ask the provider for named items, until `by` (None: the time that the rules give).

    The line then waits for information; what a medical director has stays with the director.
    """
    lines = chosen(case, sequences)
    lacks = base_lacks(case, staff, Act.ASK, now, lines, sequences)
    lacks += [x for line in lines for x in discipline_lacks(staff, line.discipline)]
    lacks += [
        Lack("no-item", f"there is no item {k} to ask for") for k in items if k not in rules.information
    ]
    if not items:
        lacks.append(Lack("items-missing", "say which items are asked for"))
    if by is not None and (by <= now or (case.due is not None and by > case.due.at)):
        lacks.append(Lack("by", "the time to send must lie between now and when the decision is due"))
    if lacks:
        return Refused(tuple(lacks))
    wanted = tuple(rules.information[k] for k in dict.fromkeys(items))
    changed = [_asked(x, wanted) for x in lines]
    after = with_lines(case, changed, now, assigned_to=None)
    if by is not None:
        after = replace(after, information_due=Due(by, "asked", "The time that the reviewer gave"))
    after = clocked(case, after, now, rules)
    detail = {"items": [i.key for i in wanted], "until": _shown(after.information_due)}
    notices = (NoticeKind.INFORMATION_REQUEST,)
    done = tuple(x.line.sequence for x in lines)
    return Reviewed(after, Act.ASK, staff, done, notices=notices, detail=detail)


def refer(
    case: Case, staff: Staff, now: datetime, sequences: Sequence[int], summary: str, question: str
) -> Outcome:
    """Put lines before the medical director: the facts, and a neutral question."""
    lines = chosen(case, sequences)
    lacks = base_lacks(case, staff, Act.REFER, now, lines, sequences)
    lacks += [x for line in lines for x in discipline_lacks(staff, line.discipline)]
    lacks += [x for line in lines for x in information_lacks(case, line, now)]
    lacks += [*specific_lacks(summary, "summary"), *leaning_lacks(question)]
    if not question.strip().endswith("?"):
        lacks.append(
            Lack("question-missing", "the question to the medical director ends with a question mark")
        )
    if lacks:
        return Refused(tuple(lacks))
    referral = Referral(summary.strip(), question.strip(), staff.staff_id, now)
    changed = [
        replace(
            x,
            state=LineState.PENDED_DIRECTOR,
            referral=referral,
            reasons=(),
            notes=(),
            information=(),
            review=ReviewKind.CLINICAL,
            human_reviewed=True,
        )
        for x in lines
    ]
    after = with_lines(case, changed, now, assigned_to=None)
    detail = {"summary": referral.summary, "question": referral.question}
    return Reviewed(after, Act.REFER, staff, tuple(x.line.sequence for x in lines), detail=detail)


def peer_to_peer(
    case: Case,
    staff: Staff,
    now: datetime,
    sequences: Sequence[int],
    event: TalkEvent,
    contact: str,
    rules: RuleSet,
) -> Outcome:
    """Record an offer of a peer-to-peer talk, that it was held, or that it was declined or not answered.

    A talk counts as held only when the medical director who held it says so; the offer's lead time is that of
    the line of business, and longer for care that is over.
    """
    act = Act.TALK if event is TalkEvent.HELD else Act.PEER_TO_PEER
    lines = chosen(case, sequences)
    lacks = base_lacks(case, staff, act, now, lines, sequences)
    if not contact.strip():
        lacks.append(Lack("contact-missing", "say how the provider was reached, or who spoke"))
    if rules.turnaround is None:
        lacks.append(Lack("turnaround-missing", "the rules hold no lead times"))
    if event is not TalkEvent.OFFERED:
        lacks += [
            Lack("peer-to-peer-missing", f"no talk was offered for line {x.line.sequence}")
            for x in lines
            if not any(p.event is TalkEvent.OFFERED and counts(p, x.plan_since) for p in x.peer_to_peer)
        ]
    if lacks:
        return Refused(tuple(lacks))
    try:
        ends = offer_ends_at(case, lines, now, rules) if event is TalkEvent.OFFERED else None
    except HolidayTableEnds as error:  # a guess would end early, and a denial come too soon
        return Refused((Lack("holidays-missing", str(error)),))
    entry = PeerToPeer(event, now, staff.staff_id, contact.strip(), ends)
    changed = [replace(x, peer_to_peer=(*x.peer_to_peer, entry)) for x in lines]
    detail = {
        "event": event.value,
        "contact": entry.contact,
        "lead_ends_at": ends.isoformat() if ends else None,
    }
    return Reviewed(
        with_lines(case, changed, now),
        act,
        staff,
        tuple(x.line.sequence for x in lines),
        talks=(entry,),
        detail=detail,
    )


def offer_ends_at(
    case: Case, lines: Sequence[CaseLine], offered_at: datetime, rules: RuleSet
) -> datetime | None:
    """Until when an offer of a peer-to-peer talk stands for these lines; None without turnaround rules.

    Raises HolidayTableEnds beyond the holidays that are loaded.
    """
    clock = rules.turnaround
    if clock is None or not lines:
        return None
    lob = case.line_of_business
    return max(
        clock.peer_to_peer_earliest(lob, offered_at, afterwards=_is_over(x, case, rules)) for x in lines
    )


def information_lacks(case: Case, line: CaseLine, now: datetime) -> tuple[Lack, ...]:
    """The provider has the time that was given to send what was asked for."""
    due = case.information_due
    if not line.information or due is None or now >= due.at:
        return ()
    told = due.at.strftime("%Y-%m-%d %H:%M UTC")
    return (Lack("information-awaited", f"line {line.line.sequence} waits for information until {told}"),)


def _asked(line: CaseLine, wanted: tuple[InformationItem, ...]) -> CaseLine:
    known = {i.key for i in line.information}
    state = line.state if line.state is LineState.PENDED_DIRECTOR else LineState.PENDED_INFORMATION
    return replace(
        line,
        state=state,
        information=(*line.information, *(i for i in wanted if i.key not in known)),
        reasons=("information-awaited",),
        notes=(),
        review=ReviewKind.CLINICAL,
        human_reviewed=True,
    )


def _is_over(line: CaseLine, case: Case, rules: RuleSet) -> bool:
    end = line.line.period.end if line.line.period else None
    received = (line.received_at or case.received_at).astimezone(rules.programme.zone).date()
    return end is not None and end < received


def _shown(due: Due | None) -> str | None:
    return due.at.isoformat() if due else None

"""Appeals before they are decided: filed, given a reviewer, new evidence heard, made urgent, given more time.

42 CFR 422.580-.590, 42 CFR 438.402-.408, Tex. Ins. Code 4201.354-.359, 29 CFR 2560.503-1(h). The numbers are
data (`fhirpa/policies/appeals.yaml`). That an appeal has arrived is acknowledged in the act that files it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fhirpa.um.appeal import Appeal, Awaits, Filing, Heard, MoreTime
from fhirpa.um.appeal_rules import AfterDecision, AppealRules
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.determination import Due
from fhirpa.um.notices import NoticeKind
from fhirpa.um.plain_words import specific_lacks
from fhirpa.um.review_benefits import redrawn
from fhirpa.um.review_certify import Bench
from fhirpa.um.review_terms import Outcome, Refused, Reviewed, base_lacks, npis_of, with_lines
from fhirpa.um.staff import Act, Lack, Staff, act_lacks, conflict_lacks
from fhirpa.um.terms import AppealStage, LevelOfService, LineState

TAKES_PART = frozenset(  # whoever does this has formed a view of the case
    {
        *(Act.ASK, Act.CERTIFY, Act.REFER, Act.PEER_TO_PEER, Act.TALK, Act.DENY, Act.DENY_ADMINISTRATIVELY),
        *(Act.CORRECT, Act.REDUCE, Act.MOVE_DATES, Act.UPHOLD, Act.OVERTURN),
    }
)
_DENIED = (LineState.DENIED_MEDICAL, LineState.DENIED_ADMINISTRATIVE)


@dataclass(frozen=True, slots=True)
class Involved:
    """Of one person and a case: who took part before the appeal, and to whom the person reports."""

    acted: frozenset[str]  # staff ids of all who decided the lines, or worked towards that
    above: frozenset[str] = frozenset()  # the person's supervisors, all the way up
    read_at: datetime | None = None  # when the person last looked at the whole case


def is_adverse(line: CaseLine) -> bool:
    """True if there is something to object to: not certified, or less than asked without agreement."""
    return line.state in _DENIED or (line.state is LineState.MODIFIED and line.adverse is not None)


def file_appeal(
    case: Case, staff: Staff, now: datetime, sequences: Sequence[int], filing: Filing, bench: Bench
) -> Outcome:
    """Take in an appeal against what was decided of these lines; none given: of all that are adverse.

    Where the member asks in time that a course which was cut short goes on, what stood before stands again
    until the appeal is decided (42 CFR 438.420).
    """
    after, rules = bench.rules.after_decision, bench.rules.after_decision.lines[case.line_of_business]
    lines = [x for x in case.lines if x.line.sequence in sequences or (not sequences and _open(x))]
    lacks = base_lacks(case, staff, Act.APPEAL, now, lines, sequences)
    if not lines and not sequences:
        lacks.append(Lack("nothing-adverse", "no line of the case is there to object to"))
    lacks += [
        Lack("not-adverse", f"line {x.line.sequence}: the provider agreed to what was certified")
        for x in lines
        if x.state is LineState.MODIFIED and x.adverse is None
    ]
    lacks += _filing_lacks(filing, rules, now)
    lacks += [x for line in lines for x in _time_lacks(case, line, filing, after)]
    if filing.continue_services:
        lacks += [x for line in lines for x in _continuation_lacks(line, filing, rules, after)]
    if lacks:
        return Refused(tuple(dict.fromkeys(lacks)))
    done = tuple(x.line.sequence for x in lines)
    appeal = Appeal(bench.number("P"), done, filing, _due(case, filing, after), acknowledged_at=now)
    changed = [replace(x, appeal=AppealStage.APPEALED) for x in lines]
    if filing.continue_services:
        changed = [_standing_again(x, now) for x in changed]
    filed = with_lines(case, changed, now, appeals=(*case.appeals, appeal), assigned_to=None)
    if filing.continue_services:
        draws = redrawn(filed, done, bench.context, bench.rules)
        if isinstance(draws, Lack):
            return Refused((draws,))
        filed = replace(filed, draws=draws)
    detail = {
        "appeal": appeal.number,
        "filed_by": filing.by.value,
        "name": filing.name,
        "form": filing.form.value,
        "grounds": filing.grounds,
        "expedited": filing.expedited,
        "received_at": filing.received_at.isoformat(),
        "good_cause": filing.good_cause,
        "consent": filing.consent,
        "continue_services": filing.continue_services,
        "due": appeal.due.at.isoformat() if appeal.due else None,
    }
    notices = (NoticeKind.APPEAL_RECEIVED,)
    return Reviewed(filed, Act.APPEAL, staff, done, notices=notices, detail=detail)


def assign(
    case: Case, staff: Staff, now: datetime, number: str | None, reviewer: Staff, involved: Involved
) -> Outcome:
    """Name the physician who decides an appeal; `involved` is about that person."""
    appeal = open_appeal(case, number)
    lacks = appeal_lacks(case, staff, Act.APPEAL_ASSIGN, now, appeal, number)
    if appeal is not None:
        lacks += reviewer_lacks(case, appeal, reviewer, involved, now)
    if lacks or appeal is None:
        return Refused(tuple(lacks))
    named = replace(appeal, reviewer=reviewer.staff_id)
    detail = {"appeal": appeal.number, "reviewer": reviewer.staff_id}
    after = with_appeal(case, named, now, assigned_to=reviewer.staff_id)
    return Reviewed(after, Act.APPEAL_ASSIGN, staff, appeal.sequences, detail=detail)


def hear(case: Case, staff: Staff, now: datetime, number: str | None, text: str, by: str) -> Outcome:
    """Write down what was sent or said for an appeal; the reviewer has to look at it before deciding."""
    appeal = open_appeal(case, number)
    lacks = appeal_lacks(case, staff, Act.APPEAL_EVIDENCE, now, appeal, number)
    if not text.strip() or not by.strip():
        lacks.append(Lack("evidence-missing", "say what was sent or said, and by whom"))
    if lacks or appeal is None:
        return Refused(tuple(lacks))
    heard = Heard(text.strip(), by.strip(), now, staff.staff_id)
    after = with_appeal(case, replace(appeal, heard=(*appeal.heard, heard)), now)
    detail = {"appeal": appeal.number, "text": heard.text, "by": heard.by}
    return Reviewed(after, Act.APPEAL_EVIDENCE, staff, appeal.sequences, detail=detail)


def expedite(
    case: Case, staff: Staff, now: datetime, number: str | None, asked_by: str, after: AfterDecision
) -> Outcome:
    """Treat an appeal as urgent from now on; it is never due later for that."""
    appeal = open_appeal(case, number)
    lacks = appeal_lacks(case, staff, Act.APPEAL_EXPEDITE, now, appeal, number)
    if not asked_by.strip():
        lacks.append(Lack("asked-by-missing", "say who asked for it, and when"))
    if appeal is not None and appeal.filing.expedited:
        lacks.append(Lack("expedited", f"appeal {appeal.number} is expedited already"))
    if lacks or appeal is None:
        return Refused(tuple(lacks))
    urgent = after.appeal_due(case.line_of_business, LevelOfService.EXPEDITED, now)
    due = min((x for x in (appeal.due, urgent) if x), key=lambda x: x.at)
    changed = replace(appeal, filing=replace(appeal.filing, expedited=True), due=due)
    detail = {"appeal": appeal.number, "asked_by": asked_by.strip(), "due": due.at.isoformat()}
    return Reviewed(
        with_appeal(case, changed, now),
        Act.APPEAL_EXPEDITE,
        staff,
        appeal.sequences,
        notices=(NoticeKind.APPEAL_TIME,),
        detail=detail,
    )


def take_longer(
    case: Case,
    staff: Staff,
    now: datetime,
    number: str | None,
    days: int,
    why: str,
    after: AfterDecision,
) -> Outcome:
    """Extend the time to decide an appeal: once, before it is due, where the law allows it."""
    appeal, limit = open_appeal(case, number), after.lines[case.line_of_business].extension
    lacks = appeal_lacks(case, staff, Act.APPEAL_EXTEND, now, appeal, number)
    lacks += specific_lacks(why, "reason")
    if limit is None:
        lacks.append(
            Lack("no-extension", "the law gives no more time for an appeal of this line of business")
        )
    elif not 1 <= days <= limit.days:
        lacks.append(Lack("days", f"1 to {limit.days} days may be added ({limit.citation})"))
    if appeal is not None and appeal.more_time is not None:
        lacks.append(Lack("extended", f"appeal {appeal.number} was extended already"))
    if appeal is not None and appeal.due is not None and now > appeal.due.at:
        lacks.append(Lack("due-passed", f"appeal {appeal.number} was due earlier"))
    if lacks or appeal is None:
        return Refused(tuple(dict.fromkeys(lacks)))
    due = replace(appeal.due, at=appeal.due.at + timedelta(days=days)) if appeal.due else None
    changed = replace(appeal, due=due, more_time=MoreTime(days, why.strip(), staff.staff_id, now))
    detail = {"appeal": appeal.number, "days": days, "why": why.strip()}
    return Reviewed(
        with_appeal(case, changed, now),
        Act.APPEAL_EXTEND,
        staff,
        appeal.sequences,
        notices=(NoticeKind.APPEAL_TIME,),
        detail=detail,
    )


# --- shared with those who decide ----------------------------------------------------------------------


def open_appeal(case: Case, number: str | None, awaits: Awaits = Awaits.PLAN) -> Appeal | None:
    """The appeal of this number (None: the only one) that waits for the plan, or for the reviewer outside."""
    found = [x for x in case.appeals if x.awaits is awaits and number in (None, x.number)]
    return found[0] if len(found) == 1 else None


def appeal_lacks(
    case: Case, staff: Staff, act: Act, now: datetime, appeal: Appeal | None, number: str | None
) -> list[Lack]:
    """What every act on an appeal needs: the person, and an appeal that waits."""
    if appeal is not None:
        stage = AppealStage.APPEALED if appeal.external is None else AppealStage.EXTERNAL_REVIEW
        lines = [x for x in case.lines if x.line.sequence in appeal.sequences and x.appeal is stage]
        return base_lacks(case, staff, act, now, lines, [x.line.sequence for x in lines])
    waiting = [x.number for x in case.appeals if x.awaits is not None]
    which = f"appeal {number} does not wait for that" if number else "no appeal waits for that"
    if number is None and len(waiting) > 1:
        which = f"name the appeal: {', '.join(waiting)}"
    return [*act_lacks(staff, act, now), Lack("no-appeal", which)]


def reviewer_lacks(
    case: Case, appeal: Appeal, reviewer: Staff, involved: Involved, now: datetime
) -> tuple[Lack, ...]:
    """Why this person may not decide the appeal: 42 CFR 422.590(h), 438.406(b)(2), 29 CFR 2560.503-1(h)(3).

    A licensed physician, not involved before, nobody's subordinate who was, without an interest in it, and of
    the specialty that the provider asked for.
    """
    who, wanted = reviewer.staff_id, appeal.filing.specialty
    lacks = [*act_lacks(reviewer, Act.UPHOLD, now), *conflict_lacks(reviewer, npis_of(case))]
    if who in involved.acted:
        lacks.append(Lack("involved", f"{who} took part in what the appeal is about"))
    if involved.above & involved.acted:
        lacks.append(
            Lack("subordinate", f"{who} reports to somebody who took part in what the appeal is about")
        )
    if wanted is not None and reviewer.specialty != wanted:
        lacks.append(Lack("specialty", f"the provider asked for a reviewer of specialty {wanted}"))
    return tuple(lacks)


def with_appeal(
    case: Case, appeal: Appeal, now: datetime, changed: Iterable[CaseLine] = (), **more: object
) -> Case:
    """The next version of the case with this appeal and these lines changed."""
    appeals = tuple(appeal if x.number == appeal.number else x for x in case.appeals)
    return with_lines(case, changed, now, appeals=appeals, **more)


def decided_at(case: Case, line: CaseLine) -> datetime:
    """When the person decided the line."""
    at = line.decided_by.at if line.decided_by else None
    return at or case.updated_at


# --- filing --------------------------------------------------------------------------------------------


def _open(line: CaseLine) -> bool:
    return is_adverse(line) and line.appeal is None


def _filing_lacks(filing: Filing, rules: AppealRules, now: datetime) -> list[Lack]:
    lacks = []
    if not filing.name.strip():
        lacks.append(Lack("name-missing", "say who appeals"))
    if filing.by in rules.consent.needed_by and not filing.consent.strip():
        told = f"a {filing.by} shows that they may act for the member ({rules.consent.citation})"
        lacks.append(Lack("consent-missing", told))
    if filing.received_at > now:
        lacks.append(Lack("received", "an appeal is filed when it has been received, not before"))
    return lacks


def _time_lacks(case: Case, line: CaseLine, filing: Filing, after: AfterDecision) -> list[Lack]:
    rules, decided, n = after.lines[case.line_of_business], decided_at(case, line), line.line.sequence
    if filing.received_at < decided:
        return [Lack("received", f"line {n} was decided after that")]
    last, lacks = rules.file_within.last_day(after.day(decided)), []
    if after.day(filing.received_at) > last and not filing.good_cause.strip():
        told = f"line {n}: an appeal could come until {last.isoformat()} ({rules.file_within.citation})"
        lacks.append(Lack("late", f"{told}; later with good cause only"))
    asks = rules.specialty if filing.specialty is not None else None
    if asks is not None and filing.received_at > (until := after.due(asks.ask, decided)).at:
        lacks.append(Lack("specialty-late", f"{until.text}: until {after.day(until.at).isoformat()}"))
    return lacks


def _continuation_lacks(
    line: CaseLine, filing: Filing, rules: AppealRules, after: AfterDecision
) -> list[Lack]:
    within, n = rules.reduction.continue_within, line.line.sequence
    if within is None or line.cut is None or line.decided_by is None or line.decided_by.at is None:
        told = f"line {n}: services go on only where an approved course was cut short, and the law says so"
        return [Lack("no-continuation", told)]
    last = max(within.last_day(after.day(line.decided_by.at)), line.cut.effective)
    if after.day(filing.received_at) <= last:
        return []
    return [Lack("continuation-late", f"line {n}: that could be asked until {last.isoformat()}")]


def _standing_again(line: CaseLine, now: datetime) -> CaseLine:
    if line.cut is None or line.authorization is None:
        return line
    return replace(line, authorization=replace(line.authorization, certified=line.cut.before, issued_at=now))


def _due(case: Case, filing: Filing, after: AfterDecision) -> Due:
    level = LevelOfService.EXPEDITED if filing.expedited else LevelOfService.STANDARD
    due = after.appeal_due(case.line_of_business, level, filing.received_at)
    asks = after.lines[case.line_of_business].specialty
    if filing.specialty is None or asks is None:
        return due
    return min(due, after.due(asks.decide, filing.received_at), key=lambda x: x.at)

"""What a person may do to a clock: extend it once, or handle as standard what came expedited.

42 CFR 422.568(b), 422.570, 438.210(d), 29 CFR 2560.503-1(f). The grounds of an extension, and whose word
forces expedited handling, stand in `fhirpa/policies/turnaround.yaml`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from fhirpa.um.case import Case, CaseLine
from fhirpa.um.clock_case import clock_of_line, clocked, events_of
from fhirpa.um.clock_events import ClockEvent, ClockEventKind, current
from fhirpa.um.clock_rules import Support
from fhirpa.um.determination import Due
from fhirpa.um.notices import NoticeKind
from fhirpa.um.review_certify import Bench
from fhirpa.um.review_terms import Outcome, Refused, Reviewed, with_lines
from fhirpa.um.rules import RuleSet, TurnaroundClock
from fhirpa.um.staff import Act, Lack, Staff, act_lacks
from fhirpa.um.terms import LevelOfService, LineState

_PHYSICIANS = "20"  # NUCC: allopathic and osteopathic physicians are 202C... to 208...


def extend(
    case: Case,
    staff: Staff,
    now: datetime,
    ground: str,
    reason: str,
    rules: RuleSet,
    days: int | None = None,
) -> Outcome:
    """Extend the clocks of the open lines, once, by `days` (None, or more than that: by all the rule allows).

    Only for a ground of the line of business, before the decision is due, and where the decision is due later
    by it. A ground that stops the clock until information arrives extends lines that wait for information.
    """
    lacks = _clock_lacks(case, staff, Act.EXTEND_TIME, now, reason)
    clock = rules.turnaround
    known = clock.grounds_of(case.line_of_business) if clock is not None else {}
    if ground not in known:
        told = ", ".join(known) or "none"
        lacks.append(Lack("ground", f"{ground} is no ground for an extension here; there are: {told}"))
    elif known[ground].stops and not any(_waits(x) for x in case.lines):
        lacks.append(Lack("items-missing", "the clock stops for information; ask for it first"))
    if days is not None and days < 1:
        lacks.append(Lack("days", "an extension is of one day at least"))
    if lacks or clock is None:
        return Refused(tuple(lacks))
    event = ClockEvent(ClockEventKind.EXTENDED, now, days=days, ground=ground, by=staff.staff_id)
    concerned = [x for x in case.lines if _waits(x) or (x.state.is_pended and not known[ground].stops)]
    changed = [made for x in concerned if (made := _extended(case, x, event, rules)) is not None]
    if not changed:
        return Refused((_no_extension(case, concerned, rules),))
    after = with_lines(case, changed, now)
    if known[ground].stops:
        after = replace(after, information_due=_supply(case, changed, clock, now))
    after = clocked(case, after, now, rules)
    detail = {
        "ground": ground,
        "citation": known[ground].citation,
        "reason": reason.strip(),
        "due": {"before": _shown(case.due), "after": _shown(after.due)},
    }
    done = tuple(x.line.sequence for x in changed)
    notices = (NoticeKind.TIME_EXTENDED,)
    return Reviewed(after, Act.EXTEND_TIME, staff, done, notices=notices, detail=detail)


def downgrade(
    case: Case,
    staff: Staff,
    now: datetime,
    reason: str,
    bench: Bench,
    told: str = "",
    *,
    physician_supports: bool = False,
) -> Outcome:
    """Handle an expedited request as a standard one: the standard clocks run, from receipt of the request.

    Never where somebody supports expedition whose word forces it. `told`: who was told by word of mouth, as
    must be before the letter where the law asks for one (42 CFR 422.570(d)).
    """
    lacks = _clock_lacks(case, staff, Act.DOWNGRADE, now, reason)
    clock = bench.rules.turnaround
    if case.request.level_of_service is not LevelOfService.EXPEDITED:
        lacks.append(Lack("level", "the request is not expedited"))
    if clock is None:
        return Refused((*lacks, Lack("turnaround-missing", "the rules hold no clocks")))
    rule = clock.downgrade_of(case.line_of_business)
    support = Support.PHYSICIAN if physician_supports else support_of(case, bench)
    if support in rule.forced_by:
        lacks.append(Lack("support", f"a {support} supports expedited handling: {rule.citation}"))
    letter = clock.letter_due(case.line_of_business, now)
    if letter is not None and not told.strip():
        lacks.append(Lack("told-missing", "say who was told by word of mouth, and how"))
    if lacks:
        return Refused(tuple(lacks))
    event = ClockEvent(ClockEventKind.DOWNGRADED, now, by=staff.staff_id)
    changed = [
        replace(x, clock=(*events_of(case, x, bench.rules), event)) for x in case.lines if x.state.is_pended
    ]
    request = replace(case.request, level_of_service=LevelOfService.STANDARD)
    after = clocked(case, with_lines(case, changed, now, request=request), now, bench.rules)
    detail = {
        "reason": reason.strip(),
        "told": told.strip(),
        "citation": rule.citation,
        "letter_by": _shown(letter),
        "due": {"before": _shown(case.due), "after": _shown(after.due)},
    }
    done = tuple(x.line.sequence for x in changed)
    notices = (NoticeKind.NOT_EXPEDITED,)
    return Reviewed(after, Act.DOWNGRADE, staff, done, notices=notices, detail=detail)


def support_of(case: Case, bench: Bench) -> Support:
    """Who is known to ask for expedited handling: always a provider, who may be a physician.

    That a physician ordered the service does not say that it cannot wait; such support is told by a person.
    """
    requester = bench.context.providers.get(case.request.requester.npi or "")
    taxonomies = requester.taxonomies if requester is not None else ()
    return Support.PHYSICIAN if any(t.startswith(_PHYSICIANS) for t in taxonomies) else Support.PROVIDER


def _clock_lacks(case: Case, staff: Staff, act: Act, now: datetime, reason: str) -> list[Lack]:
    lacks = list(act_lacks(staff, act, now))
    if case.assigned_to not in (None, staff.staff_id):
        lacks.append(Lack("taken", f"the case is with {case.assigned_to}"))
    if not case.is_pended:
        lacks.append(Lack("nothing-open", "no line of the case is open"))
    if case.due is not None and now > case.due.at:
        lacks.append(Lack("due-passed", "the decision was due earlier; the clock is not changed any more"))
    if not reason.strip():
        lacks.append(Lack("reason-missing", "say why"))
    return lacks


def _waits(line: CaseLine) -> bool:
    return line.state is LineState.PENDED_INFORMATION


def _extended(case: Case, line: CaseLine, event: ClockEvent, rules: RuleSet) -> CaseLine | None:
    """The line with its clock extended; None where it was before, or where that gains nothing."""
    before = clock_of_line(case, line, rules)
    if before is None or before.extension is not None:
        return None
    made = replace(line, clock=(*events_of(case, line, rules), event))
    after = clock_of_line(case, made, rules)
    return made if after is not None and after.due.at > before.due.at else None


def _no_extension(case: Case, lines: Sequence[CaseLine], rules: RuleSet) -> Lack:
    states = [x for line in lines if (x := clock_of_line(case, line, rules)) is not None]
    if any(x.extension is not None for x in states):
        return Lack("extended", "the clock was extended before; it is extended once")
    rule = case.due.rule if case.due is not None else "-"
    return Lack("extension-none", f"the clock that binds, {rule}, would not end later")


def _supply(case: Case, lines: list[CaseLine], clock: TurnaroundClock, now: datetime) -> Due | None:
    """How long the provider has for what the extension waits for."""
    starts = (current(x.clock)[0].request for x in lines)
    dues = [clock.extension_supply(case.line_of_business, kind, now) for kind in starts if kind is not None]
    return min((x for x in dues if x is not None), key=lambda d: d.at, default=None)


def _shown(due: Due | None) -> str | None:
    return due.at.isoformat() if due is not None else None

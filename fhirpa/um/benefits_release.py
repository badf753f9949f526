"""Which draws of a case are over: the time for their visits, and for claims of them, has passed."""

from datetime import date

from fhirpa.um.benefits import is_free
from fhirpa.um.case import Case
from fhirpa.um.days import add_days
from fhirpa.um.determination import BenefitDraw
from fhirpa.um.rules import Plan


def expired(case: Case, plan: Plan, on: date) -> tuple[BenefitDraw, ...]:
    """The draws to give back on a day; () where the plan has no rule. What was used stays used.

    A draw is over when every line that shares its visits ended the plan's number of days ago. Visits that
    needed no authorization have no end and stay counted.
    """
    days = plan.release_unused_after_days
    if days is None:
        return ()
    lines = {x.line.sequence: x for x in case.lines}
    out = []
    for draw in case.draws:
        if is_free(draw.bucket):
            continue
        sharing = [lines[n].authorization for n in draw.shared_by or (draw.sequence,) if n in lines]
        ends = [a.certified.period.end if a is not None else None for a in sharing]
        if ends and all(end is not None and add_days(end, days) < on for end in ends):
            out.append(draw)
    return tuple(out)

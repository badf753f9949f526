"""Which draws of a case are over: the time for their visits, and for claims of them, has passed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from fhirpa.um.accumulators import VisitUse
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


def used_part(draws: Iterable[BenefitDraw], uses: Iterable[VisitUse]) -> tuple[BenefitDraw, ...]:
    """What stays of draws that are over: as many visits as took place, those of the same year first.

    `uses` are those of the case.
    """
    listed = tuple(draws)
    kept = dict.fromkeys(range(len(listed)), Decimal(0))
    for discipline in dict.fromkeys(d.discipline for d in listed):
        own = [at for at, d in enumerate(listed) if d.discipline is discipline]
        used: dict[int, Decimal] = {}
        for use in uses:
            if use.discipline is discipline:
                used[use.year] = used.get(use.year, Decimal(0)) + use.visits
        for in_its_year in (True, False):
            for at in own:
                _keep(at, listed[at], kept, used, in_its_year=in_its_year)
    return tuple(replace(d, visits=kept[at]) for at, d in enumerate(listed) if kept[at] > 0)


def _keep(
    at: int, draw: BenefitDraw, kept: dict[int, Decimal], used: dict[int, Decimal], *, in_its_year: bool
) -> None:
    for year in sorted(used):
        if in_its_year and year != draw.year:
            continue
        visits = max(min(draw.visits - kept[at], used[year]), Decimal(0))
        kept[at] += visits
        used[year] -= visits

"""Change of provider: the authorization of the one who treated so far ends on the day before the next begins.

The member chose; nothing is said about necessity, and what took place stays counted (TMPPM).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from fhirpa.um.accumulators import VisitUse
from fhirpa.um.benefits import is_free
from fhirpa.um.case import Case, CaseLine
from fhirpa.um.determination import BenefitDraw
from fhirpa.um.request import Span
from fhirpa.um.staff import Lack
from fhirpa.um.terms import LineState


def close_for_transfer(
    case: Case, number: str, last_day: date, attended: Decimal, uses: Iterable[VisitUse], now: datetime
) -> Case | tuple[Lack, ...]:
    """The case with this authorization ended on `last_day`, and its unused visits given back; or what lacks.

    `attended`: visits that took place, as the letter says; `uses`: those of the case that claims and
    providers reported. The larger of both stays drawn, since claims come later than letters.
    """
    lines = [x for x in case.lines if _has(x, number)]
    lacks = [x for line in lines for x in _date_lacks(line, last_day)]
    if not lines:
        lacks.append(Lack("authorization", "no line of the case stands under this authorization"))
    if any(x.state.is_pended for x in lines):
        lacks.append(Lack("open", "something is still asked for under it: decide or withdraw that first"))
    if attended < 0:
        lacks.append(Lack("attended", "visits that took place are 0 or more"))
    if lacks:
        return tuple(dict.fromkeys(lacks))
    changed = {x.line.sequence: _ended(x, last_day) for x in lines}
    (discipline,) = {x.discipline for x in lines}
    reported = sum((x.visits for x in uses if x.discipline is discipline), Decimal(0))
    return replace(
        case,
        lines=tuple(changed.get(x.line.sequence, x) for x in case.lines),
        draws=_left(case.draws, set(changed), max(attended, reported)),
        version=case.version + 1,
        updated_at=now,
    )


def _has(line: CaseLine, number: str) -> bool:
    given = line.authorization
    return given is not None and given.number == number and line.state is not LineState.CANCELLED


def _date_lacks(line: CaseLine, last_day: date) -> list[Lack]:
    period = line.authorization.certified.period if line.authorization else Span()
    if period.start is not None and last_day < period.start:
        return [Lack("last-day", "it begins later than that: the provider cancels it instead")]
    if period.end is not None and last_day >= period.end:
        return [Lack("last-day", "it ends by then anyway")]
    return []


def _ended(line: CaseLine, last_day: date) -> CaseLine:
    given = line.authorization
    if given is None:
        return line
    period = Span(given.certified.period.start, last_day)
    return replace(line, authorization=replace(given, certified=replace(given.certified, period=period)))


def _left(draws: Iterable[BenefitDraw], sequences: set[int], visits: Decimal) -> tuple[BenefitDraw, ...]:
    """The draws with so many visits left on those of these lines, the earliest years first."""
    out, left = [], visits
    for draw in sorted(draws, key=lambda d: d.year):
        if is_free(draw.bucket) or not {draw.sequence, *draw.shared_by} & sequences:
            out.append(draw)
            continue
        kept = min(draw.visits, left)
        left -= kept
        if kept > 0:
            out.append(replace(draw, visits=kept))
    return tuple(out)

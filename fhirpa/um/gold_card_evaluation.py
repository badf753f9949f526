"""Evaluating who has earned an exemption: a report. It grants nothing and takes nothing back.

Tex. Ins. Code 4201.653, .655, .658; 28 TAC 19.1730(3), (4), 19.1731(b), 19.1732(c).
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from fhirpa.um.gold_card import Exemption, Terms, current
from fhirpa.um.request import Span

_DAY = timedelta(days=1)
_MONTHS = 12


class Outcome(StrEnum):
    """What an evaluation comes to for one provider and one service."""

    GRANT = "grant"
    BELOW = "below"  # enough requests, share below the threshold, no exemption to lose
    KEEP = "keep"
    RESCISSION_CANDIDATE = "rescission_candidate"  # a sample of claims may be reviewed; nothing more
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True)
class FinalRequest:
    """An eligible request: finalized, not under appeal, approved or with an adverse determination."""

    npi: str
    service: str
    decided_on: date
    approved: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Counts and outcome for one provider and one service, with the dates that follow from them.

    `notice_by`: last day of the notice of a grant, or that none is granted. `rescission_from`, `_until`: the
    span in which a notice of rescission could be given at the earliest. None where there is nothing to tell.
    """

    npi: str
    service: str
    requests: int
    approved: int
    outcome: Outcome
    exempt_since: date | None = None
    notice_by: date | None = None
    rescission_from: date | None = None
    rescission_until: date | None = None

    @property
    def share(self) -> Decimal | None:
        """Approved of all, exact; None without requests."""
        return Decimal(self.approved) / self.requests if self.requests else None


def period_fault(period: Span, on: date, terms: Terms) -> str | None:
    """Why a span cannot be an evaluation period on this day; None if it can."""
    if period.start is None or period.end is None:
        return "an evaluation period has a first and a last day"
    if period.end != add_months(period.start, terms.period_months) - _DAY:
        return f"an evaluation period is {terms.period_months} months long ({terms.citation})"
    if on <= period.end:
        return "the evaluation period has not ended yet"
    return None


def evaluate(
    history: Iterable[FinalRequest], known: Iterable[Exemption], period: Span, on: date, terms: Terms
) -> tuple[Evaluation, ...]:
    """Evaluate every provider and service that has requests in the period or an exemption on `on`.

    `on` is the day of the evaluation, after the period. Raises ValueError for a span that is no period.
    """
    fault = period_fault(period, on, terms)
    if fault or period.end is None:
        raise ValueError(fault)
    held = tuple(known)
    counts = {(x.npi, x.service): (0, 0) for x in held if x.holds_on(on)}
    for item in history:
        if period.contains(item.decided_on):
            requests, approved = counts.get((item.npi, item.service), (0, 0))
            counts[item.npi, item.service] = (requests + 1, approved + item.approved)
    return tuple(
        _evaluation(npi, service, count, current(held, npi, service, on), period.end, on, terms)
        for (npi, service), count in sorted(counts.items())
    )


def _evaluation(
    npi: str,
    service: str,
    count: tuple[int, int],
    exemption: Exemption | None,
    end: date,
    on: date,
    terms: Terms,
) -> Evaluation:
    requests, approved = count
    enough = requests >= terms.least_requests
    reached = Decimal(approved) >= terms.least_share * requests
    if exemption is None:
        outcome = Outcome.NOT_ENOUGH if not enough else Outcome.GRANT if reached else Outcome.BELOW
        notice = notice_by(end, on, terms) if enough else None
        return Evaluation(npi, service, requests, approved, outcome, notice_by=notice)
    since = exemption.starts
    if not enough or reached or exemption.ending is not None:  # one that is being taken back is no candidate
        return Evaluation(npi, service, requests, approved, Outcome.KEEP, since)
    first, last = rescission_window(exemption, on, terms)
    outcome = Outcome.RESCISSION_CANDIDATE
    return Evaluation(npi, service, requests, approved, outcome, since, None, first, last)


def notice_by(period_end: date, evaluated_on: date, terms: Terms) -> date:
    """Last day of the notice: days after the evaluation or months after the period, whichever is earlier."""
    by_period = add_months(period_end + _DAY, terms.notice_months)
    return min(evaluated_on + timedelta(days=terms.notice_days), by_period)


def least_end(exemption: Exemption, terms: Terms) -> date:
    """The last day of the time for which an exemption holds in any case."""
    return add_months(exemption.starts, terms.least_months) - _DAY


def rescission_window(exemption: Exemption, on: date, terms: Terms) -> tuple[date, date]:
    """First and last day, from `on` on, of the next month in which a notice of rescission may be given.

    The exemption has then been in force for its least time.
    """
    day = max(on, least_end(exemption, terms) + _DAY)
    while day.month not in terms.rescission.months:
        day = add_months(day.replace(day=1), 1)
    return day, add_months(day.replace(day=1), 1) - _DAY


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it is shorter."""
    years, month = divmod(day.month - 1 + months, _MONTHS)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))

"""Accumulators of a member: what was authorized, used, is reserved, and what a limit has left.

They are sums, never edited: of the draws that cases booked and of the visits that claims or providers
reported. What is certified and not yet used is reserved; what a cancelled case had used stays used.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from fhirpa.um.benefits import is_daily, is_free
from fhirpa.um.context import BenefitUse
from fhirpa.um.determination import BenefitDraw
from fhirpa.um.terms import Discipline

_NONE = Decimal(0)
_NOTHING = (_NONE, _NONE)


class DrawKey(NamedTuple):
    """What the draws of a case are summed by."""

    bucket: str
    year: int
    sequence: int
    discipline: str | None
    habilitative: bool


class UseSource(StrEnum):
    """Who said that visits took place."""

    CLAIM = "claim"
    REPORT = "report"  # the provider's


@dataclass(frozen=True, slots=True)
class Booking:
    """What a case has drawn on a bucket in a benefit year; `amount` is in what the limit counts."""

    case_number: str
    bucket: str
    year: int
    visits: Decimal
    amount: Decimal
    discipline: Discipline | None = None
    habilitative: bool = False


@dataclass(frozen=True, slots=True)
class VisitUse:
    """Visits that took place on a day; negative ones were reversed.

    `reference` names the claim line or the report, once. Without `case_number` no authorization was named.
    """

    reference: str
    source: UseSource
    day: date
    discipline: Discipline
    habilitative: bool
    bucket: str
    year: int
    visits: Decimal
    amount: Decimal
    case_number: str | None = None
    free_bucket: str | None = None  # where visits without authorization count, if the plan has such


@dataclass(frozen=True, slots=True)
class Account:
    """One discipline of one bucket and year, in visits.

    `authorized` = `used_authorized` + `reserved`; what was given back is no part of it. `announced` are
    visits that needed no authorization; `used_otherwise` took place without one, or beyond it.
    """

    bucket: str
    year: int
    discipline: Discipline | None
    habilitative: bool
    authorized: Decimal = _NONE
    used_authorized: Decimal = _NONE
    reserved: Decimal = _NONE
    used_otherwise: Decimal = _NONE
    announced: Decimal = _NONE


def taken(bookings: Iterable[Booking], uses: Iterable[VisitUse]) -> tuple[BenefitUse, ...]:
    """What is taken of each bucket and year, by case: used and reserved; of free visits those announced.

    What was used counts as reported, what is reserved as it was drawn. Visits that a case used beyond what it
    drew are taken, too: claims history is never put aside.
    """
    listed = tuple(uses)
    drawn, amounts, used = _by_year(), _by_year(), _by_year()
    free_used: dict[str, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for item in bookings:
        drawn[item.bucket, item.case_number][item.year] += item.visits
        amounts[item.bucket, item.case_number][item.year] += item.amount
    for use in listed:
        used[use.bucket, use.case_number][use.year] += use.visits
        if use.free_bucket is not None and use.case_number is None:
            free_used[use.free_bucket][use.year] += use.visits
    counted, out = _counted(listed), []
    for key in sorted({*drawn, *used}, key=lambda k: (k[0], k[1] or "")):
        kept = reserved(drawn[key], used[key])
        for year in sorted({*kept, *used[key]}):
            rate = amounts[key][year] / drawn[key][year] if drawn[key].get(year) else _NONE
            amount = counted[key][year] + kept.get(year, _NONE) * rate
            out.append(BenefitUse(key[0], year, amount, key[1]))
    return (*out, *_beyond_announced(free_used, out))


_Sums = dict[tuple[str, str | None], dict[int, Decimal]]


def _by_year() -> _Sums:
    return defaultdict(lambda: defaultdict(Decimal))


def _counted(uses: Iterable[VisitUse]) -> _Sums:
    """What uses take of the limit by bucket and case; where days count, a day once, by its first case."""
    sums = _by_year()
    days: dict[tuple[str, date], dict[tuple[str | None, int], Decimal]] = {}
    for use in uses:
        if is_daily(use.bucket):
            of_day = days.setdefault((use.bucket, use.day), defaultdict(Decimal))
            of_day[use.case_number, use.year] += use.visits
        else:
            sums[use.bucket, use.case_number][use.year] += use.amount
    for (bucket, _), of_day in days.items():
        first = min((k for k, visits in of_day.items() if visits > 0), key=str, default=None)
        if first is not None:
            sums[bucket, first[0]][first[1]] += 1
    return sums


def _beyond_announced(
    free_used: Mapping[str, Mapping[int, Decimal]], out: Iterable[BenefitUse]
) -> list[BenefitUse]:
    """Free visits that took place without having been announced."""
    announced: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for use in out:
        announced[use.bucket, use.year] += use.visits
    more = []
    for bucket, years in sorted(free_used.items()):
        for year, visits in sorted(years.items()):
            if visits > announced[bucket, year]:
                more.append(BenefitUse(bucket, year, visits - announced[bucket, year]))
    return more


def reserved(drawn: Mapping[int, Decimal], used: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """What is still reserved, by benefit year: what was drawn and is not used, never below nothing.

    A case that uses its visits in another year than planned takes them there; what it then has left is
    given back in the earliest years first, since those are over first.
    """
    left = max(sum(drawn.values(), _NONE) - sum(used.values(), _NONE), _NONE)
    kept = {year: max(visits - used.get(year, _NONE), _NONE) for year, visits in drawn.items()}
    excess = sum(kept.values(), _NONE) - left
    for year in sorted(kept):
        back = min(kept[year], max(excess, _NONE))
        kept[year] -= back
        excess -= back
    return kept


def accounts(bookings: Iterable[Booking], uses: Iterable[VisitUse]) -> tuple[Account, ...]:
    """Visits by bucket, year, discipline and kind, as staff reads them."""
    drawn: dict[tuple[str, str | None, Discipline | None, bool], dict[int, Decimal]]
    drawn = defaultdict(lambda: defaultdict(Decimal))
    used: dict[tuple[str, str | None, Discipline | None, bool], dict[int, Decimal]]
    used = defaultdict(lambda: defaultdict(Decimal))
    for item in bookings:
        drawn[item.bucket, item.case_number, item.discipline, item.habilitative][item.year] += item.visits
    for use in uses:
        used[use.bucket, use.case_number, use.discipline, use.habilitative][use.year] += use.visits
    sums: dict[tuple[str, int, str, bool], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for key in {*drawn, *used}:
        bucket, case_number, discipline, habilitative = key
        kept, within = reserved(drawn[key], used[key]), sum(drawn[key].values(), _NONE)
        for year in sorted({*drawn[key], *used[key]}):
            row = sums[bucket, year, discipline or "", habilitative]
            if is_free(bucket):
                row["announced"] += drawn[key].get(year, _NONE)
                continue
            all_used = used[key].get(year, _NONE)
            by_case = min(all_used, within) if case_number is not None else _NONE
            within -= by_case
            row["used_authorized"] += by_case
            row["used_otherwise"] += all_used - by_case
            row["reserved"] += kept.get(year, _NONE)
            row["authorized"] += by_case + kept.get(year, _NONE)
    return tuple(
        Account(bucket, year, Discipline(discipline) if discipline else None, habilitative, **row)
        for (bucket, year, discipline, habilitative), row in sorted(sums.items())
        if any(row.values())
    )


def draw_sums(draws: Iterable[BenefitDraw]) -> dict[DrawKey, tuple[Decimal, Decimal]]:
    """Visits and amounts of a case's draws."""
    sums: dict[DrawKey, tuple[Decimal, Decimal]] = {}
    for draw in draws:
        key = DrawKey(draw.bucket, draw.year, draw.sequence, draw.discipline, draw.habilitative)
        visits, amount = sums.get(key, _NOTHING)
        sums[key] = (visits + draw.visits, amount + draw.amount)
    return sums

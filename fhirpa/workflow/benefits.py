"""Accumulators as use cases: show them, reconcile them with the events, give back what expired unused."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from fhirpa.store import BookedCase, NewEvent, NotFound, StaleCase, Unit
from fhirpa.um.accumulators import Account, accounts, draw_sums, taken
from fhirpa.um.benefits import benefit_year, bucket_of, counts_in
from fhirpa.um.benefits_release import expired, used_part
from fhirpa.um.determination import BenefitDraw
from fhirpa.um.rules import Plan, VisitLimit
from fhirpa.um.terms import ActorRole, CountedPer
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import snapshot, transaction

_NOTHING = (Decimal(0), Decimal(0))


class UnknownMember(ValueError):
    """No person has this member id or key, or several have it: name the key."""


@dataclass(frozen=True, slots=True)
class LimitState:
    """One limit of the member's plan in one benefit year, in what it counts; `remaining` may be below 0."""

    bucket: str
    year: int
    limit: VisitLimit
    taken: Decimal

    @property
    def remaining(self) -> Decimal:
        """What is left; nothing is certified beyond it where the limit is hard."""
        return self.limit.visits - self.taken


@dataclass(frozen=True, slots=True)
class Benefits:
    """A member's limits and visits."""

    member_key: str
    plan: Plan | None  # on the day asked about
    limits: tuple[LimitState, ...]
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where ledger or case say something else than the events. Visits as `expected` by the events."""

    case_number: str
    place: str  # 'ledger' or 'case'
    bucket: str
    year: int
    line: int
    expected: Decimal
    found: Decimal


def show(services: Services, member: str, on: date | None = None) -> Benefits:
    """Limits and visits of a member (member id or key) on a day (None: today). Raises UnknownMember."""
    day = on or today(services)
    with snapshot(services) as unit:
        key = member_key_of(unit, member)
        plan = plan_of(services, unit, key, day)
        bookings, uses = unit.bookings(key), unit.visit_uses(key)
    sums: dict[tuple[str, int], Decimal] = {}
    for use in taken(bookings, uses):
        sums[use.bucket, use.year] = sums.get((use.bucket, use.year), Decimal(0)) + use.visits
    limits = tuple(_states(plan, day, sums)) if plan else ()
    return Benefits(key, plan, limits, accounts(bookings, uses))


def reconcile(services: Services, member: str | None = None, *, repair: bool = False) -> list[Difference]:
    """Derive what every case draws from its events, and tell where ledger or case differ.

    `repair` books the difference and mends the case; what is told was then true before. Raises UnknownMember.
    """
    with snapshot(services) as unit:
        key = None if member is None else member_key_of(unit, member)
        found = {x.case_id: (x.member_key, list(_differences(x))) for x in unit.booked_cases(key)}
    wrong = {case_id: member_key for case_id, (member_key, told) in found.items() if told}
    if repair:
        for case_id, member_key in wrong.items():
            _repair(services, case_id, member_key)
    return [d for _, told in found.values() for d in told]


def release_expired(
    services: Services, on: date | None = None, *, dry_run: bool = False
) -> dict[str, Decimal]:
    """Give back the unused visits of authorizations that ended long enough ago, by the plan's rule.

    Returns what was given back by case number. Used visits stay counted; one transaction per case. `dry_run`
    changes nothing. A case that changes at the same moment waits for the next run.
    """
    day = on or today(services)
    with snapshot(services) as unit:
        candidates = unit.ended_cases(day)
    out: dict[str, Decimal] = {}
    for case_id in candidates:
        try:
            given = _release(services, case_id, day, dry_run=dry_run)
        except StaleCase:
            continue
        if given is not None:
            out[given[0]] = given[1]
    return out


def today(services: Services) -> date:
    """The calendar day where the plan is."""
    return services.clock.now().astimezone(services.rules.programme.zone).date()


def member_key_of(unit: Unit, member: str) -> str:
    """The key of the one person whom an id or key means. Raises UnknownMember."""
    keys = unit.member_keys(member)
    if len(keys) != 1:
        found = "several members have" if keys else "no member has"
        raise UnknownMember(f"{found} this id")
    return keys[0]


def plan_of(services: Services, unit: Unit, member_key: str, day: date) -> Plan | None:
    """The member's plan on a day."""
    spans = unit.enrolments_of(member_key)
    codes = [x.plan_code for x in spans if x.period.contains(day)]
    return next((services.rules.plans[c] for c in codes if c in services.rules.plans), None)


# --- steps ---------------------------------------------------------------------------------------------


def _states(plan: Plan, day: date, sums: Mapping[tuple[str, int], Decimal]) -> Iterator[LimitState]:
    year = benefit_year(plan, day)
    for limit in plan.limits:
        if not limit.holds_on(day):
            continue
        own = {key: amount for key, amount in sums.items() if counts_in(limit, key[0])}
        if limit.per is CountedPer.YEAR:
            own.setdefault((bucket_of(limit, None), year), Decimal(0))
        elif not own:  # no condition draws on it yet
            own[limit.bucket, year] = Decimal(0)
        for (bucket, counted), amount in sorted(own.items()):
            yield LimitState(bucket, counted, limit, amount)


def _differences(kept: BookedCase) -> Iterator[Difference]:
    expected = draw_sums(kept.events)
    for place, found in (("ledger", kept.ledger), ("case", draw_sums(kept.case))):
        for key in sorted({*expected, *found}, key=str):
            want, have = expected.get(key, _NOTHING), found.get(key, _NOTHING)
            if want != have:
                yield Difference(
                    kept.case_number, place, key.bucket, key.year, key.sequence, want[0], have[0]
                )


def _repair(services: Services, case_id: str, member_key: str) -> None:
    with transaction(services) as unit:
        unit.lock_member(member_key)
        kept = next((x for x in unit.booked_cases(member_key) if x.case_id == case_id), None)
        if kept is None or not list(_differences(kept)):
            return
        case, now = unit.load_case(case_id), services.clock.now()
        body = {"cells": len(list(_differences(kept)))}
        event = NewEvent("benefit-repaired", now, ActorRole.SYSTEM, services.rules.version, body)
        unit.repair_draws(case, kept.events, event)


def _release(services: Services, case_id: str, day: date, *, dry_run: bool) -> tuple[str, Decimal] | None:
    with transaction(services) as unit:
        try:
            unit.lock_member(unit.load_case(case_id).member_key)
            case = unit.load_case(case_id)  # as it is under the lock
        except NotFound:
            return None
        plan = services.rules.plans.get(case.plan_code)
        draws = () if plan is None else expired(case, plan, day)
        if not draws:
            return None
        uses = [x for x in unit.visit_uses(case.member_key) if x.case_number == case.case_number]
        used = used_part(draws, uses)
        given = _visits(draws) - _visits(used)
        if dry_run or not given:
            return (case.case_number, given) if given else None
        now = services.clock.now()
        left = (*(d for d in case.draws if d not in draws), *used)
        after = replace(case, draws=left, version=case.version + 1, updated_at=now)
        body: dict[str, Any] = {
            "version": after.version,
            "lines": sorted({n for d in draws for n in (d.shared_by or (d.sequence,))}),
            "unused_visits": f"{given:f}",
        }
        event = NewEvent("benefit-released", now, ActorRole.SYSTEM, services.rules.version, body)
        unit.change_case(after, case.version, [event])
    return case.case_number, given


def _visits(draws: Iterable[BenefitDraw]) -> Decimal:
    return sum((d.visits for d in draws), Decimal(0))

"""What members draw on their benefits: the ledger of draws, the bookings in the event log, reported visits.

Each change of a case's draws is an event of the case (`BOOKING`) with all that it draws from then on, so that
the last one of every case gives all accumulators. The ledger holds the differences, for quick sums.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from fhirpa.store import codec, events
from fhirpa.store.case_rows import draw_rows
from fhirpa.store.keys import digest
from fhirpa.store.records import BookedCase, NewEvent
from fhirpa.store.schema import (
    authorization,
    benefit_draw,
    benefit_visit,
    case_event,
    case_event_body,
    enrolment,
    issued_number,
    member,
    service_case,
)
from fhirpa.um.accumulators import Booking, DrawKey, UseSource, VisitUse, taken
from fhirpa.um.case import Case
from fhirpa.um.context import BenefitUse
from fhirpa.um.determination import BenefitDraw
from fhirpa.um.terms import ActorRole, Discipline

_DRAWS = (
    select(benefit_draw, service_case.c.case_number)
    .join(service_case, service_case.c.case_id == benefit_draw.c.case_id)
    .where(benefit_draw.c.member_key == bindparam("member_key"))
)
_VISITS = (
    select(benefit_visit, service_case.c.case_number)
    .outerjoin(service_case, service_case.c.case_id == benefit_visit.c.case_id)
    .order_by(benefit_visit.c.day, benefit_visit.c.key)
)
_VISITS_OF = _VISITS.where(benefit_visit.c.member_key == bindparam("member_key"))


def booking_event(case: Case) -> NewEvent:
    """The event that says what the case draws from now on. Its body holds numbers and codes, no words."""
    body = {"draws": codec.decode_plain(codec.encode(case.draws))}
    return NewEvent(events.BOOKING, case.updated_at, ActorRole.SYSTEM, case.rules_version, body)


# --- reading -------------------------------------------------------------------------------------------


def bookings(connection: Connection, member_key: str) -> tuple[Booking, ...]:
    """What the member's cases have drawn; summed here, since SQLite would add binary numbers."""
    sums: dict[tuple[Any, ...], tuple[Decimal, Decimal]] = {}
    for row in connection.execute(_DRAWS, {"member_key": member_key}):
        key = (row.case_number, row.bucket, row.year, row.discipline, row.habilitative)
        visits, amount = sums.get(key, (Decimal(0), Decimal(0)))
        sums[key] = (visits + row.visits, amount + _amount(row))
    return tuple(
        Booking(number, bucket, year, visits, amount, _discipline(discipline), habilitative)
        for (number, bucket, year, discipline, habilitative), (visits, amount) in sums.items()
    )


def visit_uses(connection: Connection, member_key: str) -> tuple[VisitUse, ...]:
    """The reported visits of a member."""
    return tuple(map(_use, connection.execute(_VISITS_OF, {"member_key": member_key})))


def use_of(connection: Connection, member_key: str) -> tuple[BenefitUse, ...]:
    """What is taken of each bucket and year, by case."""
    return taken(bookings(connection, member_key), visit_uses(connection, member_key))


def ledger_of(connection: Connection, case_id: str) -> dict[DrawKey, tuple[Decimal, Decimal]]:
    """What was booked for a case so far."""
    sums: dict[DrawKey, tuple[Decimal, Decimal]] = {}
    for row in connection.execute(select(benefit_draw).where(benefit_draw.c.case_id == case_id)):
        key = DrawKey(row.bucket, row.year, row.sequence, _discipline(row.discipline), row.habilitative)
        visits, amount = sums.get(key, (Decimal(0), Decimal(0)))
        sums[key] = (visits + row.visits, amount + _amount(row))
    return sums


def case_of_number(connection: Connection, number: str) -> str | None:
    """The case of an authorization number."""
    query = select(issued_number.c.case_id).where(
        issued_number.c.number == number, issued_number.c.kind == "authorization"
    )
    return connection.execute(query).scalar()


def member_keys(connection: Connection, member_id: str) -> list[str]:
    """The persons whom a member id, or a key, means."""
    by_id = select(enrolment.c.member_key).where(enrolment.c.member_id == member_id)
    by_key = select(member.c.member_key).where(member.c.member_key == member_id)
    return sorted({*connection.execute(by_id).scalars(), *connection.execute(by_key).scalars()})


def ended_cases(connection: Connection, before: date) -> list[str]:
    """Cases whose last certified day lies before a day, and that draw more visits than were reported."""
    ended = (
        select(authorization.c.case_id)
        .group_by(authorization.c.case_id)
        .having(func.max(authorization.c.end) < before)
    )
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for table, sign in ((benefit_draw, 1), (benefit_visit, -1)):
        query = select(table.c.case_id, table.c.visits).where(table.c.case_id.in_(ended))
        for row in connection.execute(query):
            sums[row.case_id] += sign * row.visits
    return sorted(case_id for case_id, visits in sums.items() if visits > 0)


# --- reported visits -----------------------------------------------------------------------------------


def add_visit_use(
    connection: Connection, member_key: str, use: VisitUse, *, reversal: bool, at: datetime, actor_id: str
) -> None:
    """Writes a report. The same one twice ends the unit with an integrity error; look for it first."""
    case_id = None
    if use.case_number is not None:
        query = select(service_case.c.case_id).where(service_case.c.case_number == use.case_number)
        case_id = connection.execute(query).scalar()
    row = {
        "key": _use_key(use.source, use.reference, reversal=reversal),
        "member_key": member_key,
        "source": use.source,
        "reference": use.reference,
        "is_reversal": reversal,
        "day": use.day,
        "discipline": use.discipline,
        "habilitative": use.habilitative,
        "bucket": use.bucket,
        "free_bucket": use.free_bucket,
        "year": use.year,
        "visits": use.visits,
        "amount": use.amount,
        "case_id": case_id,
        "at": at,
        "actor_id": actor_id,
    }
    connection.execute(insert(benefit_visit), row)


def find_visit_use(
    connection: Connection, source: UseSource, reference: str, *, reversal: bool
) -> VisitUse | None:
    """The report of a reference, or its reversal."""
    key = _use_key(source, reference, reversal=reversal)
    row = connection.execute(_VISITS.where(benefit_visit.c.key == key)).first()
    return None if row is None else _use(row)


def _use_key(source: UseSource, reference: str, *, reversal: bool) -> str:
    return digest(source, reference, "reversal" if reversal else "")


# --- reconciling ---------------------------------------------------------------------------------------


def booked_cases(connection: Connection, member_key: str | None) -> Iterator[BookedCase]:
    """All cases that draw anywhere, by case id; each is read by itself, so that memory stays small."""
    drawing = select(benefit_draw.c.case_id).union(
        select(case_event.c.case_id).where(case_event.c.type == events.BOOKING)
    )
    query = select(
        service_case.c.case_id,
        service_case.c.case_number,
        service_case.c.member_key,
        service_case.c.snapshot,
    ).where(service_case.c.case_id.in_(drawing))
    if member_key is not None:
        query = query.where(service_case.c.member_key == member_key)
    for row in connection.execute(query.order_by(service_case.c.case_id)):
        yield BookedCase(
            row.case_id,
            row.case_number,
            row.member_key,
            _last_booking(connection, row.case_id),
            codec.decode_case(row.snapshot).draws,
            {key: sums for key, sums in ledger_of(connection, row.case_id).items() if any(sums)},
        )


def _last_booking(connection: Connection, case_id: str) -> tuple[BenefitDraw, ...]:
    body = connection.execute(_LAST_BOOKING, {"case_id": case_id}).scalar()
    return () if body is None else codec.decode_draws(body)


def repair(connection: Connection, case: Case, draws: tuple[BenefitDraw, ...], new_event: NewEvent) -> None:
    """Books what the ledger lacks and writes the draws into the case."""
    mended = replace(case, draws=draws)
    rows = draw_rows(mended, new_event.at, ledger_of(connection, case.case_id))
    if rows:
        connection.execute(insert(benefit_draw), rows)
    events.extend_chain(connection, case.case_id, [new_event])
    changed = update(service_case).where(service_case.c.case_id == case.case_id)
    connection.execute(changed.values(snapshot=codec.encode(mended)))


def _booking_query() -> Select[Any]:
    return (
        select(case_event_body.c.body)
        .join(
            case_event,
            (case_event.c.case_id == case_event_body.c.case_id) & (case_event.c.seq == case_event_body.c.seq),
        )
        .where(case_event.c.case_id == bindparam("case_id"), case_event.c.type == events.BOOKING)
        .order_by(case_event.c.seq.desc())
        .limit(1)
    )


_LAST_BOOKING = _booking_query()


# --- rows ----------------------------------------------------------------------------------------------


def _use(row: Row[Any]) -> VisitUse:
    return VisitUse(
        row.reference,
        UseSource(row.source),
        row.day,
        Discipline(row.discipline),
        row.habilitative,
        row.bucket,
        row.year,
        row.visits,
        row.amount,
        row.case_number,
        row.free_bucket,
    )


def _amount(row: Row[Any]) -> Decimal:
    amount: Decimal | None = row.amount
    return row.visits if amount is None else amount


def _discipline(code: str | None) -> Discipline | None:
    return Discipline(code) if code else None

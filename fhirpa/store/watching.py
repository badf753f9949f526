"""Cases that time does something to: which are due, what was missed, and how often."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, or_, select

from fhirpa.store.records import BreachCount, LateCount, WatchedCase
from fhirpa.store.schema import clock_breach, service_case
from fhirpa.um.clock_watch import Breach


def due_cases(
    connection: Connection, now: datetime, after: WatchedCase | None, limit: int
) -> list[WatchedCase]:
    """Cases whose next moment has passed, the earliest first, behind `after`."""
    case = service_case.c
    query = select(case.case_id, case.watch_at).where(case.watch_at < now)
    if after is not None:
        same = and_(case.watch_at == after.watch_at, case.case_id > after.case_id)
        query = query.where(or_(case.watch_at > after.watch_at, same))
    query = query.order_by(case.watch_at, case.case_id).limit(limit)
    return [WatchedCase(x.case_id, x.watch_at) for x in connection.execute(query)]


def add_breaches(connection: Connection, case_id: str, breaches: Sequence[Breach], at: datetime) -> None:
    """Writes down missed clocks. A clock is missed once: a second row for it is an IntegrityError."""
    rows = [
        {
            "case_id": case_id,
            "sequence": x.sequence,
            "started_at": x.started_at,
            "due_at": x.due.at,
            "rule": x.due.rule,
            "marked_at": at,
        }
        for x in breaches
    ]
    if rows:
        connection.execute(insert(clock_breach), rows)


def breach_counts(connection: Connection) -> list[BreachCount]:
    """How many clocks were missed, by line of business and rule."""
    rule, lob = clock_breach.c.rule, service_case.c.lob
    query = select(lob, rule, func.count()).select_from(clock_breach.join(service_case))
    return [BreachCount(*x) for x in connection.execute(query.group_by(lob, rule).order_by(lob, rule))]


def late_counts(connection: Connection, now: datetime) -> list[LateCount]:
    """How many open cases are past their due time, by line of business; also those not yet marked."""
    case = service_case.c
    query = select(case.lob, func.count()).where(case.is_pended, case.due_at < now)
    return [LateCount(*x) for x in connection.execute(query.group_by(case.lob).order_by(case.lob))]

"""Is a database whole? Every case with all its rows, no number twice, no benefit overdrawn."""

from collections import Counter, defaultdict
from decimal import Decimal

from sqlalchemy import create_engine, exists, func, select, text

from fhirpa.config import Settings
from fhirpa.store.schema import (
    authorization,
    benefit_draw,
    case_event,
    case_event_body,
    determination,
    exchange,
    issued_number,
    outbox,
    service_case,
    service_line,
    submission,
)

_DECIDED = ("certified", "not_required", "contact_payer")


def faults_of(url: str) -> list[str]:
    """Everything that is half-written, as sentences; [] if the database is whole."""
    engine = create_engine(Settings(database_url=url).database_url)
    try:
        with engine.connect() as connection:
            found: list[str] = []
            if engine.dialect.name == "sqlite":
                check = connection.execute(text("PRAGMA integrity_check")).scalars().all()
                found += [x for x in check if x != "ok"]
                found += [str(x) for x in connection.execute(text("PRAGMA foreign_key_check"))]
            for table in (service_line, case_event, submission, exchange, outbox):
                lacking = ~exists().where(table.c.case_id == service_case.c.case_id)
                count = connection.execute(
                    select(func.count()).select_from(service_case).where(lacking)
                ).scalar()
                if count:
                    found.append(f"{count} cases have no {table.name}")
            kept = exists().where(exchange.c.exchange_id == submission.c.exchange_id)
            if count := connection.execute(
                select(func.count()).select_from(submission).where(~kept)
            ).scalar():
                found.append(f"{count} submissions have no exchange")
            body = exists().where(
                case_event_body.c.case_id == case_event.c.case_id, case_event_body.c.seq == case_event.c.seq
            )
            if count := connection.execute(
                select(func.count()).select_from(case_event).where(~body)
            ).scalar():
                found.append(f"{count} events have no body")
            decided = exists().where(
                determination.c.case_id == service_line.c.case_id,
                determination.c.sequence == service_line.c.sequence,
            )
            undecided = (
                select(func.count())
                .select_from(service_line)
                .where(service_line.c.state.in_(_DECIDED), ~decided)
            )
            if count := connection.execute(undecided).scalar():
                found.append(f"{count} decided lines have no determination")
            return found
    finally:
        engine.dispose()


def numbers_of(url: str) -> Counter[str]:
    """How many cases have each number."""
    engine = create_engine(Settings(database_url=url).database_url)
    try:
        with engine.connect() as connection:
            rows = connection.execute(
                select(authorization.c.number, authorization.c.case_id).distinct()
            ).all()
            issued = connection.execute(select(issued_number.c.number)).scalars().all()
        assert {x.number for x in rows} <= set(issued)
        return Counter(x.number for x in rows)
    finally:
        engine.dispose()


def drawn_visits(url: str, plan: str) -> dict[str, Decimal]:
    """Visits drawn by each member of a plan, over all buckets and years."""
    engine = create_engine(Settings(database_url=url).database_url)
    members = select(service_case.c.member_key).where(service_case.c.plan_code == plan)
    draws = select(benefit_draw.c.member_key, benefit_draw.c.visits).where(
        benefit_draw.c.member_key.in_(members)
    )
    sums: dict[str, Decimal] = defaultdict(Decimal)
    try:
        with engine.connect() as connection:
            for row in connection.execute(draws):
                sums[row.member_key] += row.visits
        return dict(sums)
    finally:
        engine.dispose()

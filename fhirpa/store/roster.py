"""Members, their enrolments, and providers."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select

from fhirpa.store import codec
from fhirpa.store.dialect import insert_new, upsert
from fhirpa.store.keys import digest
from fhirpa.store.records import RosterMember
from fhirpa.store.schema import enrolment, member, provider
from fhirpa.um.context import Enrolment, Provider
from fhirpa.um.request import Span

_PEOPLE = select(member.c.member_key, member.c.birth_date).join(enrolment).distinct()
_HAVING_ID = _PEOPLE.where(enrolment.c.member_id == bindparam("member_id"))
_BELOW = _PEOPLE.where(enrolment.c.subscriber_id.in_(bindparam("subscriber_ids", expanding=True)))
_SPANS = (
    select(enrolment, member.c.birth_date)
    .join(member)
    .where(enrolment.c.member_key == bindparam("member_key"))
    .order_by(enrolment.c.start, enrolment.c.key)
)
_PROVIDERS = select(provider).where(provider.c.npi.in_(bindparam("npis", expanding=True)))


def find_person(
    connection: Connection, member_ids: Iterable[str], birth_date: date | None
) -> tuple[str, date | None] | None:
    """Key and birth date of the one person that the first known of these member ids means.

    An id that one person has means that person. An id that a family shares means the one person with this
    birth date; when nobody or several have it (twins), the id means nobody: to choose would be to guess.
    """
    for member_id in member_ids:
        people = list(connection.execute(_HAVING_ID, {"member_id": member_id}))
        if not people:
            continue
        if len(people) > 1:
            people = [x for x in people if birth_date is not None and x.birth_date == birth_date]
        return (people[0].member_key, people[0].birth_date) if len(people) == 1 else None
    return None


def find_dependent(connection: Connection, subscriber_ids: Iterable[str], birth_date: date) -> str | None:
    """Key of the only person below one of these subscriber ids who was born on this day."""
    people = connection.execute(_BELOW, {"subscriber_ids": list(subscriber_ids)})
    born = [x for x in people if x.birth_date == birth_date]
    return born[0].member_key if len(born) == 1 else None


def enrolments_of(connection: Connection, member_key: str) -> tuple[Enrolment, ...]:
    """All spans of one person under all member ids, oldest first."""
    return tuple(
        Enrolment(
            member_key=row.member_key,
            member_id=row.member_id,
            plan_code=row.plan_code,
            period=Span(row.start, row.end),
            birth_date=row.birth_date,
            subscriber_id=row.subscriber_id,
            brought_along=row.brought_along,
        )
        for row in connection.execute(_SPANS, {"member_key": member_key})
    )


def enrol(connection: Connection, new: Enrolment) -> None:
    """Adds a span, and the person if new. A span with the same first day in the same plan is replaced."""
    insert_new(connection, member, [{"member_key": new.member_key, "birth_date": new.birth_date}])
    span = _span(new.member_key, new.member_id, new.plan_code, new.period.start)
    rest = {
        "end": new.period.end,
        "subscriber_id": new.subscriber_id,
        "brought_along": new.brought_along,
    }
    upsert(connection, enrolment, [{**span, **rest}])


def _span(member_key: str, member_id: str, plan_code: str, start: date | None) -> dict[str, Any]:
    key = digest(member_key, member_id, plan_code, start.isoformat() if start else None)
    return {
        "key": key,
        "member_key": member_key,
        "member_id": member_id,
        "plan_code": plan_code,
        "start": start,
    }


def upsert_members(
    connection: Connection, members: Sequence[RosterMember], new_key: Callable[[], str]
) -> None:
    """Loads roster lines: a person is known again by member id and birth date."""
    for new in members:
        key = _known(connection, new) or new_key()
        person = {
            "member_key": key,
            "family": new.family,
            "given": new.given,
            "birth_date": new.birth_date,
            "gender": new.gender,
            "language": new.language,
        }
        upsert(connection, member, [person])
        span = _span(key, new.member_id, new.plan_code, new.start)
        rest = {"end": new.end, "subscriber_id": new.subscriber_id, "brought_along": False}
        upsert(connection, enrolment, [{**span, **rest}])


def _known(connection: Connection, new: RosterMember) -> str | None:
    """The person on file with the same id, birth date and, where both are given, the same given name."""
    same_day = member.c.birth_date.is_not_distinct_from(new.birth_date)
    query = (
        select(member.c.member_key, member.c.given)
        .join(enrolment)
        .where(enrolment.c.member_id == new.member_id, same_day)
        .order_by(member.c.member_key)
    )
    for row in connection.execute(query):
        if row.given is None or new.given is None or row.given.casefold() == new.given.casefold():
            return str(row.member_key)
    return None


def subscriber_known(connection: Connection, subscriber_id: str) -> bool:
    """True if anybody is enrolled below this subscriber id."""
    query = select(exists().where(enrolment.c.subscriber_id == subscriber_id))
    return bool(connection.execute(query).scalar_one())


def upsert_providers(connection: Connection, providers: Sequence[Provider]) -> None:
    """Loads providers; those known by NPI are overwritten."""
    rows = [
        {
            "npi": x.npi,
            "name": x.name,
            "in_network": x.in_network,
            "taxonomies": codec.encode(x.taxonomies),
        }
        for x in providers
    ]
    upsert(connection, provider, rows)


def find_providers(connection: Connection, npis: Iterable[str]) -> dict[str, Provider]:
    """Those of these NPIs that the roster has."""
    rows = connection.execute(_PROVIDERS, {"npis": list(npis)})
    return {
        row.npi: Provider(row.npi, row.name, row.in_network, tuple(codec.decode_plain(row.taxonomies)))
        for row in rows
    }

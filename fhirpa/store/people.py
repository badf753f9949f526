"""The plan's staff: who they are, and what their licences say."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from fhirpa.store.dialect import upsert
from fhirpa.store.schema import staff, staff_conflict
from fhirpa.um.staff import Licence, LicenceType, Staff, StaffRole


def upsert_staff(connection: Connection, people: Sequence[Staff]) -> None:
    """Loads people; those known by id are overwritten."""
    upsert(connection, staff, [_row(x) for x in people])
    ids = [x.staff_id for x in people]
    connection.execute(delete(staff_conflict).where(staff_conflict.c.staff_id.in_(ids)))
    rows = [{"staff_id": x.staff_id, "npi": npi} for x in people for npi in sorted(x.conflicts)]
    if rows:
        connection.execute(insert(staff_conflict), rows)


def find_staff(connection: Connection, staff_id: str) -> Staff | None:
    """The person of this id, active or not."""
    row = connection.execute(select(staff).where(staff.c.staff_id == staff_id)).first()
    return _person(row, _conflicts(connection, staff_id)) if row else None


def all_staff(connection: Connection) -> tuple[Staff, ...]:
    """Everybody, by id."""
    rows = connection.execute(select(staff).order_by(staff.c.staff_id)).all()
    return tuple(_person(row, _conflicts(connection, row.staff_id)) for row in rows)


def _conflicts(connection: Connection, staff_id: str) -> frozenset[str]:
    query = select(staff_conflict.c.npi).where(staff_conflict.c.staff_id == staff_id)
    return frozenset(connection.execute(query).scalars())


def _row(person: Staff) -> dict[str, Any]:
    licence = person.licence
    return {
        "staff_id": person.staff_id,
        "name": person.name,
        "role": person.role,
        "active": person.active,
        "npi": person.npi,
        "specialty": person.specialty,
        "licence_type": licence.type if licence else None,
        "licence_state": licence.state if licence else None,
        "licence_number": licence.number if licence else None,
        "licence_expires": licence.expires if licence else None,
        "licence_administrative": licence.administrative if licence else False,
        "supervisor": person.supervisor,
    }


def _person(row: Row[Any], conflicts: frozenset[str]) -> Staff:
    licence = None
    if row.licence_type is not None:
        licence = Licence(
            LicenceType(row.licence_type),
            row.licence_state,
            row.licence_number,
            row.licence_expires,
            row.licence_administrative,
        )
    role = StaffRole(row.role)
    who = (row.staff_id, row.name, role, row.active, licence, row.npi, row.specialty)
    return Staff(*who, supervisor=row.supervisor, conflicts=conflicts)

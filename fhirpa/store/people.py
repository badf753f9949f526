"""The plan's staff: who they are, and what their licences say."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from fhirpa.store.dialect import upsert
from fhirpa.store.schema import staff
from fhirpa.um.staff import Licence, LicenceType, Staff, StaffRole


def upsert_staff(connection: Connection, people: Sequence[Staff]) -> None:
    """Loads people; those known by id are overwritten."""
    upsert(connection, staff, [_row(x) for x in people])


def find_staff(connection: Connection, staff_id: str) -> Staff | None:
    """The person of this id, active or not."""
    row = connection.execute(select(staff).where(staff.c.staff_id == staff_id)).first()
    return _person(row) if row else None


def all_staff(connection: Connection) -> tuple[Staff, ...]:
    """Everybody, by id."""
    return tuple(_person(row) for row in connection.execute(select(staff).order_by(staff.c.staff_id)))


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
    }


def _person(row: Row[Any]) -> Staff:
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
    return Staff(row.staff_id, row.name, role, row.active, licence, row.npi, row.specialty)

"""Importing the plan's staff with their roles and licences: all of a file, or nothing of it.

Columns: staff_id, name, role, and where the role needs them licence_type, licence_state, licence_number,
licence_expires (YYYY-MM-DD); optionally active, npi, specialty (NUCC), licence_administrative, supervisor (a
staff_id), conflicts (NPIs of providers in whom the person has an interest, with spaces between).
"""

from datetime import date
from pathlib import Path
from typing import TypeVar

from fhirpa.um.npi import is_valid_npi
from fhirpa.um.staff import NEEDED_LICENCES, Licence, LicenceType, Staff, StaffRole
from fhirpa.workflow.roster_files import RosterError, csv_flag, csv_rows
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import snapshot, transaction

_Kind = TypeVar("_Kind", StaffRole, LicenceType)
_NEEDED = ("staff_id", "name", "role")


def import_staff(services: Services, path: Path) -> int:
    """Load or update staff; how many there are.

    Raises RosterError for a row that cannot be used, such as a role without its licence.
    """
    people = [_person(number, row) for number, row in csv_rows(path, _NEEDED)]
    with transaction(services) as unit:
        unit.upsert_staff(people)
    return len(people)


def list_staff(services: Services) -> tuple[Staff, ...]:
    """Everybody, active or not, by id."""
    with snapshot(services) as unit:
        return unit.all_staff()


def _person(number: int, row: dict[str, str]) -> Staff:
    role = _one_of(StaffRole, row["role"], number, "role")
    npi = row.get("npi") or None
    if npi is not None and not is_valid_npi(npi):
        raise RosterError(f"row {number}: the NPI's check digit is wrong")
    licence = _licence(number, row)
    needed = NEEDED_LICENCES[role]
    if needed and (licence is None or licence.type not in needed):
        raise RosterError(f"row {number}: the role needs a licence of type {' or '.join(sorted(needed))}")
    return Staff(
        row["staff_id"],
        row["name"],
        role,
        csv_flag(row, number, "active", default=True),
        licence,
        npi,
        row.get("specialty") or None,
        row.get("supervisor") or None,
        _conflicts(number, row),
    )


def _conflicts(number: int, row: dict[str, str]) -> frozenset[str]:
    npis = frozenset((row.get("conflicts") or "").split())
    if not all(map(is_valid_npi, npis)):
        raise RosterError(f"row {number}: column conflicts holds something that is no NPI")
    return npis


def _licence(number: int, row: dict[str, str]) -> Licence | None:
    if not row.get("licence_type"):
        return None
    for column in ("licence_state", "licence_number", "licence_expires"):
        if not row.get(column):
            raise RosterError(f"row {number}: column {column} is empty")
    try:
        expires = date.fromisoformat(row["licence_expires"])
    except ValueError:
        raise RosterError(f"row {number}: licence_expires is no date (YYYY-MM-DD)") from None
    return Licence(
        _one_of(LicenceType, row["licence_type"], number, "licence_type"),
        row["licence_state"],
        row["licence_number"],
        expires,
        csv_flag(row, number, "licence_administrative", default=False),
    )


def _one_of(kind: type[_Kind], text: str, number: int, column: str) -> _Kind:
    try:
        return kind(text)
    except ValueError:
        raise RosterError(f"row {number}: {column} is none of {', '.join(kind)}") from None

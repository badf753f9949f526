"""Importing members and providers into the roster: all of a file, or nothing of it."""

from pathlib import Path

from fhirpa.um.npi import is_valid_npi
from fhirpa.workflow.roster_files import RosterError, read_members, read_providers
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import transaction

__all__ = ["RosterError", "import_members", "import_providers"]


def import_members(services: Services, path: Path) -> int:
    """Load or update members with their enrolment spans; how many there are.

    Raises RosterError for a row that cannot be used; nothing is imported then.
    """
    members = read_members(path)
    for member in members:
        if member.plan_code not in services.rules.plans:
            raise RosterError(f"row {member.line}: plan_code is not one of the plans of this server")
    with transaction(services) as unit:
        unit.upsert_members(members, services.ids.uuid4)
    return len(members)


def import_providers(services: Services, path: Path) -> int:
    """Load or update providers; how many there are.

    Raises RosterError for a row that cannot be used, such as an NPI whose check digit is wrong.
    """
    providers = read_providers(path)
    for number, provider in enumerate(providers, 1):
        if not is_valid_npi(provider.npi):
            raise RosterError(f"provider {number}: the NPI's check digit is wrong")
    with transaction(services) as unit:
        unit.upsert_providers(providers)
    return len(providers)

"""Importing members and providers: CSV, or a FHIR Bundle of Patient+Coverage or Practitioner/Organization."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from fhirpa.fhir.bundle import BundleGraph, Entry
from fhirpa.fhir.codec import decode
from fhirpa.pas.access import identifier_of_type, identifier_value
from fhirpa.pas.codes import COVERAGE_CLASS, NPI, NUCC
from fhirpa.store import RosterMember
from fhirpa.um.context import Provider
from fhirpa.um.npi import is_valid_npi
from fhirpa.workflow.services import Services


class RosterError(ValueError):
    """A line of a roster file that cannot be used; the text names the line and the column."""


def import_members(services: Services, path: Path) -> int:
    """Load or update members with their enrolment spans; returns how many. Raises RosterError."""
    members = list(_members_csv(path) if path.suffix == ".csv" else _members_fhir(path))
    for member in members:
        if member.plan_code not in services.rules.plans:
            raise RosterError(f"member {member.line}: plan_code '{member.plan_code}' is not a known plan")
    with services.store.write() as unit:
        unit.upsert_members(members, services.ids.uuid)
    return len(members)


def import_providers(services: Services, path: Path) -> int:
    """Load or update providers; returns how many. Raises RosterError for an NPI with a wrong check digit."""
    providers = list(_providers_csv(path) if path.suffix == ".csv" else _providers_fhir(path))
    with services.store.write() as unit:
        unit.upsert_providers(providers)
    return len(providers)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    text = path.read_text(encoding="utf-8-sig")
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        yield number, {str(k): (v or "").strip() for k, v in row.items() if k is not None}


def _day(value: str, line: int, column: str) -> date | None:
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise RosterError(f"line {line}: {column} is not a date (YYYY-MM-DD)") from error


def _need(row: dict[str, str], line: int, column: str) -> str:
    if not row.get(column):
        raise RosterError(f"line {line}: column {column} is empty")
    return row[column]


def _members_csv(path: Path) -> Iterator[RosterMember]:
    for line, row in _rows(path):
        yield RosterMember(
            line=line,
            member_id=_need(row, line, "member_id"),
            subscriber_id=row.get("subscriber_id") or None,
            family=row.get("family") or None,
            given=row.get("given") or None,
            birth_date=_day(row.get("birth_date", ""), line, "birth_date"),
            gender=row.get("gender") or None,
            language=row.get("language") or None,
            plan_code=_need(row, line, "plan_code"),
            start=_day(row.get("start", ""), line, "start"),
            end=_day(row.get("end", ""), line, "end"),
        )


def _members_fhir(path: Path) -> Iterator[RosterMember]:
    graph = _graph(path)
    for entry in graph.of_type("Coverage"):
        target = graph.find(entry.resource.get("beneficiary"), entry)
        patient = target.resource if target else {}
        names = patient.get("name") or [{}]
        plan = next(
            (
                c.get("value")
                for c in entry.resource.get("class", [])
                for k in c.get("type", {}).get("coding", [])
                if k.get("system") == COVERAGE_CLASS and k.get("code") == "plan"
            ),
            None,
        )
        member_id = identifier_of_type(entry.resource, "MB") or identifier_of_type(patient, "MB")
        if not member_id or not plan:
            raise RosterError(f"{entry.path}: a member id (type MB) and a class of type plan are needed")
        period = entry.resource.get("period", {})
        yield RosterMember(
            line=entry.index,
            member_id=member_id,
            subscriber_id=entry.resource.get("subscriberId"),
            family=names[0].get("family"),
            given=" ".join(names[0].get("given", [])) or None,
            birth_date=_day(str(patient.get("birthDate", ""))[:10], entry.index, "birthDate"),
            gender=patient.get("gender"),
            language=None,
            plan_code=plan,
            start=_day(str(period.get("start", ""))[:10], entry.index, "period.start"),
            end=_day(str(period.get("end", ""))[:10], entry.index, "period.end"),
        )


def _providers_csv(path: Path) -> Iterator[Provider]:
    for line, row in _rows(path):
        yield _provider(
            _need(row, line, "npi"),
            row.get("name") or None,
            row.get("in_network", "").lower() in ("true", "yes", "1", "y"),
            tuple(row.get("taxonomies", "").replace("|", " ").split()),
            f"line {line}",
        )


def _providers_fhir(path: Path) -> Iterator[Provider]:
    graph = _graph(path)
    for entry in (*graph.of_type("Organization"), *graph.of_type("Practitioner")):
        npi = identifier_value(entry.resource, NPI)
        if npi:
            yield _provider(npi, _name(entry), True, _taxonomies(graph, entry), entry.path)


def _provider(npi: str, name: str | None, in_network: bool, taxonomies: tuple[str, ...], where: str) -> Provider:
    if not is_valid_npi(npi):
        raise RosterError(f"{where}: the NPI's check digit is wrong")
    return Provider(npi=npi, name=name, in_network=in_network, taxonomies=taxonomies)


def _name(entry: Entry) -> str | None:
    name = entry.resource.get("name")
    if isinstance(name, list) and name and isinstance(name[0], dict):
        return " ".join([*name[0].get("given", []), name[0].get("family", "")]).strip() or None
    return name if isinstance(name, str) else None


def _taxonomies(graph: BundleGraph, entry: Entry) -> tuple[str, ...]:
    found: list[str] = []
    for role in graph.of_type("PractitionerRole"):
        target = graph.find(role.resource.get("practitioner"), role)
        if target is not None and target.entry.index == entry.index:
            found += [
                str(c.get("code"))
                for s in role.resource.get("specialty", [])
                for c in s.get("coding", [])
                if c.get("system") == NUCC
            ]
    return tuple(found)


def _graph(path: Path) -> BundleGraph:
    bundle: dict[str, Any] = decode(path.read_bytes(), "xml" if path.suffix == ".xml" else "json")
    return BundleGraph(bundle)

"""Roster files: CSV, or a FHIR Bundle of Patient and Coverage, or of Practitioner(Role) and Organization.

Columns of members: member_id, plan_code, and optionally subscriber_id, family, given, birth_date, gender,
language, start, end. Columns of providers: npi, and optionally name, in_network, taxonomies.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from fhirpa.fhir.bundle import BundleGraph, Entry
from fhirpa.fhir.codec import decode
from fhirpa.fhir.outcome import FhirError
from fhirpa.pas.access import (
    Json,
    code_of,
    codings,
    day,
    identifier_of_type,
    identifier_value,
    objects,
    period,
    text,
)
from fhirpa.pas.codes import COVERAGE_CLASS, NPI, NUCC
from fhirpa.store import RosterMember
from fhirpa.um.context import Provider
from fhirpa.um.request import Span

_TRUE, _FALSE = ("true", "yes", "1", "y"), ("false", "no", "0", "n")


class RosterError(ValueError):
    """A row of a roster file that cannot be used; the text names the row and the column, never a value."""


def read_members(path: Path) -> list[RosterMember]:
    """Members with one enrolment span each. Raises RosterError."""
    return list(_csv_members(path) if path.suffix == ".csv" else _fhir_members(path))


def read_providers(path: Path) -> list[Provider]:
    """Providers by NPI. Raises RosterError."""
    return list(_csv_providers(path) if path.suffix == ".csv" else _fhir_providers(path))


# --- CSV -----------------------------------------------------------------------------------------------


def csv_rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their line numbers; needed columns are filled. Raises RosterError."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RosterError("the file is not UTF-8") from error
    reader = csv.DictReader(io.StringIO(content))
    for column in needed:
        if column not in (reader.fieldnames or ()):
            raise RosterError(f"there is no column {column}")
    for number, row in enumerate(reader, start=2):
        cells = {str(k): (v or "").strip() for k, v in row.items() if k is not None}
        for column in needed:
            if not cells[column]:
                raise RosterError(f"row {number}: column {column} is empty")
        yield number, cells


def _csv_members(path: Path) -> Iterator[RosterMember]:
    for number, row in csv_rows(path, ("member_id", "plan_code")):
        yield RosterMember(
            line=number,
            member_id=row["member_id"],
            subscriber_id=row.get("subscriber_id") or None,
            family=row.get("family") or None,
            given=row.get("given") or None,
            birth_date=_csv_day(row, number, "birth_date"),
            gender=row.get("gender") or None,
            language=row.get("language") or None,
            plan_code=row["plan_code"],
            start=_csv_day(row, number, "start"),
            end=_csv_day(row, number, "end"),
        )


def _csv_day(row: dict[str, str], number: int, column: str) -> date | None:
    if not row.get(column):
        return None
    found = day(row[column])
    if found is None:
        raise RosterError(f"row {number}: {column} is no date (YYYY-MM-DD)")
    return found


def _csv_providers(path: Path) -> Iterator[Provider]:
    for number, row in csv_rows(path, ("npi",)):
        network = csv_flag(row, number, "in_network", default=True)
        taxonomies = tuple(row.get("taxonomies", "").replace("|", " ").split())
        yield Provider(row["npi"], row.get("name") or None, network, taxonomies)


def csv_flag(row: dict[str, str], number: int, column: str, *, default: bool) -> bool:
    """A column of yes or no; `default` where it is empty. Raises RosterError."""
    said = row.get(column, "").lower()
    if said and said not in (*_TRUE, *_FALSE):
        raise RosterError(f"row {number}: {column} is neither true nor false")
    return said in _TRUE if said else default


# --- FHIR ----------------------------------------------------------------------------------------------


def _graph(path: Path) -> BundleGraph:
    try:
        return BundleGraph(decode(path.read_bytes(), "xml" if path.suffix == ".xml" else "json"))
    except FhirError as error:
        raise RosterError(f"the file cannot be read: {error.issues[0].text}") from error


def _fhir_members(path: Path) -> Iterator[RosterMember]:
    graph = _graph(path)
    for entry in graph.of_type("Coverage"):
        target = graph.find(entry.resource.get("beneficiary"), entry)
        patient = target.resource if target else {}
        member_id = identifier_of_type(entry.resource, "MB") or identifier_of_type(patient, "MB")
        plan = _plan(entry.resource)
        if not member_id or not plan:
            raise RosterError(f"{entry.path}: a member id (type MB) and a class of type plan are needed")
        name = next(iter(objects(patient.get("name"))), {})
        given = name.get("given")
        span = period(entry.resource.get("period")) or Span()
        yield RosterMember(
            line=entry.index,
            member_id=member_id,
            subscriber_id=text(entry.resource.get("subscriberId")),
            family=text(name.get("family")),
            given=" ".join(g for g in given if isinstance(g, str)) if isinstance(given, list) else None,
            birth_date=day(patient.get("birthDate")),
            gender=text(patient.get("gender")),
            language=_language(patient),
            plan_code=plan,
            start=span.start,
            end=span.end,
        )


def _plan(coverage: Json) -> str | None:
    for entry in objects(coverage.get("class")):
        if code_of(entry.get("type"), COVERAGE_CLASS) == "plan":
            return text(entry.get("value"))
    return None


def _language(patient: Json) -> str | None:
    spoken = (c.code for s in objects(patient.get("communication")) for c in codings(s.get("language")))
    return next(spoken, None)


def _fhir_providers(path: Path) -> Iterator[Provider]:
    graph = _graph(path)
    for entry in (*graph.of_type("Organization"), *graph.of_type("Practitioner")):
        npi = identifier_value(entry.resource, NPI)
        if npi:
            yield Provider(npi, _name(entry.resource), True, _taxonomies(graph, entry))


def _name(resource: Json) -> str | None:
    name = next(iter(objects(resource.get("name"))), None)
    if name is None:
        return text(resource.get("name"))
    given = name.get("given")
    parts = [*(given if isinstance(given, list) else []), name.get("family")]
    return " ".join(p for p in parts if isinstance(p, str)) or None


def _taxonomies(graph: BundleGraph, entry: Entry) -> tuple[str, ...]:
    found = []
    for role in graph.of_type("PractitionerRole"):
        target = graph.find(role.resource.get("practitioner"), role)
        if target is not None and target.entry.index == entry.index:
            found += [
                c.code
                for s in objects(role.resource.get("specialty"))
                for c in codings(s)
                if c.system == NUCC
            ]
    return tuple(dict.fromkeys(found))

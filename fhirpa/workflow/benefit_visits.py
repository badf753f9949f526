"""Visits that took place: read from a file of claims or of the provider's reports, and written down once.

Columns: reference, service_date; authorization, or member_id with discipline (PT, OT); and optionally visits
(1), birth_date, habilitative (true, false), diagnosis (ICD-10-CM), units, dollars, reversal (true: takes the
report of this reference back).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from fhirpa.store import Unit
from fhirpa.um.accumulators import UseSource, VisitUse
from fhirpa.um.benefits import (
    NO_LIMIT,
    benefit_year,
    bucket_of,
    counted_year,
    counts_in,
    free_bucket_of,
    is_free,
    plan_limit,
)
from fhirpa.um.case import Case
from fhirpa.um.diagnosis import find_group
from fhirpa.um.rules import Plan
from fhirpa.um.terms import Counting, Discipline
from fhirpa.workflow.benefits import plan_of, today
from fhirpa.workflow.roster_files import RosterError, csv_rows
from fhirpa.workflow.services import Services
from fhirpa.workflow.wire import transaction

_MOST = Decimal(1000)  # visits of one row
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"", "false", "no", "0"})


@dataclass(frozen=True, slots=True)
class Reported:
    """One row of the file. `line` is for messages, which never hold a value of the row."""

    line: int
    reference: str
    day: date
    visits: Decimal
    authorization: str
    member_id: str
    birth_date: date | None
    discipline: Discipline | None
    habilitative: bool
    diagnosis: str
    units: Decimal | None
    dollars: Decimal | None
    reversal: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a file: rows written, known already, left out; and what somebody should look at."""

    written: int = 0
    known: int = 0
    faults: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class _Fault(ValueError):
    """Why a row cannot be written down."""


def record_visits(services: Services, path: Path, source: UseSource, by: str) -> Recorded:
    """Write down every good row, each in its own transaction; a row that is known already changes nothing.

    More visits than were certified are taken and told. Raises RosterError for a file that cannot be read.
    """
    done = Recorded()
    for row in read_visits(path):
        try:
            done = _with(services, row, source, by, done)
        except _Fault as fault:
            done = replace(done, faults=(*done.faults, f"row {row.line}: {fault}"))
    return done


def read_visits(path: Path) -> list[Reported]:
    """The rows of a CSV file. Raises RosterError."""
    return list(_rows(path))


def _rows(path: Path) -> Iterator[Reported]:
    for number, cells in csv_rows(path, ("reference", "service_date")):
        try:
            yield _reported(number, cells)
        except (ValueError, InvalidOperation) as error:
            raise RosterError(f"row {number}: a date, number or code is not well formed") from error


def _reported(number: int, cells: dict[str, str]) -> Reported:
    code, born = cells.get("discipline", ""), cells.get("birth_date", "")
    visits = Decimal(cells.get("visits") or "1")
    if not (visits.is_finite() and 0 < visits <= _MOST):
        raise ValueError("visits")
    return Reported(
        number,
        cells["reference"],
        date.fromisoformat(cells["service_date"]),
        visits,
        cells.get("authorization", ""),
        cells.get("member_id", ""),
        date.fromisoformat(born) if born else None,
        Discipline(code) if code else None,
        _flag(cells.get("habilitative", "")),
        cells.get("diagnosis", "").replace(".", "").upper(),
        _amount(cells.get("units", "")),
        _amount(cells.get("dollars", "")),
        _flag(cells.get("reversal", "")),
    )


def _flag(cell: str) -> bool:
    if cell.lower() not in _TRUE | _FALSE:
        raise ValueError("flag")
    return cell.lower() in _TRUE


def _amount(cell: str) -> Decimal | None:
    if not cell:
        return None
    amount = Decimal(cell)
    if not (amount.is_finite() and amount >= 0):
        raise ValueError("amount")
    return amount


# --- writing -------------------------------------------------------------------------------------------


def _with(services: Services, row: Reported, source: UseSource, by: str, done: Recorded) -> Recorded:
    with transaction(services) as unit:
        case = _case(unit, row)
        key = case.member_key if case is not None else _member(unit, row)
        unit.lock_member(key)
        if unit.find_visit_use(source, row.reference, reversal=row.reversal) is not None:
            return replace(done, known=done.known + 1)
        use = _reversed(unit, row, source) if row.reversal else _use(services, unit, row, source, key, case)
        unit.add_visit_use(key, use, reversal=row.reversal, at=services.clock.now(), actor_id=by)
        warnings = _warnings(unit, key, row, case)
    return replace(done, written=done.written + 1, warnings=(*done.warnings, *warnings))


def _case(unit: Unit, row: Reported) -> Case | None:
    if not row.authorization:
        return None
    case_id = unit.case_of_number(row.authorization)
    if case_id is None:
        raise _Fault("no case has this authorization number")
    return unit.load_case(case_id)


def _member(unit: Unit, row: Reported) -> str:
    if not row.member_id:
        raise _Fault("name an authorization, or a member")
    found = unit.find_enrolments([row.member_id], row.birth_date)
    if not found:
        raise _Fault("no member, or more than one, has this id and birth date")
    return found[0].member_key


def _reversed(unit: Unit, row: Reported, source: UseSource) -> VisitUse:
    first = unit.find_visit_use(source, row.reference, reversal=False)
    if first is None:
        raise _Fault("there is no report of this reference to take back")
    return replace(first, visits=-first.visits, amount=-first.amount)


def _use(
    services: Services, unit: Unit, row: Reported, source: UseSource, key: str, case: Case | None
) -> VisitUse:
    if row.day > today(services):
        raise _Fault("the service date lies in the future")
    plan = services.rules.plans.get(case.plan_code) if case else plan_of(services, unit, key, row.day)
    if plan is None:
        raise _Fault("the member has no plan on the service date")
    discipline, habilitative = row.discipline, row.habilitative
    drawn = [d for d in case.draws if not is_free(d.bucket)] if case else []
    lines = (
        [x for x in case.lines if x.authorization and x.authorization.number == row.authorization]
        if case
        else []
    )
    if lines and discipline is None:
        discipline = lines[0].discipline
    if discipline is None:
        raise _Fault("name the discipline")
    if lines and discipline is not lines[0].discipline:
        raise _Fault("the authorization is for another discipline")
    own = [d for d in drawn if d.discipline is discipline]
    if own:
        habilitative = own[0].habilitative
    use = _counted(services, plan, row, source, discipline, habilitative)
    year = benefit_year(plan, row.day)
    fitting = next((d for d in own if d.year == year), own[0] if own else None)
    if fitting is not None and case is not None:
        bucket = fitting.bucket
        counted = year if fitting.year else fitting.year
        amount = _amount_of(plan, row, bucket, fitting.rate)
        return replace(
            use, bucket=bucket, year=counted, amount=amount, case_number=case.case_number, free_bucket=None
        )
    return replace(use, case_number=case.case_number, free_bucket=None) if case else use


def _counted(
    services: Services,
    plan: Plan,
    row: Reported,
    source: UseSource,
    discipline: Discipline,
    habilitative: bool,
) -> VisitUse:
    """The visit without a case: the limit that the plan has for it, whomever it frees.

    Exemptions rest on diagnoses; without one in the row the visit counts against the limit.
    """
    rules, year = services.rules, benefit_year(plan, row.day)
    group = find_group((row.diagnosis,), (), row.day, rules) if row.diagnosis else None
    group_id = group.id if group else None
    limit = plan_limit(plan, discipline, row.day, habilitative=habilitative)
    if limit is not None and group_id in limit.exempt_groups | limit.exempt_members:
        limit = None
    bucket = NO_LIMIT if limit is None else bucket_of(limit, group_id)
    free = free_bucket_of(plan, discipline, group_id) if plan.authorization_from_visit > 1 else None
    return VisitUse(
        row.reference,
        source,
        row.day,
        discipline,
        habilitative,
        bucket,
        counted_year(limit, year),
        row.visits,
        _amount_of(plan, row, bucket, None),
        None,
        free,
    )


def _amount_of(plan: Plan, row: Reported, bucket: str, rate: Decimal | None) -> Decimal:
    """What the visits take of the limit: as reported, else by the rate at which they were reserved."""
    counts = next((x.counts for x in plan.limits if counts_in(x, bucket)), Counting.VISITS)
    if counts in (Counting.VISITS, Counting.DAYS):
        return row.visits
    told = row.units if counts is Counting.UNITS else row.dollars
    if told is not None:
        return told
    if rate is None:
        raise _Fault(f"this plan counts {counts}: the row must hold them")
    return row.visits * rate


def _warnings(unit: Unit, key: str, row: Reported, case: Case | None) -> list[str]:
    """Invariant: more used than certified warns and never blocks the history of claims."""
    if case is None:
        return []
    numbers = {x.authorization.number: x.discipline for x in case.lines if x.authorization}
    discipline = numbers.get(row.authorization)
    certified = max(
        (
            x.authorization.certified.visits or Decimal(0)
            for x in case.lines
            if x.authorization and x.discipline is discipline
        ),
        default=Decimal(0),
    )
    drawn = sum((d.visits for d in case.draws if d.discipline is discipline), Decimal(0))
    used = sum(
        (
            u.visits
            for u in unit.visit_uses(key)
            if u.case_number == case.case_number and u.discipline is discipline
        ),
        Decimal(0),
    )
    most = max(certified, drawn)
    return [f"row {row.line}: {used:f} visits used of {most:f} certified"] if used > most else []

"""`fhirpa benefits`: limits and visits of a member, reported visits, reconciling, what expired unused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from fhirpa.cli._print import FORMAT, print_rows
from fhirpa.cli._services import opened
from fhirpa.um.accumulators import Account, UseSource
from fhirpa.workflow import benefits as use_case
from fhirpa.workflow.benefit_transfer import TransferRefused
from fhirpa.workflow.benefit_transfer import transfer as change_provider
from fhirpa.workflow.benefit_visits import record_visits
from fhirpa.workflow.ports import Unavailable
from fhirpa.workflow.roster_files import RosterError
from fhirpa.workflow.services import Services

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def benefits() -> None:
    """Visit limits, what members have used of them, and what is reserved."""


@benefits.command()
@click.argument("member")
@click.option("--on", type=_DAY, help="Limits of the plan on this day (default: today).")
@FORMAT
def show(member: str, on: datetime | None, form: str) -> None:
    """Show limits and visits of MEMBER (member id or key) by benefit year."""
    with _services() as services:
        found = use_case.show(services, member, _day(on))
    if form == "text":
        click.echo(f"plan: {found.plan.code if found.plan else 'none on this day'}")
    rows = [_limit(x) for x in found.limits] + [_account(x) for x in found.accounts]
    print_rows(form, rows, "no visit was authorized or reported")


@benefits.command("record-use")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", type=click.Choice([x.value for x in UseSource]), default="claim", show_default=True)
@click.option("--by", required=True, help="Who does it.")
def record_use(file: Path, source: str, by: str) -> None:
    """Write down visits that took place, from a CSV file of claims or reports (docs/benefits.md)."""
    with _services() as services:
        done = record_visits(services, file, UseSource(source), by)
    for said in (*done.warnings, *done.faults):
        click.echo(said, err=True)
    click.echo(f"{done.written} written, {done.known} known already, {len(done.faults)} left out")
    if done.faults:
        raise SystemExit(1)


@benefits.command()
@click.option("--member", help="Only this member (member id or key).")
@click.option("--repair", is_flag=True, help="Bring ledger and cases back to what the events say.")
@FORMAT
def reconcile(member: str | None, repair: bool, form: str) -> None:
    """Derive all draws from the event log; print what ledger or cases have otherwise. Exit 1 if any."""
    with _services() as services:
        found = use_case.reconcile(services, member, repair=repair)
    print_rows(form, [_plain(asdict(x)) for x in found], "accumulators are what the events say")
    if found:
        raise SystemExit(1)


@benefits.command("release-expired")
@click.option("--on", type=_DAY, help="As of this day (default: today).")
@click.option("--dry-run", is_flag=True, help="Change nothing.")
@FORMAT
def release_expired(on: datetime | None, dry_run: bool, form: str) -> None:
    """Give back unused visits of authorizations that ended long enough ago, by each plan's rule."""
    with _services() as services:
        given = use_case.release_expired(services, _day(on), dry_run=dry_run)
    rows: list[dict[str, Any]] = [{"case": case, "visits": f"{n:f}"} for case, n in given.items()]
    print_rows(form, rows, "nothing has expired")


@benefits.command()
@click.argument("authorization")
@click.option("--last-day", type=_DAY, required=True, help="The day before the next provider begins.")
@click.option("--attended", type=click.IntRange(0), required=True, help="Visits that took place.")
@click.option("--letter", type=_DAY, required=True, help="Date of the member's letter.")
@click.option("--by", required=True, help="Staff id of who does it.")
def transfer(authorization: str, last_day: datetime, attended: int, letter: datetime, by: str) -> None:
    """End an AUTHORIZATION because the member goes to another provider; its unused visits are given back."""
    with _services() as services:
        case = change_provider(
            services, authorization, last_day.date(), Decimal(attended), by=by, letter=letter.date()
        )
    click.echo(f"case {case.case_number}: {authorization} ends on {last_day.date()}")


@contextmanager
def _services() -> Iterator[Services]:
    with opened() as services:
        try:
            yield services
        except (use_case.UnknownMember, RosterError, TransferRefused) as error:
            raise click.ClickException(str(error)) from error
        except Unavailable:
            raise click.ClickException("the database is busy; try again") from None


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


def _limit(state: use_case.LimitState) -> dict[str, Any]:
    limit = state.limit
    return {
        "count": state.bucket,
        "year": state.year or "all",
        "kind": "hard limit" if limit.hard else "soft limit",
        "limit": f"{limit.visits:f} {limit.counts}",
        "remaining": f"{state.remaining:f}",
        **dict.fromkeys(("authorized", "used", "reserved", "without"), ""),
    }


def _account(item: Account) -> dict[str, Any]:
    kind = "habilitative" if item.habilitative else "rehabilitative"
    return {
        "count": item.bucket or "no limit",
        "year": item.year or "all",
        "kind": f"{item.discipline or '-'} {kind}",
        "limit": "",
        "remaining": "",
        "authorized": f"{item.authorized:f}",
        "used": f"{item.used_authorized:f}",
        "reserved": f"{item.reserved:f}",
        "without": f"{max(item.used_otherwise, item.announced):f}",
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: f"{v:f}" if isinstance(v, Decimal) else v for k, v in row.items()}

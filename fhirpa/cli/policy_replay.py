"""`fhirpa policy replay`: what other rules would have made of the decisions that are kept."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import click

from fhirpa.cli._services import opened
from fhirpa.cli.replay_print import COLUMNS, as_data, change_row, change_text, summary_lines
from fhirpa.policies.load import RulesError
from fhirpa.store import DecisionFilter
from fhirpa.um.replay_tally import Change, Tally
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import Discipline
from fhirpa.workflow.replay import NoSuchRules, find_rules, try_rules
from fhirpa.workflow.services import Services

EXIT_UNREADABLE = 3
EXIT_CHANGED = 4


@dataclass(frozen=True, slots=True)
class Output:
    """Where the result goes."""

    as_json: bool
    listed: bool
    csv_file: Path | None


@click.command()
@click.option("--policy", "name", required=True, help="Folder of rules, or a version that decided here.")
@click.option("--since", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First day of the decisions.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day (all that follow unless given).")
@click.option("--plan", help="Only decisions under this plan.")
@click.option("--discipline", type=click.Choice([x.value for x in Discipline]), help="Only its lines.")
@click.option("--processes", type=click.IntRange(1, 256), help="Processes (one per core unless given).")
@click.option("--list", "listed", is_flag=True, help="Print every line that changes.")
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help="Write them there.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON; with --list one object a line.")
@click.option("--expect-same", is_flag=True, help="Exit with 4 if a decision is not the same bit for bit.")
def replay(
    name: str,
    since: datetime,
    until: datetime | None,
    plan: str | None,
    discipline: str | None,
    processes: int | None,
    listed: bool,
    csv_file: Path | None,
    as_json: bool,
    expect_same: bool,
) -> None:
    """Decide the kept decisions of a time again under other rules, and print the difference.

    Nothing is written to the database. Each decision is made with what was known then, benefits used until
    then included. Days are those of the plan's time zone.

    Exit codes: 0 done; 1 the rules cannot be used, or the database cannot be read; 2 wrong options; 3 some
    records could not be read (they are named and not counted); 4 with --expect-same, something differs.
    """
    with opened() as services:
        rules = _rules(services, name)
        wanted = DecisionFilter(
            _midnight(since.date(), rules),
            _midnight(until.date() + timedelta(days=1), rules) if until else None,
            plan,
        )
        with _sink(Output(as_json, listed, csv_file)) as on_change:
            total = try_rules(
                services,
                rules,
                wanted,
                discipline=Discipline(discipline) if discipline else None,
                processes=processes or os.cpu_count() or 1,
                on_change=on_change,
            )
    _print(total, rules, wanted, as_json)
    if total.unreadable:
        raise SystemExit(EXIT_UNREADABLE)
    if expect_same and total.same != total.decisions:
        raise SystemExit(EXIT_CHANGED)


def _rules(services: Services, name: str) -> RuleSet:
    try:
        return find_rules(services, name)
    except (NoSuchRules, RulesError) as error:
        raise click.ClickException(str(error)) from error


def _midnight(day: date, rules: RuleSet) -> datetime:
    return datetime.combine(day, time(), rules.programme.zone).astimezone(UTC)


@contextmanager
def _sink(output: Output) -> Iterator[Callable[[Change], None]]:
    """Takes each line that changes, and keeps none."""
    if output.csv_file is None:
        yield lambda change: _tell(change, output)
        return
    with output.csv_file.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()

        def take(change: Change) -> None:
            writer.writerow(change_row(change))
            _tell(change, output)

        yield take


def _tell(change: Change, output: Output) -> None:
    if output.listed and output.as_json:
        click.echo(json.dumps({"change": change_row(change)}))
    elif output.listed:
        click.echo(change_text(change))


def _print(total: Tally, rules: RuleSet, wanted: DecisionFilter, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(as_data(total, rules, wanted)))
        return
    for line in summary_lines(total, rules, wanted):
        click.echo(line)

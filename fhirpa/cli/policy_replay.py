"""`fhirpa policy replay`: what other rules would have made of the decisions that are kept."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import click

from fhirpa.cli._services import opened
from fhirpa.cli.replay_data import COLUMNS, Trial, as_data, change_row
from fhirpa.cli.replay_print import SHOWN, change_text, summary_lines
from fhirpa.policies.load import RulesError
from fhirpa.store import DecisionFilter, StoreError
from fhirpa.um.replay_tally import Change
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import Discipline
from fhirpa.workflow.ports import Unavailable
from fhirpa.workflow.replay import try_rules
from fhirpa.workflow.replay_rules import NoSuchRules, find_rules

EXIT_UNREADABLE = 3
EXIT_CHANGED = 4


@click.command()
@click.option("--policy", "name", required=True, help="Folder of rules, one file, or a version.")
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
    then included. Days are those of the plan's time zone. One file takes the place of its like in the rules
    of this server; a version may be given by its beginning. Prints no PHI.

    Exit codes: 0 done; 1 the rules cannot be used, or the database cannot be read; 2 wrong options; 3 some
    records could not be read (they are named and not counted); 4 with --expect-same, something differs.
    """
    with opened() as services, _refusals(), _taker(csv_file, listed, as_json) as (first, take):
        rules = find_rules(services, name)
        wanted = DecisionFilter(
            _midnight(since.date(), rules),
            _midnight(until.date() + timedelta(days=1), rules) if until else None,
            plan,
        )
        total = try_rules(
            services,
            rules,
            wanted,
            discipline=Discipline(discipline) if discipline else None,
            processes=processes or os.cpu_count() or 1,
            on_change=take,
        )
    trial = Trial(total, rules, wanted)
    for line in [json.dumps(as_data(trial))] if as_json else summary_lines(trial, first):
        click.echo(line)
    if total.unreadable:
        raise SystemExit(EXIT_UNREADABLE)
    if expect_same and total.same != total.decisions:
        raise SystemExit(EXIT_CHANGED)


@contextmanager
def _refusals() -> Iterator[None]:
    """What cannot be done as a message on stderr; the exit code is 1."""
    try:
        yield
    except (NoSuchRules, RulesError, StoreError) as error:
        raise click.ClickException(str(error)) from None
    except Unavailable:
        raise click.ClickException("the database is busy; try again") from None


def _midnight(day: date, rules: RuleSet) -> datetime:
    return datetime.combine(day, time(), rules.programme.zone).astimezone(UTC)


@contextmanager
def _taker(
    csv_file: Path | None, listed: bool, as_json: bool
) -> Iterator[tuple[list[Change], Callable[[Change], None]]]:
    """What takes each line that changes, and the first of them, if they are not listed."""
    first: list[Change] = []
    with nullcontext() if csv_file is None else csv_file.open("w", newline="", encoding="utf-8") as file:
        writer = None if file is None else csv.DictWriter(file, COLUMNS)
        if writer is not None:
            writer.writeheader()

        def take(change: Change) -> None:
            if writer is not None:
                writer.writerow(change_row(change))
            if listed:
                click.echo(json.dumps({"change": change_row(change)}) if as_json else change_text(change))
            elif len(first) < SHOWN:
                first.append(change)

        yield first, take

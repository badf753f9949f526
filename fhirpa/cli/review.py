"""`fhirpa review`: looking at cases. The acts are in `review_acts` and `review_appeal`."""

import json
from typing import Any

import click

from fhirpa.cli import review_acts, review_appeal
from fhirpa.cli._services import opened
from fhirpa.cli.review_call import AS_JSON, AS_USER, CASE, called
from fhirpa.cli.review_explain import explain
from fhirpa.cli.review_print import case_lines, queue_lines
from fhirpa.um.terms import Discipline, LineOfBusiness, LineState
from fhirpa.workflow import review_view


@click.group()
def review() -> None:
    """Look at cases and decide them, as a person of the staff."""


@review.command("list")
@AS_USER
@AS_JSON
@click.option("--state", type=click.Choice([x.value for x in LineState if x.is_pended]))
@click.option("--discipline", type=click.Choice([x.value for x in Discipline]))
@click.option("--lob", type=click.Choice([x.value for x in LineOfBusiness]), help="Line of business.")
@click.option("--mine", is_flag=True, help="Only what waits for this person.")
def list_(
    user: str, as_json: bool, state: str | None, discipline: str | None, lob: str | None, mine: bool
) -> None:
    """The open cases, the first due first."""
    wanted = review_view.Filter(state, discipline, lob, mine)
    with opened() as services, called():
        rows = review_view.as_rows(review_view.queue(services, user, wanted))
    _print_queue(rows, as_json)


@review.command()
@AS_USER
@AS_JSON
def next(user: str, as_json: bool) -> None:
    """The case that is due first of those that wait for this person."""
    with opened() as services, called():
        found = review_view.next_case(services, user)
        rows = review_view.as_rows([found] if found else [])
    _print_queue(rows, as_json)


@review.command()
@CASE
@AS_USER
@AS_JSON
def show(case_number: str, user: str, as_json: bool) -> None:
    """One case: facts beside each criterion, clock, talks and history."""
    with opened() as services, called():
        data = review_view.as_data(review_view.show(services, user, case_number))
    if as_json:
        click.echo(json.dumps(data, indent=2))
        return
    for line in case_lines(data):
        click.echo(line)


def _print_queue(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for line in queue_lines(rows):
        click.echo(line)


for command in (explain, *review_acts.COMMANDS, *review_appeal.COMMANDS):
    review.add_command(command)

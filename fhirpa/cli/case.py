"""`fhirpa case`: one case, for those who must account for it. What it prints is PHI."""

import json

import click

from fhirpa.cli._services import opened
from fhirpa.cli.explain_data import as_data
from fhirpa.cli.explain_print import lines_of
from fhirpa.store import NotFound
from fhirpa.workflow import explain as use_case

EXIT_NOT_PROVED = 3


@click.group()
def case() -> None:
    """One case with everything that was decided on it."""


@case.command()
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="The same as JSON.")
def explain(number: str, as_json: bool) -> None:
    """The whole road of a case, by case, authorization or reference number, or id.

    What was asked and known, each step of each decision, what people did, clocks and notices; then whether
    making the decisions again gives the same, and whether the event log is whole. Prints PHI, keeps none.

    Exit codes: 0 all of it is proved; 1 no such case; 2 wrong options; 3 a decision was not the same when it
    was made again, or could not be tried, or the event log is not whole.
    """
    with opened() as services:
        try:
            found = use_case.explain(services, number)
        except NotFound as error:
            raise click.ClickException(str(error)) from error
    data = as_data(found)
    if as_json:
        click.echo(json.dumps(data, indent=2))
    else:
        for line in lines_of(data):
            click.echo(line)
    if not found.is_proved:
        raise SystemExit(EXIT_NOT_PROVED)

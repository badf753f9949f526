"""`fhirpa review explain`: a case in the words of provider, member or reviewer."""

import click

from fhirpa.cli._services import opened
from fhirpa.cli.review_call import AS_USER, CASE, called
from fhirpa.workflow.voices import Reader, told


@click.command()
@CASE
@AS_USER
@click.option("--voice", type=click.Choice([x.value for x in Reader]), default=Reader.REVIEWER.value)
@click.option("--language", help="Of a letter: en, es; the member's own if none is given.")
def explain(case_number: str, user: str, voice: str, language: str | None) -> None:
    """One case explained: criteria, facts and their places, citations, steps; or a letter's words."""
    with opened() as services, called():
        click.echo(told(services, user, case_number, Reader(voice), language))

"""`fhirpa submit`: the EHR's side on the command line."""

from pathlib import Path

import click
import requests

from fhirpa.fhir.codec import decode, encode
from fhirpa.fhir.outcome import FhirError
from fhirpa.testkit.answer import Answer, LineAnswer, read_answer
from fhirpa.testkit.client import Reply, guide_of, post_bundle
from fhirpa.testkit.fixtures_index import IndexEntry, load_index
from fhirpa.testkit.fresh import Scope, fresh, new_token

_ACTIONS = {
    "A1": "certified",
    "A2": "certified in part",
    "A3": "not certified",
    "A4": "pended",
    "A6": "certified as modified",
    "C": "cancelled",
    "CT": "contact the payer",
    "NA": "no authorization required",
}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="Where the server is.")
@click.option(
    "--guide", type=click.Choice(["2.0.1", "2.2.1"]), help="Guide version [what the file says, else 2.2.1]."
)
@click.option(
    "--fresh", "renew", is_flag=True, help="New member and identifiers, so that nothing is a repeat."
)
@click.option("--raw", is_flag=True, help="Print the answer as FHIR instead.")
def submit(file: Path, url: str, guide: str | None, renew: bool, raw: bool) -> None:
    """Post FILE (JSON, or XML by its name) to Claim/$submit and print the decision.

    Ends with 0 when a decision came back, 2 when the server found business errors, 1 otherwise.
    """
    form = "xml" if file.suffix == ".xml" else "json"
    body = file.read_bytes()
    fixture = _fixture(file)
    try:
        bundle = decode(body, form)
    except FhirError:
        bundle = None  # the server says better what is wrong with it
    if bundle is not None and renew:
        body = encode(fresh(bundle, new_token(), fixture.fresh if fixture else Scope.NEW_MEMBER), form)
    try:
        reply = post_bundle(
            url, guide or (fixture.version if fixture else guide_of(bundle or {})), body, form
        )
    except requests.RequestException as error:
        raise click.ClickException(f"no answer from {url}: {type(error).__name__}") from error
    if reply.resource is None:
        raise click.ClickException(f"HTTP {reply.status}: {reply.text[:500]}")
    if raw:
        click.echo(encode(reply.resource, form, True))
        return
    decision = read_answer(reply.resource)
    show(decision, reply)
    if decision.errors:
        raise SystemExit(1 if reply.status >= 400 else 2)


def _fixture(file: Path) -> IndexEntry | None:
    """What the index of fixtures says of the file, if it is one: its guide, and how much of it may be new."""
    here = file.resolve()
    folder = here.parents[2] if len(here.parents) > 2 else here.parent
    try:
        entries = load_index(folder)
    except (OSError, ValueError, KeyError):
        return None
    return next((e for e in entries if e.path == here), None)


def show(decision: Answer, reply: Reply) -> None:
    """Print a decision for people."""
    click.echo(f"HTTP {reply.status} in {reply.milliseconds:.0f} ms, outcome {decision.outcome}")
    for line in decision.lines:
        click.echo(_line(line))
    for code in decision.asked:
        click.echo(f"  asked for: {code}")
    for error in decision.errors:
        click.echo(f"  {error}" if decision.outcome == "refused" else f"  error {error}")
    for number, text in decision.notes:
        click.echo(click.wrap_text(text, 96, f"  note {number}: ", "          "))


def _line(line: LineAnswer) -> str:
    head = f"  line {line.sequence}: {line.action} {_ACTIONS.get(line.action or '', '')}"
    if line.added:
        head = f"    beside it: {line.action} {_ACTIONS.get(line.action or '', '')}"
    parts = [
        head,
        f"authorization {line.number}" if line.number else "",
        f"reference {line.reference}" if line.reference else "",
        line.quantity or "",
        line.period or "",
        f"(notes {', '.join(map(str, line.notes))})" if line.notes else "",
    ]
    return ", ".join(filter(None, parts[:-1])) + (f" {parts[-1]}" if parts[-1] else "")

"""What the review commands share: options, and refusals in words."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from fhirpa.cli._services import opened
from fhirpa.store import NotFound, StoreError
from fhirpa.um.review_terms import Reviewed
from fhirpa.workflow.ports import Unavailable
from fhirpa.workflow.review import Doing, ReviewRefused
from fhirpa.workflow.services import Services

AS_USER = click.option("--as", "user", required=True, metavar="USER", help="Who acts: an id of the staff.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
CASE = click.argument("case_number", metavar="CASE")
LINES = click.option("--line", "lines", type=int, multiple=True, help="Service line; all open ones if none.")
VERSION = click.option("--version", type=int, help="Refuse if the case is not at this version any more.")


@contextmanager
def called() -> Iterator[None]:
    """What a use case refuses as a message on stderr; the exit code is 1."""
    try:
        yield
    except ReviewRefused as refused:
        said = "\n".join(f"  {x.key}: {x.text}" for x in refused.lacks)
        raise click.ClickException(f"not done:\n{said}") from None
    except NotFound as error:
        raise click.ClickException(str(error)) from None
    except Unavailable:
        raise click.ClickException("the database is busy; try again") from None
    except StoreError as error:
        raise click.ClickException(f"the database refused it: {error}") from None


def done(
    user: str,
    case_number: str,
    version: int | None,
    as_json: bool,
    act: Callable[[Services, Doing], Reviewed],
) -> None:
    """Do an act and say what became of the lines."""
    with opened() as services, called():
        result = act(services, Doing(user, case_number, version))
    data = told(result)
    if as_json:
        click.echo(json.dumps(data, indent=2))
        return
    due = f", decision due {data['due'][:16].replace('T', ' ')} UTC ({data['rule']})" if data["due"] else ""
    click.echo(f"{data['case']} version {data['version']}: {data['act']}{due}")
    for line in data["lines"]:
        number = f", authorization {line['authorization']}" if line["authorization"] else ""
        stage = f", {line['appeal']}" if line["appeal"] else ""
        click.echo(f"  line {line['line']}: {line['state']}{stage}{number}")
    if data["appeal"]:
        due = f", due {data['appeal']['due']}" if data["appeal"]["due"] else ""
        click.echo(f"  appeal {data['appeal']['number']}{due}")


def told(result: Reviewed) -> dict[str, Any]:
    """The outcome of an act as plain values."""
    case = result.case
    return {
        "case": case.case_number,
        "version": case.version,
        "act": result.act.value,
        "with": case.assigned_to,
        "appeal": _appeal(result),
        "due": case.due.at.isoformat() if case.due else None,
        "rule": case.due.rule if case.due else None,
        "lines": [
            {
                "line": x.line.sequence,
                "state": x.state.value,
                "appeal": x.appeal.value if x.appeal else None,
                "authorization": x.authorization.number if x.authorization else None,
            }
            for x in case.lines
        ],
    }


def _appeal(result: Reviewed) -> dict[str, Any] | None:
    """The appeal that the act was about, and when whoever has it now decides."""
    number = result.detail.get("appeal")
    appeal = next((x for x in result.case.appeals if x.number == number), None)
    if appeal is None:
        return None
    due = appeal.open_due
    return {"number": appeal.number, "due": due.at.strftime("%Y-%m-%d %H:%M UTC") if due else None}

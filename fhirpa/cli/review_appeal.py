"""`fhirpa review appeal …`, `fhirpa review move-dates|reduce`: what follows a decision."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import click

from fhirpa.cli._services import opened
from fhirpa.cli.review_acts import DAY, given_of, reason_of, with_amount, with_grounds
from fhirpa.cli.review_call import AS_JSON, AS_USER, CASE, LINES, VERSION, called, done
from fhirpa.cli.review_print import appeal_lines
from fhirpa.um.appeal import AppealForm, AppealOutcome, FiledBy, Filing
from fhirpa.um.review_external import OutsideDecision, OutsideRequest
from fhirpa.workflow import review_appeals as acts
from fhirpa.workflow import review_view

_Command = Callable[..., None]
_NUMBER = click.option("--appeal", "number", metavar="NUMBER", help="Which; needed only where several wait.")
_AT = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
_RECEIVED = click.option("--received", type=_AT, help="When it came in, UTC; now if not given.")


def _on_lines(command: _Command) -> _Command:
    for decorate in (AS_JSON, VERSION, LINES, AS_USER, CASE):
        command = decorate(command)
    return command


def _on_appeal(command: _Command) -> _Command:
    for decorate in (AS_JSON, VERSION, _NUMBER, AS_USER, CASE):
        command = decorate(command)
    return command


def _instant(at: datetime | None) -> datetime:
    return at.replace(tzinfo=UTC) if at else datetime.now(UTC)


@click.group()
def appeal() -> None:
    """Objections to a decision: filed, heard, decided, reviewed outside the plan."""


@appeal.command("list")
@AS_USER
@AS_JSON
@click.option("--mine", is_flag=True, help="Only those that this person decides.")
def list_(user: str, as_json: bool, mine: bool) -> None:
    """The appeals that wait, the first due first."""
    with opened() as services, called():
        rows = review_view.appeal_rows(review_view.appeals(services, user, mine=mine))
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for line in appeal_lines(rows):
        click.echo(line)


@appeal.command("file")
@_on_lines
@click.option("--by", type=click.Choice([x.value for x in FiledBy]), required=True, help="Who appeals.")
@click.option("--name", required=True, help="Their name, or the practice's.")
@click.option("--form", type=click.Choice([x.value for x in AppealForm]), default="written")
@click.option("--grounds", default="", help="What is said against the decision.")
@click.option("--expedited", is_flag=True, help="The time of a standard appeal could do harm.")
@_RECEIVED
@click.option("--good-cause", default="", help="Of a late appeal: why it could not come in time.")
@click.option("--consent", default="", help="What shows that they may act for the member.")
@click.option(
    "--continue-services", is_flag=True, help="The member asks that a cut course goes on meanwhile."
)
@click.option("--specialty", help="NUCC code of the reviewer that the provider asks for.")
def file_(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    by: str,
    name: str,
    form: str,
    grounds: str,
    expedited: bool,
    received: datetime | None,
    good_cause: str,
    consent: str,
    continue_services: bool,
    specialty: str | None,
) -> None:
    """Take in an appeal; the letter that it has arrived is queued with it."""
    filing = Filing(
        by=FiledBy(by),
        name=name,
        received_at=_instant(received),
        form=AppealForm(form),
        grounds=grounds,
        expedited=expedited,
        good_cause=good_cause,
        consent=consent,
        continue_services=continue_services,
        specialty=specialty,
    )
    done(user, case_number, version, as_json, lambda s, d: acts.file_appeal(s, d, lines, filing))


@appeal.command()
@_on_appeal
@click.option("--reviewer", required=True, metavar="USER", help="A medical director who took no part before.")
def assign(
    case_number: str, user: str, number: str | None, version: int | None, as_json: bool, reviewer: str
) -> None:
    """Name the physician who decides the appeal."""
    done(user, case_number, version, as_json, lambda s, d: acts.assign(s, d, number, reviewer))


@appeal.command()
@_on_appeal
@click.option("--text", required=True, help="What was sent or said.")
@click.option("--by", required=True, help="Who sent or said it.")
def evidence(
    case_number: str, user: str, number: str | None, version: int | None, as_json: bool, text: str, by: str
) -> None:
    """Write down new evidence; the reviewer has to look at the case again."""
    done(user, case_number, version, as_json, lambda s, d: acts.hear(s, d, number, text, by))


@appeal.command()
@_on_appeal
@click.option("--asked-by", required=True, help="Who asked for it, and when.")
def expedite(
    case_number: str, user: str, number: str | None, version: int | None, as_json: bool, asked_by: str
) -> None:
    """Treat the appeal as urgent from now on."""
    done(user, case_number, version, as_json, lambda s, d: acts.expedite(s, d, number, asked_by))


@appeal.command()
@_on_appeal
@click.option("--days", type=int, required=True, help="Calendar days.")
@click.option("--why", required=True, help="The reason, and why it is in the member's interest.")
def extend(
    case_number: str, user: str, number: str | None, version: int | None, as_json: bool, days: int, why: str
) -> None:
    """Take longer to decide the appeal: once, where the law allows it."""
    done(user, case_number, version, as_json, lambda s, d: acts.take_longer(s, d, number, days, why))


@appeal.command()
@_on_appeal
@with_grounds
def uphold(
    case_number: str, user: str, number: str | None, version: int | None, as_json: bool, **grounds: str
) -> None:
    """What was decided stands; a medical director who took no part before."""
    reason = reason_of(grounds)
    done(user, case_number, version, as_json, lambda s, d: acts.uphold(s, d, number, reason))


@appeal.command()
@_on_appeal
@LINES
@with_amount
@click.option("--reason", help="In part: why the rest is left out; then also the other grounds.")
@click.option("--criterion", help="Id of the criterion.")
@click.option("--citation", help="Description and source of the criterion.")
@click.option("--rationale", help="The clinical basis in plain language.")
@click.option("--source", help="Where the fact stands.")
@click.option("--would-change", help="What further evidence could change the decision.")
def overturn(
    case_number: str,
    user: str,
    number: str | None,
    version: int | None,
    as_json: bool,
    lines: tuple[int, ...],
    quantity: Decimal | None,
    visits: Decimal | None,
    start: datetime | None,
    end: datetime | None,
    **grounds: str | None,
) -> None:
    """Certify after all what was asked; or in part: an amount or some lines, with grounds for the rest."""
    given = given_of(quantity, visits, start, end)
    reason = reason_of({k: v or "" for k, v in grounds.items()}) if any(grounds.values()) else None
    if reason is not None and given is None and not lines:
        raise click.UsageError("grounds belong to a part that is left out; give an amount, or name lines")
    done(user, case_number, version, as_json, lambda s, d: acts.overturn(s, d, number, given, reason, lines))


@appeal.command()
@_on_lines
@click.option("--by", type=click.Choice([x.value for x in FiledBy]), required=True, help="Who asks for it.")
@click.option("--name", required=True, help="Their name, or the practice's.")
@click.option("--expedited", is_flag=True, help="Life in danger, or a standard review would do harm.")
@_RECEIVED
@click.option("--good-cause", default="", help="Of a late request: why it could not come in time.")
def send(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    by: str,
    name: str,
    expedited: bool,
    received: datetime | None,
    good_cause: str,
) -> None:
    """Send the file to the reviewer outside the plan: IRO, IRE or fair hearing, by line of business."""
    request = OutsideRequest(FiledBy(by), name, _instant(received), expedited, good_cause)
    done(user, case_number, version, as_json, lambda s, d: acts.send_outside(s, d, lines, request))


@appeal.command()
@_on_appeal
@with_amount
@click.argument("outcome", type=click.Choice([x.value for x in AppealOutcome]))
@click.option("--reference", required=True, help="The reviewer's own number, and who decided.")
@click.option("--decided", type=_AT, help="When, UTC; now if not given.")
def outcome(
    case_number: str,
    user: str,
    number: str | None,
    version: int | None,
    as_json: bool,
    quantity: Decimal | None,
    visits: Decimal | None,
    start: datetime | None,
    end: datetime | None,
    outcome: str,
    reference: str,
    decided: datetime | None,
) -> None:
    """Carry out what the reviewer outside the plan decided; it binds the plan."""
    given = given_of(quantity, visits, start, end)
    decision = OutsideDecision(AppealOutcome(outcome), _instant(decided), reference, given)
    done(user, case_number, version, as_json, lambda s, d: acts.decided_outside(s, d, number, decision))


@click.command("move-dates")
@_on_lines
@click.option("--through", "last", type=DAY, required=True, help="The new last day.")
@click.option("--why", required=True, help="Why the visits could not be used in time, and who asked.")
def move_dates(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    last: datetime,
    why: str,
) -> None:
    """Put the last day of an authorization later, once; the visits stay the same."""
    done(user, case_number, version, as_json, lambda s, d: acts.move_dates(s, d, lines, last.date(), why))


@click.command()
@_on_lines
@with_amount
@with_grounds
@click.option("--effective", type=DAY, required=True, help="First day on which less stands.")
@click.option("--misrepresentation", default="", help="Where only that allows it: what was misrepresented.")
def reduce(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    quantity: Decimal | None,
    visits: Decimal | None,
    start: datetime | None,
    end: datetime | None,
    effective: datetime,
    misrepresentation: str,
    **grounds: str,
) -> None:
    """Cut an approved course short: a medical director only, with the notice its lead time before."""
    given, reason = given_of(quantity, visits, start, end), reason_of(grounds)
    if given is None:
        raise click.UsageError("say what is left: --quantity, --visits, or --from and --through")
    done(
        user,
        case_number,
        version,
        as_json,
        lambda s, d: acts.reduce(s, d, lines, reason, given, effective.date(), misrepresentation),
    )


COMMANDS: tuple[click.Command, ...] = (appeal, move_dates, reduce)

"""`fhirpa review take|release|ask|certify|refer|p2p|deny|deny-admin|withdraw|correct|extend|downgrade`."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from fhirpa.cli.review_call import AS_JSON, AS_USER, CASE, LINES, VERSION, done
from fhirpa.um.case import AdverseReason
from fhirpa.um.peer_to_peer import TalkEvent
from fhirpa.um.request import Span
from fhirpa.um.review_terms import Given
from fhirpa.workflow import review_acts as acts

_Command = Callable[..., None]
DAY = click.DateTime(formats=["%Y-%m-%d"])


def _decimal(_context: Any, _option: Any, text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise click.BadParameter("is no number") from None


def _common(command: _Command) -> _Command:
    """CASE --as USER [--line N]... [--version N] [--json]."""
    for decorate in (AS_JSON, VERSION, LINES, AS_USER, CASE):
        command = decorate(command)
    return command


def with_amount(command: _Command) -> _Command:
    """--quantity, --visits, --from, --through: less than what was asked."""
    for decorate in (
        click.option("--through", "end", type=DAY, help="Last day certified."),
        click.option("--from", "start", type=DAY, help="First day certified."),
        click.option("--visits", callback=_decimal, help="Visits behind the quantity."),
        click.option("--quantity", callback=_decimal, help="Quantity, in the unit that was asked."),
    ):
        command = decorate(command)
    return command


def with_grounds(command: _Command) -> _Command:
    """--reason, --criterion, --citation, --rationale, --source, --would-change: why less than was asked."""
    for decorate in (
        _needed("--would-change", "What further evidence could change the decision."),
        _needed("--source", "Where the fact stands: document, page, date; or that nothing was sent."),
        _needed("--rationale", "The clinical basis in plain language."),
        _needed("--citation", "Description and source of the criterion."),
        _needed("--criterion", "Id of the criterion."),
        _needed("--reason", "The principal reason, specific to this member."),
    ):
        command = decorate(command)
    return command


def _needed(name: str, text: str) -> Callable[[_Command], _Command]:
    return click.option(name, required=True, help=text)


def reason_of(grounds: Mapping[str, str]) -> AdverseReason:
    """The grounds that `with_grounds` took."""
    return AdverseReason(
        grounds["reason"],
        grounds["criterion"],
        grounds["citation"],
        grounds["rationale"],
        grounds["source"],
        grounds["would_change"],
    )


def given_of(
    quantity: Decimal | None, visits: Decimal | None, start: datetime | None, end: datetime | None
) -> Given | None:
    """The amount that `with_amount` took, None if none. Raises click.UsageError for half a period."""
    if start is None and end is None:
        return Given(quantity, visits) if quantity is not None or visits is not None else None
    if start is None or end is None:
        raise click.UsageError("--from and --through go together")
    return Given(quantity, visits, Span(_day(start), _day(end)))


def _day(at: datetime) -> date:
    return at.date()


@click.command()
@_common
@click.option("--for", "whom", metavar="USER", help="Somebody else's desk (medical director only).")
def take(
    case_number: str, user: str, lines: tuple[int, ...], version: int | None, as_json: bool, whom: str | None
) -> None:
    """Put a case on a desk, so that nobody else works on it."""
    _whole(lines)
    done(user, case_number, version, as_json, lambda s, d: acts.take(s, d, whom))


@click.command()
@_common
def release(case_number: str, user: str, lines: tuple[int, ...], version: int | None, as_json: bool) -> None:
    """Take a case off one's desk."""
    _whole(lines)
    done(user, case_number, version, as_json, acts.release)


@click.command()
@_common
@click.option("--item", "items", multiple=True, required=True, help="What to ask for, e.g. plan-of-care.")
@click.option("--by", type=click.DateTime(), help="Until when, UTC; the rules' time if not given.")
def ask(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    items: tuple[str, ...],
    by: datetime | None,
) -> None:
    """Ask the provider for named items."""
    until = by.replace(tzinfo=UTC) if by else None
    done(user, case_number, version, as_json, lambda s, d: acts.ask(s, d, lines, items, until))


@click.command()
@_common
@with_amount
@click.option("--rest-open", is_flag=True, help="A block: what is left stays in review.")
@click.option("--agreement", default="", help="Who at the provider agreed to less, and when.")
def certify(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    quantity: Decimal | None,
    visits: Decimal | None,
    start: datetime | None,
    end: datetime | None,
    rest_open: bool,
    agreement: str,
) -> None:
    """Certify as asked, a block, or less with the provider's agreement."""
    given, rest = given_of(quantity, visits, start, end), acts.Rest(rest_open, agreement)
    done(user, case_number, version, as_json, lambda s, d: acts.certify(s, d, lines, given, rest))


@click.command()
@_common
@click.option("--summary", required=True, help="The clinical facts.")
@click.option("--question", required=True, help="What the medical director is asked, neutrally.")
def refer(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    summary: str,
    question: str,
) -> None:
    """Put lines before the medical director."""
    done(user, case_number, version, as_json, lambda s, d: acts.refer(s, d, lines, summary, question))


@click.command()
@_common
@click.argument("event", type=click.Choice([x.value for x in TalkEvent]))
@click.option("--contact", required=True, help="How the provider was reached; of a talk, who spoke.")
def p2p(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    event: str,
    contact: str,
) -> None:
    """Record a peer-to-peer talk: offered, held, declined, no_answer."""
    talk = TalkEvent(event)
    done(user, case_number, version, as_json, lambda s, d: acts.peer_to_peer(s, d, lines, talk, contact))


@click.command()
@_common
@with_amount
@with_grounds
@click.option("--breach", default="", help="After the due time: why it was missed.")
def deny(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    quantity: Decimal | None,
    visits: Decimal | None,
    start: datetime | None,
    end: datetime | None,
    breach: str,
    **grounds: str,
) -> None:
    """Do not certify, or certify less: a medical director only, after peer-to-peer was offered."""
    given, why = given_of(quantity, visits, start, end), reason_of(grounds)
    done(user, case_number, version, as_json, lambda s, d: acts.deny(s, d, lines, why, given, breach))


@click.command("deny-admin")
@_common
@click.option("--rule", required=True, help="The administrative rule, e.g. benefit-none-left.")
@click.option("--text", required=True, help="What provider and member read; no word on necessity.")
def deny_admin(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    rule: str,
    text: str,
) -> None:
    """Close lines for benefit or eligibility under a named rule."""
    done(
        user,
        case_number,
        version,
        as_json,
        lambda s, d: acts.deny_administratively(s, d, lines, rule, text),
    )


@click.command()
@_common
@click.option("--asked-by", required=True, help="Who at the provider asked for it, and when.")
def withdraw(
    case_number: str, user: str, lines: tuple[int, ...], version: int | None, as_json: bool, asked_by: str
) -> None:
    """Close open lines because the provider asked for it."""
    done(user, case_number, version, as_json, lambda s, d: acts.withdraw(s, d, lines, asked_by))


@click.command()
@_common
@click.option("--why", required=True, help="The clerical error.")
def correct(
    case_number: str, user: str, lines: tuple[int, ...], version: int | None, as_json: bool, why: str
) -> None:
    """Open lines again that were closed by a clerical error."""
    done(user, case_number, version, as_json, lambda s, d: acts.correct(s, d, lines, why))


@click.command()
@_common
@click.option("--ground", required=True, help="A ground of the line of business, e.g. member-asks.")
@click.option("--reason", required=True, help="What the notice says: why more time is needed.")
@click.option("--days", type=int, help="Fewer days than the rule allows.")
def extend(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    ground: str,
    reason: str,
    days: int | None,
) -> None:
    """Extend the turnaround clock, once, for a ground of the law; member and provider are told."""
    _whole(lines)
    done(user, case_number, version, as_json, lambda s, d: acts.extend(s, d, ground, reason, days))


@click.command()
@_common
@click.option("--reason", required=True, help="Why the standard time does no harm.")
@click.option("--told", default="", help="Who was told by word of mouth, and how (Medicare Advantage).")
@click.option("--physician-supports", is_flag=True, help="A physician supports expedited handling.")
def downgrade(
    case_number: str,
    user: str,
    lines: tuple[int, ...],
    version: int | None,
    as_json: bool,
    reason: str,
    told: str,
    physician_supports: bool,
) -> None:
    """Handle an expedited request as a standard one, where nobody's support forces expedition."""
    _whole(lines)
    done(
        user,
        case_number,
        version,
        as_json,
        lambda s, d: acts.downgrade(s, d, reason, told, physician_supports=physician_supports),
    )


def _whole(lines: tuple[int, ...]) -> None:
    if lines:
        raise click.UsageError("this is done to whole cases; leave --line out")


COMMANDS = (take, release, ask, certify, refer, p2p, deny, deny_admin, withdraw, correct, extend, downgrade)

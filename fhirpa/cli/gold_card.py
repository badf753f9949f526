"""`fhirpa gold-card`: exemptions from authorization: evaluate, grant, take back, look up, report."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from fhirpa.cli._print import FORMAT, print_rows
from fhirpa.cli._services import opened
from fhirpa.policies.load import RulesError, load_rules
from fhirpa.policies.rulebook import FixedRules
from fhirpa.um.gold_card import EventKind, ExemptionEvent
from fhirpa.um.gold_card_evaluation import Evaluation
from fhirpa.um.request import Span
from fhirpa.um.rules import RuleSet
from fhirpa.workflow import gold_card as use_case
from fhirpa.workflow.gold_card_files import ReviewFileError, read_review
from fhirpa.workflow.services import Services

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _Period(click.ParamType[Span]):
    name = "FIRST..LAST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Span:
        first, _, last = str(value).partition("..")
        try:
            return Span(date.fromisoformat(first), date.fromisoformat(last))
        except ValueError:
            self.fail("a period is two days, as 2025-10-01..2026-09-30", param, ctx)


_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("gold-card")
def gold_card() -> None:
    """Exemptions from authorization (Tex. Ins. Code ch. 4201 subch. N)."""


@gold_card.command()
@click.option("--period", type=_Period(), required=True, help="Evaluation period, both days included.")
@click.option("--on", type=_DAY, help="Day of the evaluation (default: today).")
@click.option(
    "--rules",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Simulate: a folder of rules with other thresholds or services.",
)
@FORMAT
def evaluate(period: Span, on: datetime | None, rules: Path | None, form: str) -> None:
    """Count approved requests per provider and service. A report: nothing is changed."""
    with _services() as services:
        other = services if rules is None else replace(services, rulebook=FixedRules(_load(rules)))
        found = use_case.evaluate(other, period, _day(on))
    print_rows(form, (_row(x) for x in found), "no provider has a request in the period, or an exemption")


def _acts(command: _Command) -> _Command:
    """The arguments of every command that changes something."""
    for decorate in (
        click.option("--told-on", type=_DAY, help="Day of the notice (default: today)."),
        click.option("--reason", required=True, help="Why; kept for ever, so no member data."),
        click.option("--by", required=True, help="Who does it."),
        click.argument("service"),
        click.argument("npi"),
    ):
        command = decorate(command)
    return command


@gold_card.command()
@_acts
@click.option("--period", type=_Period(), help="Keep the statistics of this evaluation period beside.")
def grant(
    npi: str, service: str, by: str, reason: str, told_on: datetime | None, period: Span | None
) -> None:
    """Grant NPI an exemption for SERVICE from the day of the notice on."""
    act = use_case.Act(npi, service, by, reason, _day(told_on))
    with _services() as services:
        _say(use_case.grant(services, act, period))


@gold_card.command()
@_acts
@click.option("--period", type=_Period(), required=True, help="The evaluation period that earned none.")
def withhold(npi: str, service: str, by: str, reason: str, told_on: datetime | None, period: Span) -> None:
    """Record that NPI was told, with statistics, that a period earned no exemption for SERVICE."""
    act = use_case.Act(npi, service, by, reason, _day(told_on))
    with _services() as services:
        _say(use_case.withhold(services, act, period))


@gold_card.command()
@_acts
@click.option(
    "--review",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="JSON file: the sample, and the physician who reviewed it.",
)
def rescind(npi: str, service: str, by: str, reason: str, told_on: datetime | None, review: Path) -> None:
    """Give NPI notice that the exemption for SERVICE ends, on the ground of a physician's review."""
    act = use_case.Act(npi, service, by, reason, _day(told_on))
    with _services() as services:
        _say(use_case.rescind(services, act, read_review(review)))


@gold_card.command()
@_acts
@click.option(
    "--step",
    type=click.Choice(["requested", "upheld", "overturned"]),
    required=True,
    help="The provider asked for it, or what it came to.",
)
def independent_review(
    npi: str, service: str, by: str, reason: str, told_on: datetime | None, step: str
) -> None:
    """Record an independent review of a rescission."""
    act = use_case.Act(npi, service, by, reason, _day(told_on))
    with _services() as services:
        if step == "requested":
            _say(use_case.request_review(services, act))
        else:
            _say(use_case.conclude_review(services, act, upheld=step == "upheld"))


@gold_card.command("list")
@click.option("--all", "everything", is_flag=True, help="Show ended exemptions too.")
@FORMAT
def list_exemptions(everything: bool, form: str) -> None:
    """List the exemptions in force."""
    with _services() as services:
        found, today = use_case.all_exemptions(services), use_case.today(services)
    shown = sorted((x for x in found if everything or x.holds_on(today)), key=lambda x: (x.npi, x.service))
    rows = (
        {
            "npi": x.npi,
            "service": x.service,
            "starts": str(x.starts),
            "ends": str(x.ends or ""),
            "state": _state(x.under_review, x.ends, today),
        }
        for x in shown
    )
    print_rows(form, rows, "no exemption is in force")


@gold_card.command()
@click.argument("npi")
def show(npi: str) -> None:
    """Show everything that happened to the exemptions of NPI, with who and why."""
    with _services() as services:
        found = use_case.history(services, npi)
    if not found:
        raise click.ClickException("nothing is on file for this NPI")
    for kept in found:
        event = kept.event
        ends = f", ends before {event.effective}" if event.effective else ""
        click.echo(f"{event.told_on}  {event.service}  {event.kind.value.replace('_', ' ')}{ends}")
        click.echo(f"    by {event.by}, recorded {kept.at:%Y-%m-%d %H:%M} UTC: {event.reason}")
        for name, value in kept.body.items():
            click.echo(f"    {name}: {json.dumps(value) if isinstance(value, dict) else value}")


@gold_card.command()
@click.argument("year", type=click.IntRange(2021, 9998))
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def export(year: int, form: str) -> None:
    """Print the numbers of the yearly report: per service what was granted, taken back, reviewed."""
    with _services() as services:
        counts = use_case.yearly_counts(services, year)
    print_rows(form, ({"year": year, "service": key, **row} for key, row in counts.items()), "")


# --- printing ------------------------------------------------------------------------------------------


@contextmanager
def _services() -> Iterator[Services]:
    with opened() as services:
        try:
            yield services
        except (use_case.GoldCardError, ReviewFileError) as error:
            raise click.ClickException(f"{error}\nnothing was changed") from error


def _load(folder: Path) -> RuleSet:
    try:
        return load_rules(folder)
    except RulesError as error:
        raise click.ClickException(str(error)) from error


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


def _say(event: ExemptionEvent) -> None:
    words = {
        EventKind.GRANTED: f"holds from {event.told_on} on",
        EventKind.NOT_GRANTED: "is not granted; the notice has the statistics",
        EventKind.RESCINDED: f"ends; the first day without it is {event.effective}",
        EventKind.REVIEW_REQUESTED: "goes on until the independent review is over",
        EventKind.UPHELD: f"ends; the first day without it is {event.effective}",
        EventKind.OVERTURNED: "goes on",
    }
    click.echo(f"the exemption of {event.npi} for {event.service} {words[event.kind]}")


def _row(found: Evaluation) -> dict[str, Any]:
    return {
        "npi": found.npi,
        "service": found.service,
        "requests": found.requests,
        "approved": found.approved,
        "share": "" if found.share is None else f"{found.share:.4f}",
        "outcome": found.outcome.value,
        "exempt_since": str(found.exempt_since or ""),
        "notice_by": str(found.notice_by or ""),
        "rescission_from": str(found.rescission_from or ""),
        "rescission_until": str(found.rescission_until or ""),
    }


def _state(under_review: bool, ends: date | None, today: date) -> str:
    if under_review:
        return "under independent review"
    if ends is None:
        return "in force"
    return "ending" if today <= ends else "ended"

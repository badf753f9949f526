"""`fhirpa exchange`: what was asked and answered, by the id that a sender quotes."""

from collections.abc import Iterator
from typing import Any

import click

from fhirpa.cli._services import opened
from fhirpa.store import KeptExchange
from fhirpa.workflow import exchanges as use_case
from fhirpa.workflow.kept_report import read_report

_WORDS = {
    "refused": "refused the request",
    "decision": "left to the decision",
    "noted": "noted",
}


@click.group()
def exchange() -> None:
    """Requests and their answers, as they are kept."""


@exchange.command()
@click.argument("any_id", metavar="ID")
@click.option("--all", "everything", is_flag=True, help="Show mere notes too, not only errors and warnings.")
def show(any_id: str, everything: bool) -> None:
    """Print operation, status and validation report of the exchanges with this ID.

    ID is the X-Request-Id of the answer, or our own exchange id. No body is printed.
    """
    with opened() as services:
        found = use_case.find_exchanges(services, any_id)
    if not found:
        raise click.ClickException("no exchange with this id is kept")
    click.echo("\n\n".join("\n".join(_lines(e, everything)) for e in found))


def _lines(kept: KeptExchange, everything: bool) -> Iterator[str]:
    yield f"exchange {kept.exchange_id}, request id {kept.request_id or 'none'}"
    milliseconds = round((kept.finished_at - kept.received_at).total_seconds() * 1000)
    at = f"{kept.received_at:%Y-%m-%d %H:%M:%S} UTC"
    yield f"  {at}, ${kept.operation} {kept.guide_version}, HTTP {kept.status} after {milliseconds} ms"
    yield f"  sender {kept.client or 'not signed in'}, case {kept.case_id or 'none'}"
    report = read_report(kept.report)
    if not report:
        yield "  no validation report is kept"
        return
    findings: list[dict[str, Any]] = report["findings"]
    counts = (f"{sum(f['verdict'] == v for f in findings)} {word}" for v, word in _WORDS.items())
    level = f"at level {report['level']}" if report["level"] else "the body could not be decoded"
    yield f"  {level}: {', '.join(counts)}"
    if report["leftOut"]:
        yield f"  {report['leftOut']} more findings were not kept"
    for finding in findings:
        if everything or finding["severity"] != "information":
            yield from _finding(finding)


def _finding(finding: dict[str, Any]) -> Iterator[str]:
    place = finding.get("expression", "the body")
    yield f"  {finding['severity']}, {_WORDS[finding['verdict']]} ({finding['row']}): {place}"
    yield f"    {finding['text']}"
    rule = " ".join(str(finding[n]) for n in ("kind", "key", "profile") if n in finding)
    yield f"    rule: {rule}"

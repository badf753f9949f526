"""`fhirpa validate`: files against R4 and the profiles of a guide, at the desk of whoever writes them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click

from fhirpa.fhir.codec import decode
from fhirpa.fhir.outcome import FhirError, operation_outcome
from fhirpa.validation import Finding, Report, Validator, available_sets, load_set

DEFAULT_GUIDE: Final = "pas-2.2.1"
_PAS: Final = "http://hl7.org/fhir/us/davinci-pas/"


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--ig", "guide", metavar="GUIDE", help="pas-2.2.1 or pas-2.0.1; else as the file declares.")
@click.option("--profile", metavar="URL", help="A profile to hold each resource against.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="From which severity on the exit code is 1.",
)
def validate(
    files: tuple[Path, ...], guide: str | None, profile: str | None, form: str, fail_on: str
) -> None:
    """Validate FILES (a FHIR resource each, JSON or XML) and say what to mend.

    The guide is taken from the version behind a PAS profile in meta.profile; without one it is pas-2.2.1.
    Exit code 0: nothing to mend; 1: findings of the severity of --fail-on; 2: could not run.
    """
    validators: dict[str, Validator] = {}
    failed = False
    results: list[dict[str, Any]] = []
    for file in files:
        try:
            resource = decode(file.read_bytes(), "xml" if file.suffix.lower() == ".xml" else "json")
        except FhirError as error:
            failed = True
            results.append({"file": str(file), "outcome": operation_outcome(error.issues)})
            if form == "text":
                click.echo(f"{file}: not readable as FHIR")
                click.echo("".join(f"  error: {issue.text}\n" for issue in error.issues), nl=False)
            continue
        name = guide or guess_guide(resource)
        if name not in validators:
            validators[name] = _validator(name)
        report = _report(validators[name], resource, profile)
        failed = failed or _fails(report, fail_on)
        results.append({"file": str(file), "guide": name, "outcome": report.outcome()})
        if form == "text":
            click.echo(_as_text(file, name, report))
    if form == "json":
        click.echo(json.dumps(results, indent=2))
    raise SystemExit(1 if failed else 0)


def guess_guide(resource: Any) -> str:
    """The set of tables that the PAS profiles in meta.profile name by version, of a Bundle or its entries."""
    known = available_sets()
    for canonical in _declared(resource):
        url, _, version = canonical.partition("|")
        if url.startswith(_PAS) and f"pas-{version}" in known:
            return f"pas-{version}"
    return DEFAULT_GUIDE


def _declared(resource: Any) -> Iterator[str]:
    if not isinstance(resource, dict):
        return
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    yield from (p for p in profiles if isinstance(p, str)) if isinstance(profiles, list) else ()
    entries = resource.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield from _declared(entry.get("resource"))


def _validator(name: str) -> Validator:
    try:
        return Validator(load_set(name))
    except KeyError as error:
        raise click.UsageError(str(error.args[0])) from error


def _report(validator: Validator, resource: dict[str, Any], profile: str | None) -> Report:
    try:
        return validator.validate(resource, profile)
    except KeyError as error:
        raise click.UsageError(str(error.args[0])) from error


def _fails(report: Report, fail_on: str) -> bool:
    return not report.is_valid or (
        fail_on == "warning" and any(issue.severity == "warning" for issue in report.issues)
    )


def _as_text(file: Path, guide: str, report: Report) -> str:
    counts = {s: sum(i.severity == s for i in report.issues) for s in ("error", "warning", "information")}
    verdict = "valid" if report.is_valid else "NOT VALID"
    lines = [
        f"{file}: {verdict} by {guide}: {counts['error']} errors, {counts['warning']} warnings, "
        f"{counts['information']} notes"
    ]
    for severity in ("fatal", "error", "warning"):
        for issue in report.issues:
            lines += _lines(issue) if issue.severity == severity else []
    notes: dict[str, list[Finding]] = {}
    for issue in report.issues:
        if issue.severity == "information":
            notes.setdefault(issue.text, []).append(issue)
    for same in notes.values():
        lines += _lines(same[0], f" (and {len(same) - 1} more places)" if len(same) > 1 else "")
    return "\n".join(lines)


def _lines(issue: Finding, more: str = "") -> list[str]:
    label = "note" if issue.severity == "information" else issue.severity
    lines = [f"  {label}: {issue.expression or 'the whole resource'}{more}", f"      {issue.text}"]
    source = [part for part in (issue.profile, issue.key) if part]
    return [*lines, f"      ({issue.kind}: {', '.join(source)})"] if source else lines

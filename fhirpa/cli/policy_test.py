"""`fhirpa policy test`: the example cases beside the policies, decided and compared."""

import json
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click

from fhirpa.cli._services import load_settings
from fhirpa.cli.policy_rules import DIRECTORY, faults_text, rulebook
from fhirpa.policies.case_run import CaseResult, kinds, policies_without_cases, run_file
from fhirpa.policies.cases import CaseFile, load_cases
from fhirpa.policies.content import OWN
from fhirpa.policies.load import Rulebook, RulesError
from fhirpa.um.terms import CriterionStatus

_STATUS = {
    CriterionStatus.MET: "met",
    CriterionStatus.NOT_MET: "for clinical review",
    CriterionStatus.UNDETERMINED: "unknown",
}
_KINDS = (("certify", "certified"), ("block", "block"), ("ask", "ask"), ("review", "review"))
_ROW = "{:18} {:>6} {:>7} {:>6} {:>7}  {:>8} {:>6} {:>4} {:>7}"
Results = list[tuple[CaseFile, tuple[CaseResult, ...]]]


@click.command()
@click.argument("folder", required=False, type=DIRECTORY)
@click.option("--policy", "only", help="Only the cases of this policy.")
@click.option("--all", "everything", is_flag=True, help="With a directory: also the cases of the program.")
@click.option("--json", "as_json", is_flag=True, help="Print every case as JSON.")
@click.option("-v", "--verbose", is_flag=True, help="Name every case, not only those that fail.")
def test(folder: Path | None, only: str | None, everything: bool, as_json: bool, verbose: bool) -> None:
    """Run the example cases that lie beside the policies, in `cases/`.

    FOLDER is your own directory of policies (else FHIRPA_POLICY_DIR; else the policies of the program). Ends
    with 1 if a case fails, or if a known difference is none any more.
    """
    own = folder or load_settings().policy_dir
    book = rulebook(own)
    chosen = [f for f in _case_files(own, everything) if only is None or f.policy == only]
    if not chosen:
        raise click.ClickException("no example cases there" + (f" for {only}" if only else ""))
    results = [(f, run_file(f, book)) for f in chosen]
    without = () if only else policies_without_cases(chosen, _policies(book, own, everything))
    if as_json:
        click.echo(json.dumps(_as_data(results, without), indent=1))
    else:
        _print(results, without, verbose)
    if any(not r.passed for _, found in results for r in found):
        raise SystemExit(1)


def _case_files(own: Path | None, everything: bool) -> list[CaseFile]:
    """The case files of a directory, those of the program, or both; one of the same name stands for ours."""
    try:
        mine = load_cases(own) if own is not None else ()
        with as_file(files("fhirpa.policies")) as inside:
            packaged = load_cases(inside) if own is None or everything else ()
    except RulesError as error:
        raise click.ClickException(faults_text(error)) from error
    return [*mine, *(f for f in packaged if f.file not in {m.file for m in mine})]


def _policies(book: Rulebook, own: Path | None, everything: bool) -> set[str]:
    """The policies that should have cases."""
    versions = book.content.policies
    return {x.content["id"] for x in versions if own is None or everything or x.file.startswith(OWN)}


def _print(results: Results, without: tuple[str, ...], verbose: bool) -> None:
    click.echo(_ROW.format("policy", "cases", "passed", "known", "failed", *(title for title, _ in _KINDS)))
    for file, found in results:
        known = sum(1 for r in found if r.passed and r.case.known_difference)
        failed = sum(1 for r in found if not r.passed)
        counted = kinds(file)
        shown = (counted[kind] for _, kind in _KINDS)
        click.echo(_ROW.format(file.policy, len(found), len(found) - known - failed, known, failed, *shown))
    for policy in without:
        click.echo(f"{policy:18} {0:6}")
    for file, found in results:
        for result in found:
            if not result.passed:
                _print_failure(file, result)
            elif verbose:
                mark = "known difference" if result.case.known_difference else "passed"
                click.echo(f"{file.policy}: {result.case.name}: {mark}: {'; '.join(result.came)}")


def _print_failure(file: CaseFile, result: CaseResult) -> None:
    click.echo()
    click.echo(f"{file.file}: {result.case.name}")
    if result.agrees:
        click.echo("  a known difference that is none any more: take it off known_differences")
    click.echo(f"  because   {result.case.because} ({result.case.cite})")
    for number, expected in enumerate(result.expected, start=1):
        click.echo(f"  expected  line {number}: {expected}")
    for number, came in enumerate(result.came, start=1):
        click.echo(f"  came      line {number}: {came}")
    for criterion in result.criteria:
        facts = f": {'; '.join(criterion.facts)}" if criterion.facts else ""
        click.echo(f"  criterion {criterion.criterion_id} {_STATUS[criterion.status]}{facts}")


def _as_data(results: Results, without: tuple[str, ...]) -> dict[str, Any]:
    return {
        "cases": [_case_data(file, r) for file, found in results for r in found],
        "without_cases": list(without),
    }


def _case_data(file: CaseFile, result: CaseResult) -> dict[str, Any]:
    return {
        "policy": file.policy,
        "case": result.case.name,
        "passed": result.passed,
        "known_difference": result.case.known_difference,
        "because": result.case.because,
        "cite": result.case.cite,
        "expected": list(result.expected),
        "came": list(result.came),
        "criteria": [
            {"id": c.criterion_id, "status": _STATUS[c.status], "facts": list(c.facts)}
            for c in result.criteria
        ],
    }

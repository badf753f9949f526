"""`fhirpa policy test`: the example cases beside the policies, decided and compared."""

import json
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click

from fhirpa.policies.case_run import CaseResult, policies_without_cases, run_file
from fhirpa.policies.cases import CaseFile, load_cases
from fhirpa.policies.load import RulesError, load_rules
from fhirpa.um.rules import RuleSet
from fhirpa.um.terms import CriterionStatus

_STATUS = {
    CriterionStatus.MET: "met",
    CriterionStatus.NOT_MET: "for clinical review",
    CriterionStatus.UNDETERMINED: "unknown",
}
Results = list[tuple[CaseFile, tuple[CaseResult, ...]]]


@click.command()
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--policy", "only", help="Only the cases of this policy.")
@click.option("--json", "as_json", is_flag=True, help="Print every case as JSON.")
@click.option("-v", "--verbose", is_flag=True, help="Name every case, not only those that fail.")
def test(folder: Path | None, only: str | None, as_json: bool, verbose: bool) -> None:
    """Run the example cases of a folder of rules (those of this program unless named).

    Ends with 1 if a case fails, or if a known difference is none any more.
    """
    try:
        rules, case_files = _loaded(folder)
    except RulesError as error:
        raise click.ClickException(str(error)) from error
    chosen = [f for f in case_files if only is None or f.policy == only]
    if not chosen:
        raise click.ClickException("no example cases there" + (f" for {only}" if only else ""))
    results = [(f, run_file(f, rules)) for f in chosen]
    without = () if only else policies_without_cases(case_files, rules)
    if as_json:
        click.echo(json.dumps(_as_data(results, without), indent=1))
    else:
        _print(results, without, verbose)
    if any(not r.passed for _, found in results for r in found):
        raise SystemExit(1)


def _loaded(folder: Path | None) -> tuple[RuleSet, tuple[CaseFile, ...]]:
    if folder is not None:
        return load_rules(folder), load_cases(folder)
    with as_file(files("fhirpa.policies")) as inside:
        return load_rules(inside), load_cases(inside)


def _print(results: Results, without: tuple[str, ...], verbose: bool) -> None:
    click.echo(f"{'policy':18} {'cases':>6} {'passed':>7} {'known':>6} {'failed':>7}")
    for file, found in results:
        known = sum(1 for r in found if r.passed and r.case.known_difference)
        failed = sum(1 for r in found if not r.passed)
        click.echo(f"{file.policy:18} {len(found):6} {len(found) - known - failed:7} {known:6} {failed:7}")
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

"""`fhirpa validate`: files against R4 and the profiles of a guide, at the desk of whoever writes them."""

import sys
import time
from collections.abc import Generator, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import IO, Final

import click

from fhirpa.cli.validating.check import Checked
from fhirpa.cli.validating.guides import UnknownGuide, guide_named
from fhirpa.cli.validating.json_report import JsonReporter
from fhirpa.cli.validating.junit import JunitReporter
from fhirpa.cli.validating.options import Options
from fhirpa.cli.validating.reporter import Reporter, Summary, Write
from fhirpa.cli.validating.sarif import SarifReporter
from fhirpa.cli.validating.sources import STDIN, documents
from fhirpa.cli.validating.text import TextReporter
from fhirpa.cli.validating.work import FEW, check_all
from fhirpa.validation.tables import TablesError

FORMATS: Final = ("text", "json", "sarif", "junit")


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, metavar="FILE|FOLDER|-…", type=click.Path(exists=True, allow_dash=True)
)
@click.option("--ig", "guide", metavar="GUIDE", help="As pas#2.2.1 or pas#2.0.1; else as the file declares.")
@click.option("--profile", metavar="URL", help="A profile to hold each resource against.")
@click.option(
    "--terminology",
    metavar="FOLDER",
    envvar="FHIRPA_TERMINOLOGY_DIR",
    show_envvar=True,
    type=click.Path(exists=True, file_okay=False),
    help="Code lists that `fhirpa terminology load` wrote.",
)
@click.option(
    "--tx", "service", metavar="URL", help="A FHIR terminology service to ask; waits 10 s a document at most."
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "information", "never"]),
    default="error",
    show_default=True,
    help="From which severity on the exit code is 1.",
)
@click.option(
    "--output", type=click.File("w", encoding="utf-8", lazy=True), help="Write the report to a file."
)
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes  [one per core for many files]")
@click.option("--color/--no-color", default=None, help="Colours in the text  [on a terminal]")
def validate(
    paths: tuple[str, ...],
    guide: str | None,
    profile: str | None,
    terminology: str | None,
    service: str | None,
    form: str,
    fail_on: str,
    output: IO[str] | None,
    jobs: int | None,
    color: bool | None,
) -> None:
    """Validate FHIR resources (JSON, XML, or NDJSON with one in each line) and say what to mend.

    In a folder all files of these kinds are taken; what holds no FHIR resource is skipped. `-` is standard
    input. The guide is taken from the version behind a PAS profile in meta.profile; without one it is
    pas#2.2.1.

    Exit code 0: nothing to mend; 1: findings of the severity of --fail-on or worse; 2: could not run.
    """
    if paths.count(STDIN) > 1:
        raise click.UsageError("standard input can be read once only")
    try:
        named = guide_named(guide) if guide else None
    except UnknownGuide as error:
        raise click.BadParameter(str(error), param_hint="--ig") from error
    if service and not service.startswith(("http://", "https://")):
        raise click.BadParameter("the address must start with http:// or https://", param_hint="--tx")
    options = Options(named, profile, terminology, service, form == "text")
    least = None if fail_on == "never" else fail_on
    is_terminal = output is None and sys.stdout.isatty()
    colours = color if color is not None else is_terminal
    start = time.perf_counter()
    summary, failed = Summary(), False
    with (
        _failures_in_words(),
        closing(_results(paths, options, jobs, is_terminal and form == "text")) as found,
    ):
        reporter = _reporter(form, partial(_write, output, colours), colours, least)
        for one in found:
            summary = summary.plus(one)
            failed = failed or bool(least and one.reaches(least))
            reporter.add(one)
        summary = replace(summary, seconds=time.perf_counter() - start)
        reporter.close(summary)
    if form != "text" or output:
        click.echo(str(summary), err=True)
    if not summary.documents:
        raise click.UsageError("no FHIR resource was found there")
    raise SystemExit(1 if failed else 0)


def _reporter(form: str, write: Write, colours: bool, fail_on: str | None) -> Reporter:
    if form == "json":
        return JsonReporter(write)
    if form == "sarif":
        return SarifReporter(write)
    return JunitReporter(write, fail_on) if form == "junit" else TextReporter(write, colours)


def _write(output: IO[str] | None, colours: bool, text: str) -> None:
    if output is None:
        click.echo(text, color=colours)
    else:
        output.write(text + "\n")


def _results(
    paths: tuple[str, ...], options: Options, jobs: int | None, is_on_screen: bool
) -> Generator[Checked, None, None]:
    """What came of all documents; for many with a bar on the terminal, and then, where the report goes to the
    same terminal, all at its end.
    """
    results = check_all(documents(paths), options, jobs)
    with closing(results):
        count = 0
        if sys.stderr.isatty() and STDIN not in paths:
            count = sum(1 for _ in documents(paths))
        if count < FEW:
            yield from results
            return
        kept: list[Checked] = []
        with click.progressbar(results, length=count, label="validating", file=sys.stderr) as bar:
            for one in bar:
                if is_on_screen:
                    kept.append(one)
                else:
                    yield one
        yield from kept


@contextmanager
def _failures_in_words() -> Iterator[None]:
    try:
        yield
    except KeyError as error:  # a profile that the tables do not have
        raise click.UsageError(str(error.args[0])) from error
    except (OSError, TablesError, BrokenExecutor) as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise click.UsageError(f"could not go on: {error}") from error
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        raise SystemExit(130) from None

"""`fhirpa policy`: what the rules say, whether they can be loaded, and what changes from day to day."""

from datetime import date
from pathlib import Path

import click

from fhirpa.cli.policy_diff import diff
from fhirpa.cli.policy_language import explain, facts
from fhirpa.cli.policy_list import list_policies
from fhirpa.cli.policy_replay import replay
from fhirpa.cli.policy_rules import DIRECTORY, counted, rulebook
from fhirpa.cli.policy_test import test
from fhirpa.policies.load import Rulebook


@click.group()
def policy() -> None:
    """Policies and plans."""


policy.add_command(list_policies)
policy.add_command(diff)
policy.add_command(test)
policy.add_command(facts)
policy.add_command(explain)
policy.add_command(replay)


@policy.command()
@click.argument("folder", required=False, type=DIRECTORY)
def check(folder: Path | None) -> None:
    """Check every file of a directory of policies and tell all faults at once; ends with 1 if there is one.

    FOLDER is your own directory, laid over the policies of the program, or a whole set of rules. Without it:
    what the server has.
    """
    book = rulebook(folder)
    content = book.content
    policies = {x.content["id"] for x in content.policies}
    click.echo(
        f"{len(policies)} policies in {counted(len(content.policies), 'version')}, "
        f"{counted(len(content.overrides), 'override')}, {counted(len(content.plans), 'plan')}"
    )
    for day in book.changes:
        click.echo(f"from {day}: {_begins(book, day)}; rules {book.on(day).version}")


def _begins(book: Rulebook, day: date) -> str:
    """What is new on a day."""
    content = book.content
    names = [f"{x.content['id']}@{x.content['version']}" for x in content.policies if x.effective == day]
    names += [x.file.rpartition("/")[2] for x in content.overrides if x.effective == day]
    return ", ".join(names) or "something ends"

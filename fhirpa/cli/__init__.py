"""The command line: where settings, store, rules and web are put together."""

import click

from fhirpa import __version__
from fhirpa.cli._lazy import LazyGroup

_COMMANDS = {
    "serve": ("fhirpa.cli.serve:serve", "Serve the FHIR endpoints."),
    "worker": ("fhirpa.cli.worker:worker", "Watch turnaround clocks, in a process of its own."),
    "submit": ("fhirpa.cli.submit:submit", "Post a request bundle and print the decision."),
    "db": ("fhirpa.cli.db:db", "Create or update the database."),
    "members": ("fhirpa.cli.roster:members", "Import members with their enrolments."),
    "providers": ("fhirpa.cli.roster:providers", "Import the provider roster."),
    "staff": ("fhirpa.cli.staff:staff", "Import and list the plan's reviewers."),
    "review": ("fhirpa.cli.review:review", "Decide pended cases, as a person of the staff."),
    "case": ("fhirpa.cli.case:case", "Explain one case and prove its decisions."),
    "sandbox": ("fhirpa.cli.sandbox:sandbox", "Load the sandbox's members and providers."),
    "validate": ("fhirpa.cli.validate:validate", "Validate resources against a guide's profiles."),
    "profiles": ("fhirpa.cli.profiles:profiles", "Compile constraint tables from FHIR packages."),
    "terminology": ("fhirpa.cli.terminology:terminology", "Load code lists that you have licensed."),
    "policy": ("fhirpa.cli.policy:policy", "List and check policies and plans."),
    "gold-card": (
        "fhirpa.cli.gold_card:gold_card",
        "Exemptions from authorization: evaluate, grant, report.",
    ),
    "benefits": ("fhirpa.cli.benefits:benefits", "Visit limits: what is used, reserved and left."),
    "audit": ("fhirpa.cli.audit:audit", "Verify the event log; anchor its heads."),
    "exchange": ("fhirpa.cli.exchange:exchange", "Show what was asked and answered, by request id."),
    "fixtures": ("fhirpa.cli.fixtures:fixtures", "Build the example requests."),
}


@click.group(cls=LazyGroup, lazy=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fhirpa")
def main() -> None:
    """A payer-side Da Vinci PAS server for physical and occupational therapy prior authorization."""

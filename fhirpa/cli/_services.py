"""Opening the services for one command, with errors in words instead of tracebacks."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from pydantic import ValidationError

from fhirpa.config import Settings
from fhirpa.policies.load import RulesError
from fhirpa.store import StoreError
from fhirpa.validation.tables import TablesError
from fhirpa.workflow.services import Services


def load_settings() -> Settings:
    """The settings of the environment; ends the program with a sentence per wrong value."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "\n".join(f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise click.ClickException(f"settings in the environment are wrong:\n{faults}") from None


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Services]:
    """The services, closed at the end; store and rules errors become a message."""
    try:
        services = Services.open(settings or load_settings())
    except (StoreError, TablesError, RulesError) as error:
        raise click.ClickException(str(error)) from error
    try:
        yield services
    finally:
        services.close()

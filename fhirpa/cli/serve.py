"""`fhirpa serve`: gunicorn inside this process, the application opened once per worker."""

import atexit

import click
from flask import Flask

from fhirpa.cli._services import load_settings, opened
from fhirpa.cli._warm import warm
from fhirpa.delivery.background import start_worker
from fhirpa.web import create_app
from fhirpa.web.bind import bind
from fhirpa.web.serve import serve as serve_app
from fhirpa.workflow.services import Services


@click.command()
def serve() -> None:
    """Serve the FHIR endpoints at PORT (8080), until a signal ends it."""
    settings = load_settings()
    with opened(settings) as services:  # migrates, and refuses a database of the other mode
        validators = warm(services.validators)  # before any worker starts: they share what was compiled

    def application() -> Flask:
        services = Services.open(settings, validators=validators)
        atexit.register(services.close)  # the last one out writes SQLite's log back into the file
        if settings.worker_in_server:
            start_worker(services)
        return create_app(bind(services))

    try:
        serve_app(application, settings)
    except OSError as error:
        address = f"{settings.host}, port {settings.port}"
        raise click.ClickException(f"cannot listen on {address}: {error.strerror}") from error

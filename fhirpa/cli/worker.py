"""`fhirpa worker`: what happens without anybody asking for it, in a process of its own."""

import signal

import click

from fhirpa.cli._services import load_settings, opened
from fhirpa.delivery.duties import duties
from fhirpa.delivery.worker import Worker
from fhirpa.web.logs import configure_logging


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, say how much that was, and end.")
def worker(once: bool) -> None:
    """Watch turnaround clocks, give back unused visits; until a signal ends it."""
    settings = load_settings()
    with opened(settings) as services:
        running = Worker(duties(services), settings.worker_seconds)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: running.stop())
        configure_logging(settings.log_level)
        if once:
            for name, done in running.run_once().items():
                click.echo(f"{name}: {done}")
            return
        click.echo("fhirpa worker runs")
        running.run()

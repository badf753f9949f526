"""What operators and orchestrators ask: /healthz, /readyz, /metrics."""

from collections.abc import Callable

import structlog
from flask import Flask, Response

from fhirpa.web.clock_metrics import clock_exposition
from fhirpa.web.metrics import HttpMetrics
from fhirpa.workflow.clocks import Figures
from fhirpa.workflow.ports import Unavailable

_log = structlog.get_logger("fhirpa.web")


def install(
    app: Flask, ready: Callable[[], bool], metrics: HttpMetrics, clock_figures: Callable[[], Figures]
) -> None:
    """Add the operations endpoints."""

    def healthz() -> Response:
        """The process answers."""
        return _text("ok\n", 200)

    def readyz() -> Response:
        """The database answers too; until then a load balancer sends nothing here."""
        return _text("ready\n", 200) if ready() else _text("the database does not answer\n", 503)

    def exposition() -> Response:
        """Prometheus text format; without the figures of the database while it does not answer."""
        body, content_type = metrics.exposition()
        try:
            body += clock_exposition(clock_figures())
        except Unavailable:
            _log.warning("no figures of clocks")
        return Response(body, content_type=content_type)

    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/metrics", "metrics", exposition)


def _text(body: str, status: int) -> Response:
    response = Response(body, status, content_type="text/plain; charset=utf-8")
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response

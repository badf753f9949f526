"""What operators and orchestrators ask: /healthz, /readyz, /metrics."""

from collections.abc import Callable

from flask import Flask, Response

from fhirpa.web.metrics import HttpMetrics


def install(app: Flask, ready: Callable[[], bool], metrics: HttpMetrics) -> None:
    """Add the operations endpoints."""

    def healthz() -> Response:
        """The process answers."""
        return _text("ok\n", 200)

    def readyz() -> Response:
        """The database answers too; until then a load balancer sends nothing here."""
        return _text("ready\n", 200) if ready() else _text("the database does not answer\n", 503)

    def exposition() -> Response:
        """Prometheus text format."""
        body, content_type = metrics.exposition()
        return Response(body, content_type=content_type)

    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/metrics", "metrics", exposition)


def _text(body: str, status: int) -> Response:
    response = Response(body, status, content_type="text/plain; charset=utf-8")
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response

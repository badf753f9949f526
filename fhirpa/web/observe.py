"""Request id, one log line and the metrics of every request. Never a query string, a body or PHI."""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from fhirpa.web.metrics import HttpMetrics

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PLACEHOLDER = re.compile(r"<(?:[^<>]*:)?(\w+)>")  # <any("a", "b"):name> is {name}
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_log = structlog.get_logger("fhirpa.web")


def install(app: Flask, metrics: HttpMetrics) -> None:
    """Watch every request from its first hook to its last. Install first: the last hook then sees all."""

    def before() -> None:
        g.started = time.perf_counter()
        g.request_id = _request_id(request.headers.get("X-Request-Id"))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        metrics.in_progress.inc()

    def after(response: Response) -> Response:
        seconds = time.perf_counter() - g.started
        response.headers["X-Request-Id"] = g.request_id
        method = request.method if request.method in _METHODS else "other"
        route = _PLACEHOLDER.sub(r"{\1}", request.url_rule.rule) if request.url_rule else "unmatched"
        metrics.requests.labels(route, method, str(response.status_code)).inc()
        metrics.latency.labels(route).observe(seconds)
        _log.info(
            "request",
            method=method,
            route=route,
            guide=(request.view_args or {}).get("version", ""),
            status=response.status_code,
            duration_ms=round(seconds * 1000, 1),
        )
        return response

    def teardown(_: BaseException | None) -> None:
        if "started" in g:
            metrics.in_progress.dec()

    app.before_request(before)
    app.after_request(after)
    app.teardown_request(teardown)


def _request_id(sent: str | None) -> str:
    """The caller's id where it is short and plain, else a new one."""
    return sent if sent and _SAFE_ID.fullmatch(sent) else uuid.uuid4().hex

"""The Flask application: every part that answers HTTP, put together."""

from types import TracebackType

from flask import Flask

from fhirpa.web import faults, fhir_api, headers, home, observe, ops, validate_page
from fhirpa.web.metrics import HttpMetrics
from fhirpa.web.rate import RateLimit
from fhirpa.web.use_cases import UseCases
from fhirpa.web.watch import Watch


class _App(Flask):
    """Flask that never writes the text of an exception, which may hold PHI, to its log."""

    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        """Called for an exception that no error handler took, or that one raised."""
        if exc_info[1] is not None:
            faults.log_crash(exc_info[1])


def create_app(use_cases: UseCases) -> Flask:
    """The WSGI application around bound use cases. It holds no state of its own but caches,
    metrics and how often who asked for a validation."""
    app = _App("fhirpa.web")
    app.logger.disabled = True  # it has nothing to say that _App.log_exception and observe don't
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a doubled slash is another path, not a redirect
    metrics = HttpMetrics.create()
    observe.install(app, metrics)
    headers.install(app)
    faults.install(app)
    limit = RateLimit(use_cases.validate_per_minute)
    fhir_api.install(app, use_cases, limit, Watch(use_cases, metrics))
    validate_page.install(app, use_cases, limit)
    ops.install(app, use_cases.ready, metrics, use_cases.clock_figures)
    home.install(app, use_cases)
    return app

"""The Flask application: every part that answers HTTP, put together."""

from flask import Flask

from fhirpa.web import faults, fhir_api, headers, home, observe, ops
from fhirpa.web.metrics import HttpMetrics
from fhirpa.web.use_cases import UseCases


def create_app(use_cases: UseCases) -> Flask:
    """The WSGI application around bound use cases. It holds no state of its own but caches and metrics."""
    app = Flask("fhirpa.web")
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # a doubled slash is another path, not a redirect
    metrics = HttpMetrics.create()
    observe.install(app, metrics)
    headers.install(app)
    faults.install(app)
    fhir_api.install(app, use_cases)
    ops.install(app, use_cases.ready, metrics)
    home.install(app, use_cases)
    return app

"""Every error as an answer, in one place.

Below /fhir a 4xx is one OperationOutcome; elsewhere it is plain text. A 5xx is plain text with the
request id and Retry-After everywhere (http://hl7.org/fhir/us/davinci-pas specification#http-responses).
"""

import traceback
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from fhirpa.fhir.outcome import FhirError, Issue
from fhirpa.web.media import ACCEPTED
from fhirpa.web.rate import TooOften
from fhirpa.web.render import outcome_response
from fhirpa.workflow.ports import Unavailable

_RETRY_AFTER = 30  # seconds, where nothing better is known
_HINTS = {415: {"Accept": ACCEPTED, "Accept-Encoding": "gzip"}}  # RFC 9110 sections 12.5.1, 12.5.3
_ISSUES = {
    400: ("structure", "The request cannot be read.", "bad-request"),
    404: ("not-found", "Nothing is served at this path; GET /fhir/2.2.1/metadata says what is.", "not-found"),
    405: ("not-supported", "This path does not take this method; the Allow header says which.", "method"),
    413: ("too-long", "The body is too large.", "too-large"),
}
_OTHER = ("processing", "The request was refused.", "refused")

_log = structlog.get_logger("fhirpa.web")


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(FhirError, _fhir_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(TooOften, _too_often)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(Exception, _crash)


def _fhir_error(error: FhirError) -> Response:
    response = outcome_response(error.issues, error.status)
    response.headers.update(_HINTS.get(error.status, {}))
    return response


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status >= 500:
        return _server_error(status, _RETRY_AFTER)
    code, text, key = _ISSUES.get(status, _OTHER)
    response = _client_error(status, Issue("error", code, text, None, key))
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _too_often(error: TooOften) -> Response:
    response = _client_error(429, Issue("error", "throttled", error.text, None, "too-often"))
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _client_error(status: int, issue: Issue) -> Response:
    path = request.path
    if path == "/fhir" or path.startswith("/fhir/"):
        return outcome_response([issue], status)
    return _plain(status, issue.text)


def _unavailable(error: Unavailable) -> Response:
    _log.warning("unavailable", cause=_names(error))
    return _server_error(503, error.retry_after)


def _crash(error: Exception) -> Response:
    log_crash(error)
    return _server_error(500, _RETRY_AFTER)


def log_crash(error: BaseException) -> None:
    """Log types and places only: the text of an exception, its arguments and locals may hold PHI."""
    _log.error("crash", cause=_names(error), places=_places(error))


def _server_error(status: int, retry_after: int) -> Response:
    response = _plain(status, "The request could not be completed; sending it again later may succeed.")
    response.headers["Retry-After"] = str(retry_after)
    return response


def _plain(status: int, text: str) -> Response:
    title = f"{status} {HTTPStatus(status).phrase}"
    body = f"{title}\n{text}\nRequest id: {g.request_id}\n"
    return Response(body, status, content_type="text/plain; charset=utf-8")


def _names(error: BaseException) -> list[str]:
    """The type of the exception and of those that led to it."""
    names: list[str] = []
    current: BaseException | None = error
    while current is not None and len(names) < 5:
        names.append(f"{type(current).__module__}.{type(current).__qualname__}")
        current = current.__cause__ or current.__context__
    return names


def _places(error: BaseException) -> list[str]:
    """Module, line and function of every frame, outermost first."""
    return [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]

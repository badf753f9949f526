"""gunicorn's threaded worker, with answers of ours to what is not HTTP or not within the limits.

Such a call never reaches the application: a request line that is too long (414), headers that are too many
(431), a framing that cannot be read (400), a head that does not arrive in its time (408). gunicorn itself
would answer HTML that quotes what was sent.
"""

import uuid
from http import HTTPStatus
from typing import Any

import structlog
from gunicorn.http import errors  # type: ignore[import-untyped]
from gunicorn.util import write_nonblock  # type: ignore[import-untyped]

from fhirpa.fhir.json_codec import dump_json
from fhirpa.fhir.outcome import Issue, operation_outcome
from fhirpa.web.connections import Late, PatientWorker
from fhirpa.web.media import JSON

_STATUS = {
    Late: (408, "The request did not arrive in time."),
    errors.LimitRequestLine: (414, "The address is too long."),
    errors.LimitRequestHeaders: (431, "There are too many header fields, or one is too long."),
}
_OTHER = (400, "The request is not well-formed HTTP.")

_log = structlog.get_logger("fhirpa.web")


class Worker(PatientWorker):
    """Answers one OperationOutcome where gunicorn refuses a request before the application sees it."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Called by gunicorn with whatever went wrong on a connection."""
        request_id = uuid.uuid4().hex
        cause = f"{type(exc).__module__}.{type(exc).__qualname__}"
        if isinstance(exc, errors.ParseException):
            _log.warning("refused", cause=cause, request_id=request_id)
            answer = refusal(exc, request_id)
        else:
            _log.error("connection failed", cause=cause, request_id=request_id)
            answer = _failure(request_id)
        try:
            write_nonblock(client, answer)
        except OSError:
            _log.info("caller left", request_id=request_id)


def refusal(error: BaseException, request_id: str) -> bytes:
    """The whole HTTP answer to a request that could not be parsed."""
    status, text = _STATUS.get(type(error), _OTHER)
    issue = Issue("error", "structure", text, None, "not-http")
    return _http(status, JSON.content_type, request_id, dump_json(operation_outcome([issue])))


def _failure(request_id: str) -> bytes:
    text = f"500 {HTTPStatus(500).phrase}\nRequest id: {request_id}\n"
    return _http(500, "text/plain; charset=utf-8", request_id, text.encode(), "Retry-After: 30\r\n")


def _http(status: int, content_type: str, request_id: str, body: bytes, more: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        f"Content-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"X-Request-Id: {request_id}\r\n"
        f"{more}Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body

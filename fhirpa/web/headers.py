"""Headers that every answer has, and compression."""

import gzip

from flask import Flask, Response, request

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
POLICY_OF_FORMS = (
    f"{_POLICY}; script-src 'self'; form-action 'self'"  # for a page that has a form and a script
)
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": f"{_POLICY}; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_WORTH_IT = 1024  # bytes; below this gzip saves nothing on the wire
_LEVEL = 5


def install(app: Flask) -> None:
    """Set the headers on every answer; other origins get no access, so there is nothing to preflight."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if request.path == "/fhir" or request.path.startswith("/fhir/"):
        response.vary.add("Accept")
    response.vary.add("Accept-Encoding")
    return _compress(response)


def _compress(response: Response) -> Response:
    if response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    if request.accept_encodings["gzip"] <= 0:
        return response
    body = response.get_data()
    if len(body) > _WORTH_IT:
        response.set_data(gzip.compress(body, _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response

"""FHIR resources as HTTP answers in the negotiated format."""

from collections.abc import Iterable
from typing import Any

from flask import Response, g, request

from fhirpa.fhir.codec import encode
from fhirpa.fhir.outcome import FhirError, Issue, operation_outcome
from fhirpa.web.media import ACCEPTED, JSON, Media, declared_format, negotiate


def required_media() -> Media:
    """The media type of the answer. Raises FhirError (406) where none is acceptable."""
    media = _negotiated()
    if media is None:
        text = f"Nothing in Accept or _format can be served; this endpoint has {ACCEPTED}."
        raise FhirError([Issue("error", "not-supported", text, None, "not-acceptable")], 406)
    return media


def is_pretty() -> bool:
    """True if the answer is to be indented for people (_pretty=true)."""
    return request.args.get("_pretty") == "true"


def fhir_response(resource: dict[str, Any], status: int = 200) -> Response:
    """The resource in the negotiated format; JSON where nothing acceptable can be made (for a 406)."""
    media = _negotiated() or JSON
    return body_response(encode(resource, media.format, is_pretty()), media, status)


def body_response(body: bytes, media: Media, status: int = 200) -> Response:
    """An answer whose body is encoded already."""
    return Response(body, status, content_type=media.content_type)


def outcome_response(issues: Iterable[Issue], status: int) -> Response:
    """One OperationOutcome."""
    return fhir_response(operation_outcome(issues), status)


def _negotiated() -> Media | None:
    if "media" not in g:
        g.media = negotiate(request.headers.get("Accept"), request.args.get("_format"), _body_like())
    media: Media | None = g.media
    return media


def _body_like() -> str:
    """The format that the caller sends, where that can be told from the headers."""
    try:
        return declared_format(request.headers.get("Content-Type")) or "json"
    except FhirError:
        return "json"

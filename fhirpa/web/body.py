"""The bytes of a request body: limited in size before and after decompression."""

import zlib
from typing import NoReturn

from flask import Request

from fhirpa.fhir.outcome import FhirError, Issue

_GZIP = 31  # zlib's window bits for a gzip stream


class BodyLate(Exception):
    """Raised by the server's reader when the body takes too long to arrive."""


def read_body(request: Request, limit: int) -> bytes:
    """The body, decompressed.

    Raises FhirError: 400 empty or broken, 408 too slow, 413 over `limit` bytes, 415 an encoding that is not
    gzip.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        _refuse(415, "not-supported", "The Content-Encoding is not gzip.", "content-encoding")
    body = _received(request, limit)
    if encoding.endswith("gzip"):
        body = gunzip(body, limit)
    if not body.strip():
        _refuse(400, "required", "The body is empty; a FHIR resource is needed.", "empty-body")
    return body


def _received(request: Request, limit: int) -> bytes:
    length = request.content_length
    if length is not None and length > limit:
        _too_large(limit)
    # Werkzeug stops at its limit without a word when there is no Content-Length, hence one byte more.
    request.max_content_length = limit + 1
    try:
        body = request.get_data(cache=False)
    except BodyLate:
        _refuse(408, "timeout", "The body did not arrive in time.", "late-body")
    except Exception:  # every server has its own errors for a broken chunk or a lost connection
        _refuse(400, "structure", "The body did not arrive whole.", "broken-body")
    if len(body) > limit:
        _too_large(limit)
    if length is not None and len(body) != length:
        _refuse(400, "structure", "The body is shorter than its Content-Length.", "broken-body")
    return body


def gunzip(data: bytes, limit: int) -> bytes:
    """The decompressed data, never more than `limit` bytes in memory.

    Raises FhirError: 413 over the limit, 400 where the stream is broken or cut off.
    """
    stream = zlib.decompressobj(_GZIP)
    try:
        out = stream.decompress(data, limit + 1)
    except zlib.error:
        _refuse(400, "structure", "The body is not a gzip stream.", "not-gzip")
    if len(out) > limit:
        _too_large(limit)
    if not stream.eof or stream.unused_data:
        _refuse(400, "structure", "The body is not one whole gzip stream.", "not-gzip")
    return out


def _too_large(limit: int) -> NoReturn:
    _refuse(413, "too-long", f"The body is larger than {limit} bytes.", "too-large")


def _refuse(status: int, code: str, text: str, key: str) -> NoReturn:
    raise FhirError([Issue("error", code, text, None, key)], status)

"""The bytes of a request body: limited in size before and after decompression."""

import zlib
from typing import NoReturn

from flask import Request
from werkzeug.exceptions import HTTPException

from fhirpa.fhir.outcome import FhirError, Issue

_GZIP = 31  # zlib's window bits for a gzip stream


def read_body(request: Request, limit: int) -> bytes:
    """The body, decompressed. Werkzeug has the wire bytes stop at MAX_CONTENT_LENGTH (413).

    Raises FhirError: 400 empty or broken, 413 over `limit` bytes, 415 an encoding other than gzip.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", "x-gzip", ""):
        _refuse(415, "not-supported", "The Content-Encoding is not gzip.", "content-encoding")
    body = _received(request)
    if encoding.endswith("gzip"):
        body = gunzip(body, limit)
    if not body.strip():
        _refuse(400, "required", "The body is empty; a Bundle is needed.", "empty-body")
    return body


def _received(request: Request) -> bytes:
    try:
        return request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception:  # every server has its own errors for a broken chunk or a lost connection
        _refuse(400, "structure", "The body did not arrive whole.", "broken-body")


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
        _refuse(413, "too-long", too_large(limit), "too-large")
    if not stream.eof or stream.unused_data:
        _refuse(400, "structure", "The body is not one whole gzip stream.", "not-gzip")
    return out


def too_large(limit: int) -> str:
    """What a 413 says."""
    return f"The body is larger than {limit} bytes."


def _refuse(status: int, code: str, text: str, key: str) -> NoReturn:
    raise FhirError([Issue("error", code, text, None, key)], status)

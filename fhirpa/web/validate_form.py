"""What the form of the page /validate sends: a pasted text or a file, the guide version, a profile."""

from dataclasses import dataclass
from io import BytesIO
from urllib.parse import urlsplit

from flask import Request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from fhirpa.fhir.outcome import FhirError, Issue
from fhirpa.web.body import read_body
from fhirpa.web.fhir_api import VERSIONS

_FRAME = 20_000  # bytes of a form beside the source
_PARTS = 20
_LONGEST_PROFILE = 500


@dataclass(frozen=True, slots=True)
class Form:
    """The fields. `version` is None where the resource is to say it itself."""

    body: bytes
    version: str | None
    profile: str | None


def read_form(request: Request, limit: int) -> Form:
    """The form of a POST. Raises FhirError (4xx) for one that is broken, or whose source is over `limit`."""
    fields, files = _parsed(request, limit)
    file = files.get("file")
    body = file.stream.read() if file is not None else b""
    if not body.strip():
        body = fields.get("source", "").encode()
    if not body.strip():
        raise _refusal(400, "required", "Paste a resource or choose a file first.", "empty-body")
    if len(body) > limit:
        raise _too_large(limit)
    version = fields.get("version")
    profile = fields.get("profile", "").strip()[:_LONGEST_PROFILE]
    return Form(body, version if version in VERSIONS else None, profile or None)


def is_from_elsewhere(request: Request) -> bool:
    """True where the browser says that a page of another origin sent the form."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


def _parsed(request: Request, limit: int) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
    # A text of blanks, quotes and line ends takes up to three bytes each in a form that is url-encoded.
    try:
        raw = read_body(request, 3 * limit + _FRAME)
    except FhirError as error:
        raise _too_large(limit) if error.status == 413 else error from None
    mimetype, options = parse_options_header(request.headers.get("Content-Type"))
    parser = FormDataParser(
        stream_factory=_in_memory,
        max_form_memory_size=len(raw),
        max_form_parts=_PARTS,
        silent=False,
    )
    try:
        _, fields, files = parser.parse(BytesIO(raw), mimetype, len(raw), options)
    except (ValueError, HTTPException) as error:
        raise _refusal(400, "structure", "The form did not arrive whole.", "broken-body") from error
    return fields, files


def _in_memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> BytesIO:
    """Where an uploaded file goes: what is sent here never reaches a disk."""
    return BytesIO()


def _too_large(limit: int) -> FhirError:
    return _refusal(413, "too-long", f"The source is larger than {limit} bytes.", "too-large")


def _refusal(status: int, code: str, text: str, key: str) -> FhirError:
    return FhirError([Issue("error", code, text, None, key)], status)

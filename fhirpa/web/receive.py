"""An HTTP call to an operation, as the use cases take it."""

from flask import g, request

from fhirpa.web.body import read_body
from fhirpa.web.media import declared_format, sniffed_format
from fhirpa.web.render import is_pretty, required_media
from fhirpa.web.use_cases import UseCases
from fhirpa.workflow.ports import Incoming


def receive(use_cases: UseCases, version: str) -> Incoming:
    """The call with its body. Raises FhirError (4xx) for what cannot be read or answered."""
    received_at = use_cases.now()
    media = required_media()
    body, body_format = b"", "json"
    if request.method != "GET":
        declared = declared_format(request.headers.get("Content-Type"))
        body = read_body(request, use_cases.max_body_bytes)
        body_format = declared or sniffed_format(body)
    return Incoming(
        body=body,
        format=body_format,
        version=version,
        client=None,
        received_at=received_at,
        answer_format=media.format,
        pretty=is_pretty(),
        request_id=g.request_id,
    )

"""Source that was written for machines, laid out for people: one element a line."""

import msgspec
from lxml import etree

from fhirpa.fhir.xhtml import safe_parser

_TOO_DENSE = 4  # names or tags a line; what is indented has one or two


def spread_out(body: bytes, format: str) -> bytes | None:
    """The body with line breaks and indentation, as UTF-8, where it has hardly any; None where it has them,
    or where it is not well-formed.

    Content stays as it is written, but for blanks between elements of XML.
    """
    parts = body.count(b'":') if format == "json" else body.count(b"<")
    if parts <= _TOO_DENSE * (body.count(b"\n") + 1):
        return None
    try:
        return msgspec.json.format(body, indent=2) if format == "json" else _indented(body)
    except (msgspec.MsgspecError, RecursionError, etree.XMLSyntaxError):
        return None


def _indented(body: bytes) -> bytes:
    root = etree.fromstring(body, safe_parser())
    etree.indent(root)
    return etree.tostring(root, encoding="utf-8")

"""A resource from wire bytes and back, in either format of FHIR."""

from typing import Any

from fhirpa.fhir.json_codec import dump_json, parse_json
from fhirpa.fhir.xml_codec import dump_xml, parse_xml

FORMATS = ("json", "xml")


def decode(body: bytes, format: str) -> dict[str, Any]:
    """The resource in `body`; JSON and XML of the same resource give equal dicts.

    Raises FhirError (400) for what is not well-formed, ValueError for a format that is not in FORMATS.
    Whether the content is FHIR R4 is for structure.check to say.
    """
    if format == "json":
        return parse_json(body)
    if format == "xml":
        return parse_xml(body)
    raise ValueError(f"unknown format: {format}")


def encode(resource: dict[str, Any], format: str, pretty: bool = False) -> bytes:
    """The resource as UTF-8 bytes.

    Raises ValueError for a format that is not in FORMATS, and for XML of what structure.check refuses.
    """
    if format == "json":
        return dump_json(resource, pretty)
    if format == "xml":
        return dump_xml(resource, pretty)
    raise ValueError(f"unknown format: {format}")

"""The content of a resource as one digest, whatever the order of names and the white space."""

import hashlib
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def canonical(resource: dict[str, Any]) -> bytes:
    """The content as JSON with the names in order and no white space."""
    return _ENCODER.encode(resource)


def content_hash(resource: dict[str, Any]) -> str:
    """SHA-256 (hex) over the canonical content; 1.10 and 1.1 differ, since FHIR decimals have precision."""
    return hashlib.sha256(canonical(resource)).hexdigest()

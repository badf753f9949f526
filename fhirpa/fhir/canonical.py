"""The content of a resource as one digest, whatever the order of names and the white space."""

import hashlib
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def content_hash(resource: dict[str, Any]) -> str:
    """SHA-256 (hex) over the canonical content; 1.10 and 1.1 differ, since FHIR decimals have precision."""
    return hashlib.sha256(_ENCODER.encode(resource)).hexdigest()

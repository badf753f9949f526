"""Keys of fixed length for what a sender may have written at any length."""

import hashlib

import msgspec

LONGEST = 200


def digest(*parts: str | None) -> str:
    """SHA-256 (hex) over the parts; None and '' differ, and so do ('ab', 'c') and ('a', 'bc')."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def fit(text: str) -> str:
    """The text itself up to LONGEST characters, else a digest that stands for it."""
    return text if len(text) <= LONGEST else f"sha256:{digest(text)}"

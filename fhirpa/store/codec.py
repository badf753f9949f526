"""The exact text of a case, and back: dates, decimals with their digits, enums, nested tuples.

A field that is added to a type later must have a default: an older text then reads with the default.
A field that is taken away is passed over.
"""

from typing import Any

import msgspec

from fhirpa.um.case import Case
from fhirpa.um.determination import BenefitDraw

_ENCODER = msgspec.json.Encoder(order="deterministic")
_CASE = msgspec.json.Decoder(Case)
_BOOKING = msgspec.json.Decoder(dict[str, tuple[BenefitDraw, ...]])


def encode(value: Any) -> str:
    """JSON of a um dataclass, or of plain values. The same value gives the same text, always."""
    return _ENCODER.encode(value).decode()


def decode_case(text: str) -> Case:
    """The case, equal to the one that was encoded. Raises msgspec.ValidationError for any other text."""
    return _CASE.decode(text)


def decode_draws(text: str) -> tuple[BenefitDraw, ...]:
    """The draws of a booking. Raises msgspec.ValidationError for any other text."""
    return _BOOKING.decode(text)["draws"]


def decode_plain(text: str) -> Any:
    """Lists, dicts and plain values of a JSON text."""
    return msgspec.json.decode(text)

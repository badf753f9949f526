"""The exact text of a case or a decision, and back: dates, decimals with their digits, enums, nested tuples.

A field that is added to a type later must have a default: an older text then reads with the default.
A field that is taken away is passed over.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from fhirpa.store.errors import UnknownFormat
from fhirpa.um.case import Case
from fhirpa.um.determination import BenefitDraw
from fhirpa.um.replay import DecisionRecord

RECORD_FORMAT: Final = 1  # of a kept decision; a change that older readers would misread has the next number
_LEVEL: Final = 3  # of zlib; measured: bench/replay.py


def _plain(value: object) -> dict[Any, Any]:
    """Mappings of any kind as dicts; everything else is a type that um does not have."""
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"no text for {type(value).__name__}")


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


@dataclass(frozen=True, slots=True)
class _KeptDecision:
    """The text of a kept decision: its format beside it, every field by its name."""

    format: int
    record: DecisionRecord


@dataclass(frozen=True, slots=True)
class _Format:
    """The format alone, which tells whether the rest can be read."""

    format: int


_KEPT = msgspec.json.Decoder(_KeptDecision)
_FORMAT = msgspec.json.Decoder(_Format)


def encode_decision(record: DecisionRecord) -> bytes:
    """The canonical text of a decision with its input: the same record gives the same bytes, always."""
    kept = _KeptDecision(RECORD_FORMAT, record)
    return _ENCODER.encode(msgspec.to_builtins(kept, str_keys=True, order="deterministic", enc_hook=_plain))


def decode_decision(text: bytes) -> DecisionRecord:
    """The record, equal to the one that was encoded.

    Raises msgspec.ValidationError for another text, and UnknownFormat for one that a later program wrote.
    """
    version = _FORMAT.decode(text).format
    if version != RECORD_FORMAT:
        raise UnknownFormat(f"a decision is kept in format {version}, this program reads {RECORD_FORMAT}")
    return _KEPT.decode(text).record


def pack(data: bytes) -> bytes:
    """Compressed, as it is kept."""
    return zlib.compress(data, _LEVEL)


def unpack(data: bytes) -> bytes:
    """What was packed. Raises ValueError for anything else."""
    try:
        return zlib.decompress(data)
    except zlib.error as error:
        raise ValueError("not what was kept") from error

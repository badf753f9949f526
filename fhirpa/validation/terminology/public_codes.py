"""The short public code lists in profiles/codes, each read once, when it is first wanted."""

from functools import cache
from typing import Final

import msgspec

from fhirpa.fhir.data import data_path

_DECODE: Final = msgspec.json.Decoder(dict[str, str | int]).decode


@cache
def public_codes(file: str, member: str) -> frozenset[str]:
    """One list: the words of a member of profiles/codes/`file`. Raises KeyError where it is not there."""
    content = _DECODE(data_path("profiles").joinpath("codes", file).read_bytes())
    return frozenset(str(content[member]).split())

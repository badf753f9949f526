"""Invariants of R4 that cannot be kept as they are written, as later versions of FHIR mended them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_REF_1: Final = (
    "reference.startsWith('#').not() or (reference.substring(1).trace('url') in "
    "%rootResource.contained.id.trace('ids'))"
)
# ref-1 is never true of a Reference without `reference`, nor of a contained resource's # for the one that
# holds it. HL7's validator reads it as R5 writes it, too.
_MENDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        _REF_1: f"reference.exists() implies ({_REF_1} or (reference = '#' and %rootResource != %resource))",
    }
)


def mended(text: str) -> str:
    """The expression to evaluate for an invariant with this text."""
    return _MENDED.get(text, text)

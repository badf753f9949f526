"""Media types, as Attachment.contentType has them."""

import re
from typing import Final

# RFC 6838, section 4.2 (restricted-name); parameters as in RFC 2045, section 5.1.
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9!#$&\-^_.+]{0,126}"
_WORD: Final = r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+"
_MEDIA_TYPE: Final = re.compile(
    rf'{_NAME}/{_NAME}(\s*;\s*{_WORD}=({_WORD}|"([^"\\\r\n]|\\[ -~])*"))*', re.ASCII
).fullmatch

# The short forms that CapabilityStatement.format admits (R4, its definition).
_SHORT: Final = frozenset({"xml", "json", "ttl"})


def is_media_type(code: str) -> bool | None:
    """Whether a code has the form of a media type; None for FHIR's short names of its own formats."""
    return None if code in _SHORT else _MEDIA_TYPE(code) is not None

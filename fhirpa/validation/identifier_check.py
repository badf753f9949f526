"""What R4 says of an Identifier in words: http://hl7.org/fhir/R4/datatypes.html#identifier."""

import re
from collections.abc import Iterator
from typing import Any, Final

_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:").match
_URIS: Final = "urn:ietf:rfc:3986"


def identifier_faults(identifier: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Element and fault: a system that is no absolute URI; a value that is none where it must be one."""
    system, value = identifier.get("system"), identifier.get("value")
    if type(system) is not str:
        return
    if not _ABSOLUTE(system):
        yield "system", "The system of an identifier must be an absolute URI."
    elif system == _URIS and type(value) is str and not _ABSOLUTE(value):
        yield (
            "value",
            f"With the system {_URIS} the value must be a URI of its own, as urn:uuid:… or https://…",
        )

"""Which program decides: its version, and a fingerprint of the code of the decision itself."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from fhirpa import __version__

_ROOMS = ("um", "policies")  # what decides, and what makes rules of files
_DIGITS = 12


@cache
def program_id() -> str:
    """The version and the start of the SHA-256 over the modules that decide, as in '1.2.0+0f3a5b7c9d1e'.

    Two programs with the same id decide alike; with another id they may. Read once per process.
    """
    digest = hashlib.sha256()
    for room in _ROOMS:
        for name, code in sorted(_modules(room, files("fhirpa") / room)):
            digest.update(f"{name}\n{len(code)}\n".encode())
            digest.update(code)
    return f"{__version__}+{digest.hexdigest()[:_DIGITS]}"


def _modules(path: str, folder: Traversable) -> Iterator[tuple[str, bytes]]:
    """Every module in a folder and below it."""
    for item in folder.iterdir():
        name = f"{path}/{item.name}"
        if item.is_dir():
            yield from _modules(name, item)
        elif name.endswith(".py"):
            yield name, item.read_bytes()

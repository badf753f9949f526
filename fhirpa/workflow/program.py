"""Which program decides: its version, and a fingerprint of the code of the decision itself."""

import hashlib
from functools import cache
from importlib.resources import files

from fhirpa import __version__

_DIGITS = 12


@cache
def program_id() -> str:
    """The version and the start of the SHA-256 over the modules of `um`, as in '1.2.0+um.0f3a5b7c9d1e'.

    Two programs with the same id decide alike; with another id they may. Read once per process.
    """
    digest = hashlib.sha256()
    for module in sorted(files("fhirpa.um").iterdir(), key=lambda x: x.name):
        if module.name.endswith(".py"):
            digest.update(module.name.encode() + b"\n" + module.read_bytes())
    return f"{__version__}+um.{digest.hexdigest()[:_DIGITS]}"

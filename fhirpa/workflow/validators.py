"""The validator of each guide version, one per process."""

from threading import Lock
from typing import TYPE_CHECKING

from fhirpa.validation import load_set

if TYPE_CHECKING:
    from fhirpa.validation import Validator


class Validators:
    """Makes a validator when it is first wanted, and keeps it: it compiles a profile once. Thread-safe."""

    def __init__(self) -> None:
        self._made: dict[str, Validator] = {}
        self._lock = Lock()

    def of(self, version: str) -> "Validator":
        """The validator of a guide version, as 2.2.1."""
        found = self._made.get(version)
        if found is None:
            with self._lock:
                found = self._made.get(version) or self._make(version)
                self._made[version] = found
        return found

    @staticmethod
    def _make(version: str) -> "Validator":
        from fhirpa.validation import Validator  # with the FHIRPath engine: only who validates loads it

        return Validator(load_set(f"pas-{version}"))

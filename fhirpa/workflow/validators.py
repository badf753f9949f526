"""The validators of a process: one for each version of the guide, made when it is first wanted and kept."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from fhirpa.pas.versions import VERSIONS
from fhirpa.validation import load_set

if TYPE_CHECKING:
    from fhirpa.validation import Validator
    from fhirpa.validation.terminology import Terminology


class Validators:
    """Hands out the one Validator of each guide version; for any thread.

    A validator compiles a profile when it first meets it, so what is kept here grows warm with use. All know
    the same code lists that were loaded, and ask the same terminology service.
    """

    def __init__(self, now: Callable[[], datetime], terminology: "Terminology | None" = None) -> None:
        self._now = now
        self._terminology = terminology
        self._made: dict[str, Validator] = {}
        self._lock = Lock()

    def of(self, version: str) -> "Validator":
        """The validator of a guide version, as 2.2.1. Raises KeyError for one that is not served."""
        made = self._made.get(version)
        if made is not None:
            return made
        with self._lock:  # two threads that ask at once shall not both load the tables
            if version not in self._made:
                self._made[version] = self._make(VERSIONS[version].label)
            return self._made[version]

    def _make(self, label: str) -> "Validator":
        from fhirpa.validation import Validator  # brings the FHIRPath engine: only who validates loads it

        return Validator(load_set(f"pas-{label}", terminology=self._terminology), self._now)

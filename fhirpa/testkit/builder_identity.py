"""The numbers and names of one request: minted from a key, so that the same key gives the same ones."""

import hashlib
import uuid
from dataclasses import dataclass

from fhirpa.testkit.builder_people import FAMILY_NAMES, GIVEN_NAMES

_NAMESPACE = uuid.UUID("6f3f2c64-6a0b-5d62-8f0e-0a6f6d1f4c11")


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything by which one request differs from the next. `key` is, say, lbp-initial/2.2.1/json."""

    key: str

    @property
    def serial(self) -> str:
        """Eight digits."""
        return self._digits("serial", 8)

    @property
    def subscriber_id(self) -> str:
        """The family's number at the payer."""
        return "LSH" + self._digits("member", 9)

    def member_id(self, dependent: bool) -> str:
        """The member's own number: 01 is the subscriber."""
        return self.subscriber_id + ("03" if dependent else "01")

    @property
    def bundle_identifier(self) -> str:
        """The submission's own number."""
        return self.key.replace("/", "-")

    @property
    def family(self) -> str:
        """Family name."""
        return FAMILY_NAMES[int(self._digits("family", 6)) % len(FAMILY_NAMES)]

    def given(self, gender: str, whose: str = "member") -> str:
        """A first name that goes with FHIR's administrative gender."""
        names = GIVEN_NAMES[gender]
        return names[int(self._digits(f"given {whose}", 6)) % len(names)]

    def uuid(self, name: str) -> str:
        """A UUID for a resource of this request."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.key} {name}"))

    def _digits(self, purpose: str, count: int) -> str:
        value = int.from_bytes(hashlib.sha256(f"{purpose} {self.key}".encode()).digest()[:8])
        return f"{value % 10**count:0{count}d}"
